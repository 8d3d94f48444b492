"""A stage that is run again has a copy of the state as it was, and leaves the project's own alone."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline import project
from pipeline.models import promotion
from pipeline.past import rehearsal
from pipeline.store.objects import project_store


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def promote(version: int) -> promotion.Promotion:
    digest = project_store().put(str(version).encode())
    wanted = promotion.Promotion(
        name="m", version=version, model_digest=digest, data_digest="d", test_digest="t", threshold=0.5, run="r"
    )
    past = promotion.history()
    return promotion.promote(wanted, against=past[-1].model_digest if past else None)


def test_champions_are_as_they_were_then(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = promote(1)
    promote(2)
    variables = rehearsal.prepare(root / "scratch", first.when)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert promotion.champion("m") == first
    promote(3)
    assert [past.version for past in promotion.history()] == [1, 3]
    monkeypatch.delenv(project.STATE_VARIABLE)
    assert [past.version for past in promotion.history()] == [1, 2]


def test_database_of_the_registry_is_copied(root: Path) -> None:
    with closing(sqlite3.connect(project.state() / "mlflow.db")) as database:
        database.execute("create table t (x)")
        database.commit()
    rehearsal.prepare(root / "scratch", datetime.now(UTC))
    with closing(sqlite3.connect(root / "scratch/mlflow.db")) as copy:
        assert copy.execute("select count(*) from t").fetchone() == (0,)


def test_registry_on_a_server_is_not_asked(root: Path) -> None:
    variables = rehearsal.prepare(root / "scratch", datetime.now(UTC))
    assert variables["PIPELINE_VERIFY"] == "1"
    assert variables["MLFLOW_TRACKING_URI"] == variables["MLFLOW_REGISTRY_URI"] == ""


@pytest.mark.parametrize("stamp", ["2026-11-23T05:20:36+00:00", "2026-11-23T05:20:36"])
def test_moment_is_taken_from_the_report(stamp: str) -> None:
    document = {"metadata": {"papermill": {"start_time": stamp}}}
    assert rehearsal.started(document) == datetime(2026, 11, 23, 5, 20, 36, tzinfo=UTC)


@pytest.mark.parametrize("metadata", [{}, {"papermill": {}}, {"papermill": {"start_time": "x"}}, {"papermill": None}])
def test_moment_is_now_where_the_report_does_not_say(metadata: dict) -> None:
    assert datetime.now(UTC) - rehearsal.started({"metadata": metadata}) < timedelta(minutes=1)
