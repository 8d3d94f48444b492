"""Owns the look of every figure: one call in a notebook's setup cell, and the blank sheet that figures are drawn on."""

import logging
import textwrap
from collections.abc import Sequence
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe and Ito (2008). What stands side by side is one dark and one light colour (BLUE or BLACK, and SKY, ORANGE or
# MIST), so that a grey print still tells them apart; what has the same lightness has another line or marker as well.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
SKY = "#56B4E9"
PINK = "#CC79A7"
GREY = "#6E6E6E"
MIST = "#C8C8C8"
BLACK = "#000000"
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, SKY, PINK, GREY)

WIDE_IN = 7.0
LEAST_POINTS = 9.0  # smaller type cannot be read where a figure is as wide as a phone
# The second has letters of East Asia, where it is installed; the last has a box for every letter there is.
_FONTS = ("DejaVu Sans", "Noto Sans CJK JP", "Last Resort High-Efficiency")
_TITLE_POINTS = 10.5
_TITLE_LETTERS = 78  # that fit in a line of a figure that is as wide as it may be
_TITLE_LINES = 3


class Sheet(Figure):
    """A figure that says what it shows to those who cannot see it too: its finding is its alternative text."""

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Give IPython the words beside the picture that it draws."""
        del include, exclude  # IPython draws the picture itself, and asks for all that there is
        words = finding(self)
        return {"text/plain": f"figure: {words}"}, {"image/png": {"alt": words}}


def use() -> None:
    """Set matplotlib's defaults for every figure that follows: small files, large type, colour-blind safe.

    Figures are returned, not drawn on a hidden current one: make them with `sheet`.
    """
    # Inside a notebook this loads IPython's backend, which teaches it to show a figure that a cell ends with.
    plt.switch_backend(mpl.get_backend())
    logging.getLogger("matplotlib.font_manager").setLevel(logging.ERROR)  # that a font is missing, or has no bold face
    mpl.rcParams.update(
        {
            "date.converter": "concise",
            "figure.dpi": 110,
            "figure.figsize": (WIDE_IN, 3.4),
            "figure.constrained_layout.use": True,
            "savefig.bbox": "tight",
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.titlelocation": "left",
            "axes.titlesize": 9.5,
            "axes.titleweight": "bold",
            "axes.labelsize": 9.5,
            "xtick.labelsize": LEAST_POINTS,
            "ytick.labelsize": LEAST_POINTS,
            "legend.fontsize": LEAST_POINTS,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "grid.color": "#E4E4E4",
            "grid.linewidth": 0.7,
            "font.size": 10.0,
            "font.family": [*_FONTS],
            "text.parse_math": False,  # a column may be called "price ($)"
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "image.cmap": "cividis",
        },
    )


def sheet(says: str, *, height_in: float, width_in: float = WIDE_IN) -> Sheet:
    """Make a blank figure under a title that says what is to be seen.

    Parameters
    ----------
    says
        The finding, in one sentence; its lines are broken here.
    height_in, width_in
        Size in inches; the title's lines come on top.
    """
    lines = textwrap.wrap(says, int(_TITLE_LETTERS * width_in / WIDE_IN), max_lines=_TITLE_LINES, placeholder=" …")
    figure = Sheet(figsize=(width_in, height_in + 0.2 * len(lines)), layout="constrained")
    figure.suptitle("\n".join(lines), x=0, ha="left", weight="bold", size=_TITLE_POINTS)
    return figure


def finding(figure: Figure) -> str:
    """Return what a figure's title says, in one line."""
    return " ".join(figure.get_suptitle().split())


def name_rows(axes: Axes, names: Sequence[str]) -> None:
    """Name the rows of a chart from the top down."""
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
