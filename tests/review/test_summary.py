import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from pasts import AUC, NEW, OLD, code, judged, past, scrap, stage
from projects import Project

from pipeline.past.lookup import PastRun
from pipeline.review import markdown, standalone
from pipeline.review.baseline import Baseline
from pipeline.review.rendered import Figure, Rendered, Table
from pipeline.review.summary import summary
from pipeline.runs.record import StageRecord, Status

GATE = {"name": "roc_auc.low_at_least", "passed": True, "value": 0.69, "limit": 0.6, "message": "well above"}
WORSE = {"roc_auc": {"value": 0.6, "low": 0.59, "high": 0.61}}


def rendered(of: PastRun, record: StageRecord) -> Rendered:
    """A figure and a table of each report, which differ between runs in the stage `fit` alone."""
    shown = of.record.run if record.name == "fit" else "same"
    figure = Figure(cell="draw", number=1, picture=f"{shown}.png", width_px=1, height_px=1, alt="what <it> shows")
    table = Table(cell="head", number=1, rows=(("name", "mean"), ("age", shown)))
    return Rendered(title="", pictures={figure.picture: shown.encode()}, figures=(figure,), tables=(table,))


@pytest.fixture
def before(tmp_path: Path) -> PastRun:
    fit = stage("fit", OLD, parameters={"trials": 5}, scraps={"rows": scrap(3)}, seconds=2.0, peak_memory_bytes=2**20)
    cells = {"fit": [code("train", "x = 1")]}
    return past(
        tmp_path, OLD, stage("eda", OLD), fit, judged(OLD), cells=cells, verdict={"passed": True, "gates": [GATE]}
    )


@pytest.fixture
def after(tmp_path: Path) -> PastRun:
    why = "parameter 'trials' is 7, was 5"
    fit = stage("fit", NEW, parameters={"trials": 7}, scraps={"rows": scrap(4)}, seconds=3.0, reason=why)
    eda = stage("eda", NEW, status=Status.REUSED, executed_by=OLD, reason="nothing it read has changed")
    refused = GATE | {"passed": False, "message": "far <below>"}
    return past(
        tmp_path,
        NEW,
        eda,
        fit,
        judged(NEW, WORSE),
        cells={"fit": [code("train", "x = 2")]},
        status=Status.REFUSED,
        verdict={"passed": False, "gates": [refused]},
    )


@pytest.fixture
def written(before: PastRun, after: PastRun) -> str:
    return markdown.render(summary(after, Baseline(past=before, words="the run before"), rendered))


def section(written: str, heading: str) -> str:
    return next(part for part in written.split("\n## ") if part.startswith(heading))


def test_summary_begins_with_status_metric_and_what_the_difference_means(written: str) -> None:
    first, second = written.split("\n\n")[1:3]
    assert first == (
        f"Run `{NEW}`: refused. `ROC AUC` is 0.6 (0.59 to 0.61), a difference of -0.1: worse, by more than the noise. "
        "Of all metrics: 1 worse."
    )
    assert second == f"Compared with run `{OLD}`: the run before."


def test_summary_says_where_a_gate_cannot_tell(tmp_path: Path, before: PastRun) -> None:
    gate = GATE | {"passed": False, "outcome": "inconclusive", "message": "too few rows"}
    run = past(tmp_path, NEW, judged(NEW), status=Status.REFUSED, verdict={"passed": False, "gates": [gate]})
    for baseline in (before, None):
        written = markdown.render(summary(run, Baseline(past=baseline, words="the run before"), rendered))
        assert "| INCONCLUSIVE | `too few rows` |" in section(written, "Gates")


def test_summary_lists_metrics_and_gates_of_both_runs(written: str) -> None:
    row = "| `ROC AUC` | 0.7 (0.69 to 0.71) | 0.6 (0.59 to 0.61) | -0.1 (-0.1141 to -0.08586) | worse |"
    assert row in section(written, "Metrics")
    assert "| `roc_auc.low_at_least` | passed | REFUSED | `far <below>` |" in section(written, "Gates")


