"""Scoring: all rows of a file are answered as the service would, in memory that does not grow with the file."""

import gzip
import os
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipeline.data import addresses, places, reading
from pipeline.errors import DataError, StoreError, UsageError
from pipeline.serving import blocks
from pipeline.serving.blocks import Wanted
from pipeline.serving.predictor import Answer, Predictor
from pipeline.serving.rows import Fault
from pipeline.store import urls

_GROUP_ROWS = 100_000
_SHOWN = 5
_KINDS = (".csv", ".csv.gz", ".parquet")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be scored.

    Attributes
    ----------
    source
        A path, or a URL; `[secret NAME]` stands for a secret.
    output
        A path or URL that ends with `.csv`, `.csv.gz` or `.parquet`.
    keep
        Columns of the source that stand beside the answers, and so does the id, where the source has it; where there is
        none of all these, the number of the row, 1 and up.
    data
        `[tool.pipeline.data]`: `id`, and how a file is read (`reading`, `types`).
    """

    source: str
    output: str
    keep: Sequence[str]
    data: Mapping[str, Any]


def score(predictor: Predictor, order: Order, tell: Callable[[int], None]) -> int:
    """Write the answers to all rows of a file, or nothing.

    Parameters
    ----------
    tell
        Told how many rows are answered, now and then.

    Returns
    -------
        How many rows there were.

    Raises
    ------
    UsageError
        If the output is of no kind that is written, or would have two columns of one name.
    DataError
        If the source cannot be read, or a row is none that the service would answer; with the first of them.
    StoreError
        If the output cannot be written.
    """
    if not order.output.lower().endswith(_KINDS):
        raise UsageError(f"cannot write {urls.public(order.output)!r}: let its name end with {', '.join(_KINDS)}.")
    asked = predictor.form.columns
    how, types = reading.asked(order.data.get("reading")), order.data.get("types") or {}
    wanted = Wanted(asked=asked, kept=order.keep, id=order.data.get("id"), reading=how, types=types)
    address = order.source if "://" in order.source else str(Path(order.source).absolute())
    with places.fetched(urls.public(order.source), addresses.resolve(address)) as files:
        parts = _answered(predictor, blocks.of(files, wanted), files.source, tell)
        with _written(order.output) as path:
            return _write(path, parts)


def _answered(
    predictor: Predictor, found: Iterable[blocks.Block], source: str, tell: Callable[[int], None]
) -> Iterator[pa.Table]:
    done = 0
    for block in found:
        values, faults = predictor.read(block.rows)
        if faults:
            raise _unfit(source, done, faults)
        kept = block.kept if block.kept.num_columns else pa.table({"row": range(done + 1, done + len(block.rows) + 1)})
        yield _beside(kept, predictor.predict(values), predictor.manifest.version)
        done += len(block.rows)
        tell(done)


def _unfit(source: str, before: int, faults: Sequence[Fault]) -> DataError:
    said = [f"row {before + each.row + 1}: column {each.column!r} must be {each.must}" for each in faults[:_SHOWN]]
    return DataError(
        f"{source} has rows that the model cannot answer, so nothing is written. The first (from 1 on): "
        f"{'; '.join(said)}. Mend them, leave them out, or say how the file is written: [tool.pipeline.data.reading]."
    )


def _beside(kept: pa.Table, answers: Sequence[Answer], version: int) -> pa.Table:
    flat = [_flat(answer) for answer in answers]
    columns = {name: pa.array([each[name] for each in flat]) for name in flat[0]}
    columns["version"] = pa.array([version] * len(flat), pa.int32())
    if twice := [name for name in columns if name in kept.column_names]:
        raise UsageError(f"column {twice[0]!r} cannot be kept: the answer has one of that name. Rename it first.")
    return pa.table({**dict(zip(kept.column_names, kept.columns, strict=True)), **columns})


def _flat(answer: Answer) -> dict[str, Any]:
    told = {f"probability_{name}": each for name, each in answer.get("probabilities", {}).items()}
    return {name: value for name, value in answer.items() if name != "probabilities"} | told


def _write(path: Path, parts: Iterator[pa.Table]) -> int:
    """Write tables one below the other; small ones are put together first."""
    first = next(parts, None)
    if first is None:
        raise DataError("there is no row to be scored. Give a table that has some.")
    rows, waiting = 0, [first]
    with _writer(path, first.schema) as write:
        for part in parts:
            if sum(map(len, waiting)) >= _GROUP_ROWS:
                rows += write(waiting)
                waiting = []
            waiting.append(part.cast(first.schema))
        return rows + write(waiting)


@contextmanager
def _writer(path: Path, schema: pa.Schema) -> Iterator[Callable[[list[pa.Table]], int]]:
    with ExitStack() as stack:
        if path.name.endswith(".parquet"):
            writer: Any = stack.enter_context(pyarrow.parquet.ParquetWriter(path, schema))
        else:
            opened = gzip.open if path.name.endswith(".gz") else Path.open
            file = stack.enter_context(opened(path, "wb"))
            writer = stack.enter_context(pyarrow.csv.CSVWriter(file, schema))

        def write(parts: list[pa.Table]) -> int:
            table = pa.concat_tables(parts)
            writer.write_table(table)
            return len(table)

        yield write


@contextmanager
def _written(output: str) -> Iterator[Path]:
    """Write a file elsewhere first, so that it is there whole or not at all."""
    here = addresses.local(output if "://" in output else str(Path(output).absolute()))
    try:
        if here is not None:
            here.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".score-", dir=here.parent if here else None) as folder:
            path = Path(folder) / PurePosixPath(output).name.lower()
            yield path
            with path.open("rb") as file:
                os.fsync(file.fileno())
            if here is None:
                _upload(path, output)
            else:
                path.replace(here)
    except OSError as error:
        raise StoreError(f"cannot write {urls.public(output)}: {error}. Make room and make it writable.") from error


def _upload(path: Path, output: str) -> None:
    import fsspec

    with places.translated(urls.public(output), output):
        system, place = fsspec.core.url_to_fs(addresses.resolve(output))
        system.put_file(str(path), place)
