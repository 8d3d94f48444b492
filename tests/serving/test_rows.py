import re
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, strategies
from serving.served import table

from pipeline.data import features, schema
from pipeline.serving import bundle
from pipeline.serving.rows import MOST_FAULTS, Form, plain

RULES = {
    "columns": {
        "size": {"type": "number", "missing": True, "least": -1.0, "most": 5.5},
        "count": {"type": "integer", "least": 0},
        "open": {"type": "boolean"},
        "kind": {"type": "text", "one_of": ["u", "v"]},
        "note": {"type": "text", "missing": True},
        "when": {"type": "datetime", "least": "2024-01-01"},
        "sent": {"type": "datetime", "missing": True, "most": "2025-01-01 00:00:00+01:00"},
    }
}
FORM = Form(RULES, {"when": None, "sent": "Europe/Berlin"})
GOOD: dict[str, Any] = {
    "size": 1.5,
    "count": 3,
    "open": True,
    "kind": "u",
    "note": "é",
    "when": "2024-02-01T10:00:00",
    "sent": "2024-02-01T10:00:00+02:00",
}


def must(**changes: object) -> list[str]:
    row = {name: value for name, value in (GOOD | changes).items() if value is not ...}
    _, faults = FORM.read([GOOD, row])
    assert all(fault.row == 1 for fault in faults)
    return [f"{fault.column}: {fault.must}" for fault in faults]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"size": "1"}, "size: of type number, not text"),
        ({"size": True}, "size: of type number, not boolean"),
        ({"size": [1]}, "size: of type number, not a list"),
        ({"size": 6}, "size: between -1.0 and 5.5"),
        ({"size": float("inf")}, "size: of type number, and finite"),
        ({"size": 10**400}, "size: of type number, and finite"),
        ({"size": ...}, "size: there: it is missing"),
        ({"count": None}, "count: of type integer, and not missing"),
        ({"count": float("nan")}, "count: of type integer, and not missing"),
        ({"count": 1.5}, "count: of type integer, without a fraction"),
        ({"count": -1}, "count: 0 or more"),
        ({"open": 1}, "open: of type boolean, not a number"),
        ({"kind": "w"}, "kind: one of 'u', 'v'"),
        ({"kind": {"a": 1}}, "kind: of type text, not an object"),
        ({"note": "\ud800"}, "note: of type text, and valid Unicode"),
        ({"when": "2023-12-31"}, "when: 2024-01-01 or more"),
        ({"when": "today"}, "when: a date in ISO 8601 without an offset, such as 2026-11-23T14:30:00"),
        ({"when": 5}, "when: a date in ISO 8601 without an offset, such as 2026-11-23T14:30:00"),
        ({"when": "2024-02-01T10:00:00Z"}, "when: a date in ISO 8601 without an offset, such as 2026-11-23T14:30:00"),
        (
            {"sent": "2024-02-01T10:00:00"},
            "sent: a date in ISO 8601 with an offset, such as 2026-11-23T14:30:00+00:00",
        ),
        ({"sent": "2025-01-01T00:00:00+00:00"}, "sent: 2025-01-01 00:00:00+01:00 or less"),
        ({"sise": 1}, "sise: left out: did you mean 'size'?"),
    ],
)
def test_read_names_the_column_when_a_value_breaks_its_rule(changes: dict[str, Any], said: str) -> None:
    assert must(**changes) == [said]


@pytest.mark.parametrize(
    "changes", [{"size": None}, {"size": float("nan")}, {"size": -1}, {"count": 2.0}, {"note": None}, {"sent": None}]
)
def test_read_takes_a_row_when_no_rule_is_broken(changes: dict[str, Any]) -> None:
    assert must(**changes) == []


def test_read_stops_when_enough_rows_are_wrong() -> None:
    _, faults = FORM.read([{}] * 1000)
    assert MOST_FAULTS <= len(faults) < MOST_FAULTS + len(GOOD)


def test_frame_has_the_types_of_learning_even_when_nothing_is_there() -> None:
    values, _ = FORM.read([GOOD | {"size": None, "note": None, "sent": None}])
    frame = FORM.frame(values)
    assert list(map(str, frame.dtypes.drop(["when", "sent"]))) == ["float64", "float64", "float64", "str", "str"]
    assert frame["sent"].dt.tz is not None
    assert frame["when"].dt.tz is None
    values, _ = FORM.read([GOOD])
    assert FORM.frame(values)["sent"][0] == datetime(2024, 2, 1, 8, tzinfo=UTC)


def test_json_schema_says_what_a_row_must_be() -> None:
    said = FORM.json_schema()
    assert said["required"] == list(GOOD)
    assert said["properties"]["size"] == {"type": ["number", "null"], "minimum": -1.0, "maximum": 5.5}
    assert said["properties"]["kind"] == {"type": "string", "enum": ["u", "v"]}
    assert said["properties"]["sent"] == {"type": ["string", "null"], "format": "date-time"}
    on_the_wall = re.compile(said["properties"]["when"]["pattern"])
    assert on_the_wall.search("2024-01-31T08:00:00")
    assert not on_the_wall.search("2024-01-31T08:00:00Z")


ROWS = table()
RECIPE = features.learn(ROWS, target="target", time="when")
RAW = features.inputs(ROWS, RECIPE)
SEEN = Form(schema.infer(RAW), bundle.zones(RAW))


@given(strategies.lists(strategies.integers(0, len(ROWS) - 1), min_size=1, max_size=5))
def test_frame_gives_the_features_of_learning_when_rows_went_through_json(picked: list[int]) -> None:
    raw = ROWS.iloc[picked].reset_index(drop=True)
    values, faults = SEEN.read(plain(features.inputs(raw, RECIPE), schema.infer(RAW)))
    assert not faults
    pd.testing.assert_frame_equal(features.apply(SEEN.frame(values), RECIPE), features.apply(raw, RECIPE))


def test_inputs_are_what_apply_looks_at_when_words_and_durations_have_other_types() -> None:
    rows = pd.DataFrame(
        {
            "code": pd.Series([1, 2] * 20).astype("category"),
            "lasts": pd.to_timedelta([1, 36] * 20, unit="h"),
            "rate": [np.inf, 0.5] * 20,
            "self": [1, 2] * 20,
            "target": [0, 1] * 20,
        }
    )
    recipe = features.learn(rows, target="target")
    raw = features.inputs(rows, recipe)
    assert list(raw) == recipe.inputs
    assert [each["type"] for each in schema.infer(raw)["columns"].values()] == ["number", "number", "integer", "text"]
    assert raw["lasts"][1] == 1.5
    pd.testing.assert_frame_equal(features.apply(raw, recipe), features.apply(rows, recipe))
