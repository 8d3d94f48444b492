from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pandas as pd
import pytest
from candidates import ROWS, candidate

from pipeline.errors import ModelError
from pipeline.models.connection import session
from pipeline.models.registry import find, register
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
