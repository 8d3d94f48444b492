"""Upkeep: what a service does beside answering."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
import waiting
from serving.logs import ONE

from pipeline.serving import upkeep
from pipeline.serving.retention import Retention
from pipeline.serving.traffic import Traffic
from pipeline.serving.upkeep import Upkeep

WEEK = Retention(days=7, rows=None, watch_days=0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "t.sqlite"


@pytest.fixture
def log(path: Path) -> Iterator[Traffic]:
    with closing(Traffic(path)) as found:
        yield found


def alter(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as other:
        other.execute(statement)


def unheard(*, well: bool) -> None:
    """Listen to nothing."""


def test_counts_are_held_until_they_can_be_written_and_who_asks_is_told(log: Traffic, path: Path) -> None:
    told: list[bool] = []
    keeping = Upkeep(log, WEEK, lambda *, well: told.append(well))
    keeping.tally.add("/predict", 200, 3, 0.5)
    alter(path, "CREATE TRIGGER full BEFORE INSERT ON requests BEGIN SELECT RAISE(ABORT, 'it is full'); END")
    assert not keeping.count()
    keeping.tally.add("/predict", 200, 3, 0.25)
    keeping.tally.add("/predict", 503, 3, 0.1)
    alter(path, "DROP TRIGGER full")
    assert keeping.count()
    assert told == [False, True]
    assert sum(each.count for each in log.requests() if each.status == 200) == 2
    assert [(each.status, each.slowest_s) for each in log.requests()][-1] == (503, 0.1)
    assert all(abs(time.time() - each.minute) < 200 for each in log.requests())
    assert keeping.tally.take() == []


def test_service_removes_what_is_too_old_by_itself_and_writes_its_counts_before_it_ends(
    log: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upkeep, "EVERY_S", 0.01)
    recent = ONE._replace(id="b", at=time.time())
    log.write([[ONE, recent]])
    keeping = Upkeep(log, WEEK, unheard)
    keeping.start()
    waiting.until(lambda: [entry for entry, _ in log.predictions()] == [recent])
    keeping.tally.add("/predict", 200, 1, 0.5)
    keeping.stop()
    assert [each.count for each in log.requests()] == [1]


def test_service_goes_on_when_what_is_too_old_cannot_be_removed(
    log: Traffic, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    log.write([[ONE]])
    alter(path, "CREATE TRIGGER held BEFORE DELETE ON predictions BEGIN SELECT RAISE(ABORT, 'it is held'); END")
    Upkeep(log, WEEK, unheard).remove()
    assert "cannot be used: it is held" in caplog.text
