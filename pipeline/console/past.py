"""Past: a run as it was recorded, what became of it when it was run again, and what of the past can go."""

from typing import TYPE_CHECKING

from pipeline.console import words
from pipeline.runs.record import RunRecord, StageRecord, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.past.debugging import Attached
    from pipeline.past.retention import Retention
    from pipeline.past.verification import Verdict, Verification


def run(record: RunRecord) -> None:
    """Print a run."""
    why = f" ({record.reason})" if record.reason else ""
    print(
        f"run {record.run}: {record.status} in {record.seconds:.1f} s, started {record.started}"
        f"{f' by {record.by}' if record.by else ''}{why}"
    )
    dirty = " with changes that were not committed" if record.git.dirty else ""
    print(f"code: {record.git.commit or 'in no git repository'}{dirty}, Python {record.python}")
    if record.targets:
        print(f"asked for: {', '.join(record.targets)}")
    if record.stages:
        rows = [("stage", "status", "seconds", "MiB", "why"), *map(_row, record.stages)]
        print("", *words.table(rows), sep="\n")
    for stage in record.stages:
        _stage(stage)
    if record.verdict is not None:
        print(
            f"\ngates: {said(record.verdict)}",
            *words.gates(record.verdict),
            sep="\n  ",
        )
    if record.model_version:
        print(f"\nmodel: {record.model_version.get('name')} version {record.model_version.get('version')}")


def verdict(found: "Verdict") -> None:
    """Print what became of a stage when it was run again."""
    print(f"{found.stage}: {'differs' if found.problems else f'equal, {found.scraps} scraps'}")
    for problem in found.problems:
        print(f"  {problem}")
    if found.cells:
        print(f"  not deterministic, shown differently: {', '.join(found.cells)}")
    if found.problems or found.cells:
        print(f"  compare with {words.shown(found.replay)}")


def verdicts(verification: "Verification", found: "Sequence[Verdict]") -> None:
    """Print what became of each stage, and of the run."""
    for each in found:
        verdict(each)
    left = [stage for stage in verification.past.record.stages if stage not in verification.stages]
    for stage in left:
        print(f"{stage.name}: {stage.status}; that cannot be run again")
    different = [each.stage for each in found if each.problems]
    outcome = f"differs in {', '.join(different)}" if different else "came out the same"
    print(f"\nrun {verification.past.record.run} {outcome}: {sum(each.scraps for each in found)} scraps compared")


def attached(found: "Attached") -> None:
    """Print where a stage stands, and how to attach to its kernel."""
    print(f"\n{found.happened}\n\nIts kernel is alive and has every variable. In another terminal:\n")
    print(f"  {found.command}   {found.hint}".rstrip())
    print("\nCtrl-C here ends it.", flush=True)


def left() -> None:
    """Print that a kernel was ended by its user."""
    print("\nthe kernel has ended")


def surplus(retention: "Retention") -> None:
    """Print what is kept and why, and what is not."""
    for run_id, reason in retention.kept.items():
        print(f"keep    {run_id}  {reason}")
    for run_id in retention.runs:
        record = retention.archive.records.get(run_id)
        print(f"remove  {run_id}  {record.status if record else 'it never got as far as a record'}")


def freed(retention: "Retention", done: str) -> None:
    """Print how much was freed, or would be."""
    counts = f"{len(retention.runs)} runs, {len(retention.entries)} ledger entries, {len(retention.objects)} objects"
    print(f"{retention.size_bytes / words.MIB:.1f} MiB {done}: {counts}")


def _row(stage: StageRecord) -> tuple[str, ...]:
    ran = bool(stage.executed_by)
    seconds, memory = f"{stage.seconds:.1f}", f"{stage.peak_memory_bytes / words.MIB:.0f}"
    return stage.name, str(stage.status), seconds if ran else "", memory if ran else "", stage.reason


def _stage(stage: StageRecord) -> None:
    lines = [
        *(f"{name} = {value!r}" for name, value in stage.parameters.items()),
        *([words.outcome(stage)] if stage.failure else []),
        *(f"earlier attempt: {report}" for report in stage.attempts),
        *([f"kernel: {stage.kernel}"] if stage.kernel else []),
        *([f"report: {stage.report}"] if stage.report else []),
    ]
    if lines:
        print(f"\n{stage.name}", *lines, sep="\n  ")
