"""Blocks: how the rows of a reference column spread over its days or groups, by which chance is judged."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from pipeline.monitoring.forms import Numbers, Words, numbers, written
from pipeline.monitoring.tallies import Tally


def alone(chosen: Numbers | Words, tally: Tally) -> int:
    """Count the rows that are the only one with the least value, the greatest, or a word."""
    if isinstance(chosen, Numbers):
        return int((tally.cells[[1, -2]] == 1).sum()) if len(chosen.edges) > 1 else 0
    return int((tally.cells == 1).sum()) if chosen.complete else 0


def spread(
    chosen: Numbers | Words, tally: Tally, values: "pd.Series[Any]", blocks: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Count the rows of each block.

    Parameters
    ----------
    chosen, tally
        The column's form, and the tally of all its values.
    values, blocks
        Shape (rows,): the values, and the number of each row's block, from 0 up without a gap.

    Returns
    -------
    tuple
        In each bin, shape (blocks, bins), and those with a value that no other block has, shape (blocks,).
    """
    there = values.notna().to_numpy()
    count, here = int(blocks.max()) + 1, blocks[there]
    missing = np.bincount(blocks[~there], minlength=count)
    if isinstance(chosen, Words):
        return _of_words(chosen, values[there], here, missing)
    found, ends = numbers(values[there]), chosen.edges[chosen.deciles(tally)]
    places = here * (len(ends) + 2) + np.searchsorted(ends, found)
    counts = np.bincount(places, minlength=count * (len(ends) + 2)).reshape(count, -1)
    counts[:, -1] = missing
    return counts, _outside(found, here, count)


def _of_words(
    chosen: Words, values: "pd.Series[Any]", here: NDArray[np.int64], missing: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    codes, words = pd.factorize(written(values))
    places = {word: place for place, word in enumerate(chosen.known)}
    each = np.array([places.get(str(word), len(places)) for word in words], dtype=np.int64)
    flat = np.bincount(here * (len(places) + 1) + each[codes], minlength=len(missing) * (len(places) + 1))
    cells = flat.reshape(len(missing), -1)
    counts = [chosen.bins(Tally(cells=row, missing=gaps)) for row, gaps in zip(cells, missing.tolist(), strict=True)]
    only = np.where((cells > 0).sum(axis=0) == 1, cells, 0).sum(axis=1)
    return np.array(counts), only if chosen.complete else np.zeros_like(only)


def _outside(found: NDArray[np.float64], here: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """Count the rows of each block that lie below or above all those of the others."""
    outside = np.zeros(count, dtype=np.int64)
    by_block = pd.Series(found).groupby(here)
    least, most = by_block.min().sort_values(), by_block.max().sort_values()
    if len(least) > 1:
        outside[least.index[0]] += int((found[here == least.index[0]] < least.iloc[1]).sum())
        outside[most.index[-1]] += int((found[here == most.index[-1]] > most.iloc[-2]).sum())
    return outside
