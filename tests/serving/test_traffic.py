import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from serving.logs import ONE, address, traffic

from pipeline.errors import StoreError
from pipeline.serving.traffic import Arm, Requests, Shadow, Traffic, Truth, new_ids

__all__ = ["address", "traffic"]


def test_predictions_come_back_as_they_were_written_with_the_last_label(traffic: Traffic) -> None:
    two = ONE._replace(id="b", key="k")
    assert traffic.write([[ONE], [two]]) == [1, 1]
    said = [Truth(prediction="a", label=label) for label in (False, 1, 1, "x")]
    assert traffic.write([[each] for each in said]) == [1, 1, 0, 1]
    assert list(traffic.predictions()) == [(ONE, "x"), (two, None)]
    assert traffic.unknown(["a", "c", "b"]) == ["c"]
    assert traffic.unknown([str(each) for each in range(1200)] + ["a"])[-1] == "1199"


def test_windows_hold_their_predictions_in_the_order_of_time_however_many_there_are(traffic: Traffic) -> None:
    many = [ONE._replace(id=f"{number:05}", at=float(number % 1250)) for number in range(2500)]
    assert traffic.write([many]) == [2500]
    ids = [each.prediction.id for each in traffic.answered()]
    assert ids == [each.id for each in sorted(many, key=lambda each: (each.at, each.id))]
    assert [each.prediction.at for each in traffic.answered(10, 12)] == [10, 10, 11, 11]
    assert list(traffic.answered(until=0)) == list(traffic.answered(since=1250)) == []
    assert traffic.span() == (0, 1249)


def test_log_without_predictions_spans_nothing(traffic: Traffic) -> None:
    assert traffic.span() is None


def test_labels_are_told_with_the_time_they_came_and_only_as_far_as_they_were_known(traffic: Traffic) -> None:
    before = time.time()
    traffic.write([[ONE, ONE._replace(id="b", at=2.5)], [Truth(prediction="b", label=1)]])
    between = time.time()
    traffic.write([[Truth(prediction="b", label=2)]])
    first, second = traffic.labels()
    assert (first.prediction, first.answered_at, first.label, second.label) == ("b", 2.5, 1, 2)
    assert before <= first.at <= between <= second.at <= time.time()
    assert list(traffic.labels(since=between)) == [second]
    assert list(traffic.labels(until=between)) == [first]
    assert [(each.label, each.labelled_at) for each in traffic.answered()] == [(None, None), (2, second.at)]
    assert [each.label for each in traffic.answered(known_until=between)] == [None, 1]
    assert [each.label for each in traffic.answered(known_until=before)] == [None, None]


def test_requests_of_a_minute_that_ended_alike_are_counted_together(traffic: Traffic) -> None:
    one = Requests(minute=60, route="/predict", status=503, version=1, count=2, seconds=0.5, slowest_s=0.4)
    traffic.write([[one, replace(one, minute=120), replace(one, status=200)]])
    traffic.write([[replace(one, count=1, seconds=0.7, slowest_s=0.7)]])
    traffic.write([[replace(one, count=1, seconds=0.1, slowest_s=0.1)]])
    together = replace(one, count=4, seconds=pytest.approx(1.3), slowest_s=0.7)
    assert traffic.requests() == [replace(one, status=200), together, replace(one, minute=120)]
    assert traffic.requests(since=61) == [replace(one, minute=120)]
    assert traffic.requests(until=60) == []


def test_write_keeps_nothing_when_a_part_cannot_be_written(traffic: Traffic) -> None:
    with pytest.raises(StoreError, match=r"cannot be used: (UNIQUE constraint failed|duplicate key)"):
        traffic.write([[ONE._replace(id="b")], [ONE], [ONE]])
    assert list(traffic.predictions()) == []
    with pytest.raises(StoreError, match=r"FOREIGN KEY constraint failed|foreign key constraint"):
        traffic.write([[Truth(prediction="z", label=1)]])


def test_traffic_refuses_when_its_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "traffic.sqlite").write_text("this is no database, and long enough to say so" * 10)
    with pytest.raises(StoreError, match="file is not a database"):
        Traffic(tmp_path / "traffic.sqlite")


def test_new_ids_differ_and_sort_by_time() -> None:
    ids = [each for _ in range(10) for each in new_ids(100)]
    assert len(set(ids)) == 1000
    assert [each[:16] for each in ids] == sorted(each[:16] for each in ids)


def test_answers_of_shadows_are_kept_beside_the_predictions(traffic: Traffic) -> None:
    tried = ONE._replace(id="b", at=2.5, arm=Arm.CANARY)
    said = [Shadow(prediction=each, trial="t", version=2, output={"value": 2.0}, latency_s=0.2) for each in "ab"]
    assert traffic.write([[ONE, tried], said]) == [2, 2]
    assert [each.prediction for each in traffic.answered()] == [ONE, tried]
    assert (list(traffic.shadows()), list(traffic.shadows(since=2))) == (said, said[1:])
    with pytest.raises(StoreError, match=r"FOREIGN KEY constraint failed|foreign key constraint"):
        traffic.write([[replace(said[0], prediction="c")]])


def test_log_of_an_earlier_release_goes_on_with_its_predictions_as_the_champions(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "old.sqlite")) as old:
        old.execute(
            "CREATE TABLE predictions (id TEXT PRIMARY KEY, at REAL NOT NULL, model TEXT NOT NULL, version INTEGER NOT "
            "NULL, bundle TEXT NOT NULL, key TEXT, inputs TEXT NOT NULL, output TEXT NOT NULL, latency_s REAL NOT NULL"
            ") STRICT"
        )
        old.execute(
            """INSERT INTO predictions VALUES ('a', 1.5, 'm', 1, 'b', NULL, '{"x": "é"}', '{"value": 1.0}', 0.1)"""
        )
        old.execute(
            "CREATE TABLE labels (number INTEGER PRIMARY KEY, prediction TEXT NOT NULL REFERENCES predictions (id), "
            "at REAL NOT NULL, label TEXT NOT NULL) STRICT"
        )
        old.commit()
    with closing(Traffic(tmp_path / "old.sqlite")) as traffic:
        two = ONE._replace(id="b", at=2.5, arm=Arm.CANARY)
        traffic.write([[two]])
        assert [each.prediction for each in traffic.answered()] == [ONE, two]
    with closing(Traffic(tmp_path / "old.sqlite")) as again:
        assert again.span() == (1.5, 2.5)
        again.write([[Truth(prediction="a", label=1), Truth(prediction="b", label=1)]])
        assert again.remove(2.0, 10) == 1
        assert [each.prediction for each in again.labels()] == ["b"]
