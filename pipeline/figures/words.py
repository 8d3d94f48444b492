"""Owns how numbers and names are written in titles and sentences: one way for all, and safe to put on a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.goal import Task

if TYPE_CHECKING:
    import pandas as pd

_LETTERS = 40  # of a name in a sentence
_HARMLESS = str.maketrans({"`": "'", "<": "\u2039", ">": "\u203a"})  # angle quotation marks look like brackets
_WHOLE = 1000  # from which decimal places say nothing
_LONGEST = 10_000  # letters of a text that are looked at
_SMALL = 0.001  # a share from which one decimal place of a percentage says nothing


def percent(share: float) -> str:
    """Write a share.

    >>> percent(0.2451), percent(0.0003), percent(0.0)
    ('24.5%', '0.03%', '0.0%')
    """
    return f"{share:.1%}" if abs(share) >= _SMALL or not share else f"{100 * share:.1g}%"


def amount(number: float) -> str:
    """Write a number with four digits.

    >>> amount(189.4631), amount(1234567.0), amount(0.00012345)
    ('189.5', '1.235e+06', '0.0001234')
    """
    return f"{number:.4g}"


@dataclass(frozen=True, kw_only=True)
class Scale:
    """How the values are written that a target is followed by.

    Attributes
    ----------
    written
        Writes one in a sentence.
    tick
        Writes one at an axis.
    """

    written: Callable[[float], str]
    tick: Callable[[float], str]


_SHARE = Scale(written=percent, tick=lambda share: f"{share:.0%}" if round(100 * share, 6) % 1 == 0 else percent(share))
_AMOUNT = Scale(written=amount, tick=lambda number: f"{number:,.10g}")
SCALES = {Task.BINARY: _SHARE, Task.MULTICLASS: _SHARE, Task.REGRESSION: _AMOUNT}


def between(found: Mapping[str, float], digits: int = 3) -> str:
    """Write an estimate with its interval.

    >>> between({"value": 0.7372, "low": 0.7071, "high": 0.7612})
    '0.737 (0.707 to 0.761)'
    """
    return f"{found['value']:.{digits}f} ({found['low']:.{digits}f} to {found['high']:.{digits}f})"


def number(value: float) -> str:
    """Write a number of any size with the digits that matter.

    >>> number(12345.678), number(1234.5), number(12.3456), number(0.0001234)
    ('12,346', '1,234', '12.35', '0.0001234')
    """
    return f"{value:,.0f}" if abs(value) >= _WHOLE else f"{value:.4g}"


def numbers(found: Mapping[str, float]) -> str:
    """Write an estimated number of any size with its interval.

    >>> numbers({"value": 41.2345, "low": 39.123, "high": 43.987})
    '41.23 (39.12 to 43.99)'
    """
    return f"{number(found['value'])} ({number(found['low'])} to {number(found['high'])})"


def percents(found: "Mapping[str, float] | pd.Series[float]") -> str:
    """Write an estimated share with its interval.

    >>> percents({"value": 0.677, "low": 0.61, "high": 0.734})
    '68% (61 to 73%)'
    """
    return f"{found['value']:.0%} ({100 * found['low']:.0f} to {found['high']:.0%})"


def count(number: int, one: str, many: str = "") -> str:
    """Write how many there are of a thing.

    >>> count(1, "row"), count(2000, "row"), count(0, "match", "matches")
    ('1 row', '2,000 rows', '0 matches')
    """
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def listed(names: Sequence[str]) -> str:
    """Write names one after another.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def short(text: object, most: int) -> str:
    """Cut a name off after so many letters, on one line.

    >>> short("a long name", 7)
    'a long…'
    """
    line = "".join(_seen(letter) for letter in " ".join(str(text)[:_LONGEST].split()))
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _seen(letter: str) -> str:
    """Show that there is a letter that cannot be seen, or that turns the direction of the rest."""
    return letter if letter.isprintable() else "\ufffd"


def quoted(name: object) -> str:
    """Write a name that comes from data, so that nothing in it means anything: as code, without brackets of HTML.

    >>> quoted("a `b`")
    "`a 'b'`"
    """
    return f"`{short(name, _LETTERS).translate(_HARMLESS)}`"
