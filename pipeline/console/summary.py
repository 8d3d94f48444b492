"""Summary: how a run ended, what to look at first, and what to do next; for GitHub's pages too."""

import os
import sys
from pathlib import Path

from pipeline.console import github, words
from pipeline.past.excerpt import Excerpt, excerpt, without_colours
from pipeline.runs.record import BAD, RunRecord, StageRecord, Status
from pipeline.runs.runner import VERDICT


def run_summary(record: RunRecord, root: Path, reports: Path) -> None:
    """Print how a run ended, and where to look."""
    for stage in record.stages:
        if stage.status in BAD and stage.failure is not None:
            _failure(record.run, stage, excerpt(root / stage.report, stage.failure) if stage.report else None)
    if record.verdict is not None and record.status is Status.REFUSED:
        print(f"\n{words.judgement(record.verdict)}:", *words.gates(record.verdict), sep="\n  ")
        judges = (stage.report for stage in record.stages if VERDICT in stage.scraps)
        print(*(f"\n  read why:     {report}" for report in judges), sep="")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print(*github.annotations(record, root), sep="\n")
    counts = [f"{sum(1 for stage in record.stages if stage.status is status)} {status}" for status in Status]
    told = ", ".join(count for count in counts if not count.startswith("0 "))
    print(f"\nrun {record.run} {record.status} in {record.seconds:.1f} s: {told}")
    print(f"reports: {words.shown(reports / record.run)}   newest of each stage: {words.shown(reports / 'latest')}")


def _failure(run: str, stage: StageRecord, found: Excerpt | None) -> None:
    """Print the cell that failed, the end of its traceback, and the next commands."""
    failure = stage.failure
    if failure is None:
        return
    where = f" in cell {failure.cell}" if failure.cell else ""
    where += f" ({found.cell})" if found else ""
    print(f"\n{stage.name} {stage.status}{where}: {failure.name}: {failure.message}")
    if found is not None:
        print("", *(f"    {line}" for line in found.source), sep="\n")
    if found is not None and found.traceback:
        print("", *map(_plain, found.traceback), sep="\n")
    if not stage.report:
        print("\n  no report could be written")
        return
    print(f"\n  read it:      {stage.report}")
    print(f"  try on it:    pipeline open {run} {stage.name}")
    print(f"  look inside:  pipeline debug {run} {stage.name}")


def _plain(line: str) -> str:
    return f"    {line if sys.stdout.isatty() else without_colours(line)}"
