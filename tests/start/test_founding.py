import os
import tomllib
from pathlib import Path

import pytest

from pipeline.errors import DataError, UsageError
from pipeline.start import founding, looks, origin

ROWS = "".join(f"{i},{i % 7},{'yn'[i % 3 == 0]}\n" for i in range(100))


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "in" / "rows.csv"
    path.parent.mkdir()
    path.write_text(f"row_id,x,y\n{ROWS}")
    return path


def entries(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def founded(folder: Path, table: Path) -> founding.Founding:
    return founding.Founding(folder=folder, looks=looks.look({"source": str(table), "target": "y"}, folder=folder))


def test_project_has_notebooks_settings_commands_and_ci(tmp_path: Path, table: Path) -> None:
    folder = tmp_path / "mine"
    names = founded(folder, table).write()
    assert names == entries(folder)
    assert {"notebooks", "pyproject.toml", "noxfile.py", ".gitignore", ".github", "README.md"} <= set(names)
    ours = {path.name: path.read_bytes() for path in (Path(__file__).parents[2] / "notebooks").glob("*.ipynb")}
    assert {path.name: path.read_bytes() for path in (folder / "notebooks").iterdir()} == ours
    written = tomllib.loads((folder / "pyproject.toml").read_text())
    assert written["tool"]["pipeline"]["data"] == {
        "source": "../in/rows.csv",
        "target": "y",
        "task": "binary",
        "id": "row_id",
    }
    assert written["project"]["name"] == "mine"
    assert not [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".ipynb" and "@" in path.name]


def test_no_word_of_a_template_is_left_open(tmp_path: Path, table: Path) -> None:
    files = founded(tmp_path / "mine", table).files()
    left = [
        name
        for name, content in files.items()
        if any(f"@{word}@".encode() in content for word in ("NAME", "START", "NOTES", "VERSION"))
    ]
    assert not left


def test_actions_are_those_of_this_repository(tmp_path: Path, table: Path) -> None:
    ours = (Path(__file__).parents[2] / ".github/workflows/ci.yml").read_text()
    written = founded(tmp_path / "mine", table).files()[".github/workflows/pipeline.yml"].decode()
    for line in written.splitlines():
        assert "uses: " not in line or line.partition("uses: ")[2] in ours, line


@pytest.mark.parametrize(
    ("name", "called"), [("My Table!", "my-table"), ("日本", "project"), (origin.PACKAGE, "stagebook-project")]
)
def test_name_of_a_project_is_one_that_packages_can_have(tmp_path: Path, table: Path, name: str, called: str) -> None:
    assert founded(tmp_path / name, table).name == called


def test_empty_folder_is_taken(tmp_path: Path, table: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    founding.vacant(folder)
    founded(folder, table).write()
    assert (folder / "pyproject.toml").is_file()
    assert entries(tmp_path) == ["in", "mine"]


def test_folder_that_is_not_empty_is_refused(table: Path) -> None:
    with pytest.raises(UsageError, match=r"is not empty \('rows.csv' is in it\)"):
        founding.vacant(table.parent)


def test_file_is_no_folder(table: Path) -> None:
    with pytest.raises(UsageError, match="is a file"):
        founding.vacant(table)


def test_folder_in_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no folder"):
        founding.vacant(tmp_path / "no" / "mine")


def test_failure_leaves_nothing_behind(tmp_path: Path, table: Path) -> None:
    project = founded(tmp_path / "mine", table)
    (tmp_path / "mine").write_text("came in between")
    with pytest.raises(UsageError, match="cannot write a project"):
        project.write()
    assert entries(tmp_path) == ["in", "mine"]


def test_name_of_a_file_that_is_no_text_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'\\udcff.csv' is no text"):
        looks.address(os.fsdecode(b"\xff.csv"))


def test_table_with_nothing_but_the_target_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("same,y\n" + "1,a\n1,b\n" * 50)
    with pytest.raises(DataError, match="no column to learn from beside 'y': 'same' is the same in every row"):
        looks.look({"source": str(path), "target": "y"})


def test_unknown_task_is_refused_with_the_choices(table: Path) -> None:
    with pytest.raises(DataError, match="there is no task 'magic': there are 'binary', 'multiclass', 'regression'"):
        looks.look({"source": str(table), "target": "y", "task": "magic"})
