import json
from pathlib import Path

import pandas as pd
import pytest
from serving.served import AMOUNT, BINARY, LETTERS, bundled, contents, project

from pipeline.errors import ModelError, StoreError
from pipeline.goal import Goal
from pipeline.serving import bundle
from pipeline.serving.predictor import Predictor
from pipeline.store.objects import project_store


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, monkeypatch)


@pytest.mark.parametrize("goal", [BINARY, LETTERS, AMOUNT], ids=lambda goal: goal.task)
def test_predictor_answers_what_the_goal_asks_when_read_back(goal: Goal) -> None:
    written = bundled(goal=goal)
    read = bundle.read("m", 1)
    assert read.digest == written.digest
    predictor = Predictor(read, project_store())
    values, faults = predictor.read(read.golden)
    assert not faults
    answers = predictor.predict(values)
    assert len(answers) == len(read.golden)
    if goal is BINARY:
        assert [each["probability"] for each in answers] == pytest.approx(read.predictions)
        assert all((each["label"] == "yes") == (each["probability"] >= 0.5) for each in answers)
    if goal is LETTERS:
        assert all(each["label"] == max(each["probabilities"], key=each["probabilities"].get) for each in answers)
    if goal is AMOUNT:
        assert answers[0]["high"] - answers[0]["low"] == pytest.approx(3.0)


def test_write_gives_the_same_bundle_when_called_again() -> None:
    assert bundled().digest == bundled().digest


def test_write_refuses_when_golden_rows_break_the_rules_or_there_is_none() -> None:
    made, rows = contents()
    with pytest.raises(ModelError, match="'count' must be between 0 and 16"):
        bundle.write(made, rows.assign(count=1000))
    with pytest.raises(ModelError, match="there is none"):
        bundle.write(made, rows.head(0))


def test_read_refuses_when_the_bundle_is_missing_changed_or_unreadable() -> None:
    with pytest.raises(ModelError, match="'m' version 3 has no bundle"):
        bundle.read("m", 3)
    bundled()
    file = bundle.path("m", 1)
    kept = json.loads(file.read_bytes())
    kept["manifest"]["threshold"] = 0.1
    file.write_text(json.dumps(kept))
    with pytest.raises(ModelError, match="was changed after it was written"):
        bundle.read("m", 1)
    file.write_text("{}")
    with pytest.raises(ModelError, match="does not read as a bundle"):
        bundle.read("m", 1)


def test_predictor_refuses_when_a_library_has_another_version() -> None:
    other = bundled().model_copy(update={"libraries": {"sklearn": "0.1"}})
    with pytest.raises(ModelError, match="was made with sklearn"):
        Predictor(other, project_store())


def test_predictor_refuses_when_golden_rows_come_out_otherwise() -> None:
    made = bundled()
    with pytest.raises(ModelError, match="does not reproduce its golden rows: it answers them otherwise"):
        Predictor(made.model_copy(update={"predictions": [0.5] * len(made.golden)}), project_store())
    golden = [{**made.golden[0], "count": "x"}]
    with pytest.raises(ModelError, match="'count' must be of type integer"):
        Predictor(made.model_copy(update={"golden": golden}), project_store())


def test_predictor_refuses_when_what_answers_was_changed(tmp_path: Path) -> None:
    made = bundled()
    name = made.compilation.digest.removeprefix("sha256:")
    file = tmp_path / ".pipeline/store/sha256" / name[:2] / name
    file.chmod(0o644)
    file.write_bytes(b"x")
    with pytest.raises(StoreError, match="was changed"):
        Predictor(made, project_store())


def test_zones_names_the_zone_of_each_column_of_dates() -> None:
    moments = pd.Series(pd.to_datetime(["2024-01-01"]))
    frame = pd.DataFrame({"a": moments, "b": moments.dt.tz_localize("UTC"), "c": [1]})
    assert bundle.zones(frame) == {"a": None, "b": "UTC"}
