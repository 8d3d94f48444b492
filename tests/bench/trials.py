"""The trial of trials: `python tests/bench trials` simulates challengers of known quality, for the README's table."""

import argparse
import os
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import product
from pathlib import Path
from statistics import median

from scipy.stats import binomtest
from table import put
from tried import FAILS, KINDS, LOOKS, LOSS, Ended, World, tried

from pipeline.models.trials import Mode
from pipeline.serving.evidence import ALPHA, SLOWER, WORSE

PLACE = "trials"
REQUESTS, TRIALS = 10_000, 60
WORLDS = {
    "canary, 10 %": World(Mode.CANARY, 0.1, REQUESTS),
    "canary, 50 %": World(Mode.CANARY, 0.5, REQUESTS),
    "shadow, all": World(Mode.SHADOW, 1.0, REQUESTS),
}
_AT_ONCE = 10  # trials that a process simulates before it tells
_HARMLESS = ("as good", "at the margins")
HEAD = f"| challenger | {' | '.join(WORLDS)} |\n{'|---' * (len(WORLDS) + 1)}|"
NOTE = """\
Shares of simulated trials that ended themselves, with the median number of requests of both after which they did; the
rest went on to {requests:,} requests. In brackets: called as good by then. Of the {harmless:,} trials in the first two
rows {ended} ended (exact 95 % interval); at most {alpha:.0%} is promised, however often one looks (here after every
{looks} requests). The champion fails at {fails:.1%} of the requests, and its squared error is {loss:g} on average; the
truth of every request is known at once. The margins: {slower:g} times as many slow answers, squared error {worse:.0%}
larger, no more failures. `nox -s bench -- trials` writes this."""

Found = dict[tuple[str, str], list[Ended]]


def main(arguments: Sequence[str], readme: Path) -> int:
    """Simulate, print the table, and put it into the README unless fewer trials were asked for."""
    parser = argparse.ArgumentParser(prog="nox -s bench -- trials", description=sys.modules[__name__].__doc__)
    parser.add_argument(
        "--trials", type=int, default=TRIALS, help=f"of each kind; other than {TRIALS} the README stays"
    )
    trials = parser.parse_args(arguments).trials
    if trials < 1:
        parser.error(f"--trials is {trials}: give 1 or more")
    found = simulated(trials)
    sys.stdout.write(f"{table(found)}\n")
    if trials == TRIALS:
        put(table(found), readme, PLACE)
    return 0


def simulated(trials: int) -> Found:
    """Simulate, as many at a time as there are cores."""
    jobs = [
        (name, kind, range(start, min(start + _AT_ONCE, trials)))
        for (name, kind), start in product(product(WORLDS, KINDS), range(0, trials, _AT_ONCE))
    ]
    found: Found = {}
    with ProcessPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        done = pool.map(tried, (WORLDS[name] for name, _, _ in jobs), *list(zip(*jobs, strict=True))[1:])
        for (name, kind, _), each in zip(jobs, done, strict=True):
            found.setdefault((kind, name), []).extend(each)
    return found


def table(found: Found) -> str:
    """Write how they ended."""
    rows = [f"| {kind} | {' | '.join(_cell(found[kind, name]) for name in WORLDS)} |" for kind in KINDS]
    harmless = [each for (kind, _), trials in found.items() if kind in _HARMLESS for each in trials]
    ended = sum(bool(each.why) for each in harmless)
    sure = binomtest(ended, len(harmless)).proportion_ci()
    note = NOTE.format(
        requests=REQUESTS,
        harmless=len(harmless),
        ended=f"{ended / len(harmless):.1%} ({sure.low:.1%} to {sure.high:.1%})",
        alpha=ALPHA,
        looks=LOOKS,
        fails=FAILS,
        loss=LOSS,
        slower=SLOWER,
        worse=WORSE,
    )
    return "\n".join([HEAD, *rows, "", note])


def _cell(trials: Sequence[Ended]) -> str:
    ended = [each.requests for each in trials if each.why]
    when = f" after {median(ended):,.0f}" if ended else ""
    good = sum(each.good for each in trials)
    return f"{len(ended) / len(trials):.0%}{when}" + (f" ({good / len(trials):.0%})" if good else "")
