"""Reading: the reports of past runs, from the folder of their run, each rendered once however often it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.past.lookup import PastRun
from pipeline.review.rendered import Rendered
from pipeline.runs.record import StageRecord
from pipeline.stages import notebook


def document(past: PastRun, stage: StageRecord) -> Mapping[str, Any]:
    """Read a report.

    Raises
    ------
    NotebookError
        If it is gone, or is no notebook.
    """
    return notebook.load(past.report(stage))


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

        where = past.report(stage)
        if where not in self.kept:
            self.kept[where] = rendering.render(document(past, stage), stage=stage.name)
        return self.kept[where]
