"""A champion goes back to the reports that are still there, and its evaluation says what it rests on."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from projects import Project
from serving.served import BINARY

from pipeline.monitoring import lineage
from pipeline.monitoring.examples import Examples
from pipeline.monitoring.judging import Judging
from pipeline.monitoring.lineage import Evaluated
from pipeline.monitoring.performance import Watched
from pipeline.monitoring.thresholds import declared


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    found = Project(tmp_path)
    found.write("pyproject.toml", "[tool.pipeline]\n")
    monkeypatch.chdir(tmp_path)
    return found


@pytest.mark.kernel
def test_evaluation_is_read_from_the_report_of_the_champions_own_run(project: Project) -> None:
    tables = "glue('importance', pd.DataFrame({'feature': ['x', 'y'], 'value': [0.2, -0.1]}))\nglue('slices', 'none')"
    project.notebook("judge", "", f"import pandas as pd\n{tables}")
    folder = Path("reports") / project.run().run
    found = lineage.reports(folder, ("judge", "train"))
    assert found == {"judge": f"{folder.as_posix()}/judge.ipynb"}
    past = lineage.evaluated(found["judge"])
    assert past.weights(0.8) == pytest.approx({"x": 0.25, "y": 0.0})
    assert past.slices.empty


def test_evaluation_says_nothing_where_its_report_is_gone(project: Project) -> None:
    for report in (None, "reports/gone/judge.ipynb"):
        past = lineage.evaluated(report)
        assert past.weights(0.8) == {}
        assert past.worse(_judging(pd.DataFrame()), {}, [], Watched(goal=BINARY, target="t"), seed=0) == []
    assert lineage.reports(Path("reports/gone"), ("judge",)) == {}
    assert project.root.is_dir()


def test_slice_that_got_worse_is_told_from_one_that_did_not() -> None:
    drawn = np.random.default_rng(0)
    part = pd.DataFrame({"kind": drawn.choice(["a", "b"], 4000), "prediction": drawn.random(4000)})
    part["t"] = (drawn.random(4000) < part["prediction"]).astype(float)
    part.loc[part["kind"] == "b", "t"] = (drawn.random((part["kind"] == "b").sum()) < 0.5).astype(float)
    known = pd.DataFrame({"column": "kind", "slice": ["a", "b"], "metric": "roc_auc", "value": 0.83})
    past = Evaluated(importance=pd.DataFrame(), slices=known.assign(low=0.82, high=0.84))
    looked = Watched(goal=BINARY, target="t")
    (signal,) = past.worse(_judging(part), {"w": part}, ["w"], looked, seed=0)
    found = signal.measured.set_index("subject")["is_real"]
    assert found.to_dict() == {"kind = a": False, "kind = b": True}
    assert all(row["kind"] == "b" for row in signal.rows("kind = b", "w"))


def _judging(part: pd.DataFrame) -> Judging:
    pick = Examples(reference=part, windows={"w": part}, goal=BINARY, target="t")
    return Judging(thresholds=declared({}), examples=pick, least=100, weights={})