def test_summary_names_only_figures_that_changed(written: str) -> None:
    figures = section(written, "Figures that changed")
    assert re.findall(r"^- .*$", figures, re.MULTILINE) == [
        "- `fit`, cell `draw`, figure 1: changed (side by side in the HTML summary)"
    ]


def test_summary_says_of_each_stage_why_it_ran_and_what_differs(written: str) -> None:
    stages = section(written, "Stages")
    assert "| `eda` | succeeded | reused | `nothing it read has changed` | nothing: it is the same report |" in stages
    differs = "1 parameter, 1 code cell, 1 value, 1 figure, 1 table"
    assert f"| `fit` | succeeded | succeeded | `parameter 'trials' is 7, was 5` | {differs} |" in stages


def test_summary_folds_the_details(written: str) -> None:
    details = section(written, "What differs")
    assert re.findall("<summary>(.*?)</summary>", details) == [
        "<code>fit</code>: 1 parameter",
        "<code>fit</code>: 1 code cell",
        "<code>fit</code>: 1 value for later stages",
        "<code>fit</code>: 1 table",
        "Time and memory",
    ]
    assert "| `trials` | `5` | `7` |" in details
    assert "```diff\n-x = 1\n+x = 2\n```" in details
    assert "| `rows` | `3` | `4` |" in details
    assert f"| 1 | `mean` | `{OLD}` | `{NEW}` |" in details
    assert "| `fit` | 2.0 | 3.0 | 1.50 | 1 |  |  |" in details
    assert "| `eda` | 1.0 | 1.0 (reused) | 1.00 |" in details


def test_page_shows_figures_that_changed_side_by_side(before: PastRun, after: PastRun) -> None:
    page = standalone.render("x", summary(after, Baseline(past=before, words="the run before"), rendered))
    assert re.findall(r'<img src="data:image/png;base64,(\S+)" alt="what &lt;it&gt; shows">', page) == [
        "MjAyNjExMDFUMDAwMDAwWi0wMDAwMDE=",
        "MjAyNjExMDJUMDAwMDAwWi0wMDAwMDI=",
    ]


def test_large_values_tables_that_came_and_problems_are_told(tmp_path: Path) -> None:
    def changed(of: PastRun, _: StageRecord) -> Rendered:
        rows: tuple[tuple[str, ...], ...] = (("a", "b"), ("1", "2"))
        tables = {OLD: (Table(cell="t", number=1, rows=rows),)}
        grown = Table(cell="t", number=1, rows=(("a",), ("1",), ("2",)))
        return Rendered(title="", tables=tables.get(of.record.run, (grown, Table(cell="u", number=1, rows=rows))))

    big = {"table": scrap("a", inline=False, kind="table", rows=1000), "gone": scrap(1)}
    many = {"many": scrap({str(key): key for key in range(150)})}
    now = {
        "table": scrap("b", inline=False, kind="table", rows=2000),
        "many": scrap({str(key): 0 for key in range(150)}),
    }
    before = past(tmp_path, OLD, stage("prep", OLD, scraps=big | many), stage("gone", OLD), stage("lost", OLD))
    after = past(tmp_path, NEW, stage("prep", NEW, scraps=now), stage("lost", NEW), stage("new", NEW, seconds=0.0))
    (after.folder / "lost.ipynb").unlink()
    written = markdown.render(summary(after, Baseline(past=before, words="."), changed))
    assert "table, 1,000 rows, 1 bytes" in written
    assert "and 49 values more" in written
    assert "table 1: changed, 1 more row, 1 column fewer" in written
    assert "cell `u`, table 1: added" in written
    assert "`lost`: `cannot read " in written
    assert "| `new` | not there | succeeded |  | only one run has it |" in written
    assert "| `gone` | `1` |" not in written
    assert "| `gone` | literal, 1 bytes" in written


def test_run_with_nothing_to_compare_with_is_shown_alone(after: PastRun) -> None:
    words = "there is no finished run of main at commit 123456789abc, nor of one before it"
    written = markdown.render(summary(after, Baseline(past=None, words=words), rendered))
    assert f"Nothing to compare with: {words}. The run is shown alone." in written
    assert "| `ROC AUC` | 0.6 (0.59 to 0.61) |" in written
    assert "| `roc_auc.low_at_least` | REFUSED | `far <below>` |" in written
    assert "| `eda` | reused |" in written


