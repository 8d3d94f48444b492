"""Owns the form of the rules of a table: what one may write, and what each means.

The JSON form, which a scrap holds and `rulebook` writes as YAML, is `{"columns": {NAME: RULES}}`. RULES are:

- `type`: `boolean`, `integer`, `number`, `text` or `datetime`. Whole numbers fit `number`, and numbers without a
  fraction `integer`, for that is how a column of them is read once a value is missing; a column without any value fits
  all.
- `missing`: true where a value may be missing; left out: none may.
- `unique`: true where no value may stand twice; left out: any may.
- `least`, `most`: the range of numbers, or of datetimes in ISO 8601; left out: no end.
- `one_of`: the list of values that a column of words keeps to; left out: any.
"""

from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from pipeline.errors import DataError
from pipeline.goal import Label

Rules = dict[str, Any]
"""Rules in their JSON form."""


class Column(BaseModel):
    """What one column must be; see the module's words on each rule."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    type: Literal["boolean", "integer", "number", "text", "datetime"]
    missing: bool = False
    unique: bool = False
    least: int | float | str | None = None
    most: int | float | str | None = None
    one_of: list[Label] | None = Field(None, min_length=1)

    @field_validator("least", "most", mode="before")
    @classmethod
    def _written(cls, value: object) -> object:
        """Take a date that YAML has understood as it was written."""
        return str(value) if isinstance(value, date) else value  # a datetime is a date

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.type == "text" and (odd := [each for each in self.one_of or () if not isinstance(each, str)]):
            raise ValueError(f"one_of holds {odd[0]!r}, which is no text: put it in quotes")
        for end in (self.least, self.most):
            if end is not None and isinstance(end, str) != (self.type == "datetime"):
                raise ValueError(f"{end!r} is no end of a range of type {self.type}")
            if isinstance(end, str):
                moment(end)
        return self


def moment(text: str) -> datetime:
    """Read the end of a range of dates, as exactly as to the microsecond.

    Raises
    ------
    ValueError
        If it is no date.
    """
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        import pandas as pd  # reads more than that, and is slow to load

        found: datetime = pd.Timestamp(text).to_pydatetime()
        return found


def parse(rules: object) -> dict[str, Column]:
    """Read rules that somebody may have edited.

    Raises
    ------
    DataError
        If they are not of the JSON form; with the column and what is wrong.
    """
    columns = rules.get("columns") if isinstance(rules, dict) and rules.keys() == {"columns"} else None
    if not isinstance(columns, dict):
        raise DataError("this is no schema: it must be one table `columns`, and in it a table of rules a column.")
    found = {}
    for name, column in columns.items():
        try:
            found[str(name)] = Column.model_validate(column)
        except (ValidationError, ValueError) as error:
            raise DataError(f"the rules of column {name!r} cannot be read: {_said(error)}. Mend them.") from error
    return found


def _said(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False)[0]
    return " ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"].removeprefix("Value error, ")]))
