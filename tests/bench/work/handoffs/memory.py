"""Owns handing over within one process: values are saved to files as the notebooks do, and never read back."""

from pathlib import Path

import files
import matplotlib.pyplot as plt
from files import Upstream, begin

__all__ = ["Upstream", "begin", "glue", "read", "save_figures"]
KEPT: dict[str, dict[str, object]] = {}


def glue(name: str, value: object) -> None:
    files.glue(name, value)
    KEPT.setdefault(str(files.INTO[0]), {})[name] = value


def read(folder: str) -> dict[str, object]:
    return KEPT[folder]


def save_figures(cell: str) -> None:
    """Save what a cell drew and forget it, as the inline backend does at the end of each cell."""
    for number in plt.get_fignums():
        plt.figure(number).savefig(Path(files.INTO[0], f"{cell}-{number}.png"), bbox_inches="tight")
    plt.close("all")
