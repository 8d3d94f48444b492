import threading
from dataclasses import replace

import pytest
from serving.logs import ONE, address, traffic

from pipeline.serving import retention
from pipeline.serving.marks import mark
from pipeline.serving.retention import Retention
from pipeline.serving.traffic import Requests, Traffic, Truth

__all__ = ["address", "traffic"]
DAY = 86_400
NOW = 100 * DAY
REQUESTS = Requests(minute=10 * DAY, route="/predict", status=200, version=1, count=1, seconds=1, slowest_s=1)


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 7)


@pytest.fixture
def filled(traffic: Traffic) -> Traffic:
    """Hold one prediction a day, from day 0 to 99, each with its truth."""
    many = [ONE._replace(id=f"{day:03}", at=day * DAY + 1.0) for day in range(100)]
    traffic.write([many, [Truth(prediction=each.id, label=1) for each in many], [REQUESTS]])
    return traffic


def days(traffic: Traffic) -> list[int]:
    return [int(each.prediction.id) for each in traffic.answered()]


@pytest.mark.parametrize(
    ("keep", "first"),
    [
        (Retention(days=None, rows=None, watch_days=0), 0),
        (Retention(days=40, rows=None, watch_days=30), 60),
        (Retention(days=None, rows=25, watch_days=0), 75),
        (Retention(days=None, rows=25, watch_days=30), 70),
        (Retention(days=40, rows=25, watch_days=0), 75),
        (Retention(days=20, rows=95, watch_days=0), 80),
        (Retention(days=None, rows=200, watch_days=0), 0),
    ],
    ids=["nothing", "age", "size", "size-but-watched", "size-and-age", "age-and-size", "not-so-many"],
)
def test_retention_removes_what_is_too_old_or_too_much_with_its_labels(
    filled: Traffic, keep: Retention, first: int
) -> None:
    assert keep.remove(filled, NOW, threading.Event()) == first
    assert days(filled) == [*range(first, 100)]
    assert {int(each.prediction) for each in filled.labels()} == {*range(first, 100)}
    assert filled.requests() == ([] if first else [REQUESTS])
    assert keep.remove(filled, NOW, threading.Event()) == 0


def test_retention_ends_early_when_the_service_does(filled: Traffic) -> None:
    over = threading.Event()
    over.set()
    assert Retention(days=1, rows=None, watch_days=0).remove(filled, NOW, over) == 0


def test_mark_of_a_log_changes_with_what_is_written_and_removed(filled: Traffic) -> None:
    seen = [mark(filled), mark(filled)]
    filled.write([[replace(REQUESTS, count=2)]])
    seen.append(mark(filled))
    Retention(days=40, rows=None, watch_days=30).remove(filled, NOW, threading.Event())
    seen.append(mark(filled))
    assert seen[0] == seen[1]
    assert len(set(seen)) == 3


def test_retention_keeps_about_what_fits_and_removes_nothing_twice(
    traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "AT_ONCE", 500)
    many = [ONE._replace(id=f"{n:05}", at=float(n), inputs={"x": f"{n:05}" * 100}) for n in range(4000)]
    traffic.write([many, [Truth(prediction=each.id, label=1) for each in many]])
    taken, never = traffic.database.size_bytes(), threading.Event()
    assert 4000 * 500 < taken < 4000 * 2500
    half = Retention(days=None, rows=None, watch_days=0, size_bytes=taken // 2)
    removed = half.remove(traffic, NOW, never)
    assert removed == pytest.approx(2000, abs=200)
    assert [each.prediction.id for each in traffic.answered()] == [each.id for each in many[removed:]]
    assert traffic.database.size_bytes() == pytest.approx(taken // 2, rel=0.1)
    assert half.remove(traffic, NOW, never) < 200  # files of a server keep their size
    assert Retention(days=None, rows=None, watch_days=1e6, size_bytes=1).remove(traffic, NOW, never) == 0
    assert Retention(days=None, rows=None, watch_days=0, size_bytes=taken).remove(traffic, NOW, never) == 0
