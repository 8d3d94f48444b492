"""The ledger: for each stage, the traces of its past good executions. It can be deleted; then everything runs again."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.runs.record import ScrapRecord
from pipeline.runs.scrubbing import clean
from pipeline.runs.trace import Trace
from pipeline.store.digest import FileDigests
from pipeline.store.objects import write_atomic

KEPT = 20


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A good execution of a stage: its trace, and where its report and scraps are."""

    stage: str
    run: str
    report: str
    seconds: float
    peak_memory_bytes: int
    scraps: dict[str, ScrapRecord]
    trace: Trace


@dataclass(frozen=True)
class Ledger:
    """The entries of a project, one file each, so that two runs at once cannot spoil each other's."""

    folder: Path

    def add(self, entry: Entry) -> None:
        """Keep an entry, and the newest `KEPT` of its stage."""
        folder = self.folder / entry.stage
        write_atomic(folder / f"{entry.run}.json", json.dumps(asdict(clean(entry))).encode())
        for old in self._files(entry.stage)[KEPT:]:
            old.unlink(missing_ok=True)

    def entries(self, stage: str) -> Iterator[Entry]:
        """Yield the entries of a stage, newest first; damaged ones are passed over, as if never written."""
        for path in self._files(stage):
            try:
                yield _entry(json.loads(path.read_bytes()))
            except (OSError, ValueError, KeyError, TypeError):
                continue

    def file_digests(self) -> FileDigests:
        """Open the digests of files as they were last seen."""
        try:
            memory = json.loads((self.folder / "files.json").read_bytes())
        except (OSError, ValueError):
            memory = {}
        return FileDigests(memory if isinstance(memory, dict) else {})

    def keep_file_digests(self, files: FileDigests) -> None:
        """Keep the digests of files for the next time."""
        write_atomic(self.folder / "files.json", json.dumps(files.memory).encode())

    def _files(self, stage: str) -> list[Path]:
        return sorted((self.folder / stage).glob("[0-9]*.json"), reverse=True)


def _entry(found: dict[str, Any]) -> Entry:
    scraps = {name: ScrapRecord(**item) for name, item in found["scraps"].items()}
    return Entry(**found | {"scraps": scraps, "trace": Trace(**found["trace"])})
