from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import DataError, UsageError
from pipeline.start.another import Another, meant

ROWS = "".join(f"{i},{i % 7},{'yn'[i % 3 == 0]},{'ab'[i % 5 > 1]}\n" for i in range(100))
TABLE: dict[str, Any] = {
    "data": {"source": "own.csv", "target": "late", "time": "day", "task": "binary", "drop": ["x"], "train_until": "x"},
    "gates": {"roc_auc": {"low_at_least": 0.9}},
    "evaluation": {"costs": {"false_positive": 9}},
    "learning": {"trials": 3},
    "models": {"name": "model"},
}


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    (tmp_path / "own.csv").write_text(f"row_id,x,late,kind\n{ROWS}")
    (tmp_path / "other.csv").write_text(f"row_id,x,y,kind\n{ROWS}")
    monkeypatch.chdir(tmp_path)


def found(given: dict[str, str], table: dict[str, Any] = TABLE) -> Another:
    another = meant(table, given)
    assert another is not None
    return another


@pytest.mark.parametrize("given", [{}, {"time": "x"}, {"source": "own.csv"}, {"source": "own.csv", "target": "late"}])
def test_settings_stay_when_the_table_and_the_target_do(given: dict[str, str]) -> None:
    assert meant(TABLE, given) is None


def test_another_source_takes_nothing_from_the_settings_of_the_first() -> None:
    table = found({"source": "other.csv", "target": "y"}).table
    assert table["data"] == {"source": "other.csv", "target": "y", "task": "binary", "id": "row_id"}
    assert "gates" not in table
    assert "evaluation" not in table
    assert table["learning"] == {"trials": 3}


def test_another_table_has_a_model_of_its_own() -> None:
    names = {found({"source": "other.csv", "target": target}).table["models"]["name"] for target in ("y", "kind")}
    assert len(names | {"model"}) == 3


def test_another_target_keeps_the_table_and_its_roles_but_not_what_was_said_of_the_target() -> None:
    data = {"source": "own.csv", "target": "late", "id": "row_id", "task": "binary", "positive": "y"}
    table = found({"target": "kind"}, {**TABLE, "data": data}).table
    assert table["data"] == {"source": "own.csv", "target": "kind", "task": "binary", "id": "row_id"}
    assert "gates" not in table


def test_what_the_command_line_says_of_another_table_is_taken() -> None:
    table = found({"source": "other.csv", "target": "y", "id": "None"}).table
    assert table["data"]["id"] == "row_id"
    assert found({"source": "other.csv", "target": "x", "task": "regression"}).table["data"]["task"] == "regression"


def test_another_source_needs_its_target() -> None:
    with pytest.raises(UsageError, match="name it too, `-p target COLUMN`"):
        meant(TABLE, {"source": "other.csv"})


def test_another_source_that_has_no_such_column_is_refused() -> None:
    with pytest.raises(DataError, match=r"other.csv has no column 'Y', .*'y'"):
        meant(TABLE, {"source": "other.csv", "target": "Y"})
