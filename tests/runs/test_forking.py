"""A forked kernel gives what a spawned one gives, cell by cell, and shares nothing with its siblings."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from projects import Project, cell, document

from pipeline.runs.forking import NotForked, Zygote
from pipeline.runs.nursery import preloaded
from pipeline.runs.record import StageRecord
from pipeline.stages.imports import Needs, needs
from pipeline.stages.stage import open_stage

pytestmark = pytest.mark.kernel

LIBRARIES = (
    "import matplotlib.pyplot as plt, numpy as np, pandas as pd, sklearn.linear_model, pyarrow.parquet, scipy.stats"
)
AWKWARD = {
    "who": "import os, signal, sys, threading\n"
    "shell = get_ipython()\n"
    "type(shell).__name__, __name__, sys.argv[0], sys.path, os.getcwd(), sys.flags, threading.current_thread().name, "
    "signal.getsignal(signal.SIGINT), sys.getrecursionlimit(), sys.stdin.read(), sys.stdout.isatty()",
    "environment": "sorted(set(os.environ) - {'PYTEST_CURRENT_TEST', 'JPY_PARENT_PID'})",
    "options": "import warnings\npd.options.display.max_columns, plt.get_backend(), plt.isinteractive(), "
    "plt.rcParams['figure.dpi'], plt.rcParams['figure.figsize'], "
    "sorted(map(str, warnings.filters)), np.get_printoptions()",
    "wide": "pd.DataFrame(np.arange(5000).reshape(100, 50) / 7)",
    "updated": "shown = display('first', display_id='one')",
    "updates": "shown.update('second'); display('third', display_id='one', update=True)",
    "rich": "class Rich:\n def _repr_html_(self): return '<b>x</b>'\n def _repr_latex_(self): return '$x$'\n"
    " def __repr__(self): return 'x'\nRich()",
    "magics": "%precision 3\nwhere = %pwd\nprint(where)\n1 / 3",
    "captured": "%%capture said\nprint('hidden')",
    "captured-2": "said.stdout",
    "cell-magic": "%%html\n<i>markup</i>",
    "shell": "!echo out; echo err >&2; exit 3",
    "shell-2": "files = !ls pyproject.toml\nfiles, _exit_code",
    "system": "os.system('echo from a system call')",
    "subprocess": "import subprocess\nsubprocess.run(['echo', 'from a subprocess']).returncode",
    "descriptor": "_ = os.write(1, b'to the descriptor\\n')",
    "thread": "worker = threading.Thread(target=print, args=('from a thread',)); worker.start(); worker.join()",
    "async": "import asyncio\nawait asyncio.sleep(0, 'awaited')",
    "task": "async def later(): await asyncio.sleep(0.01); return threading.current_thread().name\n"
    "await asyncio.gather(later(), later())",
    "warning": "warnings.warn('careful', FutureWarning)",
    "logging": "import logging\nlogging.warning('logged')",
    "progress": "from tqdm import tqdm\nfor _ in tqdm(range(3), bar_format='{n}/{total}', mininterval=0): pass",
    "cleared": "from IPython.display import clear_output\nprint('gone'); clear_output(); print('stays')",
    "input": "input('name? ')",
    "plotly": "display({'application/vnd.plotly.v1+json': {'data': [], 'layout': {}}, 'text/plain': 'f'}, raw=True)",
    "widget": "display({'application/vnd.jupyter.widget-view+json': {'model_id': 'a', 'version_major': 2}}, raw=True)",
    "comm": "from comm import create_comm\n"
    "create_comm(target_name='jupyter.widget', comm_id='a', data={'state': {'_model_name': 'M', "
    "'_model_module': 'm', '_model_module_version': '1'}}, metadata={'version': '2.1.0'}).comm_id",
    "figure": "figure, axes = plt.subplots(figsize=(3, 2)); _ = axes.plot([1, 2, 4]); _ = axes.set_title('rises')",
    "figure-2": "plt.hist(np.arange(20), bins=4)[0]",
    "estimator": "sklearn.linear_model.LogisticRegression(C=2.0)",
    "pool": "import multiprocessing\nmultiprocessing.get_start_method(), "
    "multiprocessing.get_context('fork').Pool(2).map(abs, [-1, -2])",
    "huge": "print('x' * 3_000_000)",
    "many": "for number in range(10_000): print(number, flush=True)",
    "raises": "def inner(): return {}['nothing']\ndef outer(): return inner()\nouter()",
    "missing": "import no_such_module_anywhere",
    "pandas-raises": "pd.DataFrame({'a': [1]})['b']",
    "leaves": "import atexit; _ = atexit.register(open('left.txt', 'w').write, 'said at the end')",
}
RAISING = {"input", "raises", "missing", "pandas-raises"}


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    return project


def run(project: Project, kernel: str) -> list[StageRecord]:
    """Run all stages anew with kernels that come to be in one way."""
    project.write("pyproject.toml", f'[tool.pipeline]\nkernel = "{kernel}"\njobs = 2\n')
    for path in (project.root / ".pipeline/ledger").rglob("*.json"):
        path.unlink()
    return project.run().stages


def outputs(project: Project, stage: StageRecord) -> dict[str, Any]:
    assert str(stage.status) == "succeeded", stage.failure
    text = re.sub(r"/ipykernel_\d+/", "/ipykernel/", (project.root / stage.report).read_text())  # a process id
    report = json.loads(text)
    shown = {each["id"]: each["outputs"] for each in report["cells"] if each["cell_type"] == "code"}
    return shown | {"widgets": report["metadata"].get("widgets"), "language": report["metadata"]["language_info"]}


def test_forked_kernel_shows_what_a_spawned_one_shows_cell_by_cell(empty: Project) -> None:
    cells = [cell("code", "parameters", "", "parameters"), cell("code", "libraries", LIBRARIES)]
    for name, source in AWKWARD.items():
        cells.append(cell("code", name, source, *(["raises-exception"] if name in RAISING else [])))
    empty.write("notebooks/s.ipynb", json.dumps(document(cells)))
    (spawned,) = run(empty, "spawn")
    by_spawn, left = outputs(empty, spawned), (empty.root / "left.txt").read_text()
    (empty.root / "left.txt").unlink()
    (forked,) = run(empty, "fork")
    by_fork = outputs(empty, forked)
    assert (str(spawned.status), spawned.kernel) == ("succeeded", "spawned")
    assert (str(forked.status), forked.kernel) == ("succeeded", "forked")
    assert {name for name in by_spawn if by_fork[name] != by_spawn[name]} == set()
    assert (empty.root / "left.txt").read_text() == left == "said at the end"
    assert [output["text"] for output in by_spawn["many"]] == ["".join(f"{number}\n" for number in range(10_000))]
    assert by_spawn["figure"][-1]["data"]["image/png"]


WORK = """
import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
generator = np.random.default_rng(0)
rows = generator.normal(size=(2000, 10)); target = (rows[:, 0] + generator.normal(size=2000) > 0).astype(int)
fitted = HistGradientBoostingClassifier(max_iter=20, random_state=0).fit(rows, target)
glue("score", float(fitted.predict_proba(rows)[:, 1].sum()))
"""
PARALLEL = """
import asyncio, io, multiprocessing
import joblib, pandas as pd, pyarrow.parquet as pq, matplotlib.pyplot as plt
assert joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(-i) for i in range(4)) == [0, 1, 2, 3]
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
buffer = io.BytesIO(); pd.DataFrame({"a": range(1000)}).to_parquet(buffer); buffer.seek(0)
assert pq.read_table(buffer).num_rows == 1000
plt.plot([1, 2]); plt.show()
await asyncio.gather(*[asyncio.to_thread(sum, range(1000)) for _ in range(4)])
"""
CHANCE = """
import random, uuid
import numpy as np
glue("chance", [random.random(), float(np.random.rand()), float(np.random.default_rng().random()), str(uuid.uuid4())])
"""


def test_siblings_compute_neither_hang_nor_repeat_random_numbers(empty: Project) -> None:
    for number in range(12):
        empty.notebook(f"s{number}", "", WORK, PARALLEL, CHANCE)
    stages = run(empty, "fork")
    assert {(str(stage.status), stage.kernel) for stage in stages} == {("succeeded", "forked")}
    assert len({stage.scraps["score"].value for stage in stages}) == 1
    chances = [number for stage in stages for number in stage.scraps["chance"].value]
    assert len(set(chances)) == len(chances) == 48


def test_kernel_ends_by_itself_when_it_is_asked_to(empty: Project) -> None:
    told = "import pathlib, signal\nsignal.signal(signal.SIGTERM, lambda *_: pathlib.Path('had to be told').touch())"
    for number in range(30):
        empty.notebook(f"s{number}", "", told)
    assert {str(stage.status) for stage in run(empty, "fork")} == {"succeeded"}
    assert not (empty.root / "had to be told").exists()


def test_stage_that_sets_the_environment_of_libraries_gets_a_spawned_kernel_and_says_so(empty: Project) -> None:
    empty.write("lib/__init__.py", "")
    empty.write("lib/quiet.py", "import os\nos.environ.setdefault('MPLBACKEND', 'agg')\n")
    empty.notebook("by_cell", "", "import os\nos.environ['OMP_NUM_THREADS'] = '3'\nimport numpy")
    empty.notebook("by_module", "", "import lib.quiet")
    empty.notebook("only_asks", "", "import os\nos.environ['PATH'] == os.environ.get('PATH')")
    found = {stage.name: stage.kernel for stage in run(empty, "fork")}
    assert found == {
        "by_cell": "spawned: cell work-1 sets variables that libraries read as they are loaded",
        "by_module": "spawned: lib/quiet.py sets variables that libraries read as they are loaded",
        "only_asks": "forked",
    }


def test_stage_depends_on_packages_that_it_would_have_loaded_by_itself(empty: Project) -> None:
    empty.notebook("learns", "", "import sklearn.linear_model")
    empty.notebook("plots", "", "import matplotlib.pyplot as plt\nplt.plot([1])")
    empty.notebook("counts", "", "import numpy")
    run(empty, "fork")
    forked = {name: set(next(empty.workflow().ledger.entries(name)).trace.packages) for name in ("plots", "counts")}
    assert "matplotlib" in forked["plots"]
    assert forked["plots"] & {"scikit-learn", "joblib", "pandas"} == set()
    assert "numpy" in forked["counts"]
    assert forked["counts"] & {"matplotlib", "scikit-learn", "pandas"} == set()


def test_project_module_with_the_name_of_a_package_is_the_one_that_counts(empty: Project) -> None:
    empty.write("joblib.py", "WHOSE = 'mine'\n")
    empty.notebook("s", "", "import joblib\nglue('whose', joblib.WHOSE)")
    (stage,) = run(empty, "fork")
    assert stage.scraps["whose"].value == "mine"
    trace = next(empty.workflow().ledger.entries("s")).trace
    assert "joblib.py" in trace.modules


def test_where_the_zygote_is_killed_its_kernels_die_and_later_ones_are_spawned(empty: Project) -> None:
    kill = "import os, signal, time\nos.kill(os.getppid(), signal.SIGKILL); time.sleep(30)"
    empty.notebook("a", "", kill)
    empty.notebook("b", "a: Upstream = 'reports/latest/a.ipynb'", "a")
    empty.notebook("c", "", "import time; time.sleep(5)")
    empty.write("pyproject.toml", "[tool.pipeline]\njobs = 1\n")
    record = empty.run()
    found = {stage.name: (str(stage.status), stage.kernel) for stage in record.stages}
    assert found["a"] == ("died", "forked")
    status, kernel = found["c"]
    assert status == "succeeded"
    assert kernel == "forked" or kernel.startswith("spawned: the process that forks kernels gave none: ")


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def gone(*pids: int, within_s: float = 10.0) -> bool:
    ends = time.monotonic() + within_s
    while time.monotonic() < ends and any(map(alive, pids)):
        time.sleep(0.05)
    return not any(map(alive, pids))


def test_killed_runner_leaves_neither_zygote_nor_kernel(empty: Project) -> None:
    tell = "import os, time\nopen('pids', 'w').write(f'{os.getpid()} {os.getppid()}'); time.sleep(60)"
    empty.notebook("s", "", tell)
    runner = subprocess.Popen([sys.executable, "-m", "pipeline", "run"], cwd=empty.root, stdout=subprocess.DEVNULL)
    told = empty.root / "pids"
    while not (told.exists() and told.read_text().count(" ")):
        assert runner.poll() is None
        time.sleep(0.1)
    runner.send_signal(signal.SIGKILL)
    runner.wait()
    assert gone(*map(int, told.read_text().split()))


def test_zygote_that_ended_is_said_and_closing_it_twice_is_fine(tmp_path: Path) -> None:
    zygote = Zygote(tmp_path, tmp_path / "reports", tmp_path, modules=[], variables={})
    zygote.start()
    zygote.close()
    with pytest.raises(NotForked, match="the process that forks kernels gave none"):
        zygote.kernel([])


def test_only_packages_that_are_safe_to_share_are_loaded_once_in_the_order_of_need() -> None:
    stages = [Needs(("optuna", "pandas", "matplotlib.pyplot"), ""), Needs(("pandas", "mlflow", "sklearn.tree"), "")]
    found = preloaded(stages)
    assert found[:4] == ["pandas", "matplotlib.figure", "matplotlib.backends.backend_agg", "sklearn.tree"]
    assert "skops.io" in found
    assert {"optuna", "mlflow", "matplotlib.pyplot"} & {*found} == set()


def test_needs_follow_modules_of_the_project_and_not_those_of_packages(empty: Project) -> None:
    empty.write("lib/__init__.py", "")
    empty.write("lib/near.py", "import scipy.stats\nfrom lib.far import f\ndef g():\n import joblib\n")
    empty.write("lib/far.py", "import numpy as np\ndef f():\n import sklearn\nif TYPE_CHECKING:\n import pyarrow\n")
    path = empty.notebook("s", "", "from lib.near import g\ndef h():\n import pandas.testing")
    found = needs(open_stage(path), empty.root)
    assert [name for name in found.modules if not name.startswith("IPython")][-4:] == [
        "scipy.stats",
        "numpy",
        "joblib",
        "pandas.testing",
    ]
    assert found.hindrance == ""
