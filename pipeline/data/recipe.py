"""Owns what a recipe for features says. Light on purpose: a server reads it, and loads no pandas for that."""

from typing import Any

from pydantic import BaseModel, ConfigDict

OTHER = "(other)"
"""The level that stands for all rare words of a column."""

WEEKDAYS = ("1 Mon", "2 Tue", "3 Wed", "4 Thu", "5 Fri", "6 Sat", "7 Sun")
"""Names that sort as the week goes: learners and figures put words in alphabetical order."""


class Recipe(BaseModel):
    """What becomes of each column. `model_dump()` is what a scrap keeps of it."""

    model_config = ConfigDict(frozen=True)

    numbers: tuple[str, ...]
    categories: dict[str, tuple[str, ...]]  # column to the levels seen while learning
    texts: tuple[str, ...] = ()  # columns of sentences
    calendar: dict[str, tuple[str, ...]]  # column of datetimes to the parts that are told of it
    days_before: dict[str, str]  # column of datetimes to the one that it is told how long before it was
    dropped: dict[str, str]  # column to the reason

    @property
    def inputs(self) -> list[str]:
        """Names of the columns of a raw row that `apply` looks at: numbers, categories, texts, then dates by name."""
        dated = {*self.calendar, *self.days_before, *self.days_before.values()}
        return [*self.numbers, *self.categories, *self.texts, *sorted(dated)]

    @property
    def features(self) -> list[str]:
        """Names of the columns that `apply` returns, in their order."""
        parts = [f"{column}_{part}" for column, told in self.calendar.items() for part in told]
        spans = [span(column, time) for column, time in self.days_before.items()]
        return [*self.numbers, *self.categories, *self.texts, *parts, *spans]


def span(column: str, time: str) -> str:
    """Name the feature that says how many days a date was before another."""
    return f"{column}_days_before_{time}"


def hour(moment: Any) -> Any:  # noqa: ANN401 - a datetime, or what pandas has as `.dt` of a column of them
    """Tell the hour of the day, in [0, 24), with minutes as its fraction."""
    return moment.hour + moment.minute / 60
