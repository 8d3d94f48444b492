"""Nothing waits for what it does not need: the end of a kernel, another stage's modules, a second drawing."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest
from projects import Project

from pipeline import handoff
from pipeline.runs.forking import Zygote

pytestmark = pytest.mark.kernel
LATE = "import atexit, time\natexit.register(lambda: (time.sleep(1.5), open('ended', 'w').write(str(time.time()))))"


@pytest.fixture
def empty(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\njobs = 1\n")
    return project


def test_next_stage_begins_while_the_kernel_of_the_last_one_ends(empty: Project) -> None:
    empty.notebook("first", "", LATE)
    empty.notebook(
        "second", "first: Upstream = 'reports/latest/first.ipynb'", "import time\nread(first)\nglue('at', time.time())"
    )
    assert set(empty.statuses().values()) == {"succeeded"}
    began = handoff.scraps(empty.root / "reports/latest/second.ipynb")["at"].value()
    assert began < float((empty.root / "ended").read_text())


def test_stage_whose_output_is_missing_fails_before_others_begin(empty: Project) -> None:
    empty.notebook("first", "", "if False:\n    glue('x', 1)")
    empty.notebook("second", "first: Upstream = 'reports/latest/first.ipynb'", "read(first)")
    assert empty.statuses() == {"first": "failed", "second": "skipped"}


def test_kernel_that_lacks_fewest_modules_is_forked_first(tmp_path: Path) -> None:
    modules = ["sklearn.tree", "sklearn.ensemble", "sklearn.linear_model"]
    zygote = Zygote(tmp_path, tmp_path / "reports", tmp_path, modules=modules, variables={})
    order: list[str] = []
    zygote.start()

    def ask(name: str, wanted: list[str]) -> None:
        forked = zygote._asked({"modules": wanted})  # noqa: SLF001 - `kernel` asks for one at a time
        sent.release()
        forked.started()
        order.append(name)
        forked.forget()

    sent = threading.Semaphore(0)
    asking = [threading.Thread(target=ask, args=each) for each in (("many", modules), ("none", []))]
    for thread in asking:
        thread.start()
        sent.acquire()
    for thread in asking:
        thread.join()
    zygote.close()
    assert order == ["none", "many"]


def test_figure_is_drawn_once(empty: Project) -> None:
    count = (
        "import io, matplotlib.pyplot as plt\nfrom matplotlib.figure import Figure\n"
        "drawn, draw = [], Figure.draw\n"
        "def counted(self, renderer):\n    drawn.append(1)\n    return draw(self, renderer)\n"
        "Figure.draw = counted"
    )
    plot = "figure, axes = plt.subplots()\naxes.plot([1, 2])"
    once = "figure.savefig(io.BytesIO(), bbox_inches='tight')\nplt.close(figure)\nsaved = len(drawn); drawn.clear()"
    empty.notebook("s", "", count, f"{plot}\n{once}", plot, "glue('drawn', [len(drawn), saved])")
    record = empty.run()
    shown, saved = record.stages[0].scraps["drawn"].value
    assert shown == saved
    outputs = [output for each in empty.report(record, "s")["cells"] for output in each.get("outputs", ())]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 1


def test_command_does_not_build_the_parser_that_jsonschema_would_load() -> None:
    code = (
        "import sys; sys.argv = ['pipeline', '--help']\nfrom pipeline.__main__ import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\nimport nbformat; assert 'lark' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_version_and_metrics_of_any_form_end_no_run(empty: Project) -> None:
    metrics = "glue('metrics', {'auc': {'value': 0.7, 'low': None, 'high': None}})"
    empty.notebook("s", "", f"glue('model_version', 'v3')\n{metrics}")
    record = empty.run()
    assert str(record.status) == "succeeded"
    assert record.model_version is None
    assert record.run in (empty.root / "reports/index.md").read_text()
