"""A run is run again on what its stages read, whatever became of the sources."""

import json
import sys
from pathlib import Path

import pytest
from projects import Project

from pipeline.data import snapshots
from pipeline.data.sources import load, told

pytestmark = pytest.mark.kernel
ROWS = "key,size,paid\n1,1.5,yes\n2,,no\n3,2.5,no\n"
LOAD = "table = sources.load(source, target=target, query=query)\nprint(sources.told(source))"


def project(folder: Path, source: str, query: str | None = None) -> Project:
    found = Project(folder)
    found.write("pyproject.toml", "[tool.pipeline]\n")
    parameters = f'source: str = "{source}"\ntarget: str = "paid"\nquery: str | None = {query!r}'
    found.notebook("look", parameters, "from pipeline.data import sources", LOAD, 'glue("table", table)')
    return found


@pytest.mark.slow
def test_run_is_verified_when_its_file_has_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    here = project(tmp_path, "rows.csv")
    here.write("rows.csv", ROWS)
    record = here.run()
    assert str(record.status) == "succeeded"
    [kept] = here.report(record, "look")["metadata"]["pipeline"]["snapshots"].values()
    assert (tmp_path / ".pipeline/store/sha256" / kept[7:9] / kept[7:]).is_file()
    assert str(here.plan()["look"].action) == "reuse"
    here.write("rows.csv", ROWS.replace("2.5", "9.5"))
    assert here.plan()["look"].reason.endswith("source rows.csv changed")
    done = here.command("verify")
    assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "rows.csv").unlink()
    assert here.command("verify").returncode == 0
    assert here.command("gc", "--keep-last", "1").returncode == 0
    assert (tmp_path / ".pipeline/store/sha256" / kept[7:9] / kept[7:]).is_file()


def test_recorded_table_is_read_instead_of_its_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    (tmp_path / "rows.csv").write_text(ROWS)
    monkeypatch.setenv("PIPELINE_ROOT", str(tmp_path))
    heard: list[tuple[str, str]] = []
    sys.addaudithook(lambda event, given: heard.append(given) if event == "pipeline.snapshot" else None)
    before, said = load("rows.csv", target="paid"), told("rows.csv")
    (tmp_path / "rows.csv").unlink()
    monkeypatch.setenv(snapshots.VARIABLE, json.dumps(dict(heard)))
    assert load("rows.csv", target="paid").equals(before)
    assert told("rows.csv") == said
