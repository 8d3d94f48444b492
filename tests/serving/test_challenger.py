"""A version on trial in a process: taken up, known together with other processes, and given up."""

from collections.abc import Callable
from pathlib import Path

import pytest
from serving.served import AMOUNT, bundled, project, promote
from serving.tried import begin

from pipeline.errors import StoreError
from pipeline.models import trials
from pipeline.serving import bundle, challenger
from pipeline.serving.evidence import AGAINST
from pipeline.serving.following import Champion
from pipeline.serving.tally import Side


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, monkeypatch)
    promote(bundled())


def following(begins: Callable[[], object]) -> Champion:
    """Follow the champion when something begins."""
    champion = Champion("m")
    begins()
    champion.look()
    return champion


def test_challenger_is_not_tried_when_it_does_not_prove_itself() -> None:
    second = bundled(2)
    bundle.path("m", 2).unlink()
    champion = following(lambda: begin(second))
    assert champion.challenger is None
    (told,) = trials.history("m")
    assert told.end is not None
    assert (told.end.by, told.end.reason.split(":")[0]) == (challenger.ITSELF, "it does not prove itself")
    assert champion.trial == told
    assert champion.failure == ""


def test_challenger_that_is_of_another_model_or_goal_is_not_tried() -> None:
    champion = following(lambda: begin(bundled(2), model_digest="sha256:" + 64 * "0"))
    begin(bundled(3, AMOUNT))
    champion.look()
    ends = [told.end.reason for told in trials.history("m") if told.end]
    assert "is of another model than the one on trial" in ends[0]
    assert "predicts another thing than the champion does" in ends[1]


def test_processes_know_together_what_each_has_seen() -> None:
    champions = [Champion("m"), Champion("m")]
    begin(bundled(2), share=0.1)
    for each in champions:
        each.look()
    first, second = (each.challenger for each in champions)
    assert first is not None
    assert second is not None
    for unit in ("a", "b"):
        first.failed(Side.CHALLENGER, unit, "it raised ValueError")
    first.look()
    second.look()
    second.failed(Side.CHALLENGER, "a", "again")
    assert second.findings()[0].against < AGAINST
    second.failed(Side.CHALLENGER, "c", "again")
    assert second.ended == "errors: 3 of 4 requests failed, of the champion's 0 of 0 (first: it raised ValueError)"
    champions[1].look()
    champions[0].look()
    assert champions[0].challenger is champions[1].challenger is None
    assert champions[0].trial is not None
    assert champions[0].trial.end is not None
    assert champions[0].trial.end.reason == second.ended


def test_tallies_that_are_damaged_are_named_and_the_trial_goes_on() -> None:
    champion = following(lambda: begin(bundled(2)))
    assert champion.challenger is not None
    folder = trials.log_file().with_suffix("") / champion.challenger.trial.id[7:23]
    folder.mkdir(parents=True)
    (folder / "a.json").write_text("[]")
    with pytest.raises(StoreError, match="what was seen of a trial cannot be read from"):
        champion.challenger.look()
    champion.look()
    assert champion.challenger is not None
