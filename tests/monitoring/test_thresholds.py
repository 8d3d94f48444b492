"""Thresholds are strict: a mistake in settings is named before anything runs."""

import re
from pathlib import Path

import pytest
from projects import Project

from pipeline.errors import SettingsError
from pipeline.monitoring import thresholds
from pipeline.monitoring.findings import Kind, Severity
from pipeline.monitoring.thresholds import DEFAULTS, Threshold


def test_what_is_not_declared_is_as_usual() -> None:
    found = thresholds.declared({"latency": {"warning": 20}})
    assert found == {**DEFAULTS, Kind.LATENCY: Threshold(warning=20, critical=1000.0)}


@pytest.mark.parametrize(
    ("size", "severity"),
    [(0.09, None), (0.1, Severity.WARNING), (0.25, Severity.CRITICAL)],
    ids=["none", "warning", "critical"],
)
def test_threshold_judges_sizes(size: float, severity: Severity | None) -> None:
    assert DEFAULTS[Kind.INPUT].severity(size) is severity


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (3, "is 3: a table is needed"),
        ({"inputs": {}}, "unknown key 'inputs': did you mean 'input'?"),
        ({"input": 0.1}, "input in .* is 0.1: write { warning = NUMBER"),
        ({"input": {"warn": 0.1}}, "unknown key 'warn': did you mean 'warning'?"),
        ({"input": {"warning": 0}}, "input.warning in .* is 0: a number above 0"),
        ({"input": {"warning": True}}, "is True: a number above 0"),
        ({"input": {"warning": 0.3}}, "critical from 0.25 on and a finding only from 0.3 on"),
    ],
    ids=["no table", "kind", "no pair", "key", "zero", "truth", "order"],
)
def test_mistake_is_named(given: object, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        thresholds.declared(given)  # type: ignore[arg-type] # as somebody may write it


def test_mistake_ends_a_plan_with_exit_code_2(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline.monitor.thresholds]\nlatencies = { warning = 1 }\n")
    project.notebook("watch", "sizes: dict = setting('monitor.thresholds', default={})", "print(sizes)")
    done = project.command("plan")
    assert done.returncode == 2
    assert re.search("unknown key 'latencies': did you mean 'latency'", done.stderr)
