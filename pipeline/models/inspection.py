"""Inspection: takes what gates look at off a model and its scores. What no gate asks for is not measured."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.goal import Goal
from pipeline.learning import learners, metrics
from pipeline.learning.metrics import METRICS
from pipeline.learning.scoring.resampling import Resampling
from pipeline.learning.scoring.scores import Choice, Scores, bootstrap
from pipeline.learning.slicing import slices
from pipeline.models.evidence import Difference, Gate, NoDifference, Said, Sample, Slice
from pipeline.store import codecs
from pipeline.store.objects import project_store

NO_SLICES = NoDifference(said=Said.PASSED, message="no column has few values: there is no slice to be behind.")
MB = 1e6
_REPEATED = 1_000  # rows that a model predicts again
_CLOCKED, _WARM = 200, 20  # single rows that are clocked, and that go before them


@dataclass(frozen=True, kw_only=True)
class Inspected:
    """A model, and what it predicts from.

    Attributes
    ----------
    model, digest
        As it was scored, and under which digest the project's store has it.
    features
        Rows, shape (rows, features).
    goal
        What it predicts.
    unsent
        Features that clients of the champion do not send.
    """

    model: Any
    digest: str
    features: pd.DataFrame
    goal: Goal
    unsent: tuple[str, ...] = ()


def sample(scored: Scores, unit: str) -> Sample:
    """Say what scores were measured on."""
    return Sample(rows=scored.rows, units=scored.units, unit=unit)


def difference(scored: Scores, rivals: Iterable[str], unit: str) -> Difference:
    """Compare the model called `model` with the rival that is best in each metric."""
    return Difference(estimates=scored.difference_to_best("model", rivals), sample=sample(scored, unit))


def counts(gates: Iterable[Gate], found: Inspected) -> dict[str, float]:
    """Count and measure what gates ask for of a model itself, by gate.

    Raises
    ------
    StoreError
        If the model is not in the project's store.
    """
    measures: dict[str, Callable[[Inspected], float]] = {
        "schema": lambda each: len(each.unsent),
        "verified": _differing,
        "latency_ms": _latency_ms,
        "size_mb": lambda each: len(project_store().get(each.digest)) / MB,
    }
    asked = {gate.name.partition(".")[0] for gate in gates}
    return {name: float(measure(found)) for name, measure in measures.items() if name in asked}


def _differing(found: Inspected) -> int:
    """Count the rows that the model predicts otherwise when it is loaded anew, to the last digit."""
    rows = _spread(found.features, _REPEATED)
    again = codecs.load(project_store(), found.digest, "model")
    before, after = (learners.predict(model, rows, found.goal) for model in (found.model, again))
    return int((before != after).reshape(len(rows), -1).any(axis=1).sum())


def _latency_ms(found: Inspected) -> float:
    """Return within how many milliseconds 99 of 100 single rows have their answer."""
    rows = _spread(found.features, _CLOCKED + _WARM)
    took = [_clocked(found, rows.iloc[[place]]) for place in range(len(rows))]
    return float(np.quantile(took[min(_WARM, len(took) - 1) :], 0.99, method="higher"))


def _clocked(found: Inspected, row: pd.DataFrame) -> float:
    start = perf_counter()
    learners.predict(found.model, row, found.goal)
    return 1e3 * (perf_counter() - start)


def _spread(features: pd.DataFrame, most: int) -> pd.DataFrame:
    return features.iloc[np.unique(np.linspace(0, len(features) - 1, most).astype(np.int64))]


def behind_all(sliced: pd.DataFrame, goal: Goal, value: float) -> tuple[Slice, ...] | NoDifference:
    """Say how far the metric of each slice is behind that of all rows.

    Parameters
    ----------
    sliced
        As from `learning.slices.slice_table`.
    value
        Of all rows.
    """
    name = metrics.by_slice(goal.task)
    rows = sliced[sliced["metric"] == name]
    found = tuple(
        Slice(
            title=f"{row['column']} = {row['slice']}",
            rows=int(row["rows"]),
            behind=float(METRICS[name].better * (value - row["value"])),
            error=float(row["error"]),
        )
        for row in rows.to_dict("records")
    )
    return found or NO_SLICES


def behind_champion(  # noqa: PLR0913 - what is sliced, and what `bootstrap` takes
    goal: Goal,
    table: pd.DataFrame,
    by: Iterable[str],
    target: "pd.Series[Any]",
    predictions: Mapping[str, NDArray[np.float64]],
    *,
    choices: Mapping[str, Choice],
    resampling: Resampling,
) -> tuple[Slice, ...] | NoDifference:
    """Say how far a model's metric on each slice is behind the champion's on the same rows.

    Parameters
    ----------
    goal
        What is predicted.
    table
        Rows that both are scored on, shape (rows, columns).
    by
        Columns to slice by.
    target, predictions, choices, resampling
        Of `model` and `champion`, as in `learning.scoring.scores.bootstrap`.
    """
    found = []
    for column, names in slices(table, by).items():
        for name in names.cat.categories:
            rows = np.flatnonzero(names == name)
            pair = {each: said[rows] for each, said in predictions.items()}
            drawn = bootstrap(goal, target.iloc[rows], pair, choices=choices, resampling=resampling.within(rows))
            found.append(_behind(f"{column} = {name}", drawn, metrics.by_slice(goal.task)))
    return tuple(found) or NO_SLICES


def _behind(title: str, drawn: Scores, name: str) -> Slice:
    place = drawn.names.index(name)
    value = -METRICS[name].better * drawn.difference("model", "champion")[name]["value"]
    draws = drawn.draws["champion"][:, place] - drawn.draws["model"][:, place]
    error = float(np.std(draws, ddof=1)) if np.isfinite(draws).all() else np.nan
    return Slice(title=title, rows=drawn.rows, behind=value, error=error)
