"""Watching: what a watch saw, in a few lines, with the path of the report that says more."""

from collections.abc import Collection, Sequence

from pipeline.console import words
from pipeline.monitoring.findings import Finding, Outcome, Severity
from pipeline.runs.record import RunRecord

_LINES = 10


def nothing(stages: Sequence[str]) -> None:
    """Print that there is nothing to watch yet."""
    print(f"nothing to watch: {', '.join(stages)} {'has' if len(stages) == 1 else 'have'} not succeeded yet")


def outcome(found: Outcome | None, record: RunRecord, stages: Collection[str]) -> None:
    """Print what was seen, the worst first."""
    own = [stage for stage in record.stages if stage.name in stages]
    if found is None:
        print(
            *(f"nothing to watch: {stage.failure.message if stage.failure else stage.reason}" for stage in own),
            sep="\n",
        )
        return
    stands = [each for each in found.findings if each.stands]
    rows, many = sum(window.rows for window in found.windows), len(found.windows)
    windows = "window" if many == 1 else "windows"
    print(f"\n{found.model} version {found.version}: {rows:,} rows of {found.source} in {many} {windows}")
    print(*(_line(each) for each in stands[:_LINES]), sep="\n")
    if len(stands) > _LINES:
        print(f"  and {len(stands) - _LINES} more")
    print(*(f"  not enough data: {words.harmless(each)}" for each in found.unknown), sep="\n")
    print(f"{_verdict(found)}\n", *(f"read more: {stage.report}" for stage in own), sep="\n")


def untold(why: Sequence[str]) -> None:
    """Print who could not be told, and why."""
    print(*(f"not told: {words.harmless(each)}" for each in why), sep="\n", end="\n" if why else "")


def _line(each: Finding) -> str:
    mark = "CRITICAL" if each.severity is Severity.CRITICAL else "warning"
    return f"  {mark:<9}{each.kind:<12}{words.harmless(each.message)}"


def _verdict(found: Outcome) -> str:
    alarms = len(found.alarms)
    return (
        f"{alarms} critical {'finding stands' if alarms == 1 else 'findings stand'}" if alarms else "nothing critical"
    )
