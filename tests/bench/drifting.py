"""The trial of the watch: `python tests/bench drift` simulates drifts of known size, and measures what finding costs.

Three parts, each with a table of the README: how often findings are false and drifts are found, how fast tables are
compared, and what very wide tables take.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path

import numpy as np
import watching
from scipy.stats import binomtest
from shifts import COLUMNS, DAYS, LIKE, LUCK, REFERENCE, TRIALS, WEEK, WINDOWS, Outcome, World, tried
from table import put

PLACE = "drift"
HISTORIES = {
    World(300): 40,
    World(1_000): 60,
    World(10_000): 20,
    World(1_000_000): 60,
    World(300 * WEEK, days=True): 20,
}
"""How many histories are drawn of windows of so many rows."""

_AT_ONCE = 2  # histories that a process draws before it tells
_TITLES = ["rows a window", "alike", "histories", "any false finding, no drift", "false among findings"]
HEAD = f"| {' | '.join([*_TITLES, *TRIALS])} |\n{'|---' * (len(_TITLES) + len(TRIALS))}|"
NOTE = """\
Histories of {windows} windows of {columns} columns (normal, lognormal, counts, with gaps, words of 5, 300 and 3,000
kinds) against {reference:,} rows, drawn from distributions that are known. No drift: histories in which anything is
found; 5 % are promised. Over all {histories} they were {wrong} (exact 95 % interval). Then one column of each kind is
shifted from the 21st window on, by so many standard deviations (words by as much of their log rank; PSI about the
square of it): the share of windows with the whole shift in which it is found, and after how many windows it is found
first (median, 90 %; 0: in the first one). Days: rows of a day share luck of {luck:g} standard deviations, that of
neighbouring days is correlated by {like:g}; the reference has {days} days, a window {week}. `nox -s bench -- drift`
writes this."""


def main(arguments: Sequence[str], readme: Path) -> int:
    """Do what was asked, print the tables, and put those that are whole into the README."""
    parser = argparse.ArgumentParser(prog="nox -s bench -- drift", description=sys.modules[__name__].__doc__)
    parser.add_argument("--only", default="chance,speed,wide", help="some of chance, speed, wide (default: all)")
    parser.add_argument("--share", type=float, default=1.0, help="of the histories; below 1 the README stays")
    parser.add_argument("--rounds", type=int, default=3, help="of the speed (default: 3)")
    asked = parser.parse_args(arguments)
    parts = asked.only.split(",")
    if unknown := sorted(set(parts) - {"chance", "speed", "wide"}):
        parser.error(f"there is no part {', '.join(unknown)}: choose from chance, speed, wide")
    if not 0 < asked.share <= 1:
        parser.error(f"--share is {asked.share:g}: give a number above 0, at most 1")
    if asked.rounds < 1:
        parser.error(f"--rounds is {asked.rounds}: give 1 or more")
    if "chance" in parts:
        found = table(simulated({world: max(1, round(asked.share * count)) for world, count in HISTORIES.items()}))
        _tell(found, readme, PLACE, whole=asked.share == 1)
    if "speed" in parts:
        _tell(watching.speed(asked.rounds), readme, "drift speed", whole=True)
    if "wide" in parts:
        _tell(watching.wide(), readme, "drift wide", whole=True)
    return 0


def _tell(found: str, readme: Path, place: str, *, whole: bool) -> None:
    sys.stdout.write(f"{found}\n\n")
    sys.stdout.flush()
    if whole:
        put(found, readme, place)


def simulated(histories: dict[World, int]) -> dict[World, list[dict[str, Outcome]]]:
    """Draw the histories, as many at a time as there are cores."""
    jobs = [
        (world, range(start, min(start + _AT_ONCE, count)))
        for world, count in histories.items()
        for start in range(0, count, _AT_ONCE)
    ]
    found: dict[World, list[dict[str, Outcome]]] = {world: [] for world in histories}
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for (world, _), each in zip(jobs, pool.map(tried, *zip(*jobs, strict=True)), strict=True):
            found[world] += each
    return found


def table(found: dict[World, list[dict[str, Outcome]]]) -> str:
    """Write what was counted."""
    every = list(chain.from_iterable(found.values()))
    wrong = sum(each["none"].found > 0 for each in every)
    ends = binomtest(wrong, len(every)).proportion_ci()
    rate = f"{wrong / len(every):.1%} ({ends.low:.1%} to {ends.high:.1%})"
    known = {"windows": WINDOWS, "columns": COLUMNS, "reference": REFERENCE, "days": DAYS, "week": WEEK}
    note = NOTE.format(**known, luck=LUCK, like=LIKE, histories=len(every), wrong=rate)
    return "\n".join([HEAD, *(_row(world, each) for world, each in found.items()), "", note])


def _row(world: World, outcomes: Sequence[dict[str, Outcome]]) -> str:
    moved = [each[name] for each in outcomes for name in TRIALS]
    wrong = np.mean([each["none"].found > 0 for each in outcomes])
    false = np.mean([each.false / max(each.found, 1) for each in moved])
    cells = [f"{world.rows:,}", "day" if world.days else "row", str(len(outcomes)), f"{wrong:.1%}", f"{false:.2%}"]
    return f"| {' | '.join([*cells, *(_power([each[name] for each in outcomes]) for name in TRIALS)])} |"


def _power(outcomes: Sequence[Outcome]) -> str:
    share = np.mean([each.share for each in outcomes])
    delays = np.array([delay for each in outcomes for delay in each.delays])
    ends = np.quantile(delays, [0.5, 0.9], method="higher")
    return f"{share:.1%}; {', '.join('never' if np.isinf(end) else f'{end:.0f}' for end in ends)}"
