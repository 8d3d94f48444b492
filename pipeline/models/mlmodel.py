"""The folder of an MLflow model: our archive byte for byte, beside the manifest and signature MLflow's tools read."""

import json
from contextlib import suppress
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

from packaging.specifiers import SpecifierSet
from packaging.version import Version

from pipeline.errors import ModelError
from pipeline.models.versions import Candidate
from pipeline.store import codecs, estimators

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.models import ModelSignature

ARCHIVE = "model.skops"
GOLDEN = "golden.parquet"
SCHEMA = "schema.json"
CARD = "card.md"
LIBRARIES = "libraries.json"
"""What is needed to load the model, as the specifiers that allow it: by the name of the distribution."""

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "skops")
_OTHERS = {"lightgbm": ("lightgbm",), "xgboost": ("xgboost", "xgboost-cpu"), "pipeline": ("stagebook",)}
"""By module what is installed under which name, where a model is not made of scikit-learn's parts alone."""
_SAMPLE_ROWS = 1_000
_PREDICTED_ROWS = 5  # enough to tell the form of predictions


def write(folder: Path, archive: bytes, candidate: Candidate) -> None:
    """Write the folder.

    Parameters
    ----------
    folder
        Made here.
    archive
        The model as the object store has it.
    candidate
        What is registered.

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
        pip_requirements=[f"{name}=={version}" for name, version in _requirements(archive).items()],
        signature=_signature(getattr(model, method), candidate.inputs),
        pyfunc_predict_fn=method,
    )
    (folder / ARCHIVE).write_bytes(archive)
    (folder / GOLDEN).write_bytes(codecs.encode(candidate.golden).payload)
    (folder / SCHEMA).write_text(json.dumps(candidate.schema, indent=2), encoding="utf-8")
    (folder / CARD).write_text(candidate.card, encoding="utf-8")
    allowed = {name: _allowed(version) for name, version in _requirements(archive).items()}
    (folder / LIBRARIES).write_text(json.dumps(allowed, indent=2), encoding="utf-8")


def check_libraries(written: bytes, title: str) -> None:
    """Check that what a model needs is here in a version that may read it.

    Parameters
    ----------
    written
        The file `LIBRARIES` of a version.

    Raises
    ------
    ModelError
        If a library is missing, or another one than the model was made with.
    """
    for name, allowed in json.loads(written).items():
        found = _installed(name)
        if not found or not SpecifierSet(allowed).contains(found, prereleases=True):
            raise ModelError(
                f"{title} was made with {name} {allowed}, here is {found or 'none'}: it might answer otherwise. "
                "Install what it was made with, or train it again here."
            )


def _installed(name: str) -> str:
    with suppress(metadata.PackageNotFoundError):
        return metadata.version(name)
    return ""


def _allowed(version: str) -> str:
    """Allow later fixes of a version, and no later features.

    >>> _allowed("1.9.1")
    '>=1.9.1,<1.10'
    """
    major, minor = Version(version).release[:2] if Version(version).release[1:] else (*Version(version).release, 0)
    return f">={version},<{major}.{minor + 1}"


def _requirements(archive: bytes) -> dict[str, str]:
    """Return the version that is here of each library that is needed to load a model."""
    made_of = {each.partition(".")[0] for each in estimators.modules(archive)}
    named = [(library,) for library in _LIBRARIES] + [names for each, names in _OTHERS.items() if each in made_of]
    return {name: found for names in named for name in names if (found := _installed(name))}


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
