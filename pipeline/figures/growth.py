"""Owns the figure of a learning curve: what more rows would be worth. Computes nothing."""

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter

from pipeline.figures.style import BLUE, ORANGE, SKY, Sheet, sheet

if TYPE_CHECKING:
    import pandas as pd


def growth(curve: "pd.DataFrame", *, score: str, better: int) -> Sheet:
    """Draw how scores grow with the rows that are learnt from.

    Parameters
    ----------
    curve
        A row a size: `rows`, `learnt` and `new` (score of rows learnt from, and of others), `spread` between folds.
    score
        What it is called.
    better
        +1 where more is better, -1 where less is.
    """
    figure = sheet(_says(curve, score, better), height_in=3.2)
    axes = figure.subplots()
    axes.fill_between(
        curve["rows"], curve["new"] - curve["spread"], curve["new"] + curve["spread"], color=SKY, alpha=0.4
    )
    axes.plot(curve["rows"], curve["new"], "o-", color=BLUE, label="rows not learnt from, ± between folds")
    axes.plot(curve["rows"], curve["learnt"], "s--", color=ORANGE, label="rows learnt from")
    axes.set(xlabel="rows learnt from", ylabel=score)
    axes.set_xscale("log", base=2)
    axes.set_xticks(curve["rows"])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda rows, _: f"{rows:,.0f}"))
    axes.minorticks_off()
    axes.legend(ncols=2, loc="upper left", bbox_to_anchor=(0, 1.18), borderaxespad=0)
    return figure


def _says(curve: "pd.DataFrame", score: str, better: int) -> str:
    if len(curve) < 2:  # noqa: PLR2004 - a gain is between two sizes
        return f"{score} {curve['new'].iloc[-1]:.3g} with all rows; there are too few to learn from less"
    half, whole = curve["new"].iloc[-2], curve["new"].iloc[-1]
    gain = better * (whole - half)
    spread = curve["spread"].iloc[-1]
    worth = "more rows may well help" if gain > spread / 2 else "more rows of this kind promise little"
    return f"Twice the rows took {score} from {half:.3g} to {whole:.3g} (folds spread by ± {spread:.2g}): {worth}"
