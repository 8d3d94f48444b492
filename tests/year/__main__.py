"""Replay a year month by month through the real service, with a model that is kept in three ways, and report on them.

python tests/year                          the built-in example
python tests/year --table hours.csv        hourly counts
python tests/year --rows 2000 --months 5   fewer rows a month, fewer months
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent / "serving")]

import rows  # noqa: E402 - found by the path above
from strategies import Strategy  # noqa: E402 - as above

FIRST = 2  # months to begin with
CORES = 2
COMMANDS = {
    "every month": ("retrain", "--because", "a month is over"),
    "when the watch says so": ("retrain",),
    "never": (),
}


def main() -> None:
    """Replay, and print where the report is."""
    asked = _arguments()
    table = rows.example() if asked.table is None else rows.hours(asked.table)
    months = dict(list(table.months(asked.rows))[: asked.months])
    first = pd.concat([months.pop(name) for name in list(months)[:FIRST]], ignore_index=True)
    settings = (HERE / f"{'example' if asked.table is None else 'hours'}.toml").read_text()
    shutil.rmtree(asked.folder, ignore_errors=True)
    clock = time.monotonic()

    def keep(name: str) -> Strategy:
        strategy = Strategy(name=name, root=asked.folder / name.replace(" ", "-"), table=table, command=COMMANDS[name])
        strategy.found(first, settings)
        strategy.live(months)
        told = f"{len(strategy.swaps)} swaps, {strategy.requests:,} requests, {time.monotonic() - clock:.0f} s so far"
        sys.stdout.write(f"{name}: {told}\n")
        sys.stdout.flush()
        return strategy

    with ThreadPoolExecutor(CORES) as pool:
        kept = list(pool.map(keep, asked.only or COMMANDS))
    _report(kept, time.monotonic() - clock, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, default=Path(".pipeline/year"), help="for the projects; it is emptied")
    parser.add_argument("--table", type=Path, help="another table than the example: hourly counts")
    parser.add_argument("--rows", type=int, default=3000, help="a month, drawn at random")
    parser.add_argument("--months", type=int, default=12, help="how many, with the two that come first")
    parser.add_argument("--only", nargs="*", choices=COMMANDS, help="some of the three ways")
    asked = parser.parse_args()
    asked.folder = asked.folder.resolve()
    return asked


def _report(kept: list[Strategy], seconds: float, asked: argparse.Namespace) -> None:
    """Execute the notebook that compares the strategies, as a stage of the last project."""
    root = kept[-1].root
    told = pd.concat([pd.concat(each.answers).assign(strategy=each.name) for each in kept], ignore_index=True)
    told.to_parquet(root / "year.parquet")
    facts = {
        "seconds": seconds,
        "rows": asked.rows,
        "strategies": {each.name: each.as_dict() for each in kept},
    }
    (root / "year.json").write_text(json.dumps(facts))
    shutil.copy(HERE / "year.ipynb", root / "notebooks")
    shutil.copy(HERE / "compared.py", root)
    command = [sys.executable, "-m", "pipeline", "run", HERE.name]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    sys.stdout.write(done.stdout.strip().rpartition("\n")[2] if not done.returncode else done.stdout + done.stderr)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
