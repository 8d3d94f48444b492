"""Codecs: a value to bytes and back, equal and of the same type; whatever would come back changed is refused."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pipeline.errors import ScrapError
from pipeline.store import digest as digests
from pipeline.store import estimators, literals, tables
from pipeline.store.objects import Store


@dataclass(frozen=True, kw_only=True)
class Encoded:
    """A value as bytes.

    Attributes
    ----------
    kind
        Which codec reads it: `literal`, `table`, `series`, `array`, `model`.
    payload
        The bytes.
    literal
        The tagged JSON of a `literal`, None for all others.
    rows
        Rows of a table, length of a series or array, None for all others.
    schema
        Dtype of each column of a table, or of the whole.
    """

    kind: str
    payload: bytes
    literal: Any = None
    rows: int | None = None
    schema: dict[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """Name of the payload."""
        return digests.of_bytes(self.payload)


def encode(value: Any) -> Encoded:  # noqa: ANN401 - any value
    """Turn a value into bytes.

    Raises
    ------
    ScrapError
        If it would not come back equal and of the same type.
    """
    return _encoder(value)(value)


def decode(kind: str, payload: bytes) -> Any:  # noqa: ANN401 - any value
    """Turn bytes back into the value.

    Raises
    ------
    ScrapError
        If the kind is unknown here.
    """
    if kind not in _DECODERS:
        raise ScrapError(
            f"a scrap is of the unknown kind {kind!r}: it was glued by a newer version. Upgrade stagebook."
        )
    return _DECODERS[kind](payload)


def load(store: Store, digest: str, kind: str) -> Any:  # noqa: ANN401 - any value
    """Read a value from a store."""
    return decode(kind, store.get(digest))


def _encoder(value: Any) -> Callable[[Any], Encoded]:  # noqa: ANN401 - any value
    family = type(value).__module__.partition(".")[0]
    name = type(value).__name__
    if family == "pandas" and name in _PANDAS:
        return _PANDAS[name]
    if family == "numpy" and (name == "ndarray" or getattr(value, "shape", None)):
        return _encode_array
    if hasattr(value, "get_params") and hasattr(value, "fit"):
        return _encode_model
    return _encode_literal


def _encode_literal(value: Any) -> Encoded:  # noqa: ANN401 - any value
    found = literals.tag(value)
    return Encoded(kind="literal", payload=literals.dump(found), literal=found)


def _encode_frame(value: Any) -> Encoded:  # noqa: ANN401 - a pandas DataFrame
    return Encoded(kind="table", payload=tables.dump_frame(value), rows=len(value), schema=tables.describe(value))


def _encode_series(value: Any) -> Encoded:  # noqa: ANN401 - a pandas Series
    schema = {str(value.name): str(value.dtype)}
    return Encoded(kind="series", payload=tables.dump_series(value), rows=len(value), schema=schema)


def _encode_array(value: Any) -> Encoded:  # noqa: ANN401 - a numpy array
    payload = tables.dump_array(value)
    rows = value.shape[0] if value.shape else None
    return Encoded(
        kind="array", payload=payload, rows=rows, schema={"dtype": str(value.dtype), "shape": str(value.shape)}
    )


def _encode_model(value: Any) -> Encoded:  # noqa: ANN401 - an estimator
    return Encoded(kind="model", payload=estimators.dump_estimator(value), schema={"class": type(value).__name__})


def _decode_literal(payload: bytes) -> Any:  # noqa: ANN401 - any value
    import json

    return literals.untag(json.loads(payload))


_PANDAS = {"DataFrame": _encode_frame, "Series": _encode_series}
_DECODERS: dict[str, Callable[[bytes], Any]] = {
    "literal": _decode_literal,
    "table": tables.load_frame,
    "series": tables.load_series,
    "array": tables.load_array,
    "model": estimators.load_estimator,
}
