"""Owns the Markdown table, and its place in the README."""

import os
import platform
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from environments import versions
from rounds import Outcome

MARK = "bench"
HEAD = """\
| six stages run by | seconds | times the plain script | unchanged run again, seconds | memory, MiB |
|---|---|---|---|---|"""
NOTE = """\
Medians of {rounds} interleaved rounds (with the least and the most) on {day}: {machine}, of which other
programs took {others} meanwhile, Python {python}, {libraries}.
Six small stages on 100,000 rows and 22 columns; all run the same code, and the number that comes out last is compared.
A run begins with an empty project, files in the cache and compiled bytecode. Ratios are to the plain script of the same
round. `OMP_NUM_THREADS=1` for all. Memory is the most that all processes had together, shared pages counted once (PSS,
sampled every 50 ms in a run that is not timed). `nox -s bench` writes this."""


def table(outcomes: Sequence[Outcome], baseline: Outcome, others_cores: float) -> str:
    """Write what was measured: medians, with the least and the most in brackets."""
    fit = sorted((outcome for outcome in outcomes if not outcome.failure), key=lambda outcome: median(outcome.cold))
    out = [outcome for outcome in outcomes if outcome.failure]
    lines = [HEAD, *(_row(outcome, baseline) for outcome in fit), *map(_failed, out)]
    return "\n".join([*lines, "", _note(len(baseline.cold), others_cores)])


def _row(outcome: Outcome, baseline: Outcome) -> str:
    again = _spread(outcome.unchanged) if outcome.unchanged else "runs everything"
    measured = [_spread(outcome.cold), _spread(outcome.ratios(baseline)), again, f"{outcome.peak_bytes / 2**20:.0f}"]
    return f"| {_title(outcome)} | {' | '.join(measured)} |"


def _failed(outcome: Outcome) -> str:
    return f"| {_title(outcome)} | {outcome.failure.replace('|', ' ')} | | | |"


def _title(outcome: Outcome) -> str:
    needs = ", ".join(outcome.contender.requirements).replace("==", " ")
    return f"{outcome.contender.title} ({needs})" if needs else outcome.contender.title


def _spread(values: Sequence[float]) -> str:
    return f"{median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def _note(rounds: int, others_cores: float) -> str:
    return NOTE.format(
        rounds=rounds,
        day=datetime.now(UTC).date(),
        machine=f"{len(os.sched_getaffinity(0))} cores, {platform.system()} {platform.machine()}",
        others=f"{others_cores:.1f}",
        python=platform.python_version(),
        libraries=versions(),
    )


def put(text: str, readme: Path, mark: str = MARK) -> None:
    """Put a table between its marks.

    Raises
    ------
    ValueError
        If the README does not have the two marks.
    """
    found = readme.read_text(encoding="utf-8")
    begin, end = f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->"
    marked = re.compile(rf"{begin}\n.*?{end}", re.DOTALL)
    if not marked.search(found):
        raise ValueError(f"{readme} has no place for the table. Put `{begin}` and `{end}` on lines of their own there.")
    readme.write_text(marked.sub(lambda _: f"{begin}\n{text}\n{end}", found), encoding="utf-8")
