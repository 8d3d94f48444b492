"""Owns the sentences on how a table was parted: which rows are to learn from, and what a model sees of them."""

from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.figures.words import amount, count, listed, percent, quoted
from pipeline.goal import Goal, Task

_NAMED = 3  # columns that a sentence names

Window = Mapping[str, Any]
"""What a table of rows covers, as `data.split.windows` tells it."""


def parted(windows: Mapping[str, Window], goal: Goal, *, groups: str | None = None) -> str:
    """Say which rows are to learn from, to test on and came later, and what the target is in them.

    Parameters
    ----------
    windows
        Of the three, in this order.
    goal
        What is predicted.
    groups
        Column of which no value is both learnt from and tested on, if there is one.
    """
    learnt, tested, later = windows.values()
    chosen = "drawn at random" if learnt["start"] is None else "that came after them"
    others = f"of other {quoted(groups)}" if groups else "others"
    which = f"{others}, {chosen}" if groups or learnt["start"] is None else chosen
    past = f"A model learns from {count(learnt['rows'], 'row')}{_span(learnt)}"
    test = f"is tested on {tested['rows']:,} {which}{_span(tested)}"
    future = f"; {count(later['rows'], 'row')} came later still and play the future" if later["rows"] else ""
    return f"{past} and {test}{future}. {_typical(learnt, tested, goal)}"


def _typical(learnt: Window, tested: Window, goal: Goal) -> str:
    match goal.task:
        case Task.BINARY:
            rates = f"{percent(learnt['base_rate'])} and {percent(tested['base_rate'])}"
            return f"The target is positive in {rates} of them."
        case Task.REGRESSION:
            told = [f"{amount(each['mean'])} ± {amount(each['std'])}" for each in (learnt, tested)]
            return f"The target is {told[0]} in those and {told[1]} in these (mean and spread)."
        case Task.MULTICLASS:
            shares = learnt["shares"]
            ends = (max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__))
            told = [
                f"{quoted(name)} with {percent(shares[name])} and {percent(tested['shares'][name])}" for name in ends
            ]
            return f"Of {len(shares)} classes the most frequent is {told[0]} of them, the rarest {told[1]}."


def aside(rows: Mapping[str, int]) -> str:
    """Say how many rows are not used: by label that has one row only, and `""` where there is none.

    >>> aside({"": 2, "other": 1})
    '2 rows without a label are set aside, and 1 row of a class that has no other.'
    """
    missing, rare = rows.get("", 0), sum(number for name, number in rows.items() if name)
    told = [f"{count(missing, 'row')} without a label"] if missing else []
    told += [f"{count(rare, 'row')} of a class that has no other"] if rare else []
    if not told:
        return ""
    verb = "is" if (missing or rare) == 1 else "are"
    return f"{told[0]} {verb} set aside{''.join(f', and {more}' for more in told[1:])}."


def seen(features: Sequence[str], dropped: Mapping[str, str], findings: int) -> str:
    """Say what a model gets to see of a row.

    Parameters
    ----------
    features
        Their names.
    dropped
        Columns that it does not get to see, each with its reason.
    findings
        How often other rows deviate from those to learn from.
    """
    names = [quoted(name) for name in list(dropped)[:_NAMED]]
    more = [f"{len(dropped) - _NAMED} more"] if len(dropped) > _NAMED else []
    without = (
        f"{listed(names + more)} {'was' if len(dropped) == 1 else 'were'} dropped" if dropped else "none was dropped"
    )
    odd = count(findings, "deviation") if findings else "no deviation"
    return f"It sees {count(len(features), 'feature')}; {without}. Other rows show {odd} from what these look like."


def shared(reasons: Sequence[str]) -> str:
    """Say what the rows to learn from know of those to test on; nothing where they know nothing.

    >>> shared(["2.0% are copies"])
    'Beware: 2.0% are copies, so scores look better than they are.'
    """
    return f"Beware: {listed(reasons)}, so scores look better than they are." if reasons else ""


def _span(window: Window) -> str:
    return f" ({window['start']:%Y-%m-%d} to {window['end']:%Y-%m-%d})" if window["start"] is not None else ""
