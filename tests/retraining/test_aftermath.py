"""A new champion meets the one before it on the rows that it has answered itself."""

from pathlib import Path

import numpy as np
import pytest
import served as versions

from pipeline.goal import Goal
from pipeline.models import promotion
from pipeline.retraining import aftermath
from pipeline.retraining.aftermath import Aftermath
from pipeline.serving.predictor import Predictor
from pipeline.serving.rows import plain
from pipeline.serving.traffic import Answered, Prediction
from pipeline.store.objects import project_store

GOOD, BAD = 1, 2  # of `versions`, the second one learns from labels that are moved by a row


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    versions.project(tmp_path, monkeypatch)


def answered(version: int, goal: Goal, rows: int = 400) -> list[Answered]:
    """Let a version answer the whole table, whose labels come in."""
    manifest = versions.bundle.read("m", version)
    predictor = Predictor(manifest, project_store())
    table = versions.table(rows)
    sent = plain(table[list(manifest.request["columns"])], manifest.request)
    said = predictor.predict(predictor.read(sent)[0])
    truth = table["target"] + (table["count"] > 4 if len(goal.classes) == 3 else 0)
    labels = [goal.classes[int(each)] if goal.classes else float(each) for each in truth]
    told = {"model": "m", "version": version, "bundle": manifest.digest, "key": None, "latency_s": 0.01}
    return [
        Answered(
            prediction=Prediction(id=str(place), at=float(place), inputs=row, output=answer, **told),
            label=label,
            labelled_at=float(place),
        )
        for place, (row, answer, label) in enumerate(zip(sent, said, labels, strict=True))
    ]


def promoted(*order: int, goal: Goal = versions.BINARY) -> None:
    for version in order:
        versions.promote(versions.bundled(version, goal))


@pytest.mark.parametrize("goal", [versions.BINARY, versions.LETTERS, versions.AMOUNT], ids=lambda goal: str(goal.task))
def test_worse_champion_is_found_whatever_it_predicts(goal: Goal) -> None:
    promoted(GOOD, BAD, goal=goal)
    found = aftermath.compare("m", answered(BAD, goal), 200)
    assert isinstance(found, Aftermath)
    assert found.is_worse
    assert (found.version, found.before, found.rows) == (BAD, GOOD, 400)
    assert np.isfinite([*found.values, found.low, found.high]).all()
    assert "version 2 has" in found.message


def test_better_champion_stays() -> None:
    promoted(BAD, GOOD)
    found = aftermath.compare("m", answered(GOOD, versions.BINARY), 200)
    assert isinstance(found, Aftermath)
    assert not found.is_worse


def test_champion_that_came_back_is_not_compared_with_what_it_replaced() -> None:
    promoted(GOOD, BAD)
    promotion.rollback("m", None, by="the watch", reason="worse")
    assert promotion.withdrawn("m") == {BAD}
    assert (
        aftermath.compare("m", answered(GOOD, versions.BINARY), 200)
        == "version 1 answers again: version 2 was rolled back"
    )


def test_withdrawn_version_counts_again_once_somebody_promotes_it() -> None:
    promoted(GOOD, BAD)
    promotion.rollback("m", None, by="the watch", reason="worse")
    versions.promote(versions.bundled(BAD))
    assert promotion.withdrawn("m") == frozenset()


def test_first_champion_has_nothing_to_be_compared_with() -> None:
    promoted(GOOD)
    assert aftermath.compare("m", [], 200) == "no version answered before this one"


def test_few_rows_say_nothing() -> None:
    promoted(GOOD, BAD)
    rows = answered(BAD, versions.BINARY)[:150] + answered(GOOD, versions.BINARY)
    assert aftermath.compare("m", rows, 200) == "version 2 has 150 labelled rows, and it takes 200 to compare it"


def test_version_that_cannot_be_loaded_is_an_obstacle_and_no_verdict() -> None:
    promoted(GOOD, BAD)
    rows = answered(BAD, versions.BINARY)
    versions.bundle.path("m", GOOD).unlink()
    assert "cannot be compared with version 1: 'm' version 1 has no bundle" in str(aftermath.compare("m", rows, 200))
