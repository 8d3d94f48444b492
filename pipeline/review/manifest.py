"""Manifest: what a published run consists of. It is written last, so a run without one is not whole yet."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import ReviewError
from pipeline.past.claims import RUN
from pipeline.review.contents import Contents, is_plain
from pipeline.store import digest as digests

MANIFEST = "manifest.json"


def _plain(name: str) -> str:
    if not is_plain(name):
        raise ValueError(f"{name!r} is no file of a run")
    return name


class Listed(BaseModel):
    """A file of a run."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    digest: Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]
    size_bytes: Annotated[int, Field(ge=0)]

    @classmethod
    def of(cls, data: bytes) -> "Listed":
        """Describe bytes."""
        return cls(digest=digests.of_bytes(data), size_bytes=len(data))


class Manifest(BaseModel):
    """The files of a run that never change, by name. Remarks are not among them; their names hold their digests."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1] = 1
    run: Annotated[str, Field(pattern=f"^{RUN.pattern}$")]
    files: dict[Annotated[str, AfterValidator(_plain)], Listed]

    @classmethod
    def of(cls, found: Contents) -> "Manifest":
        """Describe a run."""
        return cls(run=found.run, files={name: Listed.of(found.read(name)) for name in found.sealed})

    def render(self) -> bytes:
        """Write it as bytes."""
        return (self.model_dump_json(indent=1) + "\n").encode()


def parse(data: bytes, where: str) -> Manifest:
    """Read a manifest.

    Raises
    ------
    ReviewError
        If it is none.
    """
    try:
        return Manifest.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        raise ReviewError(
            f"{where} does not describe a run: {'.'.join(map(str, first['loc']))!r} {first['msg']}. "
            "Publish the run again, under another folder."
        ) from error
