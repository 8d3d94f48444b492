"""Paste into the README what its lines print: `python tests/house/readme.py [pipeline] [tests]`, minutes each.

Each line runs in a fresh clone of the last commit, as a newcomer would run it. What it prints is shortened, not typed.
"""

import re
import subprocess
import sys
import tempfile
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = ROOT / "README.md"
SKIPPED = re.compile(
    r"\| cell |^WARNING: |^[.sx]+ *\[ *\d+%\]$|^(bringing up|created:|rootdir:|configfile:|testpaths:|plugins:) |^$"
)


def main() -> None:
    """Bring the blocks of some lines, by default of all, up to date."""
    for session in sys.argv[1:] or ["pipeline", "tests"]:
        output = printed(session)  # minutes, in which the README may be edited
        README.write_text(pasted(README.read_text(encoding="utf-8"), session, output), encoding="utf-8")


def printed(session: str) -> str:
    """Run a line of the README in a fresh clone and return what it prints; it must succeed."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["git", "clone", "--quiet", ROOT, folder], check=True)
        both = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
        done = subprocess.run([Path(folder, ".ci/run"), session], check=False, **both)
        if done.returncode:
            sys.exit(f"{done.stdout}\nthe README's line for {session} failed: nothing was pasted")
        return done.stdout.replace(f"{folder}/", "").partition("\n")[2]


def pasted(readme: str, session: str, output: str) -> str:
    """Put the shortened output of a line between the two comments that are named after it."""
    begin, end = f"<!-- output of {session}: begin -->\n", f"<!-- output of {session}: end -->\n"
    before, _, rest = readme.partition(begin)
    return f"{before}{begin}\n```text\n{shortened(output)}\n```\n\n{end}{rest.partition(end)[2]}"


def shortened(output: str) -> str:
    """Leave out lines that say how far a stage or the tests are; dots stand for those that say something.

    >>> shortened("a | running\\n\\na | cell 1/2\\na | cell 2/2\\na | succeeded")
    'a | running\\n...\\na | succeeded'
    """
    kept = []
    for skipped, lines in groupby(output.splitlines(), key=lambda line: bool(SKIPPED.search(line))):
        found = list(lines)
        kept += found if not skipped else ["..."] if any(" | cell " in line for line in found) else []
    return "\n".join(kept)


if __name__ == "__main__":
    main()
