"""`pipeline schema` writes the rules of a project's table, and a run keeps to them."""

from pathlib import Path

import pytest
from projects import Project

pytestmark = pytest.mark.kernel
ROWS = "".join(f"{place},{'ab'[place % 2]},{place % 3}\n" for place in range(30))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", '[tool.pipeline.data]\nsource = "t.csv"\ntarget = "kind"\nschema = "rules.yaml"\n')
    project.write("t.csv", f"size,kind,left\n{ROWS}")
    project.notebook(
        "look",
        "source: str = setting('data.source')\ntarget: str = setting('data.target')\n"
        "rules: str | None = setting('data.schema', default=None)",
        "from pipeline.data import rulebook, sources\n"
        "table = sources.load(source, target=target)\nrulebook.enforce(table, rules, source)",
    )
    return project


def test_schema_is_written_reviewed_and_enforced(project: Project) -> None:
    assert "rules.yaml, the schema that" in project.command("run").stdout
    shown = project.command("schema", "--show")
    assert shown.stdout.endswith("rules.yaml is left as it is\n")
    assert not (project.root / "rules.yaml").exists()
    done = project.command("schema")
    assert done.returncode == 0, done.stderr
    assert "+  size: {type: integer, least: 0, most: 58}" in done.stdout
    assert project.command("run").returncode == 0
    assert project.command("schema").stdout == "rules.yaml: every rule holds; nothing to change\n"
    project.write("t.csv", f"size,kind,left\n{ROWS}999,a,1\n")
    failed = project.command("run")
    assert failed.returncode == 1
    assert "'size' must be between 0 and 58, and is not in 1 of 31 rows: 999" in failed.stdout
    assert "-  size: {type: integer, least: 0, most: 58}\n+  size:" in project.command("schema").stdout
    assert project.command("run").returncode == 0


def test_schema_says_what_it_lacks(project: Project) -> None:
    project.write("pyproject.toml", '[tool.pipeline.data]\nsource = "t.csv"\ntarget = "kind"\n')
    done = project.command("schema")
    assert (done.returncode, done.stdout) == (2, "")
    assert 'set `schema = "schema.yaml"` in [tool.pipeline.data]' in done.stderr
    project.write("pyproject.toml", '[tool.pipeline.data]\nschema = "rules.yaml"\n')
    project.notebook("look", "path: str = setting('data.schema')", "path")
    done = project.command("schema")
    assert done.returncode == 2
    assert "no stage loads a table" in done.stderr
