from pathlib import Path

import pandas as pd
import pytest
from projects import Project

from pipeline.data import rulebook, schema
from pipeline.errors import DataError


@pytest.fixture
def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": [f"k{place}" for place in range(20)],
            "no": ["yes", "no"] * 10,
            'a: "b" #\n<i>': range(20),
            "=cmd|' /C calc'!A0": [1.5] * 20,
            "when": pd.date_range("2024-01-01", periods=20),
        }
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", '[tool.pipeline.data]\nschema = "schema.yaml"\n')
    monkeypatch.chdir(tmp_path)
    return project


def test_rules_come_back_from_yaml_whatever_columns_are_called(frame: pd.DataFrame) -> None:
    rules = schema.infer(frame, unique="key")
    text = rulebook.to_yaml(rules)
    assert rulebook.from_yaml(text) == rules
    assert "  key: {type: text, unique: true}\n" in text
    assert rulebook.from_yaml(rulebook.to_yaml({"columns": {}})) == {"columns": {}}


def test_dates_may_be_written_without_quotes() -> None:
    found = rulebook.from_yaml("columns:\n  a: {type: datetime, least: 2024-01-01, most: 2024-02-01 10:30:00}\n")
    assert found["columns"]["a"] == {"type": "datetime", "least": "2024-01-01", "most": "2024-02-01 10:30:00"}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nothing", "this is no schema: it must be one table `columns`"),
        ("columns: [", "this is no schema of a table: while parsing"),
        ("columns: {a: 2024-99-99}", "this is no schema of a table: month must be in 1..12"),
        (
            "columns: {a: {type: no_such_type}}",
            "rules of column 'a' cannot be read: type Input should be 'boolean'",
        ),
        ("columns: {a: {type: number, lowest: 3}}", "rules of column 'a' cannot be read: lowest Extra inputs are not"),
        ("columns: {a: {type: text, one_of: [no]}}", "one_of holds False, which is no text: put it in quotes"),
        ("columns: {a: {type: number, least: '3'}}", "'3' is no end of a range of type number"),
        ("columns: {a: {type: datetime, least: soon}}", "the rules of column 'a' cannot be read"),
    ],
)
def test_from_yaml_says_what_is_wrong_with_what_is_no_schema(text: str, why: str) -> None:
    with pytest.raises(DataError, match=why):
        rulebook.from_yaml(text)


@pytest.mark.usefixtures("project")
def test_enforce_says_how_a_missing_file_is_written(frame: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"schema.yaml, .* is not there. Write it with `pipeline schema`"):
        rulebook.enforce(frame, "schema.yaml", "a.csv")
    rulebook.enforce(frame, None, "a.csv")


def test_enforce_names_the_file_that_is_no_schema(project: Project, frame: pd.DataFrame) -> None:
    project.write("schema.yaml", "nothing")
    with pytest.raises(DataError, match=r"schema.yaml: this is no schema"):
        rulebook.enforce(frame, "schema.yaml", "a.csv")
    (project.root / "schema.yaml").write_bytes(b"\xff")
    with pytest.raises(DataError, match=r"schema.yaml, the schema that .* cannot be read: 'utf-8' codec"):
        rulebook.enforce(frame, "schema.yaml", "a.csv")


def test_enforce_names_the_table_and_the_rule(project: Project, frame: pd.DataFrame) -> None:
    project.write("schema.yaml", rulebook.to_yaml(schema.infer(frame)))
    rulebook.enforce(frame, "schema.yaml", "a.csv")
    with pytest.raises(DataError, match=r"^a.csv \(rules: schema.yaml\) breaks its schema:\n  'no' must be one of"):
        rulebook.enforce(frame.assign(no="perhaps"), "schema.yaml", "a.csv")


def test_renewed_keeps_what_holds_and_mends_what_does_not(frame: pd.DataFrame) -> None:
    old = schema.infer(frame, unique="key")
    old["columns"]["key"]["type"] = "number"
    old["columns"]["=cmd|' /C calc'!A0"] = {"type": "number", "most": 1.75}
    old["columns"]["gone"] = {"type": "text"}
    found = rulebook.renewed(frame.assign(new=True), old, unique="key")["columns"]
    assert found["key"] == {"type": "text", "unique": True}
    assert found["=cmd|' /C calc'!A0"] == {"type": "number", "most": 1.75}
    assert found["new"] == {"type": "boolean"}
    assert list(found) == [*frame.columns, "new"]
    assert rulebook.renewed(frame, None, unique="key") == schema.infer(frame, unique="key")


def test_difference_shows_changed_lines_alone() -> None:
    assert rulebook.difference("a\nb\n", "a\nc\n", "s.yaml") == "--- s.yaml (before)\n+++ s.yaml\n@@ -2 +2 @@\n-b\n+c\n"
    assert rulebook.difference("a\n", "a\n", "s.yaml") == ""
