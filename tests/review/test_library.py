"""A report's answer stands on top of its page, and nowhere else."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from kept import RUN, Kept

from pipeline.review import reading
from pipeline.review.library import Library, answers
from pipeline.runs.record import ScrapRecord


@pytest.mark.slow
@pytest.mark.parametrize("glued", [True, False])
def test_answer_that_was_glued_is_left_out_of_the_report_itself(tmp_path: Path, glued: bool) -> None:  # noqa: FBT001 - pytest passes it by name
    kept = Kept.at(tmp_path)
    stage = kept.stage(RUN, "a")
    path = kept.folder() / "a.ipynb"
    document = json.loads(path.read_text())
    shown = {"output_type": "display_data", "data": {"text/markdown": "It is good."}}
    document["cells"][1]["outputs"] = [shown | {"metadata": {"pipeline": {"role": "answer"}}}]
    path.write_text(json.dumps(document))
    scrap = ScrapRecord(kind="literal", digest="d", size_bytes=1, inline=True, value="It is good.")
    kept.add(stages=[replace(stage, scraps={"answer": scrap} if glued else {})])
    library = Library(
        root=tmp_path, notebooks=tmp_path, reports=tmp_path / "reports", state=tmp_path / ".pipeline", budget_bytes=9
    )
    past = library.find(RUN)
    rendered = reading.rendered(past, past.record.stages[0])
    assert ("It is good." in rendered.cells[1].outputs) != glued
    assert answers(past) == ([("a", "It is good.")] if glued else [])
