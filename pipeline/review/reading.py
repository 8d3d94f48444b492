"""Reading: the reports of past runs, from the folder of their run; the last ones that were rendered stay known."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.past.lookup import PastRun
from pipeline.review.rendered import Rendered
from pipeline.runs.record import StageRecord
from pipeline.stages import notebook

ANSWER = "answer"  # the scrap that says in a sentence what a stage found
BASE = "../../../"  # how a page that shows a report reaches the root of the site
PICTURES = "pictures"  # folder there
KEPT = 64


def document(past: PastRun, stage: StageRecord) -> Mapping[str, Any]:
    """Read a report.

    Raises
    ------
    NotebookError
        If it is gone, or is no notebook.
    """
    return notebook.load(past.report(stage))


def rendered(past: PastRun, stage: StageRecord) -> Rendered:
    """Render a report, without the answer that its page has on top.

    Raises
    ------
    NotebookError
        As in `document`.
    """
    path = past.report(stage)
    changed_ns = path.stat().st_mtime_ns if path.is_file() else 0
    return _rendered(path, changed_ns, stage.name, answered=ANSWER in stage.scraps)


@lru_cache(KEPT)
def _rendered(
    path: Path,
    changed_ns: int,  # noqa: ARG001 - what is remembered depends on it
    stage: str,
    *,
    answered: bool,
) -> Rendered:
    from pipeline.review import rendering

    found = notebook.load(path)
    for cell in found["cells"] if answered else ():
        cell["outputs"] = [output for output in cell.get("outputs", ()) if not _is_answer(output)]
    return rendering.render(found, stage=stage, pictures=f"{BASE}{PICTURES}/")


def _is_answer(output: Any) -> bool:  # noqa: ANN401 - whatever stands in a file
    metadata = output.get("metadata") if isinstance(output, dict) else None
    stamp = metadata.get("pipeline") if isinstance(metadata, dict) else None
    return isinstance(stamp, dict) and stamp.get("role") == ANSWER
