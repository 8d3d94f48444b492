"""Owns snapshots: what was read of a source, kept by content, so that a run can be run again when that moved on."""

import io
import json
import os
import sys

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline import project
from pipeline.store import digest, objects

VARIABLE = "PIPELINE_SNAPSHOTS"
"""Of the environment: digest by key, as JSON. What is named there is read instead of its source."""

_TOLD = b"told"


def key(*asked: object) -> str:
    """Name one way of reading one source, by all that was asked."""
    return digest.of_json(repr(asked))


def recorded(name: str) -> tuple[pa.Table, str] | None:
    """Return what was read in the run that is run again, and what was told of it; None outside of such a run.

    Raises
    ------
    StoreError
        If the snapshot is no longer in the store.
    """
    found = json.loads(os.environ.get(VARIABLE, "{}")).get(name)
    if found is None:
        return None
    table = pq.read_table(pa.BufferReader(objects.project_store().get(found)))
    return table.replace_schema_metadata(None), table.schema.metadata[_TOLD].decode()


def keep(name: str, table: pa.Table, told: str) -> str:
    """Keep what was read and return its digest, where a run records it; by hand nothing is kept.

    Raises
    ------
    StoreError
        If the store cannot be written.
    """
    if project.ROOT_VARIABLE not in os.environ:
        return digest.UNKNOWN
    sink = io.BytesIO()
    pq.write_table(table.replace_schema_metadata({_TOLD: told.encode()}), sink, compression="zstd", compression_level=1)
    found = objects.project_store().put(sink.getvalue())
    sys.audit("pipeline.snapshot", name, found)
    return found
