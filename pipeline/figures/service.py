"""Owns the figure of a service: how much it was asked in each window, how long it took, how often it failed."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import PercentFormatter

from pipeline.figures.style import BLACK, BLUE, MIST, ORANGE, Sheet, sheet

if TYPE_CHECKING:
    import pandas as pd

_LETTERS = 72  # that fit below a chart, side by side


def service(table: "pd.DataFrame", *, finding: str) -> Sheet:
    """Draw three panels: rows, milliseconds, and shares of requests that failed or were refused.

    Parameters
    ----------
    table
        Indexed by window: `rows`, `median_ms`, `slow_ms`, `failed`, `refused` (shares of requests).
    finding
        The title.
    """
    figure = sheet(finding, height_in=5.6)
    places, panels = np.arange(len(table)), figure.subplots(3, sharex=True)
    panels[0].bar(places, table["rows"], color=MIST, edgecolor=BLACK, linewidth=0.5)
    panels[0].set_title("rows answered")
    for column, look, name in (("slow_ms", "D", "95 of 100 rows"), ("median_ms", "o", "half of them")):
        panels[1].plot(places, table[column], f"{look}-", color=BLUE if look == "o" else ORANGE, label=name)
    panels[1].set_title("milliseconds until answered")
    for column, look in (("failed", "D"), ("refused", "o")):
        panels[2].plot(places, table[column], f"{look}-", color=ORANGE if look == "D" else BLUE, label=column)
    panels[2].set_title("share of requests")
    panels[2].yaxis.set_major_formatter(PercentFormatter(1.0))
    for axes in panels[1:]:
        axes.set_ylim(bottom=0)
        axes.legend(ncols=2, loc="upper right")
    letters = sum(len(str(window)) + 2 for window in table.index)
    panels[2].set_xticks(places, list(table.index), rotation=0 if letters <= _LETTERS else 90)
    return figure
