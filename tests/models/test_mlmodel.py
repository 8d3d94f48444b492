import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
import sklearn
from candidates import ROWS, candidate

from pipeline.errors import ModelError
from pipeline.models.connection import session
from pipeline.models.registry import card, find, load, register
from pipeline.store import codecs
from pipeline.store.objects import project_store

pytestmark = [pytest.mark.usefixtures("project"), pytest.mark.slow]


def test_register_keeps_the_archive_of_the_store_and_no_pickle(project: Path) -> None:
    made = candidate()
    register("model", made)
    files = {path.name: path for path in (project / ".pipeline" / "mlartifacts").rglob("*") if path.is_file()}
    assert files["model.skops"].read_bytes() == project_store().get(made.model_digest)
    assert not [name for name in files if name.endswith((".pkl", ".pickle", ".joblib"))]
    pd.testing.assert_frame_equal(codecs.decode("table", files["golden.parquet"].read_bytes()), made.golden)


def test_register_keeps_a_signature_with_every_column_and_its_gaps() -> None:
    rows = pd.concat([ROWS, *[ROWS.dropna()] * 400, ROWS.assign(count=[0, 1, 2, 3], size=np.nan)], ignore_index=True)
    version = register("model", candidate(inputs=rows[["kind", "size", "count", "known"]].assign(size=rows["size"])))
    with session("cannot look"):
        from mlflow.models import Model

        signature = Model.load(unquote(version.uri.removeprefix("file://"))).signature
    columns = {column.name: (column.type.name, column.required) for column in signature.inputs}
    assert columns == {
        "kind": ("string", False),
        "size": ("double", False),
        "count": ("long", True),
        "known": ("boolean", True),
    }
    assert signature.outputs is not None


def test_register_refuses_a_column_whose_type_it_would_lose() -> None:
    rows = ROWS.assign(waited=pd.to_timedelta([1, 2, 3, 4], unit="s"), size=ROWS["size"])
    with pytest.raises(ModelError, match=r"knows no type for 'waited' \(timedelta64\[.*\]\)\. Make such columns"):
        register("model", candidate(inputs=rows))
    with pytest.raises(ModelError, match="the registry has no model 'model': there is none"):
        find("model", 1)


def test_register_keeps_schema_card_and_what_the_model_needs(project: Path) -> None:
    register("model", candidate(reports={"evaluate": "sha256:1"}))
    files = {path.name: path for path in (project / ".pipeline" / "mlartifacts").rglob("*") if path.is_file()}
    assert json.loads(files["schema.json"].read_text()) == {"columns": {"size": {"type": "float64"}}}
    assert files["card.md"].read_text() == "# A model\n" == card("model", 1)
    assert json.loads(files["libraries.json"].read_text())["scikit-learn"].startswith(f">={sklearn.__version__},<")


@pytest.mark.parametrize(
    ("missing", "named"), [({"schema": {}}, "a schema"), ({"golden": ROWS.head(0)}, "golden rows")]
)
def test_register_refuses_a_version_that_nobody_could_tell_from_another(missing: dict[str, Any], named: str) -> None:
    with pytest.raises(ModelError, match=f"a version of 'model' without {named} is not registered"):
        register("model", candidate(**missing))


@pytest.mark.parametrize(
    ("libraries", "message"),
    [
        ({"scikit-learn": ">=1.2,<1.3"}, r"made with scikit-learn >=1.2,<1.3, here is 1\."),
        ({"no-such": ">=1"}, "here is none"),
    ],
)
def test_load_refuses_a_model_that_was_made_with_other_libraries(
    project: Path, libraries: dict[str, str], message: str
) -> None:
    register("model", candidate())
    [path] = (project / ".pipeline" / "mlartifacts").rglob("libraries.json")
    path.write_text(json.dumps(libraries))
    with pytest.raises(ModelError, match=message):
        load("model", 1)
