"""Two stages that ran once: `prep` succeeded, `train` failed."""

import shutil
from pathlib import Path

import pytest
from projects import Project

from pipeline.past.lookup import PastRun, find


@pytest.fixture(scope="session")
def broken_once(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("broken"))
    project.write("pyproject.toml", "[tool.pipeline]\n")
    project.notebook("prep", "rows: int = 3", "glue('rows', list(range(rows)))")
    project.notebook(
        "train",
        "prep: Upstream = 'reports/latest/prep.ipynb'\ntrials: int = 2",
        "total = sum(read(prep)['rows']) * trials",
        "def fit(rows):\n    raise KeyError('price')\n\n\nfit(total)",
        "glue('total', total)",
    )
    record = project.run(trials=5)
    assert [str(stage.status) for stage in record.stages] == ["succeeded", "failed"]
    return project


@pytest.fixture
def broken(broken_once: Project, tmp_path: Path) -> Project:
    shutil.copytree(broken_once.root, tmp_path / "project")
    return Project(tmp_path / "project")


@pytest.fixture
def past(broken: Project) -> PastRun:
    return find(broken.root, broken.root / "reports")
