from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.errors import StoreError
from pipeline.serving.traffic import Prediction, Traffic, Truth, new_id

ONE = Prediction(
    id="a", at=1.5, model="m", version=1, bundle="b", key=None, inputs={"x": "é"}, output={"value": 1.0}, latency_s=0.1
)


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[Traffic]:
    found = Traffic(tmp_path / "deep" / "traffic.sqlite")
    yield found
    found.close()


def test_predictions_come_back_as_they_were_written_with_the_last_label(traffic: Traffic) -> None:
    two = replace(ONE, id="b", key="k")
    assert traffic.write([[ONE], [two]]) == [1, 1]
    said = [Truth(prediction="a", label=label) for label in (False, 1, 1, "x")]
    assert traffic.write([[each] for each in said]) == [1, 1, 0, 1]
    assert list(traffic.predictions()) == [(ONE, "x"), (two, None)]
    assert traffic.unknown(["a", "c", "b"]) == ["c"]
    assert traffic.unknown([str(each) for each in range(1200)] + ["a"])[-1] == "1199"


def test_write_keeps_nothing_when_a_part_cannot_be_written(traffic: Traffic) -> None:
    with pytest.raises(StoreError, match="cannot be used: UNIQUE constraint failed"):
        traffic.write([[replace(ONE, id="b")], [ONE], [ONE]])
    assert list(traffic.predictions()) == []
    with pytest.raises(StoreError, match="FOREIGN KEY constraint failed"):
        traffic.write([[Truth(prediction="z", label=1)]])


def test_traffic_refuses_when_its_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "traffic.sqlite").write_text("this is no database, and long enough to say so" * 10)
    with pytest.raises(StoreError, match="file is not a database"):
        Traffic(tmp_path / "traffic.sqlite")


def test_new_ids_differ_and_sort_by_time() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert [each[:16] for each in ids] == sorted(each[:16] for each in ids)
