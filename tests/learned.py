"""Projects whose rows are ready to be learnt from, for tests of the notebooks that learn."""

import shutil
from pathlib import Path

import pandas as pd
from projects import Project

from pipeline.goal import Goal

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
PREPARED = """
table, named = pd.read_parquet(path), {"time": None, "groups": None, "weight": None, **names}
cut = len(table) * 3 // 4
target = "target"
glue("train", table.iloc[:cut].reset_index(drop=True))
glue("test", table.iloc[cut:].reset_index(drop=True))
glue("features", [name for name in table if name not in {*names.values(), target}])
glue("target", target)
glue("goal", goal)
"""


def project(
    folder: Path,
    table: pd.DataFrame,
    goal: Goal,
    settings: str = "",
    notebooks: tuple[str, ...] = ("train",),
    **names: str,
) -> Project:
    """Make a project whose stage `prep` gives a table as it is, its last quarter to be tested on."""
    made = Project(folder)
    table.to_parquet(folder / "table.parquet")
    made.write("pyproject.toml", f"[tool.pipeline]\n{settings}")
    parameters = (
        "path: str = 'table.parquet'  # the rows\nnames: dict = {}  # columns\ngoal: dict = {}  # what is predicted"
    )
    parameters = parameters.replace("names: dict = {}", f"names: dict = {names}")
    parameters = parameters.replace("goal: dict = {}", f"goal: dict = {goal.model_dump(mode='json')}")
    glued = '\nfor name in ("time", "groups", "weight"):\n    glue(name, named[name])'
    made.notebook("prep", parameters, "import pandas as pd", PREPARED + glued)
    for name in notebooks:
        shutil.copy(NOTEBOOKS / f"{name}.ipynb", folder / "notebooks")
    return made
