"""The folder of an MLflow model: our archive byte for byte, beside the manifest and signature MLflow's tools read."""

from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError
from pipeline.store import codecs, estimators

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    from mlflow.models import ModelSignature

ARCHIVE = "model.skops"
GOLDEN = "golden.parquet"
_LIBRARIES = ("numpy", "pandas", "scikit-learn", "skops")
_OTHERS = {"lightgbm": ("lightgbm",), "xgboost": ("xgboost", "xgboost-cpu"), "pipeline": ("stagebook",)}
"""By module what is installed under which name, where a model is not made of scikit-learn's parts alone."""
_SAMPLE_ROWS = 1_000
_PREDICTED_ROWS = 5  # enough to tell the form of predictions


def write(folder: Path, archive: bytes, inputs: "pd.DataFrame", golden: "pd.DataFrame") -> None:
    """Write the folder.

    Parameters
    ----------
    folder
        Made here.
    archive
        The model as the object store has it.
    inputs
        Rows of the columns that the model takes; the signature is inferred from their types and gaps.
    golden
        Rows with their predictions.

    Raises
    ------
    ModelError
        If a column has no type that MLflow knows.
    """
    import mlflow.sklearn

    model = codecs.decode("model", archive)
    method = "predict_proba" if hasattr(model, "predict_proba") else "predict"
    mlflow.sklearn.save_model(
        model,
        str(folder),
        serialization_format="skops",
        skops_trusted_types=list(estimators.TRUSTED),
        pip_requirements=list(_requirements(archive)),
        signature=_signature(getattr(model, method), inputs),
        pyfunc_predict_fn=method,
    )
    (folder / ARCHIVE).write_bytes(archive)
    (folder / GOLDEN).write_bytes(codecs.encode(golden).payload)


def _requirements(archive: bytes) -> "Iterator[str]":
    """Yield what is needed to load a model, each in the version that is here."""
    made_of = {each.partition(".")[0] for each in estimators.modules(archive)}
    named = [(library,) for library in _LIBRARIES] + [names for each, names in _OTHERS.items() if each in made_of]
    for names in named:
        for name in names:
            with suppress(metadata.PackageNotFoundError):
                yield f"{name}=={metadata.version(name)}"


def _signature(predict: Any, inputs: "pd.DataFrame") -> "ModelSignature":  # noqa: ANN401 - a method of any estimator
    """Infer the signature; MLflow lets a column it does not know pass, and drops the names of all others with it."""
    from mlflow.models import infer_signature

    rows = _typical(inputs)
    signature = infer_signature(rows, predict(rows.head(_PREDICTED_ROWS)))
    if signature.inputs.input_names() != list(rows.columns):
        unknown = [name for name in rows if not infer_signature(rows[[name]]).inputs.has_input_names()]
        types = ", ".join(f"{name!r} ({rows[name].dtype})" for name in unknown)
        raise ModelError(
            f"the registry knows no type for {types}. "
            "Make such columns numbers, strings, booleans or datetimes before they reach the model."
        )
    return signature


def _typical(inputs: "pd.DataFrame") -> "pd.DataFrame":
    """Take the first rows, and for each column that has gaps a row with one: enough to tell types and gaps."""
    import numpy as np

    gaps = inputs.isna().to_numpy()
    with_gap = gaps.argmax(axis=0)[gaps.any(axis=0)]
    return inputs.iloc[np.unique([*range(min(_SAMPLE_ROWS, len(inputs))), *with_gap])]
