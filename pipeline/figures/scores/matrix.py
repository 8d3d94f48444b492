"""Owns the figure of what was taken for what. Computes nothing but the shares that it shades by."""

from typing import TYPE_CHECKING

import numpy as np

from pipeline.figures.style import LEAST_POINTS, WIDE_IN, Sheet, sheet
from pipeline.figures.words import short

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

_DARK = 0.5  # share from which a cell needs white letters
_WRITTEN = 12  # classes whose cells have room for their numbers
_CELL_IN = 0.42
_LABEL = 14  # letters
_SMALLEST = 0.005  # share that is written


def matrix(counts: "pd.DataFrame", *, finding: str, names: "Sequence[Sequence[str]] | None" = None) -> Sheet:
    """Draw counts of rows, shaded by their share of the actual class.

    Parameters
    ----------
    counts
        Actual (index) by predicted (columns).
    finding
        The title.
    names
        What each cell means, written into it beside its rows and its share; None: the share alone.
    """
    size = len(counts)
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0).to_numpy()
    named = names is not None
    figure = sheet(finding, height_in=2.8 if named else 1.3 + _CELL_IN * size, width_in=5.0 if named else WIDE_IN)
    axes = figure.subplots()
    image = axes.imshow(shares, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    axes.grid(visible=False)
    for (row, column), share in np.ndenumerate(shares):
        if named:
            text = f"{names[row][column]}\n{counts.to_numpy()[row, column]:,} rows\n{share:.1%}"  # type: ignore[index] # named
        else:
            text = f"{100 * share:.0f}" if size <= _WRITTEN and share >= _SMALLEST else ""
        colour = "white" if share > _DARK else "black"
        axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=LEAST_POINTS)
    labels = [short(name, _LABEL) for name in counts.index]
    flat = sum(len(label) + 2 for label in labels) <= 5 * _LABEL
    axes.set_xticks(range(size), labels, rotation=0 if flat else 90)
    rows = [f"{label} ({count:,})" for label, count in zip(labels, counts.sum(axis=1), strict=True)]
    axes.set_yticks(range(size), rows)
    axes.set(xlabel="predicted", ylabel="actual (rows; a line is 100 %)")
    if not named:
        bar = figure.colorbar(image, ax=axes, aspect=40, format=lambda share, _: f"{share:.0%}")
        bar.set_label("share of the actual class")
    return figure
