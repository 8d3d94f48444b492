"""Owns the rules of a table: inferred once from trusted rows, kept as JSON or YAML, enforced on every other table."""

import json
import math
from typing import Any

import pandas as pd
import pandera.pandas as pa
from pandera.errors import SchemaErrors

from pipeline.errors import DataError

Rules = dict[str, Any]
"""A pandera schema in its JSON form: what a scrap holds and a review reads."""

_EXAMPLES = 3
_LEVELS_SHOWN = 5
_TYPED = "of type"
_CONTENT = ("in_range", "isin")
_FINDINGS = {"column": "str", "rule": "str", "rows": "int64", "examples": "str"}


def infer(frame: pd.DataFrame, *, unique: str | None = None) -> Rules:
    """Infer what each column of `frame` must be, from rows that are trusted.

    A column's type is fixed. It may hold missing values where it holds some now. A number may leave the range seen by
    the width of that range, but does not change sign where all are zero or more. A category keeps to the levels seen.

    Parameters
    ----------
    frame
        The rows to learn from, at least one.
    unique
        A column that names each row once.
    """
    columns = {str(name): _column(frame[name], unique=name == unique) for name in frame.columns}
    found: Rules = json.loads(pa.DataFrameSchema(columns).to_json())
    return found


def structure(rules: Rules) -> Rules:
    """Keep of some rules only the columns, their types and uniqueness: what may not differ in any later rows."""
    columns = {name: _without_content(column) for name, column in rules["columns"].items()}
    return {**rules, "columns": columns}


def _without_content(column: Rules) -> Rules:
    return {rule: value for rule, value in column.items() if rule not in _CONTENT} | {"nullable": True}


def to_yaml(rules: Rules) -> str:
    """Write rules as YAML, one column after the other, to be reviewed like code."""
    return str(_schema(rules).to_yaml())


def from_yaml(text: str) -> Rules:
    """Read rules that `to_yaml` wrote, or that somebody edited.

    Raises
    ------
    DataError
        If the text is no schema.
    """
    try:
        found: Rules = json.loads(pa.DataFrameSchema.from_yaml(text).to_json())
    except Exception as error:  # pandera and its YAML parser raise a dozen kinds here
        raise DataError(f"this is no schema of a table: {error}. Compare it with one that was inferred.") from error
    return found


def check(frame: pd.DataFrame, rules: Rules, *, name: str = "the table") -> None:
    """Enforce rules on a table.

    Raises
    ------
    DataError
        If any rule is broken; all broken rules are named, each with its column, the count of rows and examples.
    """
    if broken := [_sentence(row, len(frame)) for row in findings(frame, rules).itertuples()]:
        lines = "\n".join(broken)
        raise DataError(f"{name} breaks its schema:\n{lines}\nMend the rows, or change the schema and say why.")


def findings(frame: pd.DataFrame, rules: Rules) -> pd.DataFrame:
    """List the rules that a table breaks.

    Returns
    -------
        One row a column and rule: `column`, `rule`, `rows` (how many break it; 0 where it is not about rows) and
        `examples` (text). No rows where all is well.
    """
    try:
        _schema(rules).validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
        cases = cases.assign(column=cases["column"].fillna(cases["failure_case"]).astype("str"))
        # A check that cannot even compare says so with its own error; the wrong type is a finding already.
        told = cases[~cases["check"].str.startswith("dtype")]["failure_case"].astype("str").str.startswith("TypeError(")
        grouped = cases.drop(index=told.index[told]).groupby(["column", "check"], sort=False)
        rows = [_finding(str(column), str(check), group, rules) for (column, check), group in grouped]
        return _named_types(pd.DataFrame(rows).astype(_FINDINGS), frame)
    return pd.DataFrame({column: pd.Series(dtype=kind) for column, kind in _FINDINGS.items()})


def _finding(column: str, check: str, cases: pd.DataFrame, rules: Rules) -> dict[str, str | int]:
    of_rows = cases["index"].notna() & (not check.startswith("dtype"))
    examples = cases.loc[of_rows, "failure_case"].dropna().map(str).drop_duplicates().head(_EXAMPLES)
    rule = _rule(check, rules["columns"].get(column, {}))
    return {"column": column, "rule": rule, "rows": int(of_rows.sum()), "examples": ", ".join(examples)}


def _named_types(found: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Give a wrong type as its example."""
    mistyped = found["rule"].str.startswith(_TYPED)
    types = found.loc[mistyped, "column"].map(lambda column: f"it is {frame[column].dtype}")
    return found.assign(examples=found["examples"].where(~mistyped, types))


def _rule(check: str, column: Rules) -> str:
    if check.startswith("in_range"):
        return f"between {column['in_range']['min_value']:g} and {column['in_range']['max_value']:g}"
    if check.startswith("isin"):
        levels = column["isin"]
        more = f" and {len(levels) - _LEVELS_SHOWN} more" if len(levels) > _LEVELS_SHOWN else ""
        return f"one of {', '.join(map(repr, levels[:_LEVELS_SHOWN]))}{more}"
    if check.startswith("dtype"):
        return f"{_TYPED} {column['dtype']}"
    return {"column_in_dataframe": "present", "not_nullable": "not missing", "field_uniqueness": "unique"}.get(
        check, check
    )


def _sentence(finding: Any, rows: int) -> str:  # noqa: ANN401 - a named tuple that pandas makes
    count = f", and is not in {finding.rows} of {rows} rows" if finding.rows else ""
    seen = f": {finding.examples}" if finding.examples else ""
    return f"  {finding.column} must be {finding.rule}{count}{seen}"


def _schema(rules: Rules) -> pa.DataFrameSchema:
    return pa.DataFrameSchema.from_json(json.dumps(rules))


def _column(values: pd.Series, *, unique: bool) -> pa.Column:
    return pa.Column(str(values.dtype), _checks(values), nullable=bool(values.isna().any()), unique=unique)


def _checks(values: pd.Series) -> list[pa.Check]:
    if isinstance(values.dtype, pd.CategoricalDtype):
        return [pa.Check.isin(sorted(values.cat.categories.tolist()))]
    if not pd.api.types.is_numeric_dtype(values.dtype) or pd.api.types.is_bool_dtype(values.dtype):
        return []
    finite = [number for number in (values.min(), values.max()) if pd.notna(number) and math.isfinite(number)]
    return [pa.Check.in_range(*_widened(finite[0], finite[-1]))] if finite else []


def _widened(low: float, high: float) -> tuple[float, float]:
    width = (high - low) or abs(float(high)) or 1.0
    return max(0.0, float(low - width)) if low >= 0 else float(low - width), float(high + width)
