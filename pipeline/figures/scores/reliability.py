"""Owns the figure of calibration: what happened against what was predicted. Computes nothing."""

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, PercentFormatter, StrMethodFormatter

from pipeline.figures.style import BLACK, BLUE, SKY, Sheet, sheet

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray


def reliability(  # noqa: PLR0913 - a table, and the words of the axes
    table: "pd.DataFrame",
    prediction: "NDArray[np.float64]",
    *,
    span: tuple[float, float],
    is_share: bool,
    axes: tuple[str, str],
    finding: str,
) -> Sheet:
    """Draw bins with their intervals over the line of what is predicted, and below how often each value is.

    Parameters
    ----------
    table
        `predicted`, `observed`, `low`, `high`, a row a bin.
    prediction
        Shape (rows,).
    span
        The least and the greatest value drawn.
    is_share
        Whether values are shares, and axes have percentages.
    axes
        What is predicted, and what was observed.
    finding
        The title.
    """
    figure = sheet(finding, height_in=4.2)
    upper, lower = figure.subplots(2, sharex=True, height_ratios=(3, 1))
    spread = [(table["observed"] - table["low"]).clip(lower=0), (table["high"] - table["observed"]).clip(lower=0)]
    upper.plot(span, span, color=BLACK, linewidth=1, linestyle="--", label="what is predicted happens")
    look = {"fmt": "o-", "markersize": 5, "linewidth": 1, "color": BLUE, "ecolor": SKY, "elinewidth": 3}
    upper.errorbar(table["predicted"], table["observed"], yerr=spread, label="a bin of rows, 95 %", **look)
    upper.set(ylabel=axes[1], xlim=span)
    upper.legend(loc="upper left")
    lower.hist(prediction, bins=50, range=span, color=SKY, edgecolor="white", linewidth=0.3)
    lower.set(xlabel=axes[0], ylabel="rows")
    lower.yaxis.set_major_formatter(StrMethodFormatter("{x:,.0f}"))
    lower.yaxis.set_major_locator(MaxNLocator(3))
    for axis in (upper.xaxis, upper.yaxis):
        axis.set_major_formatter(PercentFormatter(1.0, decimals=0) if is_share else StrMethodFormatter("{x:,g}"))
    figure.align_ylabels()
    return figure
