"""What is known of a project when it is decided: which version answers, what it is made from, what came since."""

from datetime import UTC, datetime
from pathlib import Path

import pasts
import pytest
import served as versions

from pipeline.models import promotion
from pipeline.models.promotion import Promotion
from pipeline.monitoring.findings import Outcome, Window
from pipeline.retraining import facts
from pipeline.retraining.facts import Facts
from pipeline.store.objects import project_store

TRAIN, TEST = (pasts.scrap(name, inline=False, kind="table", rows=rows) for name, rows in (("a", 700), ("b", 300)))
MATURE = Window(name="w1", rows=100, labelled=90, is_mature=True)
TOO_NEW = Window(name="w2", rows=100, labelled=10, is_mature=False)
SEEN = Outcome(model="m", version=1, source="table", windows=(MATURE, TOO_NEW))


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project whose version 1 was made by a run."""
    root = versions.project(tmp_path, monkeypatch)
    made = {"data_digest": TRAIN.digest, "test_digest": TEST.digest, "model_digest": project_store().put(b"m")}
    promotion.promote(Promotion(name="m", version=1, threshold=None, run=pasts.OLD, **made), against=None)
    return root


def gathered(model: str = "m", seen: Outcome = SEEN) -> Facts:
    return facts.gather(model, seen, [], datetime.now(UTC), traffic=False)


def test_rows_of_both_tables_of_the_champion_count_once_each(root: Path) -> None:
    again = {"test": TEST, "other": pasts.scrap("c", kind="table", rows=5)}
    stages = [pasts.stage("cut", pasts.OLD, scraps={"train": TRAIN, "test": TEST}), pasts.judged(pasts.OLD, **again)]
    pasts.past(root, pasts.OLD, *stages)
    assert (gathered().version, gathered().made_from) == (1, 1000)


@pytest.mark.usefixtures("root")
def test_nobody_knows_what_a_champion_is_made_from_whose_run_is_gone() -> None:
    assert gathered().made_from == 0


@pytest.mark.usefixtures("root")
def test_where_nothing_was_served_rows_are_those_later_than_the_champion_s_and_mature() -> None:
    assert (gathered().rows, gathered().after) == (90, 1)


@pytest.mark.usefixtures("root")
def test_where_no_version_answers_nothing_is_made_from_anything() -> None:
    found = gathered("other", Outcome())
    assert (found.version, found.since, found.made_from, found.rows) == (0, None, 0, 0)
