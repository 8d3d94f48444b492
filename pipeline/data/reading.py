"""Owns how a file is read: what settings ask for, and the record of what was found out."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from pipeline.errors import DataError, near

_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "pipes"}
_USUAL = {"delimiter": ",", "encoding": "utf-8", "decimal": ".", "quote": '"', "header": True}


class Reading(BaseModel):
    """`[tool.pipeline.data.reading]`: what is left out is found out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    delimiter: str | None = Field(None, min_length=1, max_length=1, description="one character")
    encoding: str | None = Field(None, min_length=1, description="a name that Python knows, such as cp1252")
    decimal: Literal[".", ","] | None = Field(None, description="`.` or `,`")
    quote: str | None = Field(None, max_length=1, description="one character; empty: values are not quoted")
    header: bool | None = Field(None, description="whether the first line names the columns")
    date_format: str | None = Field(None, min_length=1, description="such as %d/%m/%Y")
    sheet: str | None = Field(None, min_length=1, description="the name of a sheet")


@dataclass(frozen=True, kw_only=True)
class Dialect:
    """How a file of text is written.

    Attributes
    ----------
    delimiter, quote
        One character each; an empty quote where values are not quoted.
    encoding
        A name that Python knows.
    blanks
        Whether a blank may stand between a delimiter and a quote.
    header
        Whether the first line names the columns.
    decimal
        What stands before the fraction of a number.
    date_format
        How dates are written that are not of ISO 8601; empty where there are none.
    """

    delimiter: str
    quote: str
    encoding: str
    header: bool
    blanks: bool = False
    decimal: str = "."
    date_format: str = ""

    @property
    def settings(self) -> dict[str, str | bool]:
        """What settings would have to say, were it not found out: all but what is usual."""
        said = {name: getattr(self, name) for name in _USUAL}
        return (
            {} if self.delimiter == "cells" else {name: value for name, value in said.items() if value != _USUAL[name]}
        )

    def __str__(self) -> str:
        """Say it in a line for people."""
        between = _DELIMITERS.get(self.delimiter, repr(self.delimiter))
        said = [f"text in {self.encoding}", f"values between {between}"]
        said += [] if self.quote == '"' else [f"quoted by {self.quote}" if self.quote else "not quoted"]
        said += [] if self.header else ["no header (columns are called column_1, column_2, ...)"]
        said += ["decimal comma"] if self.decimal == "," else []
        said += [f"dates as {self.date_format}"] if self.date_format else []
        return ", ".join(said)


def asked(table: Mapping[str, Any] | None) -> Reading:
    """Check what settings ask for.

    Raises
    ------
    DataError
        If a key is unknown, or its value is not what it must be.
    """
    if unknown := sorted(set(table or {}) - set(Reading.model_fields)):
        raise DataError(f"data.reading has the unknown key {unknown[0]!r}: {near(unknown[0], Reading.model_fields)}")
    try:
        found = Reading(**(table or {}))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = str(first["loc"][0])
        rule = Reading.model_fields[key].description
        raise DataError(f"data.reading.{key} ({rule}) is {first['input']!r}: {first['msg']}. Mend it.") from error
    _check_encoding(found.encoding)
    return found


def _check_encoding(name: str | None) -> None:
    if name is None:
        return
    try:
        "".encode(name)
    except LookupError as error:
        raise DataError(
            f"data.reading.encoding is {name!r}, which Python does not know. Try utf-8 or cp1252."
        ) from error
