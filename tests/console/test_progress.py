"""Off a terminal a run is told in plain lines, and goes on being told where a cell takes long."""

import io
import sys
import threading
import time
from contextlib import redirect_stdout

from pipeline.console.progress import lines
from pipeline.runs.plan import Action, Decision
from pipeline.runs.record import Failure, StageRecord, Status

OFTEN_S = 0.01
A = Decision(stage="a", action=Action.RUN, reason="it has never succeeded")


def until(shown: io.StringIO, text: str) -> None:
    end = time.monotonic() + 30
    while text not in shown.getvalue():
        assert time.monotonic() < end, shown.getvalue()
        time.sleep(OFTEN_S)


def test_cells_and_endings_are_told_in_a_line_each() -> None:
    with redirect_stdout(io.StringIO()) as shown, lines(["a", "long"]) as progress:
        progress.started(A)
        progress.cell_done("a", 1, 2, "setup", 0.25)
        progress.finished(
            StageRecord(name="a", status=Status.FAILED, failure=Failure(cell=2, name="E", message="x\ry\nz"))
        )
    assert shown.getvalue().split("\n") == [
        "a    | running: it has never succeeded",
        "a    | cell 1/2 setup 0.2 s",
        "a    | failed: E: x y z",
        "",
    ]


def test_long_cell_is_told_again_and_again() -> None:
    with redirect_stdout(io.StringIO()) as shown, lines(["a"], OFTEN_S) as progress:
        progress.started(A)
        until(shown, "a | still in its first cell: 0 s\n")
        progress.cell_done("a", 1, 2, "setup", 0.25)
        until(shown, "a | still in cell 2/2, after setup: 0 s\n")


def test_nothing_is_told_of_a_stage_that_has_ended() -> None:
    with redirect_stdout(io.StringIO()) as shown, lines(["a"], 60.0) as progress:
        progress.started(A)
        progress.cell_done("a", 2, 2, "glue", 0.25)
        progress.still_running(0)
        progress.retried(StageRecord(name="a", status=Status.DIED))
        progress.still_running(0)
        progress.finished(StageRecord(name="a", status=Status.REUSED, reason="same"))
        progress.still_running(0)
    assert [line for line in shown.getvalue().splitlines() if "still" in line] == ["a | still in its first cell: 0 s"]
    assert "a | died; trying again" in shown.getvalue()


def test_heartbeat_ends_with_the_run() -> None:
    before = threading.active_count()
    with redirect_stdout(sys.stderr), lines([]):
        assert threading.active_count() == before + 1
    assert threading.active_count() == before
