"""Owns the look of every figure: one call in a notebook's setup cell."""

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler

# Okabe and Ito (2008), ordered so that neighbours differ in lightness too: a grey print still tells them apart.
BLUE = "#0072B2"
ORANGE = "#E69F00"
GREEN = "#009E73"
VERMILION = "#D55E00"
SKY = "#56B4E9"
PINK = "#CC79A7"
GREY = "#6E6E6E"
COLOURS = (BLUE, ORANGE, GREEN, VERMILION, SKY, PINK, GREY)


def use() -> None:
    """Set matplotlib's defaults for every figure that follows: small files, large type, colour-blind safe.

    Figures are returned, not drawn on a hidden current one: make them with `matplotlib.figure.Figure`.
    """
    # Inside a notebook this loads IPython's backend, which teaches it to show a figure that a cell ends with.
    plt.switch_backend(mpl.get_backend())
    mpl.rcParams.update(
        {
            "date.converter": "concise",
            "figure.dpi": 88,
            "figure.figsize": (8.0, 3.6),
            "figure.constrained_layout.use": True,
            "savefig.bbox": "tight",
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.titlelocation": "left",
            "axes.titlesize": "medium",
            "axes.titleweight": "bold",
            "axes.labelsize": "medium",
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.axisbelow": True,
            "axes.grid": True,
            "grid.color": "#E4E4E4",
            "grid.linewidth": 0.7,
            "font.size": 10.0,
            "text.parse_math": False,  # a column may be called "price ($)"
            "legend.frameon": False,
            "lines.linewidth": 1.8,
            "image.cmap": "cividis",
        },
    )
