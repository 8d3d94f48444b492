"""That nobody asks any more is told by the clock, where the log tells what pauses are usual."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from serving import served
from serving.logs import ONE

from pipeline.monitoring import silence
from pipeline.serving import logbook
from pipeline.serving.terms import Terms
from pipeline.serving.traffic import Requests

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)
Ask = Callable[..., None]


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Log that somebody asked, so many hours ago."""
    served.project(tmp_path, monkeypatch)

    def log(*hours_ago: float, route: str = "/predict") -> None:
        told = {"route": route, "status": 200, "version": 1, "count": 3, "seconds": 0.1, "slowest_s": 0.1}
        minutes = [int((NOW - timedelta(hours=each)).timestamp()) // 60 * 60 for each in hours_ago]
        traffic = logbook.reading("m", Terms())
        answers = [ONE._replace(id=f"{minute}", at=minute + 1.5) for minute in minutes if route == "/predict"]
        traffic.write([answers, [Requests(minute=minute, **told) for minute in minutes]])
        traffic.close()

    return log


def test_silent_is_who_was_never_asked_so_little(ask: Ask) -> None:
    ask(54, 44, 34, 24)
    assert silence.since("m", NOW) == NOW - timedelta(hours=24)
    assert silence.since("m", NOW - timedelta(hours=5)) is None  # pauses of ten hours are usual
    assert silence.since("m", NOW + timedelta(days=99)) == NOW - timedelta(hours=24)
    ask(1)
    assert silence.since("m", NOW) is None


def test_who_asks_for_something_else_breaks_no_silence(ask: Ask) -> None:
    ask(54, 44, 34, 24)
    ask(1, 2, 3, route="/model")
    assert silence.since("m", NOW) == NOW - timedelta(hours=24)


def test_hour_is_no_silence_however_often_somebody_asked_before(ask: Ask) -> None:
    ask(*(minute / 60 for minute in range(59, 1600, 5)))
    assert silence.since("m", NOW) is None
    assert silence.since("m", NOW + timedelta(minutes=3)) == NOW - timedelta(minutes=59)


def test_less_than_a_day_tells_nothing_of_pauses(ask: Ask) -> None:
    ask(90, 89, 88, 70)
    assert silence.since("m", NOW) is None


def test_nothing_is_silent_that_never_answered_or_whose_log_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = served.project(tmp_path, monkeypatch)
    assert silence.since("m", NOW) is None
    (root / ".pipeline/traffic").mkdir(parents=True)
    (root / ".pipeline/traffic/m.sqlite").write_text("no log")
    assert silence.since("m", NOW) is None
