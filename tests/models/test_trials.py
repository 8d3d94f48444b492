"""What is tried beside a champion, who began it, and how it ends."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from serving.served import project as made

from pipeline.errors import ModelError, UsageError
from pipeline.models import promotion, trials
from pipeline.models.promotion import Promotion
from pipeline.models.trials import Mode, Trial
from pipeline.store.objects import project_store


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return made(tmp_path, monkeypatch)


def promoted(version: int, name: str = "m") -> Promotion:
    digest, past = project_store().put(str(version).encode()), promotion.history(name)
    kept = {"model_digest": digest, "data_digest": digest, "test_digest": digest}
    wanted = Promotion(name=name, version=version, threshold=None, run="r", by="Bo", reason="better", **kept)
    return promotion.promote(wanted, against=past[-1].model_digest if past else None)


def wanted(version: int, mode: Mode = Mode.CANARY, share: float = 0.1, **changes: Any) -> Trial:  # noqa: ANN401 - of a trial
    told = {"version": version, "model_digest": "sha256:" + 64 * "0", "mode": mode, "share": share}
    return replace(Trial(name="m", by="Ada", reason="to see", **told, **trials.against("m")), **changes)


def test_trial_goes_on_until_somebody_ends_it_and_both_are_told() -> None:
    promoted(1)
    assert trials.present("m") is None
    begun = trials.start(wanted(2))
    assert trials.present("m") == begun
    assert (begun.title, begun.champion, begun.id[:7]) == ("the canary of 'm' version 2", 1, "sha256:")
    end = trials.stop(begun, by="Bo", reason="enough", evidence=("errors: none",))
    assert trials.stop(begun, by="Cy", reason="too late") == end
    assert (end.by, end.reason, end.evidence) == ("Bo", "enough", ("errors: none",))
    (told,) = trials.history("m")
    assert (told.trial, told.end, trials.present("m")) == (begun, end, None)


def test_another_trial_ends_the_one_before() -> None:
    promoted(1)
    promoted(1, name="other")
    trials.start(wanted(2))
    second = trials.start(wanted(3, Mode.SHADOW, 1.0, by="Bo"))
    first, _ = trials.history("m")
    assert first.end is not None
    assert (first.end.by, first.end.reason) == ("Bo", "version 3 is tried instead")
    assert trials.present("m") == second
    assert trials.history("other") == ()
    assert len(trials.history()) == 2


def test_promotion_or_rollback_ends_a_trial_for_good() -> None:
    promoted(1)
    trials.start(wanted(2))
    promoted(3)
    end = trials.history("m")[0].end
    assert end is not None
    assert (end.by, end.reason) == ("Bo", "version 2 is over: 'm' version 3 became champion")
    promotion.rollback("m", 1, by="Bo", reason="it was better")
    assert trials.present("m") is None
    trials.start(wanted(2))
    promoted(2)
    end = trials.history("m")[1].end
    assert end is not None
    assert end.reason == "version 2 was promoted itself"


@pytest.mark.parametrize(("mode", "share"), [(Mode.CANARY, 0.0), (Mode.CANARY, 0.51), (Mode.SHADOW, 1.1)])
def test_trial_is_refused_when_its_share_is_none(mode: Mode, share: float) -> None:
    promoted(1)
    with pytest.raises(UsageError, match="is no share of the traffic for a"):
        trials.start(wanted(2, mode, share))


def test_trial_is_refused_when_there_is_nothing_to_compare_or_the_champion_changed() -> None:
    with pytest.raises(ModelError, match="no version of 'm' is champion"):
        trials.against("m")
    promoted(1)
    with pytest.raises(ModelError, match="'m' version 1 is the champion: it has all of the traffic"):
        trials.start(wanted(1))
    thought_of = wanted(2)
    promoted(3)
    with pytest.raises(ModelError, match="'m' version 3 became champion meanwhile"):
        trials.start(thought_of)
    with pytest.raises(ModelError, match="the canary of 'm' version 2 is not in the log of trials"):
        trials.stop(thought_of, by="Bo", reason="x")


def test_trial_is_over_when_the_log_of_promotions_lost_its_champion(root: Path) -> None:
    promoted(1)
    trials.start(wanted(2))
    for each in (root / ".pipeline/models").glob("log.*"):
        each.unlink()
    promoted(1)
    assert trials.present("m") is None


def test_log_of_trials_that_was_changed_is_not_believed() -> None:
    promoted(1)
    trials.start(wanted(2, when=datetime(2026, 1, 1, tzinfo=UTC)))
    kept = trials.log_file().read_text()
    assert json.loads(kept)["facts"]["share"] == 0.1
    trials.log_file().write_text(kept.replace("0.1", "0.5"))
    with pytest.raises(ModelError, match=r"trials.jsonl, line 1: it was changed"):
        trials.history("m")
