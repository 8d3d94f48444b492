"""Owns measuring what it costs to compare tables: ours, Evidently and scipy, each in a process of its own."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from environments import ROOT, made

EVIDENTLY = ("evidently==0.7.23", "pandas==2.3.3")  # it does not load with pandas 3
_SHARED = ("numpy", "scipy", "scikit-learn", "pyarrow")  # libraries that all have in the same version
HEAD = """\
| compared by | CPU seconds | times ours | memory beside the tables, MiB | memory of the process, MiB | columns found |
|---|---|---|---|---|---|"""
NOTE = """\
Medians of {rounds} interleaved rounds (with the least and the most) on {day}: a window of 1,000,000 rows by 20 columns
(16 of numbers, 4 of words) against a reference as large, of which 4 columns are shifted. Seconds of the processor,
once the libraries are loaded and, but for the second row (Parquet with row groups of 100,000), the tables too. What
ours keeps of the reference is made once, in {usual} seconds. Evidently is its `DataDriftPreset`; scipy `ks_2samp` and
`wasserstein_distance` of numbers, `chi2_contingency` of words. `OMP_NUM_THREADS=1` for all. `nox -s bench -- drift`
writes this."""
WIDE = """\
| rows | columns | CPU seconds to count | values a second | to judge | memory, MiB | in the first tenth, MiB |
|---|---|---|---|---|---|---|
| {rows:,} | {columns:,} | {count:.0f} | {speed:.1f} million | {judge:.1f} | {peak:.0f} | {early:.0f} |

Measured on {day}: blocks of 20,000 rows are counted one after another and added, against {usual:,} rows. Drawing the
blocks is not counted; a block of {block:.0f} MiB is part of the memory. `nox -s bench -- drift` writes this."""
_MEASURE = """
import json, sys, time, warnings
warnings.simplefilter("ignore")
def memory(name):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))
def forget():
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")
def tell(seconds, before, found, **more):
    peak = memory("VmHWM")
    print(json.dumps({"seconds": seconds, "beside": peak - before, "peak": peak, "found": found, **more}))
"""
_WRITE = """
import sys, numpy as np, pandas as pd
for place, name in enumerate(("reference", "window")):
    draw, rows = np.random.default_rng(place), 10**6
    shifts = np.zeros(20) if name == "reference" else np.where(np.arange(20) % 5 == 0, 0.6, 0.0)
    columns = {f"x{at}": draw.normal(size=rows) + shifts[at] for at in range(12)}
    columns |= {f"k{at}": draw.poisson(20 * (1 + shifts[at] / 4), rows) for at in range(12, 16)}
    words = np.array([f"word {at}" for at in range(100)])
    shares = [np.arange(1, 101) ** (shifts[at] - 1.0) for at in range(16, 20)]
    columns |= {f"w{at}": words[draw.choice(100, rows, p=each / each.sum())] for at, each in enumerate(shares)}
    pd.DataFrame(columns).to_parquet(f"{sys.argv[1]}/{name}.parquet", row_group_size=100_000)
"""
_TABLES = """
import pandas as pd
reference, window = (pd.read_parquet(f"{sys.argv[1]}/{name}.parquet") for name in ("reference", "window"))
forget(); before, began = memory("VmRSS"), time.process_time()
"""
_OURS = f"""
from pathlib import Path
from pipeline.monitoring import drift
from pipeline.monitoring.reference import Reference
{_TABLES}
usual = Reference.of(reference, list(reference))
made = time.process_time()
found = drift.judge(usual, {{"now": usual.sketch(window)}})
seconds = time.process_time() - made
Path(f"{{sys.argv[1]}}/reference.json").write_text(usual.model_dump_json())
tell(seconds, before, int(found["level"].isin(["moderate", "major"]).sum()), usual=made - began)
"""
_STREAMED = """
from functools import reduce
from operator import add
from pathlib import Path
import pyarrow.parquet
from pipeline.monitoring import drift
from pipeline.monitoring.reference import Reference
usual = Reference.model_validate_json(Path(f"{sys.argv[1]}/reference.json").read_text())
forget(); before, began = memory("VmRSS"), time.process_time()
blocks = pyarrow.parquet.ParquetFile(f"{sys.argv[1]}/window.parquet", pre_buffer=False).iter_batches(50_000)
found = drift.judge(usual, {"now": reduce(add, (usual.sketch(block.to_pandas()) for block in blocks))})
tell(time.process_time() - began, before, int(found["level"].isin(["moderate", "major"]).sum()))
"""
_EVIDENTLY = f"""
from evidently import Report
from evidently.presets import DataDriftPreset
{_TABLES}
found = Report([DataDriftPreset()]).run(current_data=window, reference_data=reference).dict()
seconds = time.process_time() - began
tell(seconds, before, int(found["metrics"][0]["value"]["count"]))
"""
_SCIPY = f"""
from scipy import stats
{_TABLES}
found = 0
for name in reference:
    if name.startswith("w"):
        both = pd.concat([reference[name].value_counts(), window[name].value_counts()], axis=1).fillna(0)
        result = stats.chi2_contingency(both)
        found += (result.statistic / (2 * len(window))) ** 0.5 > 0.1
    else:
        result = stats.ks_2samp(reference[name], window[name])
        far = stats.wasserstein_distance(reference[name], window[name]) / reference[name].std()
        found += far > 0.1
