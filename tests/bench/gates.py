"""The trial of the gates: `python tests/bench gates` simulates models of known quality, and writes the README's table."""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path

from chance import AUC, DAYS, MARGIN, TRIALS, World, tried
from scipy.stats import binomtest
from table import put

from pipeline.models.evidence import Said

TABLES = {1_000: 600, 10_000: 150, 50_000: 20}
"""How many tables of so many rows are drawn, of each kind."""

PLACE = "gates"
_AT_ONCE = 10  # tables that a process draws before it tells
_PROMOTED = ("as good, margin 0", "worse by the margin")  # what must be rare
HEAD = """\
| rows | drawn by | tables | as good, margin 0: passes | worse by the margin: passes | worse by 0.03: passes / refused | as good: passes / refused | better by 0.02: passes / refused |
|---|---|---|---|---|---|---|---|"""
NOTE = """\
Shares of simulated tables in which the gate `champion = {{ roc_auc = {margin:g} }}` (first column: 0) passes or refuses a
challenger whose true ROC AUC is known; the rest is inconclusive. The first two say how often chance promotes what it
should not: at most 2.5 % is meant. Over all {tables:,} tables they were {promoted} (exact 95 % intervals). The
champion's ROC AUC is {auc:g}, 30 % of rows are positive, scores are normal, those of two models correlated by 0.8. Rows
are independent, or fall into {days} days on which a model does better or worse by luck of its own; then whole days are
drawn, and more rows a day tell little more. `nox -s bench -- gates` writes this."""

Found = dict[tuple[int, bool], dict[str, Counter[Said]]]


def main(arguments: Sequence[str], readme: Path) -> int:
    """Simulate, print the table, and put it into the README unless fewer tables were asked for."""
    parser = argparse.ArgumentParser(prog="nox -s bench -- gates", description=sys.modules[__name__].__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of the tables, above 0; below 1 the README stays")
    share = parser.parse_args(arguments).share
    if not 0 < share <= 1:
        parser.error(f"--share is {share:g}: give a number above 0, at most 1")
    found = simulated({rows: max(1, round(share * count)) for rows, count in TABLES.items()})
    sys.stdout.write(f"{table(found)}\n")
    if share == 1:
        put(table(found), readme, PLACE)
    return 0


def simulated(tables: dict[int, int]) -> Found:
    """Draw the tables, as many at a time as there are cores."""
    jobs = [
        (World(rows=rows, clustered=clustered), range(start, min(start + _AT_ONCE, count)))
        for (rows, count), clustered in product(tables.items(), (False, True))
        for start in range(0, count, _AT_ONCE)
    ]
    found: Found = {}
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for (world, _), counted in zip(jobs, pool.map(tried, *zip(*jobs, strict=True)), strict=True):
            known = found.setdefault((world.rows, world.clustered), {name: Counter() for name in TRIALS})
            for name, each in counted.items():
                known[name].update(each)
    return found


def table(found: Found) -> str:
    """Write what was counted."""
    tables = sum(sum(next(iter(each.values())).values()) for each in found.values())
    promoted = " and ".join(_rate(sum((each[name] for each in found.values()), Counter())) for name in _PROMOTED)
    note = NOTE.format(margin=MARGIN, tables=tables, promoted=promoted, auc=AUC, days=DAYS)
    return "\n".join([HEAD, *(_row(*key, each) for key, each in found.items()), "", note])


def _row(rows: int, clustered: bool, counted: dict[str, Counter[Said]]) -> str:  # noqa: FBT001 - a column of the table
    total = sum(next(iter(counted.values())).values())
    shares = [
        _share(each, Said.PASSED) if name in _PROMOTED else f"{_share(each, Said.PASSED)} / {_share(each, Said.REFUSED)}"
        for name, each in counted.items()
    ]
    return f"| {rows:,} | {'day' if clustered else 'row'} | {total:,} | {' | '.join(shares)} |"


def _share(counted: Counter[Said], said: Said) -> str:
    return f"{100 * counted[said] / sum(counted.values()):.1f} %"


def _rate(counted: Counter[Said]) -> str:
    found = binomtest(counted[Said.PASSED], sum(counted.values())).proportion_ci()
    return f"{_share(counted, Said.PASSED)} ({100 * found.low:.1f} to {100 * found.high:.1f} %)"
