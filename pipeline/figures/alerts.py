"""Owns what people read when an alert wakes them: findings in a table, each with its rows and where it comes from."""

from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any

from pipeline.figures.words import count, listed, number, quoted, short

PLACE = "findings"
_NAMED = 3  # findings that a sentence names
_LISTED = 15  # findings in the table
_MOST = 10  # findings that are shown with their rows
_CELL = 40  # letters

Finding = Mapping[str, Any]
"""As JSON: `kind`, `subject`, `window`, `windows`, `stands`, `size`, `unit`, `threshold`, `severity`, `message`,
`version`, `reports`, `rows`, `rank`."""


def reserve() -> None:
    """Keep a place on the first screen of a report for its findings, which come when all its cells have run."""
    _display("*The findings come here when all cells have run.*")


def show(text: str) -> None:
    """Show findings in the place that was kept for them."""
    _display(text, update=True)


def standing(findings: Sequence[Finding]) -> str:
    """Say whether somebody has to act."""
    alarms = [each for each in findings if each["stands"] and each["severity"] == "critical"]
    mild = sum(each["stands"] for each in findings) - len(alarms)
    rest = f" {count(mild, 'warning stands', 'warnings stand')} besides." if alarms and mild else ""
    if not alarms:
        return f"Nobody has to act: nothing critical stands, {count(mild, 'warning does', 'warnings do')}."
    named = [f"{each['kind']} of {quoted(each['subject'])} in {each['window']}" for each in alarms[:_NAMED]]
    more = [f"{len(alarms) - _NAMED} more"] if len(alarms) > _NAMED else []
    many = count(len(alarms), "critical finding stands", "critical findings stand")
    return f"Somebody has to act: {many}: {listed([*named, *more])}.{rest}"


def table(findings: Sequence[Finding], unknown: Sequence[str]) -> str:
    """Write findings as a table in Markdown, and below it what cannot be judged."""
    head = ["", "finding", "how bad", "size", "from", "window", "windows that show it"]
    rows = [
        [
            str(each["rank"]),
            f"{each['kind']}: {quoted(each['subject'])}",
            f"**{each['severity']}**" if each["stands"] else f"{each['severity']}, over",
            f"{number(each['size'])} {each['unit']}",
            number(each["threshold"]),
            each["window"],
            str(len(each["windows"])),
        ]
        for each in findings[:_LISTED]
    ]
    found = _table(head, rows) if rows else "Nothing was found."
    more = ["", f"And {len(findings) - _LISTED} more, less likely to hurt."] if len(findings) > _LISTED else []
    return "\n".join([found, *more, "", *(f"- Not enough data: {each}" for each in unknown)])


def details(findings: Sequence[Finding], model: str) -> str:
    """Write each finding that stands with some of its rows, and the reports that it goes back to.

    Parameters
    ----------
    model
        Name of the registered model.
    """
    stands = [each for each in findings if each["stands"]]
    left = f"\n\n{count(len(stands) - _MOST, 'more finding stands', 'more findings stand')}." if stands[_MOST:] else ""
    return "\n\n".join(_detail(each, model) for each in stands[:_MOST]) + left or "Nothing stands."


def _detail(each: Finding, model: str) -> str:
    told = f"**{each['rank']}. {each['severity']}, {each['kind']}: {_safe(each['message'])}**"
    back = f"Goes back to {quoted(model)} version {each['version']}: {_links(each['reports'])}."
    rows = each["rows"]
    shown = _table([_safe(name) for name in rows[0]], [[*map(_cell, row.values())] for row in rows]) if rows else ""
    return "\n\n".join(filter(None, [told, shown, back]))


def _links(reports: Mapping[str, str]) -> str:
    """Link the reports of another run, from where this report stands, a folder beside theirs."""
    if not reports:
        return "its reports are gone"
    return listed([f"[{stage}](../{'/'.join(PurePosixPath(path).parts[-2:])})" for stage, path in reports.items()])


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cell(value: object) -> str:
    return "" if value is None else _safe(number(value) if isinstance(value, float) else str(value))


def _safe(text: object) -> str:
    """Write a text from data so that it means nothing in Markdown."""
    plain = short(text, 10 * _CELL).translate(_HARMLESS)
    return "".join(f"\\{letter}" if letter in "\\*_[]#~$" else letter for letter in plain)


_HARMLESS = str.maketrans({"`": "'", "<": "\u2039", ">": "\u203a", "|": "\u00a6"})


def _display(text: str, *, update: bool = False) -> None:
    from IPython.display import Markdown, display, update_display

    (update_display if update else display)(Markdown(text), display_id=PLACE)  # type: ignore[no-untyped-call]