tell(time.process_time() - began, before, int(found))
"""
_WIDE = """
import numpy as np, pandas as pd
from pipeline.monitoring import drift
from pipeline.monitoring.reference import Reference
rows, columns, usual_rows, size = (int(each) for each in sys.argv[1:])
draw = np.random.default_rng(0)
names = [f"x{at}" for at in range(columns)]
def block(size):
    return pd.DataFrame(draw.standard_normal((columns, size)).T, columns=names)
usual = Reference.of(block(usual_rows), names)
forget()
sketch, counted, early = None, 0.0, 0.0
for start in range(0, rows, size):
    table = block(min(size, rows - start))
    began = time.process_time()
    each = usual.sketch(table)
    sketch = each if sketch is None else sketch + each
    counted += time.process_time() - began
    if start <= rows / 10:
        early = memory("VmHWM")
began = time.process_time()
found = drift.judge(usual, {"now": sketch})
judged = time.process_time() - began
assert sketch.rows == rows and not found["level"].isin(["moderate", "major"]).any()
print(json.dumps({"count": counted, "judge": judged, "peak": memory("VmHWM"), "early": early}))
"""


@dataclass(frozen=True, kw_only=True)
class Rival:
    """One row of the table.

    Attributes
    ----------
    title
        What the table calls it.
    program
        What it runs.
    name, requirements
        Of its environment; empty: the project's own.
    measured
        What came of each round.
    """

    title: str
    program: str
    name: str = ""
    requirements: tuple[str, ...] = ()
    measured: list[dict[str, float]] = field(default_factory=list)

    def run(self, folder: Path) -> None:
        """Measure one round."""
        python = Path(sys.executable)
        if self.requirements:
            python = made(self.name, self.requirements, _SHARED) / "bin" / "python"
        self.measured.append(json.loads(_python(python, self.program, str(folder))))

    def row(self, ours: "Rival") -> str:
        """Write it as a row of the table."""
        ratios = [each["seconds"] / own["seconds"] for each, own in zip(self.measured, ours.measured, strict=True)]
        times = [_spread([each["seconds"] for each in self.measured], 2), _spread(ratios, 1)]
        sizes = [f"{max(each[name] for each in self.measured):.0f}" for name in ("beside", "peak", "found")]
        return f"| {' | '.join([self.title, *times, *sizes])} |"


def speed(rounds: int) -> str:
    """Measure every rival as often as there are rounds, one after another, and write the table."""
    ours = Rival(title="**`drift.judge`**", program=_OURS)
    rivals = [
        ours,
        Rival(title="**`drift.judge`**, read from a file in blocks", program=_STREAMED),
        Rival(title="scipy", program=_SCIPY),
        Rival(
            title=", ".join(EVIDENTLY).replace("==", " "), program=_EVIDENTLY, name="evidently", requirements=EVIDENTLY
        ),
    ]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        _python(Path(sys.executable), _WRITE, folder)
        for _ in range(rounds):
            for rival in rivals:
                rival.run(Path(folder))
    usual = f"{median(each['usual'] for each in ours.measured):.2f}"
    note = NOTE.format(rounds=rounds, day=datetime.now(UTC).date(), usual=usual)
    return "\n".join([HEAD, *(rival.row(ours) for rival in rivals), "", note])


def wide(rows: int = 3_000_000, columns: int = 1_000, usual: int = 20_000, block: int = 20_000) -> str:
    """Count a table that fits no memory, and write what it took."""
    found = json.loads(_python(Path(sys.executable), _WIDE, *map(str, (rows, columns, usual, block))))
    known = {"rows": rows, "columns": columns, "usual": usual, "block": block * columns * 8 / 2**20}
    speed = rows * columns / found["count"] / 1e6
    return WIDE.format(**known, **found, speed=speed, day=datetime.now(UTC).date())


def _spread(values: Sequence[float], digits: int) -> str:
    middle, least, most = (f"{each:.{digits}f}" for each in (median(values), min(values), max(values)))
    return f"{middle} ({least} to {most})"


def _python(python: Path, program: str, *arguments: str) -> str:
    command = [python, "-c", _MEASURE + program, *arguments]
    done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.splitlines()[-1] if done.stdout else "{}"
