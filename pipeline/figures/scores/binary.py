"""Owns the figures of a binary goal: curves of ranking, calibration, decisions and what they cost. Computes nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import PercentFormatter

from pipeline.figures.scores.matrix import matrix
from pipeline.figures.scores.reliability import reliability
from pipeline.figures.style import BLACK, BLUE, COLOURS, GREY, SKY, Sheet, sheet
from pipeline.figures.words import between, number, percent, percents
from pipeline.goal import Goal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Drawn = Mapping[str, pd.DataFrame]
    Estimates = Mapping[str, Mapping[str, float]]

_MODELS = 4  # curves that can be told apart
_DASHES = ("-", "--", "-.", ":")
_PERCENT = PercentFormatter(1.0, decimals=0)
_PRICE = 0.2  # share of the negatives that raise a false alarm, at which curves are read
_NAMES = (("rightly no", "false alarm"), ("missed", "found"))


@dataclass(frozen=True)
class BinaryView:
    """Figures of probabilities of the positive class."""

    goal: Goal
    target: str

    def detail(self, found: "Mapping[str, Drawn]", metrics: "Mapping[str, Estimates]") -> Sheet:
        """Draw ROC and precision-recall curves over each other, of the first 4 models."""
        read = [f"{_read(drawn['roc'], _PRICE):.0%} by the {name}" for name, drawn in found.items()]
        figure = sheet(
            f"False alarms for {_PRICE:.0%} of the negatives find of the positives {', '.join(read)}", height_in=3.7
        )
        left, right = figure.subplots(1, 2)
        for place, (model, drawn) in enumerate(list(found.items())[:_MODELS]):
            look = {"color": COLOURS[place], "linestyle": _DASHES[place], "linewidth": 2.4 - 0.4 * place}
            label = f"{model}: ROC AUC {between(metrics[model]['roc_auc'])}"
            left.plot(drawn["roc"]["x"], drawn["roc"]["y"], label=label, **look)
            right.plot(drawn["precision"]["x"], drawn["precision"]["y"], **look)
        rate = float(next(iter(found.values()))["precision"]["y"].iloc[0])  # all rows called positive
        left.plot([0, 1], [0, 1], color=GREY, linewidth=1, linestyle=":", label="guessing")
        right.axhline(rate, color=GREY, linewidth=1, linestyle=":")
        left.set(xlabel="negatives that raise a false alarm", ylabel="positives found (recall)")
        right.set(xlabel="positives found (recall)", ylabel="alarms that are right (precision)")
        for axes in (left, right):
            axes.set(xlim=(0, 1), ylim=(0, 1))
            axes.xaxis.set_major_formatter(_PERCENT)
            axes.yaxis.set_major_formatter(_PERCENT)
        figure.legend(ncols=2, loc="outside lower center")
        return figure

    def calibration(self, table: "pd.DataFrame", prediction: "NDArray[np.float64]") -> Sheet:
        """Draw the share of positives against the probability that was predicted."""
        most = min(1.0, 1.1 * max(table["high"].max(), table["predicted"].max(), float(prediction.max())))
        labels = ("predicted probability", "rows that were positive")
        return reliability(
            table, prediction, span=(0.0, most), is_share=True, axes=labels, finding=off(table, "happened")
        )

    def errors(self, table: "pd.DataFrame", metrics: "Estimates") -> Sheet:
        """Draw the four counts of decisions, shaded by their share of the actual class."""
        said = f"{percents(metrics['recall'])} of the positives found, {percents(metrics['precision'])} of alarms right"
        return matrix(table, finding=said, names=_NAMES)


def off(table: "pd.DataFrame", verb: str) -> str:
    """Say how far predicted probabilities are off, on average and at most.

    Parameters
    ----------
    table
        `predicted`, `observed` and `rows`, a row a bin.
    verb
        What rows did that did as predicted.
    """
    rows = table["rows"] / table["rows"].sum()
    predicted, observed = ((table[name] * rows).sum() for name in ("predicted", "observed"))
    most = (table["predicted"] - table["observed"]).abs().max()
    points = 100 * abs(predicted - observed)
    way = f"{points:.1f} points {'more' if predicted > observed else 'less'} than {verb}"
    return f"{percent(predicted)} predicted on average, {way}; bins are up to {100 * most:.1f} points off"


def costs(table: "pd.DataFrame") -> Sheet:
    """Draw what wrong decisions cost by the threshold that could be chosen, with intervals.

    Parameters
    ----------
    table
        `threshold`, `cost` of a thousand rows, `low`, `high`, and `chosen`, true of one.
    """
    own, least = table[table["chosen"]].iloc[0], table.iloc[int(table["cost"].to_numpy().argmin())]
    ends = {"calling all positive": table.iloc[0], "calling none": table.iloc[-1]}
    name, other = min(ends.items(), key=lambda end: float(end[1]["cost"]))
    said = (
        f"At {own['threshold']:.3f} errors cost {number(own['cost'])} ({number(own['low'])} to {number(own['high'])})"
    )
    said += f" per 1,000 rows; {name} costs {number(other['cost'])}, the best threshold here {number(least['cost'])}"
    figure = sheet(said, height_in=3.2)
    axes = figure.subplots()
    axes.fill_between(table["threshold"], table["low"], table["high"], color=SKY, alpha=0.45, linewidth=0, label="95 %")
    axes.plot(table["threshold"], table["cost"], color=BLUE, label="cost")
    axes.axvline(own["threshold"], color=BLACK, linestyle="--", linewidth=1.2, label="the threshold, chosen before")
    axes.plot(least["threshold"], least["cost"], "D", color="white", markeredgecolor=BLACK, label="least on these rows")
    axes.set(xlabel="threshold: rows count as positive from this probability up", ylabel="cost per 1,000 rows")
    axes.set(xlim=(0, 1), ylim=(0, None))
    figure.legend(ncols=4, loc="outside lower center")
    return figure


def _read(curve: "pd.DataFrame", at: float) -> float:
    after = curve[curve["x"] >= at].iloc[0]
    before = curve[curve["x"] <= at].iloc[-1]
    share = (at - before["x"]) / (after["x"] - before["x"]) if after["x"] > before["x"] else 0.0
    return float(before["y"] + share * (after["y"] - before["y"]))
