"""Owns measuring what it costs to read a table: `python tests/bench data`, each file in a process of its own."""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import table
from environments import ROOT

MARK = "bench data"
HEAD = """\
| rows | kind | CPU seconds | seconds a million rows | table in Arrow, MiB | peak, MiB | times the table |
|---|---|---|---|---|---|---|"""
NOTE = """\
Measured on {day}: 15 columns (a date, 8 fractions, 4 whole numbers, words, a target), of which all rows are taken. The
peak is what reading adds to a process that has loaded the libraries, of which some {fixed} MiB do not grow with rows.
`nox -s bench -- data` writes this."""
_WRITE = """
import sys, numpy as np, pyarrow as pa, pyarrow.csv, pyarrow.parquet
rows, path = int(sys.argv[1]), sys.argv[2]
chance = np.random.default_rng(0)
words = np.array(["north", "south", "east", "west"])
columns = {"t": pa.array(np.arange(rows) * 60, pa.timestamp("s")), "w": pa.array(words[chance.integers(0, 4, rows)])}
columns |= {f"x{place}": chance.normal(size=rows).round(4) for place in range(8)}
columns |= {f"k{place}": chance.integers(0, 1000, rows) for place in range(4)} | {"y": chance.integers(0, 2, rows)}
write = pa.csv.write_csv if path.endswith("csv") else pa.parquet.write_table
write(pa.table(columns), path)
"""
_READ = """
import sys, time, json, resource, pyarrow as pa, pyarrow.csv, pyarrow.json, pyarrow.dataset
from pipeline.data import sources
unit = 1 if sys.platform == "darwin" else 1024
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
before, began = peak(), time.process_time()
frame = sources.load(sys.argv[2], target="y", time="t", rows=10**9)
seconds, taken = time.process_time() - began, peak() - before
assert len(frame) == int(sys.argv[1])
arrow = pa.Table.from_pandas(frame, preserve_index=False).nbytes
print(json.dumps({"seconds": seconds, "peak": taken, "arrow": arrow}))
"""


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What reading one file costs: CPU seconds, and bytes."""

    rows: int
    kind: str
    seconds: float
    peak: int
    arrow: int

    def row(self) -> str:
        """Write it as a row of the table."""
        sizes = [f"{self.arrow / 2**20:.0f}", f"{self.peak / 2**20:.0f}", f"{self.peak / self.arrow:.1f}"]
        times = [f"{self.seconds:.2f}", f"{self.seconds / self.rows * 1e6:.2f}"]
        return f"| {' | '.join([f'{self.rows:,}', self.kind, *times, *sizes])} |"


def main(arguments: Sequence[str]) -> int:
    """Measure, print the table, and put it into the README where all sizes were measured."""
    parser = argparse.ArgumentParser(prog="nox -s bench -- data", description=__doc__)
    parser.add_argument("--most", type=int, default=10**7, help="rows of the largest table (default: 10,000,000)")
    most = parser.parse_args(arguments).most
    costs = [cost(rows, kind) for rows in (10**4, 10**5, 10**6, 10**7) if rows <= most for kind in ("csv", "parquet")]
    found = written(costs)
    sys.stdout.write(f"{found}\n")
    if most >= costs[-1].rows == 10**7:
        table.put(found, ROOT / "README.md", MARK)
    return 0


def cost(rows: int, kind: str) -> Cost:
    """Write a table of one kind and read it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        path = str(Path(folder) / f"rows.{kind}")
        _python(_WRITE, rows, path)
        return Cost(rows=rows, kind=kind, **json.loads(_python(_READ, rows, path)))


def written(costs: Sequence[Cost]) -> str:
    """Write the table and what was done."""
    fixed = min(cost.peak for cost in costs) / 2**20
    note = NOTE.format(day=datetime.now(UTC).date(), fixed=f"{fixed:.0f}")
    return "\n".join([HEAD, *(cost.row() for cost in costs), "", note])


def _python(code: str, rows: int, path: str) -> str:
    command = [sys.executable, "-c", code, str(rows), path]
    return subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
