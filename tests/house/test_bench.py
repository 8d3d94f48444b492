import importlib
import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
LEAVES = "mkdir -p out/monitor; echo {} > out/monitor/result.json"
Module = Callable[[str], ModuleType]


@pytest.fixture
def bench(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Module:
    """Import from the bench, with environments in a temporary folder and little patience."""
    monkeypatch.syspath_prepend(str(ROOT / "tests" / "bench"))
    monkeypatch.setattr(importlib.import_module("environments"), "ROOT", tmp_path)
    monkeypatch.setattr(importlib.import_module("programs"), "LEAVES_WITHIN_S", 0.2)
    return importlib.import_module


def hold(bench: Module, tmp_path: Path, command: str, *requirements: str, plain: str = LEAVES.format(1.5)) -> str:
    """Let a contender compete with a plain script, both of them shell commands, and return the table."""
    contender = bench("contender").Contender
    mine = {"write": lambda _: None, "title": "the other", "requirements": requirements, "reuses": True}
    contenders = [
        contender(name="other", command=("sh", "-c", command), **mine),
        contender(name="plain", title="plain", write=lambda _: None, command=("sh", "-c", plain)),
    ]
    contest = bench("rounds").Contest(tmp_path, contenders, lambda _: None)
    contest.hold(2)
    return bench("table").table(contest.outcomes, contest.baseline, 0.0)


def row(table: str) -> str:
    [found] = [line for line in table.splitlines() if line.startswith("| the other")]
    return found


@pytest.mark.slow
def test_bench_gives_seconds_and_ratios_when_all_do_the_same_work(bench: Module, tmp_path: Path) -> None:
    found = hold(bench, tmp_path, f"sleep 0.3; {LEAVES.format(1.5)}")
    seconds, ratio, unchanged = (float(number) for number in re.findall(r"\| ([\d.]+) \(", row(found)))
    assert seconds >= 0.3
    assert unchanged >= 0.3
    assert ratio > 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "reason"),
    [
        ("echo it broke; exit 3", "ended with 3: it broke"),
        (f"{LEAVES.format(1.5)}; sleep 3 &", "1 processes still ran"),
        (LEAVES.format(2.5), "it did other work: its result is 2.5, the plain script's 1.5"),
        ("true", "it left no result"),
    ],
)
def test_bench_shows_the_reason_when_a_contender_fails(
    bench: Module, tmp_path: Path, command: str, reason: str
) -> None:
    assert reason in row(hold(bench, tmp_path, command))


@pytest.mark.slow
def test_bench_shows_the_reason_when_a_contender_cannot_be_installed(bench: Module, tmp_path: Path) -> None:
    assert "cannot be installed: error: Failed to parse" in row(hold(bench, tmp_path, "true", "no requirement"))


@pytest.mark.slow
def test_bench_stops_when_the_plain_script_fails(bench: Module, tmp_path: Path) -> None:
    with pytest.raises(bench("programs").Failed, match="ended with 3"):
        hold(bench, tmp_path, "true", plain="exit 3")


def test_table_replaces_the_one_before_and_nothing_else(bench: Module, tmp_path: Path) -> None:
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- bench: begin -->\nold\n<!-- bench: end -->\nafter\n", encoding="utf-8")
    bench("table").put("new", readme)
    assert readme.read_text() == "before\n<!-- bench: begin -->\nnew\n<!-- bench: end -->\nafter\n"


def test_table_is_refused_when_the_readme_has_no_place_for_it(bench: Module, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("nothing\n", encoding="utf-8")
    with pytest.raises(ValueError, match="has no place for the table"):
        bench("table").put("new", tmp_path / "README.md")


@pytest.mark.parametrize(
    ("argument", "message"),
    [("--only=nobody", "there is no contender nobody: choose from dvc, ours"), ("--rounds=0", "give 1 or more")],
)
def test_bench_refuses_arguments_that_mean_nothing(argument: str, message: str) -> None:
    done = subprocess.run([sys.executable, ROOT / "tests/bench", argument], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert message in done.stderr


def test_every_contender_runs_the_code_of_the_stages(bench: Module, tmp_path: Path) -> None:
    for contender in bench("contender").every():
        folder = tmp_path / contender.name
        folder.mkdir()
        contender.write(folder)
        files = [path for path in folder.rglob("*") if path.suffix == ".ipynb" or path.name == "script.py"]
        text = "\n".join(map(code, files))
        for cell in (cell for stage in bench("work.cells").STAGES for cell in bench("work.cells").cells(stage)):
            assert cell.prose or cell.name in {"setup", "parameters"} or cell.source in text, contender.name


def code(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    return text if path.suffix == ".py" else "\n".join(cell["source"] for cell in json.loads(text)["cells"])


@pytest.mark.slow
def test_bench_of_data_measures_each_size_and_kind() -> None:
    command = [sys.executable, ROOT / "tests/bench", "data", "--most=10000"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert re.findall(r"^\| 10,000 \| (\w+) \|", done.stdout, re.MULTILINE) == ["csv", "parquet"]
