"""The champion is watched as its users would: served, moved, slowed down, failed, labelled late, and well again."""

import random
import time
from pathlib import Path

import postgres
import pytest
from monitoring.champion import SETTINGS, Watched, watched
from projects import Project
from serving.calling import running
from serving.served import AMOUNT, LETTERS
from waiting import until

from pipeline.goal import Goal
from pipeline.monitoring import findings
from pipeline.monitoring.findings import Kind

pytestmark = pytest.mark.scenario
DAY = 1_767_225_600.0  # 2026-01-01


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    found = watched(tmp_path, monkeypatch)
    found.project.run("deploy")
    return found


def test_watch_says_that_there_is_nothing_when_no_stage_has_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = watched(tmp_path, monkeypatch).project.command("monitor")
    assert (done.returncode, done.stdout) == (0, "nothing to watch: prep, deploy have not succeeded yet\n")


def test_watch_names_what_is_missing_when_no_notebook_watches(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    project.notebook("prep", "", "glue('rows', 1)")
    done = project.command("monitor")
    assert done.returncode == 2
    assert "no stage watches: one does whose notebook has glue('watch', ...)" in done.stderr


def _counted(seen: Watched) -> int:
    return sum(each.count for each in seen.log.requests() if each.route == "/predict")


@pytest.mark.parametrize("goal", [LETTERS, AMOUNT], ids=["classes", "numbers"])
def test_watch_judges_every_kind_of_goal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, goal: Goal) -> None:
    seen = watched(tmp_path, monkeypatch, goal)
    record = seen.project.run()
    assert str(record.status) == "succeeded", [stage.failure for stage in record.stages]
    told = findings.outcome(record.watch)
    assert (told.source, sum(window.rows for window in told.windows), told.alarms) == ("table", 600, ())
    assert {Kind.INPUT, Kind.PERFORMANCE} <= set(told.judged)
    assert (Kind.ESTIMATE in told.judged) is (goal is LETTERS)
    assert any("not estimated" in each for each in told.unknown) is (goal is AMOUNT)


def test_watch_goes_from_the_table_to_the_service_finds_a_move_and_is_over_it(seen: Watched) -> None:
    never = "latency = { warning = inf, critical = inf }"  # a machine that has much to do is slow in earnest
    seen.project.write("pyproject.toml", f"{SETTINGS}[tool.pipeline.monitor.thresholds]\n{never}\n")
    first = seen.project.command("monitor")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "600 rows of table" in first.stdout
    with running(seen.project.root) as service:

        def send(count: int, number: int, *, label: bool, **changed: object) -> None:
            rows, labels = seen.sent(count, seed=number, **changed)
            _, said = service.ask("POST", "/predict", {"rows": rows})
            if label:
                told = [
                    {"id": each["id"], "label": label_}
                    for each, label_ in zip(said["predictions"], labels, strict=True)
                ]
                random.Random(0).shuffle(told)
                assert service.ask("POST", "/labels", {"labels": told})[0] == 200
            until(lambda: _counted(seen) == number)  # every five seconds

        send(1000, 1, label=True)
        plain = seen.project.command("monitor")
        assert plain.returncode == 0, plain.stdout + plain.stderr
        assert "1,000 rows of traffic in 2 windows\n" in plain.stdout

        again = seen.project.command("monitor")
        assert "monitor | reused: nothing it read has changed" in again.stdout

        send(500, 2, label=False, size=lambda size: size + 3)
        moved = seen.project.command("monitor")
        assert moved.returncode == 4, moved.stdout + moved.stderr
        found = {(each["kind"], each["subject"]): each for each in seen.outcome()["findings"]}
        finding = found["input", "size"]
        assert (finding["stands"], finding["severity"], finding["version"]) == (True, "critical", 1)
        assert finding["window"] == "rows 1,001 to 1,500"
        assert all(row["size"] > 1 for row in finding["rows"])
        assert "CRITICAL input       In rows 1,001 to 1,500 size has moved" in moved.stdout
        assert "| input: `size` | **critical** |" in seen.report()

        send(500, 3, label=True)
        after = seen.project.command("monitor")
    assert after.returncode == 0, after.stdout + after.stderr
    assert "nothing critical" in after.stdout
    assert "critical, over" in seen.report()


