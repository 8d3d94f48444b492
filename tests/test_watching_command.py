"""`pipeline monitor` runs what watches, on what all others left, and ends as its findings say."""

from pathlib import Path

import pytest
from projects import Project

pytestmark = pytest.mark.kernel
FINDING = {
    "kind": "input",
    "subject": "age",
    "window": "w2",
    "size": 0.3,
    "unit": "PSI",
    "threshold": 0.25,
    "severity": "critical",
    "message": "In w2 age has moved.",
    "version": 3,
}
SEEN = {
    "model": "m",
    "version": 3,
    "source": "traffic",
    "windows": [{"name": "w2", "rows": 1200}],
    "unknown": ["No label is in."],
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    found = Project(tmp_path)
    found.write("pyproject.toml", "[tool.pipeline]\n")
    found.notebook("judge", "", "glue('verdict', {'passed': False, 'gates': []})")
    return found


def watching(project: Project, code: str) -> None:
    project.notebook("look", 'judge: Upstream = "reports/latest/judge.ipynb"', "read(judge)['verdict']", code)


def test_critical_finding_ends_with_exit_code_4_and_its_report_is_named(project: Project) -> None:
    watching(project, f"glue('watch', {SEEN | {'findings': [FINDING, FINDING | {'severity': 'warning'}]}!r})")
    project.run("judge")
    project.notebook("judge", "", "raise ValueError('never run again')")
    done = project.command("monitor")
    assert done.returncode == 4, done.stdout + done.stderr
    assert done.stdout.splitlines()[-7:-1] == [
        "m version 3: 1,200 rows of traffic in 1 window",
        "  CRITICAL input       In w2 age has moved.",
        "  warning  input       In w2 age has moved.",
        "  not enough data: No label is in.",
        "1 critical finding stands",
        "",
    ]
    assert done.stdout.splitlines()[-1].startswith("read more: reports/")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (f"glue('watch', {SEEN | {'findings': [FINDING | {'stands': False}]}!r})", "nothing critical"),
        ("skip('there is no champion yet')\nglue('watch', {})", "nothing to watch: there is no champion yet"),
    ],
    ids=["over", "nothing to watch"],
)
def test_watch_without_an_alarm_ends_well_whatever_the_gates_said_before(
    project: Project, code: str, said: str
) -> None:
    watching(project, code)
    project.run("judge")
    done = project.command("monitor")
    assert (done.returncode, done.stderr) == (0, "")
    assert said in done.stdout


def test_watch_that_fails_or_says_something_else_is_no_alarm(project: Project) -> None:
    project.run("judge")
    for code, told in (
        ("1 / 0\nglue('watch', 1)", "ZeroDivisionError"),
        ("glue('watch', {'x': 1})", "no outcome of a watch"),
    ):
        watching(project, code)
        done = project.command("monitor")
        assert done.returncode == 1
        assert told in done.stdout + done.stderr
