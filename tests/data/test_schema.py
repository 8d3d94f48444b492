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


def test_rules_are_json_of_a_line_a_column(rules: schema.Rules) -> None:
    assert json.loads(json.dumps(rules)) == rules
    assert rules["columns"]["key"] == {"type": "text", "unique": True}
    assert rules["columns"]["count"] == {"type": "integer", "missing": True, "least": 0, "most": 3}
    assert rules["columns"]["kind"] == {"type": "text", "one_of": ["u", "v"]}
    assert rules["columns"]["open"] == {"type": "boolean"}


def test_infer_lets_numbers_leave_the_range_by_its_width_and_keeps_the_sign(rules: schema.Rules) -> None:
    size, change = rules["columns"]["size"], rules["columns"]["change"]
    assert (size["least"], size["most"]) == (0.0, 5.0)
    assert (change["least"], change["most"]) == (-3.0, 3.0)


def test_infer_sets_no_range_where_there_is_no_number() -> None:
    frame = pd.DataFrame({"none": [float("nan")] * 2, "far": [float("inf"), 1.0], "deep": [float("-inf"), 1.0]})
    found = schema.infer(frame)["columns"]
    assert found["none"] == {"type": "number", "missing": True}
    assert found["far"] == {"type": "number", "least": 0.0}
    assert found["deep"] == {"type": "number", "most": 2.0}
    schema.check(frame, {"columns": found})


def test_infer_lets_a_datetime_come_later_but_not_much_earlier(frame: pd.DataFrame, rules: schema.Rules) -> None:
    assert rules["columns"]["when"] == {"type": "datetime", "least": "2023-12-30 00:00:00-05:00"}
    schema.check(frame.assign(when=frame["when"] + pd.Timedelta(days=9000)), rules)
    with pytest.raises(DataError, match="'when' must be 2023-12-30 00:00:00-05:00 or more, and is not in 3 of 3 rows"):
        schema.check(frame.assign(when=frame["when"] - pd.Timedelta(days=20000)), rules)


def test_infer_lists_words_that_come_again_and_again_alone() -> None:
    frame = pd.DataFrame({"kind": ["a", "b"] * 10, "name": [f"n{place // 2}" for place in range(20)]})
    assert schema.infer(frame)["columns"] == {"kind": {"type": "text", "one_of": ["a", "b"]}, "name": {"type": "text"}}


@pytest.mark.parametrize(
    "change",
    [
        {"size": [1, 2, 3]},  # whole numbers where a fraction may come
        {"count": [1.0, float("nan"), 2.0]},  # how whole numbers are read where one is missing
        {"note": [float("nan")] * 3},  # how a column without any value is read
        {"open": pd.Series([True, False, True], dtype="boolean")},
        {"kind": ["u", "v", "v"]},
    ],
)
def test_check_takes_what_is_the_same_to_people(
    frame: pd.DataFrame, rules: schema.Rules, change: dict[str, object]
) -> None:
    schema.check(frame.assign(**change), rules)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": [1.0, 2.0, 99.0]}, "'size' must be between 0 and 5, and is not in 1 of 3 rows: 99.0"),
        ({"size": [1.0, 2.0, float("inf")]}, "'size' must be between 0 and 5, and is not in 1 of 3 rows: inf"),
        ({"kind": pd.Categorical(["u", "w", "w"])}, "'kind' must be one of 'u', 'v', and is not in 2 of 3 rows: 'w'"),
        ({"open": ["a", "b", "c"]}, "'open' must be of type boolean: it is text, such as 'a', 'b', 'c'"),
        ({"size": ["1", "2", "many"]}, "'size' must be of type number, and is not in 1 of 3 rows: 'many'"),
        ({"size": ["1", "2", "3"]}, "'size' must be of type number: it is text, such as '1', '2', '3'"),
        ({"count": [1.0, 2.5, 2.0]}, "'count' must be of type integer, and is not in 1 of 3 rows: 2.5"),
        ({"when": ["2024-01-01", "soon", "2024-01-02"]}, "'when' must be of type datetime, .* 1 of 3 rows: 'soon'"),
        ({"change": [None, 0.5, None]}, "'change' must be not missing, and is not in 2 of 3 rows"),
        ({"key": ["x", "x", "z"]}, "'key' must be unique, and is not in 2 of 3 rows: 'x'"),
        ({"note": ["<b>\n" * 50, 1, 2], "size": 9.0}, "'size' must be between 0 and 5, and is not in 3 of 3 rows: 9.0"),
        ({"<b>": [1, 2, 3]}, "'<b>' must be in the schema"),
    ],
)
def test_check_names_column_rule_count_and_examples(
    frame: pd.DataFrame, rules: schema.Rules, change: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=f"the table today breaks its schema:\n  {message}"):
        schema.check(frame.assign(**change), rules, name="the table today")


def test_check_names_a_missing_column(frame: pd.DataFrame, rules: schema.Rules) -> None:
    with pytest.raises(DataError, match="'size' must be present"):
        schema.check(frame.drop(columns="size"), rules)


def test_findings_lists_every_broken_rule_once(frame: pd.DataFrame, rules: schema.Rules) -> None:
    broken = frame.assign(size=[-1.0, -2.0, 99.0], kind=pd.Categorical(["w"] * 3), note=[1, 2, 3]).drop(columns="open")
    found = schema.findings(broken, rules).set_index("column")
    assert set(found.index) == {"size", "kind", "note", "open"}
    assert found.loc["size", ["rows", "examples"]].tolist() == [3, "-1.0, -2.0, 99.0"]
    assert found.loc["note", "examples"] == "it is integer, such as 1, 2, 3"
    assert found["rows"].dtype == "int64"


def test_structure_lets_content_pass_and_types_not(frame: pd.DataFrame, rules: schema.Rules) -> None:
    other = frame.assign(size=[-1.0, 1e9, 3.0], kind=pd.Categorical(["w"] * 3), change=[None, 1.0, 1.0])
    schema.check(other, schema.structure(rules))
    with pytest.raises(DataError, match="'key' must be unique"):
        schema.check(other.assign(key="x"), schema.structure(rules))
    schema.check(frame.iloc[:0], schema.structure(rules))


def test_a_long_list_of_levels_is_cut_when_told(frame: pd.DataFrame) -> None:
    rules = schema.infer(pd.DataFrame({"kind": pd.Categorical(list("abcdefgh"))}))
    with pytest.raises(DataError, match="one of 'a', 'b', 'c', 'd', 'e' and 3 more"):
        schema.check(frame[["kind"]], rules)
