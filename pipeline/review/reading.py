"""Reading: the reports of past runs, from the folder of their run, each rendered once however often it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from pipeline.past.lookup import PastRun
from pipeline.review.rendered import Rendered
from pipeline.runs.record import StageRecord
from pipeline.stages import notebook


def path(past: PastRun, stage: StageRecord) -> Path:
    """Return where the report of a stage stands in the folder of its run: no record can name another file."""
    return past.folder / PurePosixPath(stage.report).name


def document(past: PastRun, stage: StageRecord) -> Mapping[str, Any]:
    """Read a report.

    Raises
    ------
    NotebookError
        If it is gone, or is no notebook.
    """
    return notebook.load(path(past, stage))


@dataclass(frozen=True)
class Reader:
    """Renders reports, and keeps what it has rendered."""

    kept: dict[Path, Rendered] = field(default_factory=dict)

    def __call__(self, past: PastRun, stage: StageRecord) -> Rendered:
        """Render a report.

        Raises
        ------
        NotebookError
            As in `document`.
        """
        from pipeline.review import rendering

        where = path(past, stage)
        if where not in self.kept:
            self.kept[where] = rendering.render(document(past, stage), stage=stage.name)
        return self.kept[where]
