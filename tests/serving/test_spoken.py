"""Where there is no disk, traffic is printed, and nothing that settings call sensitive is."""

import io
import json
from typing import Any

import pytest

from pipeline.errors import StoreError
from pipeline.serving.entries import Prediction, Truth, new_ids
from pipeline.serving.hiding import Hiding
from pipeline.serving.spoken import Spoken


def prediction(**inputs: object) -> Prediction:
    told: dict[str, Any] = {
        "id": new_ids(1)[0],
        "at": 1.5,
        "model": "m",
        "version": 1,
        "bundle": "sha256:0",
        "key": None,
    }
    return Prediction(**told, inputs=inputs, output={"label": "yes"}, latency_s=0.001)


def test_each_entry_is_a_line_without_what_is_sensitive() -> None:
    out = io.StringIO()
    log = Spoken(Hiding({"town": "drop"}, ["town", "size"]), out)
    first = prediction(town="Århus", size=1.0)
    assert log.write([[first, prediction(town="Oslo", size=2.0)], [Truth(prediction=first.id, label="no")]]) == [2, 1]
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [line["traffic"] for line in lines] == ["prediction", "prediction", "truth"]
    assert [line.get("inputs") for line in lines] == [{"size": 1.0}, {"size": 2.0}, None]
    assert lines[2] == {"traffic": "truth", "prediction": first.id, "label": "no"}
    assert log.unknown(["any"]) == []
    log.close()


def test_what_cannot_be_printed_is_an_error() -> None:
    out = io.StringIO()
    out.close()
    with pytest.raises(StoreError, match="the log of predictions cannot be printed"):
        Spoken(out=out).write([[prediction(size=1.0)]])
