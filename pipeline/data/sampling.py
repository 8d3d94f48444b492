"""Owns taking some rows of a stream: uniformly at random, seeded, in their order, in bounded memory."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

ROWS = 1_000_000
"""Rows that are taken unless settings say otherwise: 100 columns of numbers then are 0.8 GB in memory, and reading them
takes at most four times that."""


@dataclass(frozen=True, kw_only=True)
class Taken:
    """Rows that were taken of a source.

    Attributes
    ----------
    table
        The rows, in the order in which they came.
    rows
        How many there were.
    """

    table: pa.Table
    rows: int

    def told(self, seed: int) -> str:
        """Say how many rows of how many were taken, and how."""
        if len(self.table) == self.rows:
            return f"all {self.rows:,} rows"
        how = f"uniformly at random (seed {seed}), in their order; `rows` in [tool.pipeline.data] is the limit"
        return f"{len(self.table):,} of {self.rows:,} rows, taken {how}; columns and rules are of all"


def take(batches: Iterable[pa.RecordBatch], schema: pa.Schema, *, limit: int, seed: int) -> Taken:
    """Take at most `limit` rows, every set of that many with the same chance.

    Each row draws a number, and the smallest are taken (Efraimidis and Spirakis 2006, Inf. Process. Lett. 97:181, with
    equal weights). Never more than twice the limit, and a batch, are held.
    """
    chance = np.random.default_rng(seed)
    kept: list[pa.RecordBatch] = []
    keys: list[np.ndarray] = []
    held, rows, highest = 0, 0, np.inf
    for batch in batches:
        drawn = chance.random(len(batch))
        rows += len(batch)
        low = drawn <= highest
        kept.append(batch if low.all() else batch.filter(pa.array(low)))
        keys.append(drawn[low])
        held += len(kept[-1])
        if held > 2 * limit:
            highest = _smallest(kept, keys, limit)
            held = sum(map(len, kept))
    if held > limit:
        _smallest(kept, keys, limit)
    return Taken(table=pa.Table.from_batches(kept, schema=kept[0].schema if kept else schema), rows=rows)


def _smallest(kept: list[pa.RecordBatch], keys: list[np.ndarray], limit: int) -> float:
    """Leave only the rows with the smallest numbers; return the largest of these."""
    drawn = np.concatenate(keys)
    highest = float(np.partition(drawn, limit - 1)[limit - 1])
    for place, each in enumerate(keys):
        low = each <= highest
        kept[place], keys[place] = kept[place].filter(pa.array(low)), each[low]
    return highest