def test_watch_finds_slow_failed_and_refused_answers_and_is_over_them(seen: Watched) -> None:
    for place in range(2):
        seen.answer(500, seed=place, at=DAY + 1000 * place)
    seen.answer(500, seed=2, at=DAY + 2000, latency_s=3.0)
    seen.fail(100, at=DAY + 2100, status=503)
    seen.fail(300, at=DAY + 2100, status=422)
    bad = seen.project.command("monitor")
    assert bad.returncode == 4, bad.stdout + bad.stderr
    found = {(each["kind"], each["subject"]): each for each in seen.outcome()["findings"]}
    assert found["latency", "95 % of answers"]["size"] == pytest.approx(3000)
    assert found["errors", "requests"]["size"] == pytest.approx(1 / 9)
    assert found["schema", "requests"]["size"] == pytest.approx(3 / 9)
    assert [each["kind"] for each in seen.outcome()["findings"]][:1] == ["errors"]

    seen.answer(500, seed=3, at=DAY + 3000)
    good = seen.project.command("monitor")
    assert good.returncode == 0, good.stdout + good.stderr


def test_watch_finds_that_nobody_asks_any_more_and_that_somebody_does_again(seen: Watched) -> None:
    for hours in (54, 44, 34, 24):
        seen.answer(500, seed=hours, at=time.time() - 3600 * hours)
    for said in ("succeeded", "reused"):
        silent = seen.project.command("monitor")
        assert silent.returncode == 4, silent.stdout + silent.stderr
        assert f"monitor | {said}" in silent.stdout
    finding = seen.outcome()["findings"][0]
    assert (finding["kind"], finding["subject"], finding["stands"]) == ("volume", "answers", True)
    assert "answers have stopped: nobody has asked since " in finding["message"]

    seen.answer(500, seed=1, at=time.time() - 600)
    again = seen.project.command("monitor")
    assert again.returncode == 0, again.stdout + again.stderr
    assert Kind.VOLUME in seen.outcome()["judged"]


@pytest.mark.slow
def test_watch_reads_what_was_answered_from_postgresql(seen: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", postgres.SECRET)
    with postgres.server() as address:
        kept = f'label_delay_h = 0\n[tool.pipeline.serve]\ntraffic = "{address}"\n'
        seen.project.write("pyproject.toml", f"{SETTINGS}{kept}")
        for place in range(2):
            seen.label(seen.answer(500, seed=place, at=DAY + 1000 * place), seen.sent(500, seed=place)[1])
        plain = seen.project.command("monitor")
        assert plain.returncode == 0, plain.stdout + plain.stderr
        assert "1,000 rows of traffic in 2 windows\n" in plain.stdout
        assert Kind.PERFORMANCE in seen.outcome()["judged"]
        assert "reused: nothing it read has changed" in seen.project.command("monitor").stdout

        seen.answer(500, seed=2, at=DAY + 2000, size=lambda size: size + 3)
        moved = seen.project.command("monitor")
    assert moved.returncode == 4, moved.stdout + moved.stderr
    assert "CRITICAL input       In rows 1,001 to 1,500 size has moved" in moved.stdout
    assert not (seen.project.root / ".pipeline/traffic/m.sqlite").exists()


def test_watch_judges_by_labels_only_when_they_are_in(seen: Watched) -> None:
    seen.project.write("pyproject.toml", f"{SETTINGS}label_delay_h = 0\n")
    wrong = {"no": "yes", "yes": "no"}
    ids = [seen.answer(500, seed=place, at=DAY + 1000 * place) for place in range(3)]
    labels = [seen.sent(500, seed=place)[1] for place in range(3)]
    for place in range(2):
        seen.label(ids[place], labels[place])
    seen.label(ids[2][:200], [wrong[each] for each in labels[2][:200]])
    early = seen.project.command("monitor")
    assert early.returncode == 0, early.stdout + early.stderr
    assert "rows 1,001 to 1,500 (40% of its rows have a label, and 50% must)" in early.stdout

    late = list(zip(ids[2], (wrong[each] for each in labels[2]), strict=True))
    random.Random(0).shuffle(late)
    seen.label(*zip(*late, strict=True))
    done = seen.project.command("monitor")
    assert done.returncode == 4, done.stdout + done.stderr
    first = seen.outcome()["findings"][0]
    assert (first["kind"], first["subject"], first["window"]) == ("performance", "roc_auc", "rows 1,001 to 1,500")
    assert all((row["prediction"] > 0.5) != row["target"] for row in first["rows"])
    assert "Somebody has to act" in seen.report()
