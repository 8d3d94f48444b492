"""Coding: the features of a row as plain numbers, made without pandas for models that read nothing else.

They stand in the order of `Recipe.features`. A word is its place among the levels of its column; after them come the
places of a missing word and of one that is not among them. What `features.apply` makes of a row says the same, and a
model is only compiled where both gave equal answers.
"""

import math
import sys
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from pipeline.data import recipe as recipes
from pipeline.data.recipe import OTHER, WEEKDAYS, Recipe
from pipeline.serving.rows import Fault, Form, Row, Wrong, zoned

Coded = list[float]
"""The features of one row."""

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
        self._parts = [(name, _PARTS[part]) for name, told in recipe.calendar.items() for part in told]
        self._spans = [
            (name, time, (form.zones[name] is None) == (form.zones[time] is None))
            for name, time in recipe.days_before.items()
        ]

    def read(self, rows: Sequence[Row]) -> tuple[list[Coded], list[Fault]]:
        """Check rows as `Form.read` does, and return their features, of use only where there is no fault."""
        try:
            return [self._row(row) for row in rows], []
        except (Wrong, KeyError):
            return [], self._form.read(rows)[1]

    def _row(self, row: Row) -> Coded:
        """Code a row, or find out that something is wrong with it."""
        if len(row) != self._width:
            raise KeyError
        made = [code(row[name]) for name, code in self._plain]
        if self._dates:
            moments = {name: read(row[name]) for name, read, _ in self._dates}
            walls = {name: moments[name] and clock(moments[name]) for name, _, clock in self._dates}
            made += [part(walls[name]) for name, part in self._parts]
            for name, time, alike in self._spans:
                found = moments if alike else walls
                made.append(_days(found[name], found[time]))
        return made


def levels(recipe: Recipe) -> dict[str, tuple[str, ...]]:
    """Return the levels of each feature that is a word."""
    weekdays = {f"{name}_weekday": WEEKDAYS for name, told in recipe.calendar.items() if "weekday" in told}
    return {**recipe.categories, **weekdays}


def _number(form: Form, name: str) -> Callable[[Any], float]:
    column, careful = form.columns[name], form.readers[name]
    if column.type == "boolean":
        return lambda value: 1.0 if value is True else 0.0 if value is False else _or_nan(careful(value))
    least = -_HUGE if column.least is None else column.least
    most = _HUGE if column.most is None else column.most
    kinds = {int} if column.type == "integer" else {int, float}

    def code(value: Any) -> float:  # noqa: ANN401 - any JSON
        if type(value) in kinds and least <= value <= most:
            return value  # type: ignore[no-any-return] # it is a number
        return _or_nan(careful(value))

    return code


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _word(form: Form, name: str, known: tuple[str, ...]) -> Callable[[Any], float]:
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

    return code


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
