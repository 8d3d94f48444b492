"""Owns the figure of several models compared by their metrics. Computes nothing."""

from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator

from pipeline.figures.scores.whiskers import BAR_IN, LABEL, whiskers
from pipeline.figures.style import Sheet, name_rows, sheet
from pipeline.figures.words import short

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_PANELS_PER_LINE = 2


def compared(table: "pd.DataFrame", titles: "Mapping[str, str]", *, own: str, finding: str) -> Sheet:
    """Draw metrics of several models, a panel each, with intervals.

    Parameters
    ----------
    table
        `model`, `metric`, `value`, `low`, `high`.
    titles
        The metrics to draw, each with its title.
    own
        The model that the others are compared with: its marks are filled.
    finding
        The title.
    """
    models = list(dict.fromkeys(table["model"]))
    lines = -(-len(titles) // _PANELS_PER_LINE)
    figure = sheet(finding, height_in=lines * (0.75 + BAR_IN * len(models)))
    panels = list(figure.subplots(lines, _PANELS_PER_LINE, squeeze=False).flat)
    for axes in panels[len(titles) :]:
        axes.set_axis_off()
    for axes, (metric, title) in zip(panels, titles.items(), strict=False):
        rows = table[table["metric"] == metric].set_index("model").loc[models]
        whiskers(axes, rows, filled=[model == own for model in models])
        name_rows(axes, [short(model, LABEL) for model in models])
        axes.xaxis.set_major_locator(MaxNLocator(4))
        found = int(rows["value"].notna().sum())
        axes.set_title(title if found == len(rows) else f"{title} ({found} of {len(rows)} have one)")
    return figure
