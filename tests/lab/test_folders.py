from pathlib import Path

import pytest

from pipeline.lab.folders import folders


@pytest.mark.parametrize(
    ("path", "is_stage", "is_sealed"),
    [
        ("stages/a.ipynb", True, False),
        ("/stages/deeper/a.ipynb", True, False),
        ("stages/.hidden/a.ipynb", False, False),
        ("stages/../a.ipynb", False, False),
        ("stages/a.py", False, False),
        (".pipeline/scratch/run/a.ipynb", False, False),
        ("kept/README.md", False, False),
        ("kept/latest/a.ipynb", False, True),
        ("stages/../kept/20261123T024711Z-3f9a1c/run.json", False, True),
        ("notebooks/a.ipynb", False, False),
    ],
)
def test_file_is_known_by_where_it_stands(path: str, is_stage: bool, is_sealed: bool, tmp_path: Path) -> None:  # noqa: FBT001 - what is expected
    (tmp_path / "pyproject.toml").write_text('[tool.pipeline]\nnotebooks = "stages"\nreports = "kept"\n')
    found = folders(tmp_path)
    assert (found.is_stage(path), found.is_sealed(path)) == (is_stage, is_sealed)


@pytest.mark.parametrize(("path", "held"), [("reports", True), ("reports/run", True), ("reports/a.md", False)])
def test_folders_of_runs_hold_reports(path: str, held: bool, tmp_path: Path) -> None:  # noqa: FBT001 - what is expected
    (tmp_path / "reports/run").mkdir(parents=True)
    (tmp_path / "reports/a.md").touch()
    assert folders(tmp_path).holds_reports(path) == held


@pytest.mark.parametrize("settings", ["[tool.pipeline", "[tool.pipeline]\n", "", None])
def test_folders_are_the_usual_ones_while_settings_cannot_be_read(settings: str | None, tmp_path: Path) -> None:
    if settings is not None:
        (tmp_path / "pyproject.toml").write_text(settings)
    assert folders(tmp_path).is_stage("notebooks/a.ipynb")
    assert folders(tmp_path).is_sealed("reports/latest/a.ipynb")
