"""Remote store: objects at any URL that fsspec can write to."""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.errors import SettingsError, StoreError
from pipeline.store import digest as digests
from pipeline.store import objects, places
from pipeline.store.objects import Stored


class RemoteStore:
    """Objects at a URL. Object stores write whole objects; what else writes a part, `get` finds out by its digest.

    Raises
    ------
    SettingsError
        If there is no such kind of place.
    StoreError
        From every method: if the place does not answer as it should.
    """

    def __init__(self, url: str) -> None:
        try:
            self.place = places.place(url, Path())
        except StoreError as error:
            raise SettingsError(
                f"large values cannot be kept there (`store` in settings, or the place of a packed version): {error}"
            ) from error

    def put(self, data: bytes) -> str:
        """Keep bytes and return their digest."""
        digest = digests.of_bytes(data)
        if not self._whole(digest, len(data)):
            self.place.put(_name(digest), data)
        return digest

    def get(self, digest: str) -> bytes:
        """Return the bytes of a digest, verified."""
        if (data := self.place.get(name := _name(digest))) is None:
            raise objects.missing(digest, self.place.shown)
        return objects.verified(data, digest, f"{self.place.shown}/{name}")

    def _whole(self, digest: str, size_bytes: int) -> bool:
        with self.place.translated("look for an object at"):
            return self.has(digest) and self.place.filesystem.size(self._path(digest)) == size_bytes

    def has(self, digest: str) -> bool:
        """Say whether an object is there."""
        return self.place.has(_name(digest))

    def contents(self) -> Iterator[Stored]:
        """Yield every object that is there; a place that does not say when it was written is taken to be old."""
        filesystem = self.place.filesystem
        with self.place.translated("list"):
            found = filesystem.find(self.place.path, detail=True).items()
        for path, told in found:
            if (digest := objects.joined(PurePosixPath(path).parts)) is not None:
                yield Stored(digest=digest, size_bytes=told["size"], put_at=_seconds(filesystem, path))

    def remove(self, digest: str) -> None:
        """Remove an object, where it is there."""
        with self.place.translated("remove an object from"):
            if self.has(digest):
                self.place.filesystem.rm_file(self._path(digest))

    def _path(self, digest: str) -> str:
        return f"{self.place.path.rstrip('/')}/{_name(digest)}"


def _name(digest: str) -> str:
    algorithm, name = objects.split(digest)
    return f"{algorithm}/{name[:2]}/{name}"


def _seconds(filesystem: Any, path: str) -> float:  # noqa: ANN401 - fsspec's own
    try:
        return float(filesystem.modified(path).timestamp())
    except (NotImplementedError, AttributeError):
        return 0.0
