"""Metrics of groups of rows, and the gap between the best and the worst of them: what fairlearn's MetricFrame does."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Measure = Callable[[NDArray[np.intp]], NDArray[np.float64]]
"""Returns every metric of some rows, given by their positions."""


def by_group(
    names: "pd.Series[Any]", metrics: Sequence[str], measure: Measure
) -> tuple[pd.DataFrame, "pd.Series[float]"]:
    """Return metrics of each group of rows, and by how much the groups differ.

    Parameters
    ----------
    names
        Shape (rows,): the group of each row, a category.
    metrics
        Names of what `measure` returns.
    measure
        Is asked once for each group, and for all rows.

    Returns
    -------
    tuple
        Metrics, a row a group (those that have rows, in the order of the categories), and for each the greatest
        difference between two groups.
    """
    from fairlearn.metrics import MetricFrame

    rows, known = np.arange(len(names)), _Once(measure)
    frame = MetricFrame(
        metrics={name: partial(known, place) for place, name in enumerate(metrics)},
        y_true=rows,
        y_pred=rows,  # a metric is given the positions of rows: what was predicted for them may have any shape
        sensitive_features=names.cat.codes.to_numpy(),
    )
    found = frame.by_group.astype("float64")
    return found.set_axis(names.cat.categories[found.index.to_numpy(dtype=np.intp)]), frame.difference()


class _Once:
    """Measures a group of rows once, however many metrics are asked for."""

    def __init__(self, measure: Measure) -> None:
        self._measure = measure
        self._known: dict[tuple[int, int], NDArray[np.float64]] = {}

    def __call__(self, place: int, rows: NDArray[np.intp], same: NDArray[np.intp]) -> float:
        del same
        key = (int(rows[0]), len(rows))  # groups have no row in common; all rows are more than any of several
        if key not in self._known:
            self._known[key] = self._measure(np.asarray(rows))
        return float(self._known[key][place])
