"""Injection: checked values of every parameter, and the cell that carries them into a run."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from pipeline.errors import ParameterError, ScrapError, near
from pipeline.stages.graph import Graph
from pipeline.stages.notebook import INJECTED, PARAMETERS
from pipeline.stages.parameters import Given, Scope, Setting, resolve
from pipeline.stages.stage import Stage
from pipeline.store import literals


@dataclass(frozen=True)
class Values:
    """The checked values of a stage's parameters, upstreams left out, by name."""

    values: dict[str, Any]

    def tagged(self) -> dict[str, Any]:
        """Return them as JSON that keeps types, to be compared."""
        return {name: literals.tag(value) for name, value in self.values.items()}

    def readable(self) -> dict[str, Any]:
        """Return them as JSON for people."""
        return {name: literals.readable(value) for name, value in self.tagged().items()}


def resolve_all(graph: Graph, given: Mapping[str, str], setting: Setting) -> dict[str, Values]:
    """Check the parameters of every stage, before anything runs.

    Parameters
    ----------
    given
        Text by `parameter` (of every stage that has it) or `stage.parameter`.

    Raises
    ------
    ParameterError
        If a name is unknown, or a value is not of its parameter's type or out of its range.
    SettingsError
        If a parameter takes a setting that is not there.
    """
    assigned = _assign(graph, given)
    return {name: _resolve(stage, assigned[name], setting) for name, stage in graph.stages.items()}


def inject(document: Mapping[str, Any], values: Values, upstreams: Mapping[str, str]) -> dict[str, Any]:
    """Return a copy of a notebook with a cell after its parameters that sets every one of them.

    Parameters
    ----------
    upstreams
        Path of the report to take, by `Upstream` parameter.
    """
    found: dict[str, Any] = copy.deepcopy(dict(document))
    source = "\n".join(["# Parameters of this run", *_lines({**upstreams, **values.values})])
    cell: dict[str, Any] = {
        "cell_type": "code",
        "id": INJECTED,
        "metadata": {"tags": [INJECTED]},
        "execution_count": None,
        "outputs": [],
        "source": source,
    }
    for each in found["cells"]:
        each["id"] = f"{INJECTED}-before" if each["id"] == INJECTED else each["id"]
    tagged = [PARAMETERS in (cell["metadata"].get("tags") or []) for cell in found["cells"]]
    found["cells"].insert(tagged.index(True) + 1, cell)
    parameters = {**upstreams, **values.readable()}
    found["metadata"] = {**found.get("metadata", {}), "papermill": {"parameters": parameters}}
    return found


def _assign(graph: Graph, given: Mapping[str, str]) -> dict[str, dict[str, Given]]:
    assigned: dict[str, dict[str, Given]] = {name: {} for name in graph.stages}
    for key, text in sorted(given.items(), key=lambda pair: "." in pair[0]):  # what names its stage has the last word
        stage, _, name = key.rpartition(".")
        takers = [each for each in graph.stages if name in graph.stages[each].parameters and stage in {"", each}]
        if not takers:
            known = [f"{each}.{item}" for each in graph.stages for item in graph.stages[each].parameters]
            choices = known if stage else {item.partition(".")[2] for item in known}
            raise ParameterError(f"no stage has a parameter {key!r}: {near(key, choices)}")
        for each in takers:
            assigned[each][name] = Given(text, "the command line")
    return assigned


def _resolve(stage: Stage, given: Mapping[str, Given], setting: Setting) -> Values:
    scope = Scope(stage.notebook, setting)
    where = stage.notebook.path.name
    found = {name: resolve(each, scope, given.get(name), where) for name, each in stage.parameters.items()}
    for name, value in found.items():
        try:
            literals.tag(value), expression(value)
        except (ParameterError, ScrapError) as error:
            raise ParameterError(f"{where}: parameter {name!r} cannot be kept in a report: {error}") from error
    return Values(found)


def _lines(values: Mapping[str, Any]) -> list[str]:
    written = {name: expression(value) for name, value in values.items()}
    modules = sorted(
        {module for text in written.values() for module in ("datetime", "decimal", "pathlib") if f"_{module}." in text}
    )
    return [
        *(f"import {module} as _{module}" for module in modules),
        *(f"{name} = {text}" for name, text in written.items()),
    ]


def expression(value: Any) -> str:  # noqa: ANN401, PLR0911 - any value of a parameter, a line for each type
    """Write a value as a Python expression.

    Raises
    ------
    ParameterError
        If there is no expression that a reader would understand.

    >>> expression({"since": date(2013, 5, 1), "columns": ["a"]})
    "{'since': _datetime.date(2013, 5, 1), 'columns': ['a']}"
    """
    match value:
        case None | bool() | int() | str() | bytes():
            return repr(value)
        case float():
            return repr(value) if value - value == 0 else f"float({str(value)!r})"
        case list():
            return f"[{', '.join(map(expression, value))}]"
        case tuple():
            return f"({', '.join(map(expression, value))}{',' if len(value) == 1 else ''})"
        case dict():
            return "{" + ", ".join(f"{expression(key)}: {expression(item)}" for key, item in value.items()) + "}"
        case set() | frozenset():
            return f"{type(value).__name__}([{', '.join(sorted(map(expression, value)))}])"
        case date() | datetime() | time() | timedelta():
            return f"_{value!r}".replace("tzinfo=datetime.", "tzinfo=_datetime.")
        case Decimal():
            return f"_decimal.{value!r}"
        case PurePath():
            return f"_pathlib.Path({value.as_posix()!r})"
    raise ParameterError(
        f"a {type(value).__name__} cannot be written into a notebook. Use plain values, dates, or paths."
    )
