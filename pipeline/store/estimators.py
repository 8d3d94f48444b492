"""Estimators: scikit-learn models as skops archives, never as pickles. The one importer of skops."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from pipeline.errors import ScrapError

# Types beyond those that skops trusts by itself. Never taken from the file that is being read.
TRUSTED = (
    "numpy.dtype",  # a name of a type, made without running anything
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.model_selection._split.KFold",
    "sklearn.model_selection._split.StratifiedKFold",
    "collections.OrderedDict",
    # What other libraries learn is in a format of their own, which their parsers read and which runs nothing.
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
    "xgboost.sklearn.XGBRFClassifier",
    "xgboost.sklearn.XGBRFRegressor",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    # Our own: arrays, and estimators that are in this list or scikit-learn's.
    "pipeline.learning.calibration.Calibrated",
    "pipeline.learning.preparing.filled",
    "pipeline.learning.families.torch.TorchClassifier",
    "pipeline.learning.families.torch.TorchRegressor",
    "pipeline.learning.families.keras.KerasClassifier",
    "pipeline.learning.families.keras.KerasRegressor",
)
_WRITTEN = (1980, 1, 1, 0, 0, 0)


def dump_estimator(estimator: Any) -> bytes:  # noqa: ANN401 - skops knows which
    """Write an estimator as a skops archive, the same bytes for the same estimator.

    Raises
    ------
    ScrapError
        If it holds a type that could not be loaded again without trusting the file.
    """
    import skops.io

    name = type(estimator).__name__
    try:
        archive = skops.io.dumps(estimator)
        untrusted = set(skops.io.get_untrusted_types(data=archive)) - set(TRUSTED)
    except Exception as error:  # skops raises whatever the state of a foreign object makes it raise
        raise ScrapError(
            f"the {type(estimator).__name__} cannot be kept: {error}. Use scikit-learn's own parts."
        ) from error
    if untrusted:
        raise ScrapError(
            f"the {name} holds {', '.join(sorted(untrusted))}, which may not be loaded from a file. "
            "Use scikit-learn's own parts, and no lambdas."
        )
    # Dumped once more after a load: objects that a fit happens to share are shared differently in a loaded model, and
    # would make the bytes differ. What comes back once comes back the same ever after.
    return canonical(skops.io.dumps(load_estimator(archive)))


def load_estimator(archive: bytes) -> Any:  # noqa: ANN401 - any estimator
    """Read what `dump_estimator` wrote; only trusted types are made.

    Raises
    ------
    ScrapError
        If the bytes are no such archive, or hold a type that is not trusted.
    """
    import skops.io

    try:
        return skops.io.loads(archive, trusted=list(TRUSTED))
    except Exception as error:  # anything can be in a crafted file
        raise ScrapError(f"the model cannot be loaded safely: {error}. Do not use this file.") from error


def modules(archive: bytes) -> set[str]:
    """Return the modules whose types an archive holds."""
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        schema = json.loads(source.read("schema.json"))
    return set(_modules(schema))


def _modules(node: Any) -> Iterator[str]:  # noqa: ANN401 - any JSON
    inner = node if isinstance(node, list) else list(node.values()) if isinstance(node, dict) else []
    if isinstance(node, dict) and isinstance(node.get("__module__"), str):
        yield node["__module__"]
    for each in inner:
        yield from _modules(each)


def canonical(archive: bytes) -> bytes:
    """Rewrite a skops archive so that equal estimators have equal bytes.

    skops names members by memory addresses and stamps them with the clock: here they are numbered as they come, and
    all written at one time. Records of trees have gaps between their fields: here they are zeros.
    """
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        schema = json.loads(source.read("schema.json"))
        numbers: dict[str, int] = {}
        schema = _renumber(schema, numbers)
        names = [name for name in source.namelist() if name != "schema.json"]
        members = {_renamed(name, numbers): _without_gaps(name, source.read(name)) for name in names}
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as target:
        for name, data in [("schema.json", json.dumps(schema).encode()), *sorted(members.items())]:
            target.writestr(zipfile.ZipInfo(name, _WRITTEN), data, zipfile.ZIP_DEFLATED, 1)
    return sink.getvalue()


def _without_gaps(name: str, data: bytes) -> bytes:
    """Fill with zeros what lies between the fields of records, such as a tree's nodes: there is whatever was there."""
    import numpy as np

    if not name.endswith(".npy"):
        return data
    found = np.load(io.BytesIO(data), allow_pickle=False)
    if not found.dtype.names:
        return data
    filled = np.zeros(found.shape, found.dtype)  # zeros_like would fill the fields alone
    for field in found.dtype.names:
        filled[field] = found[field]
    sink = io.BytesIO()
    np.lib.format.write_array_header_1_0(sink, np.lib.format.header_data_from_array_1_0(filled))
    sink.write(filled.tobytes())  # as it lies there: numpy's own way of writing goes field by field
    return sink.getvalue()


def _renumber(node: Any, numbers: dict[str, int]) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(node, list):
        return [_renumber(item, numbers) for item in node]
    if not isinstance(node, dict):
        return node
    if node.get("__loader__") == "JsonNode":  # one string or number for all that are equal, or many: it is all the same
        return {**node, "__id__": numbers.setdefault(f"value {len(numbers)}", len(numbers))}
    return {key: _renumber_item(key, item, numbers) for key, item in node.items()}


def _renumber_item(key: str, item: Any, numbers: dict[str, int]) -> Any:  # noqa: ANN401 - any JSON
    if key == "__id__":
        return numbers.setdefault(str(item), len(numbers))
    if key == "file" and isinstance(item, str):
        return _renamed(item, numbers)
    return _renumber(item, numbers)


def _renamed(name: str, numbers: dict[str, int]) -> str:
    path = PurePosixPath(name)
    return f"{numbers.setdefault(path.stem, len(numbers))}{path.suffix}"
