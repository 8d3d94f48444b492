"""A table whose names and values are written to do harm is explored, and its report is inert."""

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from inspection import inspected
from projects import Project

from pipeline.review.rendering import render
from pipeline.runs.record import read_run
from pipeline.stages.notebook import load

pytestmark = pytest.mark.scenario
ROWS = 400
EVIL = [
    "<script>window.hit=1</script>",
    "=cmd|' /C calc'!A0",
    "two\nlines",
    "\U0001f600 \u4fa1\u683c \u05e9\u05dc\u05d5\u05dd",
    "\u202eevil",
    "$\\frac{1}{0}$ $x^2$ $",
    "# h1 **b** [l](javascript:window.hit=1) ![i](https://elsewhere.example/x.png)",
    "`code` ``` |a|b|",
    "<img src=x onerror=window.hit=1>",
    "x" * 10_000,
    "nul\x07bell",
    "</style></td></table><b>",
]


def table(target: object) -> pd.DataFrame:
    drawn = np.random.default_rng(0)
    columns = {
        name: drawn.normal(size=ROWS) if place % 2 else drawn.choice(EVIL, ROWS) for place, name in enumerate(EVIL)
    }
    return pd.DataFrame({**columns, "<i>$y$": target, "when": pd.date_range("2024-01-01", periods=ROWS)})


TARGETS = {
    "binary": np.resize(["<i>yes</i> $a$", "no `x` \u202e", "no `x` \u202e"], ROWS),
    "multiclass": np.resize(EVIL[:3], ROWS),
    "regression": np.arange(ROWS) ** 1.5,
}


@pytest.mark.parametrize("task", TARGETS)
def test_report_on_a_hostile_table_is_inert(tmp_path: Path, task: str) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", '[tool.pipeline.data]\nsource = "t.csv"\ntarget = "<i>$y$"\ntime = "when"\n')
    (tmp_path / "notebooks").mkdir()
    shutil.copy(Path(__file__).parents[2] / "notebooks/eda.ipynb", tmp_path / "notebooks")
    table(TARGETS[task]).to_csv(tmp_path / "t.csv", index=False)
    done = project.command("run", "eda")
    assert done.returncode == 0, done.stdout + done.stderr
    report = load(tmp_path / "reports/latest/eda.ipynb")
    rendered = render(report, stage="eda")
    assert inspected(rendered).bad == []
    shown = "".join(cell.outputs for cell in rendered.cells)
    page = re.sub(r'<p class="output scrap">.*?</p>', "", shown, flags=re.DOTALL)  # values as they are, escaped
    assert "\u202e" not in page
    assert "<math" not in page
    assert "xxxxx" * 30 not in page
    answer = read_run(tmp_path / "reports/latest/run.json").stages[0].scraps["answer"].value
    assert re.fullmatch(r"[^<>\n\u202e]+[.]", answer)
    assert not [out for cell in report["cells"] for out in cell.get("outputs", []) if out.get("name") == "stderr"]
