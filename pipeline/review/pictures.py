"""Pictures: as few bytes as show the same. The one importer of pillow."""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageSequence

from pipeline.store import digest

PIXELS = 50_000_000  # a picture of more is a mistake or an attack: it would take 200 MB to decode
BYTES = 30_000_000
QUICK_PIXELS = 2_000_000  # of a larger one the last tenth of its bytes would take seconds
_KINDS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
_PLAIN = {"1", "L", "LA", "P", "PA", "RGB", "RGBA"}  # modes whose every colour a lossless WebP holds


@dataclass(frozen=True, kw_only=True)
class Picture:
    """A picture that is safe to show by `<img>`: the name of its file is made of its digest."""

    name: str
    data: bytes
    width_px: int
    height_px: int


def picture(data: bytes, kind: str, width_px: int, height_px: int) -> Picture:
    """Name bytes that are known to be a picture of a kind: `png`, `svg` and so on."""
    name = f"{digest.of_bytes(data).removeprefix('sha256:')[:16]}.{kind}"
    return Picture(name=name, data=data, width_px=width_px, height_px=height_px)


def recompressed(data: bytes) -> Picture | None:
    """Recompress a PNG, JPEG, WebP or GIF, whatever it was said to be; never larger than it was.

    It becomes a WebP without loss. A JPEG is kept: to pack it anew would cost a little of what it shows each time.

    Returns
    -------
    Picture | None
        None where the bytes are no whole picture, or one of more than 50 million pixels.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _recompressed(data)
    except Exception:  # noqa: BLE001 - pillow's readers raise whatever a broken file makes of them
        return None


def _recompressed(data: bytes) -> Picture | None:
    if len(data) > BYTES:
        return None
    with Image.open(io.BytesIO(data), formats=tuple(_KINDS)) as image:
        if image.width * image.height * getattr(image, "n_frames", 1) > PIXELS:
            return None
        kind, size = _KINDS[str(image.format)], image.size
        smaller = _smaller(image)
    if smaller is not None and len(smaller[0]) < len(data):
        data, kind = smaller
    return picture(data, kind, *size)


def _smaller(image: Image.Image) -> tuple[bytes, str] | None:
    """Pack the same pixels anew; None for what cannot be packed anew without loss, which must still be whole."""
    if getattr(image, "n_frames", 1) > 1:
        for frame in ImageSequence.Iterator(image):
            frame.load()
        return None
    image.load()
    return _webp(image) if image.format != "JPEG" and image.mode in _PLAIN else None


def _webp(image: Image.Image) -> tuple[bytes, str] | None:
    """Pack without loss; in a WebP no side is longer than 16,383 pixels."""
    if max(image.size) > 16_383:  # noqa: PLR2004 - the format's number
        return None
    shown = image.convert("RGBA") if image.has_transparency_data else image.convert("RGB")
    if shown.mode == "RGBA" and shown.getchannel("A").getextrema() == (255, 255):
        shown = shown.convert("RGB")
    buffer, effort = io.BytesIO(), 4 if image.width * image.height <= QUICK_PIXELS else 0
    profile = image.info.get("icc_profile")
    shown.save(buffer, "WEBP", lossless=True, method=effort, quality=50, exact=True, icc_profile=profile)
    return buffer.getvalue(), "webp"
