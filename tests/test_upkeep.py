"""`pipeline retrain` on a small project with real kernels: watched, decided, trained, judged, and remembered."""

import json
import shutil
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from projects import Project

from pipeline.models import promotion
from pipeline.models.promotion import Promotion
from pipeline.retraining.attempts import Attempt, Attempts, Result
from pipeline.runs.record import read_run
from pipeline.turns import turn

pytestmark = pytest.mark.kernel
REPOSITORY = Path(__file__).parents[1]
SETTINGS = "[tool.pipeline.retrain]\nnew_rows = 0\ncooldown_h = 0\na_day = 99\n"
MAKE = """
import sys
from pathlib import Path
from pipeline.data.fingerprints import fingerprint
from pipeline.models import promotion
from pipeline.store.objects import project_store
sys.audit("pipeline.source", "data.txt", fingerprint("data.txt"))
text = Path("data.txt").read_text()
assert text != "broken", "what a stage does not survive"
print(test_share)
past = promotion.history("m")
made = promotion.Promotion(
    name="m", version=len(past) + 1, model_digest=project_store().put(text.encode()),
    data_digest="d", test_digest="t", threshold=None, run="r",
)
passed = text.startswith("good")
if passed:
    promotion.promote(made, against=past[-1].model_digest if past else None)
"""
WATCH = """
import json
from pathlib import Path
found = json.loads(Path("watch.json").read_text())
if not found:
    skip("there is nothing to see")
"""
FINDING = {
    "kind": "performance",
    "subject": "roc_auc",
    "window": "w2",
    "windows": ["w1", "w2"],
    "size": 0.2,
    "unit": "share",
    "threshold": 0.05,
    "severity": "critical",
    "message": "ROC AUC fell by 20 %.",
}


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project whose first model answers, and was watched."""
    project = Project(tmp_path_factory.mktemp("upkeep"))
    project.write("pyproject.toml", f'[tool.pipeline]\n[tool.pipeline.models]\nname = "m"\n{SETTINGS}')
    project.notebook(
        "make",
        "test_share: float | None = None\nserved: str | None = None",
        f"{MAKE}\nserved",
        "glue('verdict', {'passed': passed, 'gates': []})\nglue('model_version', {'version': made.version})",
    )
    project.notebook(
        "monitor", "make: Upstream = 'reports/latest/make.ipynb'", f"{WATCH}\nmake", "glue('watch', found)"
    )
    shutil.copy(REPOSITORY / "notebooks/decide.ipynb", project.root / "notebooks")
    project.write("data.txt", "good")
    project.write("watch.json", json.dumps(watch()))
    done = project.command("run")
    assert done.returncode == 0, done.stdout + done.stderr
    return project


@pytest.fixture
def project(founded: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    shutil.copytree(founded.root, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return Project(tmp_path / "project")


def watch(*findings: Mapping[str, object], version: int = 1) -> dict[str, object]:
    windows = [{"name": name, "rows": 500, "labelled": 500, "is_mature": True} for name in ("w1", "w2")]
    told = [{**each, "version": version} for each in findings]
    return {"model": "m", "version": version, "source": "traffic", "windows": windows, "findings": told}


def seen(project: Project, *findings: Mapping[str, object], version: int = 1) -> None:
    project.write("watch.json", json.dumps(watch(*findings, version=version)))


def retrain(project: Project, *arguments: str) -> tuple[int, str]:
    done = project.command("retrain", *arguments)
    return done.returncode, done.stdout + done.stderr


def champion() -> Promotion:
    found = promotion.champion("m")
    assert found is not None
    return found


def last() -> Attempt:
    return Attempts("m").past()[-1]


def test_plain_run_decides_nothing(founded: Project) -> None:
    names = [stage.name for stage in read_run(founded.root / "reports/latest/run.json").stages]
    assert names == ["make", "monitor"]


def test_nothing_happens_where_nothing_asks_for_it(project: Project) -> None:
    project.write("data.txt", "good, and more of it")  # a watch learns from nothing
    code, printed = retrain(project)
    assert (code, "decided: wait" in printed) == (0, True), printed
    assert (champion().version, Attempts("m").past()) == (1, ())


def test_model_that_got_worse_is_trained_anew_and_the_decision_is_a_report(project: Project) -> None:
    seen(project, FINDING)
    project.write("data.txt", "good, and more of it")
    code, printed = retrain(project)
    assert code == 0, printed
    assert "for it: performance: ROC AUC fell by 20 % (2 of the newest 2 windows)" in printed
    assert (champion().version, last().result, last().version) == (2, Result.PROMOTED, 2)
    trained = read_run(project.root / f"reports/{last().run}/run.json")
    assert [stage.name for stage in trained.stages] == ["make", "monitor"]
    assert trained.given == {"test_share": "0.2"}
    decisions = sorted(project.root.glob("reports/2*/decide.ipynb"))
    assert "Yes, it is trained anew: performance" in decisions[-1].read_text()


def test_refused_model_changes_nothing_and_is_not_tried_again_on_the_same_data(project: Project) -> None:
    seen(project, FINDING)
    project.write("data.txt", "bad")
    code, printed = retrain(project)
    assert code == 3, printed
    assert (champion().version, last().result) == (1, Result.REFUSED)
    code, printed = retrain(project)
    assert code == 4, printed  # the alarm stands
    assert "but: nothing is new since" in printed


def test_person_is_heard_and_the_reason_is_kept(project: Project) -> None:
    code, printed = retrain(project, "--because", "the source was mended")
    assert code == 0, printed
    assert (last().by_hand, last().causes) == (True, ("by hand: the source was mended",))
    assert (last().result, champion().version) == (Result.PROMOTED, 2)


def test_failed_stage_is_a_failed_attempt(project: Project) -> None:
    project.write("data.txt", "broken")
    code, printed = retrain(project, "--because", "to see")
    assert code == 1, printed
    assert (last().result, champion().version) == (Result.FAILED, 1)


def test_several_in_vain_call_a_person(project: Project) -> None:
    seen(project, FINDING)
    for number in range(3):
        when = datetime(2026, 1, 1, number, tzinfo=UTC)
        told = {"causes": (), "by_hand": False, "data": f"sha256:{number}", "rows": 0, "champion": 1}
        Attempts("m").begin(Attempt(begun=when, **told))
        Attempts("m").end(Result.REFUSED, when=when)
    code, printed = retrain(project)
    assert (code, "decided: call a person" in printed) == (4, True), printed


def test_it_is_time_even_where_the_watch_has_nothing_to_look_at(project: Project) -> None:
    project.write("watch.json", "{}")
    settings = project.root / "pyproject.toml"
    settings.write_text(settings.read_text() + "every_days = 0.000001\n")
    assert "for it: schedule" in retrain(project)[1]


def test_served_rows_need_a_stage_that_takes_them(project: Project) -> None:
    path = project.root / "notebooks/make.ipynb"
    path.write_text(path.read_text().replace("\\nserved: str | None = None", "").replace("\\nserved", ""))
    settings = project.root / "pyproject.toml"
    settings.write_text(settings.read_text() + "traffic = true\n")
    code, printed = retrain(project, "--because", "to see")
    assert code == 2
    assert "no stage takes served rows" in printed


def test_one_process_at_a_time(project: Project) -> None:
    with turn(project.root / ".pipeline/retraining/retrain.lock", 0):
        code, printed = retrain(project)
    assert code == 1
    assert "BusyError: another process has held" in printed


@pytest.mark.parametrize(("stages", "said"), [((), "none does"), (("other",), "several do: decide, other")])
def test_one_stage_has_to_decide(project: Project, stages: tuple[str, ...], said: str) -> None:
    if not stages:
        (project.root / "notebooks/decide.ipynb").unlink()
    for name in stages:
        project.notebook(name, "", "glue('decision', 1)")
    code, printed = retrain(project)
    assert code == 2
    assert said in printed
