import json

import pandas as pd
import pytest

from pipeline.data import schema
from pipeline.errors import DataError


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": ["x", "y", "z"],
            "size": [1.0, None, 3.0],
            "change": [-1.0, 0.5, 1.0],
            "count": pd.array([1, None, 2], dtype="Int64"),
            "kind": pd.Categorical(["u", "v", "u"]),
            "note": ["a", None, "b"],
            "open": [True, False, True],
            "when": pd.date_range("2024", periods=3, tz="America/New_York"),
            "target": pd.Series([0, 1, 0], dtype="int8"),
        }
    )


@pytest.fixture
def rules(frame: pd.DataFrame) -> schema.Rules:
    return schema.infer(frame, unique="key")


def test_rules_hold_for_the_rows_they_were_inferred_from(frame: pd.DataFrame, rules: schema.Rules) -> None:
    schema.check(frame, rules)
    assert schema.findings(frame, rules).empty


def test_rules_are_json_and_come_back_from_yaml(rules: schema.Rules) -> None:
    assert json.loads(json.dumps(rules)) == rules
    assert schema.from_yaml(schema.to_yaml(rules)) == rules


def test_infer_lets_numbers_leave_the_range_by_its_width_and_keeps_the_sign(rules: schema.Rules) -> None:
    size, change = rules["columns"]["size"]["in_range"], rules["columns"]["change"]["in_range"]
    assert (size["min_value"], size["max_value"]) == (0.0, 5.0)
    assert (change["min_value"], change["max_value"]) == (-3.0, 3.0)


def test_infer_sets_no_range_where_there_is_no_number() -> None:
    found = schema.infer(pd.DataFrame({"none": [float("nan")], "far": [float("inf")]}))
    assert "in_range" not in found["columns"]["none"]
    assert "in_range" not in found["columns"]["far"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": [1.0, 2.0, 99.0]}, "size must be between 0 and 5, and is not in 1 of 3 rows: 99.0"),
        ({"kind": pd.Categorical(["u", "w", "w"])}, "kind must be one of 'u', 'v', and is not in 2 of 3 rows: w"),
        ({"open": ["a", "b", "c"]}, "open must be of type bool: it is str"),
        ({"size": ["1", "2", "3"]}, "size must be of type float64: it is str"),
        ({"change": [None, 0.5, None]}, "change must be not missing, and is not in 2 of 3 rows"),
        ({"key": ["x", "x", "z"]}, "key must be unique, and is not in 2 of 3 rows: x"),
    ],
)
def test_check_names_column_rule_count_and_examples(
    frame: pd.DataFrame, rules: schema.Rules, change: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=f"the table today breaks its schema:\n  {message}"):
        schema.check(frame.assign(**change), rules, name="the table today")


def test_check_names_a_missing_column(frame: pd.DataFrame, rules: schema.Rules) -> None:
    with pytest.raises(DataError, match="size must be present"):
        schema.check(frame.drop(columns="size"), rules)


def test_findings_lists_every_broken_rule_once(frame: pd.DataFrame, rules: schema.Rules) -> None:
    broken = frame.assign(size=[-1.0, -2.0, 99.0], kind=pd.Categorical(["w"] * 3), note=[1, 2, 3]).drop(columns="open")
    found = schema.findings(broken, rules).set_index("column")
    assert set(found.index) == {"size", "kind", "note", "open"}
    assert found.loc["size", ["rows", "examples"]].tolist() == [3, "-1.0, -2.0, 99.0"]
    assert found.loc["note", "examples"] == "it is int64"
    assert found["rows"].dtype == "int64"


def test_structure_lets_content_pass_and_types_not(frame: pd.DataFrame, rules: schema.Rules) -> None:
    other = frame.assign(size=[-1.0, 1e9, 3.0], kind=pd.Categorical(["w"] * 3), change=[None, 1.0, 1.0])
    schema.check(other, schema.structure(rules))
    with pytest.raises(DataError, match="key must be unique"):
        schema.check(other.assign(key="x"), schema.structure(rules))
    schema.check(frame.iloc[:0], schema.structure(rules))


def test_a_long_list_of_levels_is_cut_when_told(frame: pd.DataFrame) -> None:
    rules = schema.infer(pd.DataFrame({"kind": pd.Categorical(list("abcdefgh"))}))
    with pytest.raises(DataError, match="one of 'a', 'b', 'c', 'd', 'e' and 3 more"):
        schema.check(frame[["kind"]], rules)


@pytest.mark.parametrize("text", ["nothing", "columns: [", "columns: {a: {dtype: no_such_type}}"])
def test_from_yaml_refuses_what_is_no_schema(text: str) -> None:
    with pytest.raises(DataError, match="this is no schema of a table"):
        schema.from_yaml(text)
