"""Tables: pandas frames and series as Parquet, arrays as npy. The one importer of pyarrow."""

import io
import json
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pipeline.errors import ScrapError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa

_OURS = b"stagebook"


def dump_frame(frame: "pd.DataFrame") -> bytes:
    """Write a frame as Parquet bytes that `load_frame` reads back equal: values, dtypes, index, names.

    Raises
    ------
    ScrapError
        If it would not come back equal (mixed types in a column, two columns of one name, ...).
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = _quietly(pa.Table.from_pandas, frame)
        table = table.replace_schema_metadata({**table.schema.metadata, _OURS: json.dumps(_extras(frame)).encode()})
        sink = io.BytesIO()
        pq.write_table(table, sink, compression="zstd", compression_level=1)
    except (pa.ArrowException, ValueError, TypeError, NotImplementedError) as error:
        raise ScrapError(f"the table cannot be kept: {_first_line(error)}. Give each column one type.") from error
    payload = sink.getvalue()
    _require_same(frame, payload)
    return payload


def load_frame(payload: bytes) -> "pd.DataFrame":
    """Read what `dump_frame` wrote."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(pa.BufferReader(payload))
    frame: pd.DataFrame = _quietly(table.to_pandas)
    extras = json.loads(table.schema.metadata[_OURS])
    for position, missing in extras["objects"]:
        column = frame.iloc[:, position].astype(object)
        frame.isetitem(position, column.mask(column.isna(), None if missing == "None" else float("nan")))
    for position, levels, dtype, ordered in extras["levels"]:
        categories = pd.CategoricalDtype(pd.Index(levels, dtype=dtype), ordered=ordered)
        frame.isetitem(position, frame.iloc[:, position].astype(categories))
    if extras["freq"]:
        frame.index = pd.DatetimeIndex(frame.index, freq=extras["freq"])
    return frame


def to_arrow(frame: "pd.DataFrame") -> "pa.Table":
    """Return the columns of a frame in Arrow, without its index."""
    import pyarrow as pa

    return _quietly(lambda: pa.Table.from_pandas(frame, preserve_index=False)).replace_schema_metadata(None)


def of_arrow(table: "pa.Table") -> "pd.DataFrame":
    """Return what `to_arrow` was given, categories as plain values."""
    frame: pd.DataFrame = _quietly(table.to_pandas)
    return frame


def dump_series(series: "pd.Series[Any]") -> bytes:
    """Write a series as the one column of a frame; the name is kept."""
    frame = series.to_frame(name="values" if series.name is None else series.name)
    frame.attrs["unnamed"] = series.name is None
    return dump_frame(frame)


def load_series(payload: bytes) -> "pd.Series[Any]":
    """Read what `dump_series` wrote."""
    frame = load_frame(payload)
    series = frame.iloc[:, 0]
    series.attrs = {}
    return series.rename(None) if frame.attrs["unnamed"] else series


def dump_array(array: "np.ndarray[Any, Any]") -> bytes:
    """Write an array as npy bytes, in C order so that equal arrays have equal bytes.

    Raises
    ------
    ScrapError
        If it holds Python objects, or is a subclass such as a masked array.
    """
    import numpy as np

    if type(array) is not np.ndarray or array.dtype.hasobject:
        raise ScrapError(
            f"a {type(array).__name__} of {array.dtype} cannot be kept: give it a plain dtype, or use a list."
        )
    sink = io.BytesIO()
    np.save(sink, np.asarray(array, order="C"), allow_pickle=False)
    return sink.getvalue()


def load_array(payload: bytes) -> "np.ndarray[Any, Any]":
    """Read what `dump_array` wrote; nothing is ever unpickled."""
    import numpy as np

    array: np.ndarray[Any, Any] = np.load(io.BytesIO(payload), allow_pickle=False)
    return array


def describe(frame: "pd.DataFrame") -> dict[str, str]:
    """Map each column's name to its dtype, for people who read the scrap."""
    return {str(name): str(dtype) for name, dtype in frame.dtypes.items()}


def _quietly(convert: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - a table or a frame
    """Convert without pyarrow's warnings: of what pandas deprecates, and of names that we refuse in our own words."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return convert(*arguments)


def _extras(frame: "pd.DataFrame") -> dict[str, Any]:
    """Note what Parquet forgets: missing values of object columns, levels without rows, the frequency of an index."""
    objects = [
        (position, "None" if any(value is None for value in frame.iloc[:, position]) else "nan")
        for position, dtype in enumerate(frame.dtypes)
        if str(dtype) == "object"
    ]
    return {"objects": objects, "levels": _levels(frame), "freq": _frequency(frame.index)}


def _levels(frame: "pd.DataFrame") -> list[tuple[int, list[Any], str, bool]]:
    """Note the levels of categories in a table without rows: Parquet keeps them only beside values."""
    dtypes = enumerate(frame.dtypes if frame.empty else ())
    return [
        (position, dtype.categories.tolist(), str(dtype.categories.dtype), bool(dtype.ordered))
        for position, dtype in dtypes
        if str(dtype) == "category"
    ]


def _frequency(index: Any) -> str | None:  # noqa: ANN401 - any pandas index
    """Name the frequency that a DatetimeIndex has beside its values; a PeriodIndex has it in its dtype."""
    return index.freqstr if type(index).__name__ == "DatetimeIndex" else None


def _require_same(frame: "pd.DataFrame", payload: bytes) -> None:
    import pandas as pd

    try:
        back = load_frame(payload)
        pd.testing.assert_frame_equal(back, frame, check_exact=True)
        _require_same_objects(back, frame)
    except (AssertionError, ValueError, TypeError) as error:
        raise ScrapError(
            f"the table would not come back as it is: {_first_line(error)}. "
            "Give each column one type that Parquet knows, and columns names of one type."
        ) from error


def _require_same_objects(back: "pd.DataFrame", frame: "pd.DataFrame") -> None:
    """Compare what `assert_frame_equal` lets pass: None, NaN and 1, 1.0 in columns of objects, and attributes."""
    for position, dtype in enumerate(frame.dtypes):
        if str(dtype) == "object" and [*map(type, back.iloc[:, position])] != [*map(type, frame.iloc[:, position])]:
            raise AssertionError(f"column {frame.columns[position]!r} holds objects of several types")
    if back.attrs != frame.attrs:
        raise AssertionError("its attributes (`attrs`) cannot be written as JSON")


def _first_line(error: BaseException) -> str:
    return " ".join(str(error).split())[:300].rstrip(".")
