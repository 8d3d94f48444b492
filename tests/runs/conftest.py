"""A project of five real notebooks that has run once, copied for each test."""

import shutil
from pathlib import Path

import pytest
from projects import Project


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """`look` stands alone; `prep -> train -> deploy -> watch`; train imports a helper that imports a helper."""
    project = Project(tmp_path_factory.mktemp("finished"))
    project.write("pyproject.toml", "[tool.pipeline]\n")
    project.write("lib/__init__.py", "")
    project.write("lib/near.py", "from lib.far import STEP\n")
    project.write("lib/far.py", "STEP = 2\n")
    project.write("data/rows.csv", "1,2,3")
    project.write("data/parts/one.csv", "1")
    project.notebook(
        "look",
        "depth: int = 1",
        "glue('parts', [p.name for p in __import__('pathlib').Path('data/parts').iterdir()][:depth])",
    )
    project.notebook(
        "prep",
        "factor: int = 1",
        "rows = [int(x) for x in open('data/rows.csv').read().split(',')]",
        "glue('rows', [r * factor for r in rows])",
    )
    project.notebook(
        "train",
        "prep: Upstream = 'reports/latest/prep.ipynb'\ntrials: int = 3",
        "from lib.near import STEP",
        "glue('model', sum(read(prep)['rows']) * STEP * trials)",
    )
    project.notebook(
        "deploy",
        "train: Upstream = 'reports/latest/train.ipynb'\nname: str = 'm'",
        "glue('version', [name, read(train)['model']])",
    )
    project.notebook(
        "watch", "deploy: Upstream = 'reports/latest/deploy.ipynb'", "glue('seen', read(deploy)['version'])"
    )
    record = project.run()
    assert {str(stage.status) for stage in record.stages} == {"succeeded"}
    return project


@pytest.fixture
def project(finished: Project, tmp_path: Path) -> Project:
    shutil.copytree(finished.root, tmp_path / "project")
    return Project(tmp_path / "project")
