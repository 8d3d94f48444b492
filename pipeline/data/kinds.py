"""Owns the five kinds of columns that people tell apart, whatever the type that a library stores them in."""

from typing import Literal

import pandas as pd

Kind = Literal["boolean", "integer", "number", "text", "datetime"]

_OF_OBJECTS: dict[str, Kind] = {
    "boolean": "boolean",
    "integer": "integer",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "datetime": "datetime",
    "datetime64": "datetime",
    "date": "datetime",
}


def kind(values: pd.Series) -> Kind:
    """Tell what a column holds; what is nothing else is text.

    >>> kind(pd.Series([True, None], dtype="object")), kind(pd.Series([1.5])), kind(pd.Series(["a"]))
    ('boolean', 'number', 'text')
    """
    dtype = values.dtype.categories.dtype if isinstance(values.dtype, pd.CategoricalDtype) else values.dtype
    if pd.api.types.is_bool_dtype(dtype):
        return "boolean"
    if pd.api.types.is_integer_dtype(dtype):
        return "integer"
    if pd.api.types.is_numeric_dtype(dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "datetime"
    if pd.api.types.is_object_dtype(dtype):
        return _OF_OBJECTS.get(pd.api.types.infer_dtype(values, skipna=True), "text")
    return "text"
