"""A graph of a thousand stages is planned stage by stage as a small one is."""

from collections import Counter
from dataclasses import replace

import pytest
from projects import Project

from pipeline.runs.ledger import Entry, Ledger
from pipeline.runs.record import ScrapRecord
from pipeline.runs.trace import Trace, python_version
from pipeline.store import digest
from pipeline.workflow import Workflow

STAGES, WIDTH, PAST = 1000, 20, 5
MODULES = {"lib/__init__.py": "", "lib/near.py": "STEP = 2\n"}
RUN = "20260101T000000Z-00000a"


def name(number: int) -> str:
    return f"s{number:04}"


def upstreams(number: int) -> list[str]:
    """Stages of the row before it: one, two or three of them."""
    row, place = divmod(number, WIDTH)
    places = {(place + step) % WIDTH for step in range(number % 3 + 1)}
    return [name((row - 1) * WIDTH + each) for each in sorted(places)] if row else []


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("large"))
    project.write("pyproject.toml", "[tool.pipeline]\n")
    for path, text in MODULES.items():
        project.write(path, text)
    for number in range(STAGES):
        ups = upstreams(number)
        parameters = [f"{up}: Upstream = 'reports/latest/{up}.ipynb'" for up in ups]
        work = " + ".join(["STEP", "rows", *(f"read({up})['x']" for up in ups)])
        project.notebook(
            name(number),
            "\n".join([*parameters, "rows: int = 3  # how many, 1 or more"]),
            "from lib.near import STEP",
            f"total = {work}\nassert total, 'there is something'",
            "glue('x', total)",
        )
    return project


def remember(project: Project) -> None:
    """Write what the ledger would hold had every stage run `PAST` times; all but the last on another parameter."""
    workflow = Workflow(project.root, [], {}, {})
    ledger = Ledger(project.root / ".pipeline/ledger")
    modules = {path: digest.of_file(project.root / path) for path in MODULES}
    scrap = ScrapRecord(kind="literal", digest=digest.of_bytes(b"1"), size_bytes=1, inline=True, value=1)
    for stage in workflow.whole.stages.values():
        report = project.write(f"reports/{RUN}/{stage.name}.ipynb", "{}").relative_to(project.root)
        parameters = workflow.values[stage.name].tagged()
        trace = Trace(
            code=stage.code(),
            parameters=parameters,
            scraps={up: {"x": scrap.identity} for up in workflow.whole.upstreams(stage.name)},
            modules=modules,
            files={f"reports/{RUN}/nothing.csv": digest.ABSENT},
            packages={"pandas": workflow.planner.world.packages["pandas"]},
            python=python_version(),
        )
        entry = Entry(
            stage=stage.name,
            run=RUN,
            report=report.as_posix(),
            seconds=1.0,
            peak_memory_bytes=1,
            scraps={"x": scrap},
            trace=trace,
        )
        ledger.add(entry)
        for past in range(1, PAST):
            old = replace(trace, parameters=parameters | {"rows": past + 10})
            ledger.add(replace(entry, run=f"2025010{past}T000000Z-00000a", trace=old))


def planned(project: Project) -> Counter[tuple[str, str]]:
    return Counter((str(found.action), found.reason) for found in project.plan().values())


@pytest.mark.slow
def test_every_stage_is_decided_alone(large: Project) -> None:
    assert planned(large) == {("run", "it has never succeeded"): STAGES}
    remember(large)
    assert planned(large) == {("reuse", f"nothing it read has changed since {RUN}"): STAGES}
    changed = large.root / f"notebooks/{name(0)}.ipynb"
    changed.write_text(changed.read_text().replace("there is something", "there is anything"))
    plan = large.plan()
    assert (str(plan[name(0)].action), plan[name(0)].reason) == ("run", "cell 'work-2' changed")
    waiting = {each for each, found in plan.items() if found.action == "wait"}
    dependents = set[str]()
    for number in range(STAGES):
        if {name(0), *dependents} & set(upstreams(number)):
            dependents.add(name(number))
    assert waiting == dependents
    assert len(plan) == STAGES
