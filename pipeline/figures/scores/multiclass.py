"""Owns the figures of several classes: each by itself, calibration, what is taken for what. Computes nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from pipeline.figures.scores.binary import off
from pipeline.figures.scores.matrix import matrix
from pipeline.figures.scores.reliability import reliability
from pipeline.figures.scores.whiskers import BAR_IN, LABEL, whiskers
from pipeline.figures.style import BLACK, Sheet, name_rows, sheet
from pipeline.figures.words import percent, percents, short
from pipeline.goal import Goal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from numpy.typing import NDArray

    Drawn = Mapping[str, pd.DataFrame]
    Estimates = Mapping[str, Mapping[str, float]]

_TITLES = {"recall": "recall: rows found", "precision": "precision: calls that are right"}


@dataclass(frozen=True)
class MulticlassView:
    """Figures of probabilities of several classes."""

    goal: Goal
    target: str

    def detail(self, found: "Mapping[str, Drawn]", metrics: "Mapping[str, Estimates]") -> Sheet:
        """Draw recall and precision of each class of the first model, with intervals; dashed: their means."""
        model, tables = next(iter(found.items()))
        recall = tables["recall"]
        worst = recall.iloc[int(recall["value"].fillna(np.inf).to_numpy().argmin())]
        said = f"Found least: {short(worst.name, LABEL)}, {percents(worst)} of its {worst['rows']:,.0f} rows; "
        said += f"classes on average {percents(metrics[model]['balanced_accuracy'])}"
        figure = sheet(said, height_in=0.8 + BAR_IN * max(len(recall), 2))
        for axes, (name, title) in zip(figure.subplots(1, len(_TITLES)), _TITLES.items(), strict=True):
            whiskers(axes, tables[name], filled=[True] * len(tables[name]))
            name_rows(axes, [f"{short(label, LABEL)} ({rows:,})" for label, rows in tables[name]["rows"].items()])
            axes.axvline(metrics[model][f"{name}_macro"]["value"], color=BLACK, linestyle="--", linewidth=1)
            axes.set(xlim=(-0.02, 1.02), title=title)
            axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        figure.supxlabel("share of rows, 95 % (dashed: mean of the classes)", fontsize=9)
        return figure

    def calibration(self, table: "pd.DataFrame", prediction: "NDArray[np.float64]") -> Sheet:
        """Draw how often the predicted class was right against its probability."""
        labels = ("probability of the predicted class", "rows whose class was right")
        least = min(1 / len(self.goal.classes), float(table["low"].min()))
        top = prediction.max(axis=1)
        return reliability(
            table, top, span=(0.9 * least, 1.0), is_share=True, axes=labels, finding=off(table, "were right")
        )

    def errors(self, table: "pd.DataFrame", metrics: "Estimates") -> Sheet:
        """Draw which class was taken for which."""
        counts = table.to_numpy().astype(float)
        rows = counts.sum(axis=1)
        np.fill_diagonal(counts, 0)
        right = percents(metrics["accuracy"])
        if not counts.any():
            return matrix(table, finding=f"{right} of the rows are right: no class is taken for another")
        row, column = np.unravel_index(counts.argmax(), counts.shape)
        share = percent(counts[row, column] / rows[row])
        names = [short(table.index[int(place)], LABEL) for place in (row, column)]
        said = f"{right} of the rows are right; most often {names[0]} is taken for {names[1]} ({share} of its rows)"
        return matrix(table, finding=said)
