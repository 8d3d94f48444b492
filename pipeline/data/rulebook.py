"""Owns the file that a table's rules are kept in, to be reviewed like code. The one importer of PyYAML."""

import difflib

import pandas as pd
import yaml

from pipeline import project
from pipeline.data import schema
from pipeline.data.rules import Rules, parse
from pipeline.errors import DataError

_HEAD = "# What the table of this project must be. `pipeline schema` writes and mends this file; review it like code.\n"
_WIDTH = 118


def to_yaml(rules: Rules) -> str:
    """Write rules as YAML, a line for each column where it fits."""
    columns = "".join(map(_entry, rules["columns"].items()))
    return f"{_HEAD}columns:\n{columns}" if columns else f"{_HEAD}columns: {{}}\n"


def _entry(column: tuple[str, Rules]) -> str:
    name, rules = column
    text = yaml.safe_dump({name: rules}, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None)
    return "".join(f"  {line}\n" for line in text.splitlines())


def from_yaml(text: str) -> Rules:
    """Read rules that `to_yaml` wrote, or that somebody edited.

    Raises
    ------
    DataError
        If the text is no schema; with the column and what is wrong, as far as that can be told.
    """
    try:
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError) as error:  # a date that there is not is a ValueError
        raise DataError(f"this is no schema of a table: {error}. Compare it with one that was inferred.") from error
    columns = {name: column.model_dump(exclude_defaults=True) for name, column in parse(found).items()}
    return {"columns": columns}


def load(path: str) -> Rules:
    """Read the file of rules that settings name.

    Parameters
    ----------
    path
        From the project's root, or absolute.

    Raises
    ------
    DataError
        If it is not there, or is no schema.
    """
    file = project.root() / path
    try:
        return from_yaml(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise DataError(
            f"{path}, the schema that [tool.pipeline.data] names, is not there. Write it with `pipeline schema`, "
            "read it, and keep it in git."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}, the schema that [tool.pipeline.data] names, cannot be read: {error}.") from error
    except DataError as error:
        raise DataError(f"{path}: {error}") from error


def enforce(frame: pd.DataFrame, path: str | None, source: str) -> None:
    """Check a table that was just loaded by the file of rules that settings name; None: there is none.

    Raises
    ------
    DataError
        If the file is not there or is no schema, or the table breaks a rule of it; see `schema.check`.
    """
    if path is not None:
        schema.check(frame, load(path), name=f"{source} (rules: {path})")


def renewed(frame: pd.DataFrame, old: Rules | None, *, unique: str | None) -> Rules:
    """Infer rules anew where the old ones do not hold; those that hold are kept, for somebody may have written them."""
    new = schema.infer(frame, unique=unique)
    if old is None:
        return new
    broken = set(schema.findings(frame, old)["column"])
    kept = {name: rules for name, rules in old["columns"].items() if name not in broken}
    return {"columns": {name: kept.get(name, rules) for name, rules in new["columns"].items()}}


def difference(before: str, after: str, path: str) -> str:
    """Show what changes in a file, line by line; nothing where nothing does."""
    old, new = (text.splitlines(keepends=True) for text in (before, after))
    return "".join(difflib.unified_diff(old, new, fromfile=f"{path} (before)", tofile=path, n=0))
