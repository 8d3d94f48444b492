"""Trials: what is tried beside the champion, what is known of it, and how it ended."""

from datetime import datetime
from typing import TYPE_CHECKING

from pipeline.console import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipeline.models.trials import End, Told, Trial
    from pipeline.serving.evidence import Finding


def begun(trial: "Trial") -> None:
    """Print what is tried from now on."""
    print(f"{_title(trial)} is tried from now on, by every service that follows {words.harmless(repr(trial.name))}")


def ended(trial: "Trial", end: "End") -> None:
    """Print how a trial ended."""
    print(f"{_title(trial)} ended at {_moment(end.when)}, by {_line(end.by or 'its gates')}: {_line(end.reason)}")


def going(trial: "Trial", findings: "Sequence[Finding]") -> None:
    """Print what is tried, and what is known of it."""
    print(f"{_title(trial)}, beside version {trial.champion}, since {_moment(trial.when)}")
    print(f"begun by {_line(trial.by)}: {_line(trial.reason)}")
    print(*(_line(each.line) for each in findings), sep="\n")
    if all(each.holds for each in findings):
        print(f"as good as it has to be: `pipeline promote {trial.version}`, where its gates allow that")


def last(name: str, past: "Sequence[Told]") -> None:
    """Print how the last trial ended."""
    print(f"no version of {words.harmless(repr(name))} is tried")
    if past and past[-1].end is not None:
        ended(past[-1].trial, past[-1].end)
        print(*map(_line, past[-1].end.evidence), sep="\n", end="\n" if past[-1].end.evidence else "")


def history(past: "Sequence[Told]") -> None:
    """Print every trial."""
    if not past:
        print("no version was ever tried")
        return
    print(*words.table([("since", "what", "by", "why", "end"), *map(_row, past)]), sep="\n")


def _row(told: "Told") -> tuple[str, ...]:
    trial, end = told.trial, told.end
    how = f"{_moment(end.when)}, by {end.by or 'its gates'}: {end.reason}" if end else "it goes on"
    return _moment(trial.when), _title(trial), _line(trial.by), _line(trial.reason), _line(how)


def _title(trial: "Trial") -> str:
    return f"{_line(trial.title)} on {100 * trial.share:g} % of the traffic"


def _line(text: str) -> str:
    return words.harmless(text).replace("\n", " ")


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
