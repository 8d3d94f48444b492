"""Owns the figures of predicted numbers: size of errors, calibration, and where they miss. Computes nothing."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from matplotlib.ticker import PercentFormatter, StrMethodFormatter

from pipeline.figures.scores.reliability import reliability
from pipeline.figures.style import BLACK, BLUE, COLOURS, ORANGE, SKY, Sheet, sheet
from pipeline.figures.words import number, numbers, percents, short
from pipeline.goal import Goal

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    Drawn = Mapping[str, pd.DataFrame]
    Estimates = Mapping[str, Mapping[str, float]]

_DASHES = ("-", "--", "-.", ":")
_NAME = 24  # letters
_SHARE = 0.9  # of rows, to which curves are drawn
_THOUSANDS = StrMethodFormatter("{x:,g}")


@dataclass(frozen=True)
class RegressionView:
    """Figures of numbers, in the unit of the target."""

    goal: Goal
    target: str

    @property
    def _name(self) -> str:
        return short(self.target, _NAME)

    def detail(self, found: "Mapping[str, Drawn]", metrics: "Mapping[str, Estimates]") -> Sheet:
        """Draw for each model which share of rows is predicted within which error."""
        own, *others = found
        said = f"Half of the rows are within {numbers(metrics[own]['median_absolute_error'])} of {self._name}"
        said += "".join(
            f"; by the {name} within {number(metrics[name]['median_absolute_error']['value'])}" for name in others
        )
        figure = sheet(said, height_in=3.4)
        axes = figure.subplots()
        for place, (model, drawn) in enumerate(found.items()):
            label = f"{model}: RMSE {numbers(metrics[model]['rmse'])}"
            look: dict[str, Any] = {"color": COLOURS[place], "linestyle": _DASHES[place]}
            axes.plot(drawn["within"]["x"], drawn["within"]["y"], label=label, linewidth=2.4 - 0.4 * place, **look)
        most = max(float(drawn["within"].query("y <= @_SHARE")["x"].max()) for drawn in found.values())
        axes.axhline(0.5, color=BLACK, linewidth=0.8, linestyle=":")
        axes.set(xlabel=f"error of {self._name}, at most", ylabel="rows predicted so well", ylim=(0, 1))
        axes.set_xlim(0, most or None)
        axes.xaxis.set_major_formatter(_THOUSANDS)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        figure.legend(ncols=min(len(found), 2), loc="outside lower center")
        return figure

    def calibration(self, table: "pd.DataFrame", prediction: "NDArray[np.float64]") -> Sheet:
        """Draw the mean of what happened against what was predicted."""
        rows = table["rows"] / table["rows"].sum()
        predicted, observed = ((table[name] * rows).sum() for name in ("predicted", "observed"))
        gap, way = abs(predicted - observed), "more" if predicted > observed else "less"
        most = (table["predicted"] - table["observed"]).abs().max()
        said = f"{self._name} is predicted as {number(predicted)} on average, {number(gap)} {way} than it was"
        low = min(float(prediction.min()), table[["observed", "low"]].min().min())
        high = max(float(prediction.max()), table[["observed", "high"]].max().max())
        margin = 0.02 * ((high - low) or 1.0)
        labels = (f"predicted {self._name}", f"mean of the actual {self._name}")
        return reliability(
            table,
            prediction,
            span=(low - margin, high + margin),
            is_share=False,
            axes=labels,
            finding=f"{said}; bins are up to {number(most)} off",
        )

    def errors(self, table: "pd.DataFrame", metrics: "Estimates") -> Sheet:
        """Draw the spread of errors over what was predicted, and the interval that was promised."""
        last, first = table.iloc[-1], table.iloc[0]
        wide = [number(each["0.95"] - each["0.05"]) for each in (first, last)]
        said = f"9 of 10 errors of {self._name} span {wide[0]} where it is predicted lowest, {wide[1]} where highest"
        if table["lower"].notna().any():
            said += f"; the interval held {percents(metrics['coverage'])} of the rows"
        figure = sheet(said, height_in=3.6)
        axes = figure.subplots()
        at = table["predicted"]
        axes.fill_between(at, table["0.05"], table["0.95"], color=SKY, alpha=0.4, linewidth=0, label="9 of 10 errors")
        axes.fill_between(at, table["0.25"], table["0.75"], color=BLUE, alpha=0.55, linewidth=0, label="half of them")
        axes.plot(at, table["0.5"], "o-", color=BLACK, markersize=4, linewidth=1.2, label="their median")
        for end, label in (("lower", "interval promised"), ("upper", None)):
            axes.plot(at, table[end], color=ORANGE, linestyle="--", linewidth=1.8, label=label)
        axes.axhline(0, color=BLACK, linewidth=0.8, linestyle=":")
        axes.set(xlabel=f"predicted {self._name} (bins of as many rows)", ylabel="actual minus predicted")
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(_THOUSANDS)
        figure.legend(ncols=4, loc="outside lower center")
        return figure
