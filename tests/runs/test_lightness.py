"""What is asked for all day loads no more than it needs."""

import subprocess
import sys
from pathlib import Path

import pytest
from projects import Project

pytestmark = pytest.mark.kernel
MAIN = "from pipeline.__main__ import main; import contextlib\nwith contextlib.suppress(SystemExit):\n    main()\n"
HEAVY = {"pandas", "numpy", "pyarrow", "scipy", "sklearn", "mlflow", "matplotlib", "nbconvert", "IPython"}
ROOMS = {f"pipeline.{name}" for name in ("deploy.target", "models.gates", "monitoring.thresholds", "serving.terms")}


def test_plan_and_unchanged_run_load_no_heavy_library_and_no_room_without_its_table(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.write("pyproject.toml", "[tool.pipeline]\n")
    project.notebook("prep", "rows: int = 3", "glue('rows', list(range(rows)))")
    project.run()
    for command in ("plan", "run"):
        seen = f"print('loaded', {HEAVY | ROOMS} & sys.modules.keys())"
        code = f"import sys; sys.argv = ['pipeline', {command!r}]; {MAIN}{seen}"
        done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
        assert "loaded set()" in done.stdout, done.stdout
        assert "reuse" in done.stdout
