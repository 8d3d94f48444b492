"""Owns the settings of a run on another table than the project's: nothing that was said of one holds for the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.errors import UsageError
from pipeline.start import looks
from pipeline.start.looks import Looks

_OF_A_TABLE = ("data", "gates", "evaluation")
_OF_A_TARGET = ("task", "positive", "drop")
_NAMING = ("source", "query")


@dataclass(frozen=True, kw_only=True)
class Another:
    """Settings for this run alone.

    Attributes
    ----------
    table
        `[tool.pipeline]`, with what belongs to another table exchanged.
    looks
        What was found out about the table.
    """

    table: dict[str, Any]
    looks: Looks


def meant(table: Mapping[str, Any], given: Mapping[str, Any]) -> Another | None:
    """Return the settings of a run for which the command line names another table or another target.

    The settings of a source are its own: they are found out anew. What gates ask belongs to a table too. The model gets
    a name of its own, so that it meets no champion of another table.

    Parameters
    ----------
    table
        `[tool.pipeline]` as it stands.
    given
        Values from the command line, by key of `[tool.pipeline.data]`.

    Returns
    -------
        None where the command line names neither, or what the settings name too.

    Raises
    ------
    UsageError
        If it names another source, and no target.
    DataError
        If the table cannot be read, or has no such columns.
    """
    data = table.get("data", {})
    given = {key: None if text == "None" else text for key, text in given.items()}
    if all(given.get(key, data.get(key)) == data.get(key) for key in (*_NAMING, "target")):
        return None
    if any(given.get(key, data.get(key)) != data.get(key) for key in _NAMING):
        if "target" not in given:
            raise UsageError("another table has another target: name it too, `-p target COLUMN`.")
        said: Mapping[str, Any] = given
    else:
        said = {key: value for key, value in data.items() if key not in _OF_A_TARGET} | dict(given)
    found = looks.look(said)
    kept = {key: value for key, value in table.items() if key not in _OF_A_TABLE}
    models = {**table.get("models", {}), "name": found.model}
    return Another(table={**kept, "data": found.data, "models": models}, looks=found)