def test_run_that_measured_nothing_is_shown_with_its_stages(tmp_path: Path) -> None:
    lone = past(tmp_path, NEW, stage("eda", NEW, status=Status.FAILED), status=Status.DIED, reason="killed <b>")
    alone = markdown.render(summary(lone, Baseline(past=None, words="."), rendered))
    assert "Run `" + NEW + "`: died (`killed <b>`)." in alone
    assert "Metrics" not in alone
    assert "Gates" not in alone
    against = markdown.render(summary(lone, Baseline(past=past(tmp_path, OLD, judged(OLD)), words="."), rendered))
    assert "| `ROC AUC` | 0.7 (0.69 to 0.71) | none |  | unknown |" in against


def test_metric_that_did_not_change_is_the_same(tmp_path: Path) -> None:
    old, new = past(tmp_path, OLD, judged(OLD)), past(tmp_path, NEW, judged(NEW))
    written = markdown.render(summary(new, Baseline(past=old, words="."), rendered))
    assert "`ROC AUC` is 0.7 (0.69 to 0.71), the same as before to the last digit." in written
    assert "| 0.7 (0.69 to 0.71) | 0.7 (0.69 to 0.71) | +0 | the same |" in written


def test_first_number_of_a_metric_has_no_difference(tmp_path: Path) -> None:
    old = past(tmp_path, OLD, judged(OLD, {}))
    new = past(tmp_path, NEW, judged(NEW, AUC))
    written = markdown.render(summary(new, Baseline(past=old, words="."), rendered))
    assert "0.7 (0.69 to 0.71); the run before has no such number." in written


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """Two stages that ran twice: the second time with another parameter and another cell."""
    project = Project(tmp_path_factory.mktemp("project"))
    project.write("pyproject.toml", "[tool.pipeline]\n")
    project.notebook("prep", "rows: int = 3", "glue('rows', list(range(rows)))")
    project.notebook("idle", "seed: int = 0", "glue('seed', seed)")
    train = "prep: Upstream = 'reports/latest/prep.ipynb'"
    metrics = "glue('metrics', {{'accuracy': {{'value': {0}, 'low': {0} - 0.01, 'high': {0} + 0.01}}}})"
    project.notebook("train", train, "total = sum(read(prep)['rows'])\ntotal", metrics.format(0.5))
    project.run()
    project.notebook("train", train, "total = sum(read(prep)['rows']) + 1\ntotal", metrics.format(0.9))
    project.run(rows=4)
    return project


@pytest.mark.kernel
@pytest.mark.slow
def test_command_tells_what_a_changed_parameter_and_cell_came_to(project: Project) -> None:
    done = project.command("summary")
    assert done.returncode == 0, done.stderr
    assert "`accuracy` is 0.9 (0.89 to 0.91), a difference of +0.4: better, by more than the noise." in done.stdout
    assert "<summary><code>prep</code>: 1 parameter</summary>" in done.stdout
    assert "| `rows` | `3` | `4` |" in done.stdout
    assert "-total = sum(read(prep)['rows'])\n+total = sum(read(prep)['rows']) + 1\n total\n" in done.stdout
    assert re.search(r"\| `idle` \| succeeded \| reused \| `.*` \| nothing: it is the same report \|", done.stdout)


@pytest.mark.kernel
@pytest.mark.slow
def test_command_writes_both_files_and_says_what_it_cannot_find(project: Project) -> None:
    first = min(path.name for path in (project.root / "reports").glob("2*"))
    done = project.command("summary", first, "--markdown", "out/s.md", "--html", "out/s.html")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "there is no finished run before it" in (project.root / "out" / "s.md").read_text(encoding="utf-8")
    assert "The run is shown alone" in (project.root / "out" / "s.html").read_text(encoding="utf-8")
    done = project.command("summary", "--against", "mian")
    assert done.returncode == 2
    assert "UsageError: cannot compare with 'mian'" in done.stderr
