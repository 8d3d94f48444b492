"""Owns what texts mean: numbers with their separators, booleans, dates. Codes with leading zeros stay texts."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

import pyarrow as pa
import pyarrow.compute as pc

from pipeline.data import dialects, written
from pipeline.data.reading import Dialect, Reading
from pipeline.errors import DataError

_INTEGER = r"^[+-]?\d{1,18}$"
_CODE = r"^[+-]?0\d+$"
_EXPONENT = r"(?:[eE][+-]?\d+)?"
_POINT = rf"^[+-]?(?:\d+\.?\d*|\.\d+){_EXPONENT}$|^[+-]?(?i:inf|infinity)$"
_GROUPED_BY_COMMA = r"^[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?$"
_COMMA = rf"^[+-]?(?:\d+|\d{{1,3}}(?:[.'\x{2019} \x{{a0}}\x{{202f}}]\d{{3}})+)(?:,\d+)?{_EXPONENT}$|^[+-]?,\d+$"
_ONE_GROUP = r"^[+-]?\d{1,3}[.,]\d{3}$"
_LONG = r"^[+-]?\d{19,}$"
_ISO = r"^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)?$"
_GROUPS = ".' \u2019\u00a0\u202f"
_DIGITS = 18
_HEAD = 2000


class Form(StrEnum):
    """What the texts of a column look like."""

    NOTHING = "nothing"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    POINT = "number with a decimal point"
    COMMA = "number with a decimal comma"
    EITHER = "number whose one separator may be either"
    MOMENT = "date of ISO 8601, without a zone"
    TEXT = "text"


@dataclass(frozen=True, kw_only=True)
class Meaning:
    """How texts were read.

    Attributes
    ----------
    forms, ways
        What the texts of each column look like, where that was asked, and how those are written that are dates.
    """

    dialect: Dialect
    forms: Mapping[str, Form]
    ways: Mapping[str, str]


def typed(
    columns: dict[str, pa.ChunkedArray],
    source: str,
    dialect: Dialect,
    asked: Reading,
    texts: Collection[str],
) -> tuple[pa.Table, Meaning]:
    """Give each column of texts the type that all of its values have.

    Parameters
    ----------
    columns
        Texts by name; empty afterwards, so that they are not held beside what they become.
    texts
        Columns that stay texts: ids keep what they are, and others are given a type later.

    Raises
    ------
    DataError
        If the separators of a column's numbers can be read in two ways.
    """
    done: dict[str, pa.ChunkedArray] = {}
    forms: dict[str, Form] = {}
    for name in list(columns):
        done[name] = cleaned_text(columns.pop(name))
        if name not in texts:
            forms[name] = form(done[name], asked.decimal)
            if forms[name] is Form.TEXT:
                done[name] = without_placeholder(done[name])
                forms[name] = form(done[name], asked.decimal)
            done[name] = _number(done[name], forms[name])
    decimal = asked.decimal or _decimal(forms, done, dialect, source)
    for name in (name for name, found in forms.items() if found is Form.EITHER):
        done[name] = floats(done[name], decimal)
    how = written.formats({name: done[name] for name, found in forms.items() if found is Form.TEXT}, asked.date_format)
    done |= {name: written.parsed(done[name], way) for name, way in how.items()}
    ways = " or ".join(dict.fromkeys(how.values()))
    how_written = replace(dialect, decimal=decimal, date_format=ways)
    return pa.table(done), Meaning(dialect=how_written, forms=forms, ways=how)


def alike(columns: Mapping[str, pa.ChunkedArray], found: Meaning) -> pa.Table:
    """Read further texts as others of their columns were; where one cannot be, those of its column stay texts."""
    return pa.table({name: _alike(cleaned_text(column), name, found) for name, column in columns.items()})


def _alike(column: pa.ChunkedArray, name: str, found: Meaning) -> pa.ChunkedArray:
    try:
        if name in found.ways:
            return written.parsed(column, found.ways[name])
        return _of_form(column, found.forms.get(name, Form.TEXT), found.dialect.decimal)
    except ValueError:  # Arrow's are some
        return column


def _of_form(column: pa.ChunkedArray, wanted: Form, decimal: str) -> pa.ChunkedArray:
    if wanted is Form.TEXT or column.null_count == len(column):
        return column if wanted is Form.TEXT else _number(column, Form.NOTHING)
    if wanted in {Form.NOTHING, Form.MOMENT, Form.BOOLEAN}:
        return _number(column, wanted) if form(column, decimal) is wanted else column
    bare = without_placeholder(column)
    return (
        _number(bare, wanted)
        if form(bare, decimal) is Form.INTEGER is wanted
        else floats(bare, _OTHERS.get(wanted, decimal))
    )


def cleaned_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take the blanks around a text away; what says that there is nothing becomes missing."""
    bare = pc.utf8_trim_whitespace(column)
    nothing = pc.is_in(bare, pa.array(dialects.MISSING))
    return pc.if_else(nothing, pa.scalar(None, pa.string()), bare) if pc.any(nothing).as_py() else bare


