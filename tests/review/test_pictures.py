import io
import struct
import zlib

import payloads
import pytest
from PIL import Image

from pipeline.review import pictures
from pipeline.review.pictures import recompressed


def pixels(data: bytes) -> bytes:
    return Image.open(io.BytesIO(data)).convert("RGBA").tobytes()


def drawing() -> Image.Image:
    image = Image.new("RGB", (300, 200), "white")
    image.paste("navy", (20, 30, 200, 120))
    return image


def moving() -> bytes:
    buffer = io.BytesIO()
    drawing().convert("P").save(buffer, "GIF", save_all=True, append_images=[Image.new("P", (300, 200), 3)])
    return buffer.getvalue()


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P"])
def test_drawing_is_smaller_and_the_same_to_each_pixel_once_recompressed(mode: str) -> None:
    data = payloads.saved(drawing().convert(mode), "PNG")
    found = recompressed(data)
    assert found is not None
    assert len(found.data) < len(data)
    assert (found.width_px, found.height_px) == (300, 200)
    assert pixels(found.data) == pixels(data)


def test_transparent_drawing_stays_transparent() -> None:
    image = Image.new("RGBA", (60, 40), (10, 20, 30, 0))
    image.paste((200, 0, 0, 128), (5, 5, 30, 30))
    data = payloads.saved(image, "PNG")
    found = recompressed(data)
    assert found is not None
    assert pixels(found.data) == pixels(data)


def test_photograph_is_kept_as_it_is() -> None:
    data = payloads.saved(drawing(), "JPEG")
    found = recompressed(data)
    assert found is not None
    assert found.data == data
    assert found.name.endswith(".jpg")


def test_large_drawing_is_the_same_to_each_pixel_too() -> None:
    data = payloads.saved(drawing().resize((3_000, 2_000)), "PNG")
    found = recompressed(data)
    assert found is not None
    assert pixels(found.data) == pixels(data)


@pytest.mark.parametrize("mode", ["I;16", "CMYK"])
def test_picture_that_cannot_be_packed_without_loss_is_kept(mode: str) -> None:
    image = Image.new("L", (30, 20), 7).convert("I;16") if mode == "I;16" else Image.new("CMYK", (30, 20))
    data = payloads.saved(image, "PNG" if mode == "I;16" else "JPEG")
    found = recompressed(data)
    assert found is not None
    assert len(found.data) <= len(data)


def test_moving_picture_keeps_moving() -> None:
    data = moving()
    found = recompressed(data)
    assert found is not None
    assert found.data == data
    assert found.name.endswith(".gif")


def test_picture_wider_than_a_webp_may_be_is_kept() -> None:
    data = payloads.saved(Image.new("L", (20_000, 2)), "PNG")
    found = recompressed(data)
    assert found is not None
    assert found.data == data


def test_picture_that_is_small_already_never_grows() -> None:
    data = payloads.saved(Image.new("L", (1, 1)), "GIF")
    found = recompressed(data)
    assert found is not None
    assert len(found.data) <= len(data)


def test_equal_pictures_have_one_name() -> None:
    first, second = recompressed(payloads.png()), recompressed(payloads.png())
    assert first == second


def test_bomb_is_refused_before_it_is_decoded() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")
    assert recompressed(bomb) is None


@pytest.mark.parametrize(
    "data",
    [b"", b"no picture", payloads.png()[:60], b"\x89PNG\r\n\x1a\n", b"GIF89a", payloads.saved(drawing(), "BMP")],
    ids=["empty", "text", "cut", "head of a png", "head of a gif", "another kind"],
)
def test_what_is_no_whole_picture_is_none(data: bytes) -> None:
    assert recompressed(data) is None


def test_file_that_is_too_large_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "BYTES", 10)
    assert recompressed(payloads.png()) is None
