"""The bench: the same six stages by Stagebook, its peers and a plain script.

Other benches: `data`: what reading a table costs; `serve`: how fast models answer; `gates`: how often gates are wrong;
`trials`: how often trials of versions are; `drift`: how often the watch is, and its cost.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

import drifting
import gates
import reading
import serving
import table
import trials
from contender import Contender, every
from environments import ROOT
from neighbours import Neighbours
from programs import Failed
from rounds import BASELINE, Contest

README = ROOT / "README.md"
OTHERS = {
    "data": reading.main,
    "serve": serving.main,
    gates.PLACE: partial(gates.main, readme=README),
    drifting.PLACE: partial(drifting.main, readme=README),
    trials.PLACE: partial(trials.main, readme=README),
}


def main() -> int:
    """Hold the contest, print the table, and put it into the README if nobody was left out."""
    contenders = every()
    asked = _arguments([contender.name for contender in contenders])
    chosen = [contender for contender in contenders if contender.name in {*asked.only, BASELINE}]
    try:
        found = _contest(chosen, asked.rounds)
    except Failed as failure:
        _say(f"{BASELINE}: {failure}")
        return 1
    _say(f"\n{found}\n")
    if len(chosen) == len(contenders):
        table.put(found, README)
    return 0


def _contest(chosen: Sequence[Contender], rounds: int) -> str:
    with tempfile.TemporaryDirectory(prefix="bench-") as workshop:
        contest = Contest(Path(workshop), chosen, _say)
        neighbours = Neighbours()
        contest.hold(rounds)
        return table.table(contest.outcomes, contest.baseline, neighbours.cores())


def _arguments(names: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="nox -s bench --", description=sys.modules["__main__"].__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each runs (default: 5)")
    parser.add_argument("--only", default=",".join(names), help="some of them, and the plain script; README stays")
    asked = parser.parse_args()
    asked.only = asked.only.split(",")
    if unknown := sorted(set(asked.only) - set(names)):
        parser.error(f"there is no contender {', '.join(unknown)}: choose from {', '.join(names)}")
    if asked.rounds < 1:
        parser.error(f"--rounds is {asked.rounds}: give 1 or more")
    return asked


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
