"""Coding: the features of a row as plain numbers, made without pandas for models that read nothing else.

They stand in the order of `Recipe.features`. A word is its place among the levels of its column; after them come the
places of a missing word and of one that is not among them. What `features.apply` makes of a row says the same, and a
model is only compiled where both gave equal answers.
"""

import math
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from pipeline.data import recipe as recipes
from pipeline.data.recipe import OTHER, WEEKDAYS, Recipe
from pipeline.serving.rows import Fault, Form, Row, Wrong, zoned

Coded = list[float] | NDArray[np.float64]
"""The features of one row."""

_MANY = 50  # rows, from which on they are coded column by column

_HUGE = sys.float_info.max
_DAY_S = 86_400


class Coding:
    """Makes numbers of rows, by the form that they must have and the recipe of their features.

    Raises
    ------
    ValueError, KeyError
        If a time zone is not known here.
    """

    def __init__(self, form: Form, recipe: Recipe) -> None:
        self._form, self._recipe, self._width = form, recipe, len(form.columns)
        numbers = [(name, _number(form, name)) for name in recipe.numbers]
        words = [(name, _word(form, name, levels)) for name, levels in recipe.categories.items()]
        self._plain = [*numbers, *words]
        dated = sorted({*recipe.calendar, *recipe.days_before, *recipe.days_before.values()})
        self._dates = [(name, form.readers[name], _clock(form.zones[name])) for name in dated]
        self._parts = [(dated.index(name), _PARTS[part]) for name, told in recipe.calendar.items() for part in told]
        self._spans = [
            (dated.index(name), dated.index(time), (form.zones[name] is None) == (form.zones[time] is None))
            for name, time in recipe.days_before.items()
        ]

    def read(self, rows: Sequence[Row]) -> tuple[list[Coded], list[Fault]]:
        """Check rows as `Form.read` does, and return their features, of use only where there is no fault."""
        try:
            return self._columns(rows) if len(rows) >= _MANY else [self._row(row) for row in rows], []
        except (Wrong, KeyError):
            return [], self._form.read(rows)[1]

    def _row(self, row: Row) -> Coded:
        """Code a row, or find out that something is wrong with it."""
        if len(row) != self._width:
            raise KeyError
        made = [coder.one(row[name]) for name, coder in self._plain]
        return made + self._dated(row) if self._dates else made

    def _columns(self, rows: Sequence[Row]) -> list[Coded]:
        """Code many rows: the same, in a third of the time."""
        if {*map(len, rows)} != {self._width}:
            raise KeyError
        made = np.empty((len(rows), len(self._plain)))
        for place, (name, coder) in enumerate(self._plain):
            made[:, place] = coder.many(list(map(itemgetter(name), rows)))
        return list(np.hstack([made, [self._dated(row) for row in rows]]) if self._dates else made)

    def _dated(self, row: Row) -> list[float]:
        moments = [read(row[name]) for name, read, _ in self._dates]
        walls = [moment and clock(moment) for moment, (_, _, clock) in zip(moments, self._dates, strict=True)]
        made = [part(walls[place]) for place, part in self._parts]
        for place, time, alike in self._spans:
            found = moments if alike else walls
            made.append(_days(found[place], found[time]))
        return made


def levels(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """Return the levels of each feature that is a word."""
    weekdays = {f"{name}_weekday": WEEKDAYS for name, told in recipe.calendar.items() if "weekday" in told}
    return {**recipe.categories, **weekdays}


class _Coder(NamedTuple):
    """Codes a value, or many."""

    one: Callable[[Any], float]
    many: Callable[[list[Any]], Sequence[float] | NDArray[np.float64]]


def _number(form: Form, name: str) -> _Coder:
    column, careful = form.columns[name], form.readers[name]
    if column.type == "boolean":

        def either(value: object) -> float:
            return float(value if type(value) is bool else _or_nan(careful(value)))

        return _Coder(either, lambda values: list(map(either, values)))
    least = -_HUGE if column.least is None else float(column.least)
    most = _HUGE if column.most is None else float(column.most)
    usual = int if column.type == "integer" else float

    def code(value: Any) -> float:  # noqa: ANN401 - any JSON
        if type(value) is usual and least <= value <= most:
            return value
        return _or_nan(careful(value))

    def many(values: list[Any]) -> Sequence[float] | NDArray[np.float64]:
        if {*map(type, values)} == {usual} and least <= min(values) and max(values) <= most:
            found = np.array(values, dtype=np.float64)
            if not np.isnan(found).any():
                return found
        return list(map(code, values))

    return _Coder(code, many)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _word(form: Form, name: str, known: tuple[str, ...]) -> _Coder:
    careful, column = form.readers[name], form.columns[name]
    allowed = None if column.one_of is None else {*map(str, column.one_of)}
    places = {level: float(place) for place, level in enumerate(known)}
    missing, other = float(len(known)), places.get(OTHER, len(known) + 1.0)
    at_once = {level: place for level, place in places.items() if allowed is None or level in allowed}

    def code(value: Any) -> float:  # noqa: ANN401 - any JSON
        if type(value) is str and (place := at_once.get(value)) is not None:
            return place
        text = careful(value)
        return missing if text is None else places.get(text, other)

    def many(values: list[Any]) -> list[float]:
        if {*map(type, values)} == {str} and None not in (found := [at_once.get(value) for value in values]):
            return found  # type: ignore[return-value] # None is not in it
        return list(map(code, values))

    return _Coder(code, many)


def _clock(zone: str | None) -> Callable[[datetime], datetime]:
    """Return what reads a moment in UTC off the clock on the wall."""
    if zone is None:
        return lambda moment: moment.replace(tzinfo=None)
    place = zoned(zone)
    return lambda moment: moment.astimezone(place).replace(tzinfo=None)


_PARTS: dict[str, Callable[[datetime | None], float]] = {
    "hour": lambda moment: math.nan if moment is None else recipes.hour(moment),
    "weekday": lambda moment: float(len(WEEKDAYS) if moment is None else moment.weekday()),
    "month": lambda moment: math.nan if moment is None else float(moment.month),
}


def _days(moment: datetime | None, other: datetime | None) -> float:
    return math.nan if moment is None or other is None else (other - moment).total_seconds() / _DAY_S
