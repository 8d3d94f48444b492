from pathlib import Path

import pytest

from pipeline.lab.folders import folders


@pytest.mark.parametrize(
    ("path", "is_stage", "is_sealed"),
    [
        ("work/a.ipynb", True, False),
        ("/work/deeper/a.ipynb", True, False),
        ("work/.hidden/a.ipynb", False, False),
        ("work/../a.ipynb", False, False),
        ("work/a.py", False, False),
        (".pipeline/scratch/run/a.ipynb", False, False),
        ("kept/README.md", False, False),
        ("kept/latest/a.ipynb", False, True),
        ("work/../kept/20261123T024711Z-3f9a1c/run.json", False, True),
        ("notebooks/a.ipynb", False, False),
    ],
)
def test_file_is_known_by_where_it_stands(path: str, is_stage: bool, is_sealed: bool, tmp_path: Path) -> None:  # noqa: FBT001 - what is expected
    (tmp_path / "pyproject.toml").write_text('[tool.pipeline]\nnotebooks = "work"\nreports = "kept"\n')
    found = folders(tmp_path)
    assert (found.is_stage(path), found.is_sealed(path)) == (is_stage, is_sealed)


@pytest.mark.parametrize("settings", ["[tool.pipeline", "[tool.pipeline]\n", "", None])
def test_folders_are_the_usual_ones_while_settings_cannot_be_read(settings: str | None, tmp_path: Path) -> None:
    if settings is not None:
        (tmp_path / "pyproject.toml").write_text(settings)
    assert folders(tmp_path).is_stage("notebooks/a.ipynb")
    assert folders(tmp_path).is_sealed("reports/latest/a.ipynb")