def without_placeholder(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Take `?` and its like for missing where all other values are numbers."""
    if column.null_count == len(column) or not _may_be_numbers(column):
        return column
    others = pc.unique(column.filter(pc.invert(pc.fill_null(_numeric(column), fill_value=True))))
    if not 0 < len(others) <= len(dialects.PLACEHOLDERS):
        return column
    if not set(pc.utf8_lower(others).to_pylist()) <= set(dialects.PLACEHOLDERS):
        return column
    return pc.if_else(pc.is_in(column, others), pa.scalar(None, pa.string()), column)


def form(column: pa.ChunkedArray, decimal: str | None) -> Form:
    """Say what all values of a column look like, where settings say no other with this decimal separator."""
    if column.null_count == len(column):
        return Form.NOTHING
    head = column.slice(0, _HEAD)
    for likely, pattern in _FORMS.items():
        if (
            (decimal is None or _OTHERS.get(likely, decimal) == decimal)
            and _all(head, pattern)
            and _all(column, pattern)
        ):
            if likely is Form.MOMENT:
                return likely if _are_moments(column) else Form.TEXT
            if likely is Form.INTEGER:
                return Form.TEXT if _any(column, _CODE) else Form.INTEGER
            return _settled(column, likely, decimal)
    return Form.BOOLEAN if _are_booleans(column) else Form.TEXT


_FORMS = {
    Form.INTEGER: _INTEGER,
    Form.POINT: f"{_POINT}|{_GROUPED_BY_COMMA}",
    Form.COMMA: _COMMA,
    Form.MOMENT: _ISO,
}
_OTHERS = {Form.POINT: ".", Form.COMMA: ","}


def _settled(column: pa.ChunkedArray, likely: Form, decimal: str | None) -> Form:
    """Tell apart what has one separator with three digits behind it wherever it has any, and codes of many digits."""
    if pc.max(pc.binary_length(column)).as_py() > _DIGITS and _any(column, _LONG) and not _any(column, r"[.eE]"):
        return Form.TEXT
    if likely is Form.COMMA or decimal is not None:
        return likely
    separated = column.filter(pc.fill_null(pc.or_(_has(column, "."), _has(column, ",")), fill_value=False))
    if (
        len(separated)
        and _all(separated.slice(0, _HEAD), _ONE_GROUP)
        and _all(separated, _ONE_GROUP)
        and len(_separators(separated)) == 1
    ):
        return Form.EITHER
    return Form.POINT


def _separators(column: pa.ChunkedArray) -> set[str]:
    return {each for each in ".," if pc.any(_has(column, each)).as_py()}


def _decimal(forms: Mapping[str, Form], columns: Mapping[str, pa.ChunkedArray], dialect: Dialect, source: str) -> str:
    """Decide by the columns that can be read in one way only; a lone `1.234` has a decimal point."""
    sure = {"." for each in forms.values() if each is Form.POINT} | {
        "," for each in forms.values() if each is Form.COMMA
    }
    either = [name for name, each in forms.items() if each is Form.EITHER and _any(columns[name], ",")]
    if sure == {","}:
        return ","
    if either and (len(sure) > 1 or (not sure and dialect.delimiter != ",")):
        shown = pc.unique(columns[either[0]].filter(pc.match_substring(columns[either[0]], ",")))[0].as_py()
        raise DataError(
            f"{source}: values of column {either[0]!r} such as {shown!r} can be read as {shown.replace(',', '.')} or "
            f"as {shown.replace(',', '')}. Set `decimal` in [tool.pipeline.data.reading] to ',' or to '.'."
        )
    return "."


def _number(column: pa.ChunkedArray, found: Form) -> pa.ChunkedArray:
    convert = _CONVERSIONS.get(found)
    return column if convert is None else convert(column)


def floats(column: pa.ChunkedArray, decimal: str) -> pa.ChunkedArray:
    """Read numbers, whatever stands between their thousands."""
    bare = column
    for group in "," if decimal == "." else _GROUPS:
        if pc.any(_has(bare, group)).as_py():
            bare = pc.replace_substring(bare, group, "")
    if decimal == ",":
        bare = pc.replace_substring(bare, ",", ".")
    return pc.cast(_unsigned(bare), pa.float64())


_CONVERSIONS: dict[Form, Callable[[pa.ChunkedArray], pa.ChunkedArray]] = {
    Form.NOTHING: lambda column: pa.chunked_array([pa.nulls(len(column), pa.float64())]),
    Form.BOOLEAN: lambda column: pc.equal(pc.utf8_lower(column), "true"),
    Form.INTEGER: lambda column: pc.cast(_unsigned(column), pa.int64()),
    Form.MOMENT: lambda column: pc.cast(column, pa.timestamp("us")),
    Form.POINT: lambda column: floats(column, "."),
    Form.COMMA: lambda column: floats(column, ","),
}


def _unsigned(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(column, r"^\+", "") if pc.any(_has(column, "+")).as_py() else column


def _has(column: pa.ChunkedArray, part: str) -> pa.ChunkedArray:
    return pc.match_substring(column, part)


def _numeric(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.match_substring_regex(column, f"{_POINT}|{_GROUPED_BY_COMMA}|{_COMMA}")


def _may_be_numbers(column: pa.ChunkedArray) -> bool:
    """Look at the beginning first: most columns of words are done with that."""
    given = column.slice(0, _HEAD).drop_null()
    return bool(len(given) == 0 or pc.any(_numeric(given)).as_py())


def _are_moments(column: pa.ChunkedArray) -> bool:
    """Say whether texts that look like dates are some: there is no 30th of February."""
    try:
        pc.cast(column, pa.timestamp("us"))
    except pa.ArrowInvalid:
        return False
    return True


def _are_booleans(column: pa.ChunkedArray) -> bool:
    words = pa.array(["true", "false"])

    def fit(part: pa.ChunkedArray) -> bool:
        return bool(pc.all(pc.is_in(pc.utf8_lower(part.drop_null()), words)).as_py())

    return fit(column.slice(0, _HEAD)) and fit(column)


def _all(column: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(column, pattern)).as_py())


def _any(column: pa.ChunkedArray, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(column, pattern)).as_py())
