"""Scrubbing: the names of secrets in the place of their values, in everything that a run writes or says."""

import base64
import os
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from pipeline.secrecy import KNOWN, find

Found = TypeVar("Found")
USUAL = (
    *("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AZURE_CLIENT_SECRET", "AZURE_STORAGE_CONNECTION_STRING"),
    *("AZURE_STORAGE_ACCOUNT_KEY", "AZURE_STORAGE_KEY", "AZURE_STORAGE_SAS_TOKEN", "FSSPEC_GS_TOKEN"),
    *("GITHUB_TOKEN", "MLFLOW_TRACKING_PASSWORD", "MLFLOW_TRACKING_TOKEN"),
)
"""Variables in which libraries and services find a secret by themselves, so that nobody names it."""

_REAL = 16  # characters; what is shorter is a stand-in, and may be a word that stands everywhere
_TEXT = ("json", "xml")
_BINARY = re.compile(r"(image|audio|video|font)/|application/(pdf|octet-stream|zip|gzip|x-)")
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]")
_INFLATED_BYTES = 2**24


def learn(names: Iterable[str]) -> None:
    """Hide the values of secrets from now on, usual ones too; one that is missing is the affair of whoever asks for it.

    Raises
    ------
    SecretError
        If a value is too short or too common to be hidden.
    """
    for name in USUAL:
        if len(value := os.environ.get(name, "")) >= _REAL:
            KNOWN.learn(name, value)
    for name in names:
        if value := find(name):
            KNOWN.learn(name, value)


def announced(notes: Path) -> Path:
    """Return the file in which a kernel names secrets before it hands them out, beside that of its notes."""
    return notes.with_suffix(".secrets")


def listen(notes: Path) -> None:
    """Learn the names that a kernel announced."""
    with suppress(FileNotFoundError):
        learn(announced(notes).read_text().split())


def clean(value: Found) -> Found:
    """Return a record, or JSON, without the values of secrets; the very same where none is known."""
    return _clean(value) if KNOWN else value


def document(notebook: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a notebook's JSON without the values of secrets, whatever they were printed, drawn or encoded as."""
    if not KNOWN:
        return notebook
    rest = {key: _clean(value) for key, value in notebook.items() if key != "cells"}
    return rest | {"cells": [_cell(cell) for cell in notebook["cells"]]}


def _clean(value: Any) -> Any:  # noqa: ANN401, PLR0911 - any JSON, a line for each type
    match value:
        case str() if type(value) is str:
            return KNOWN.scrub(value)
        case bool() | None | bytes():
            return value
        case int() | float():
            return value if (text := KNOWN.scrub(repr(value))) == repr(value) else text
        case Mapping():
            return {_clean(key): _clean(item) for key, item in value.items()}
        case list() | tuple() if value and all(isinstance(item, str) for item in value):
            return type(value)(_pieces(list(value)))
        case list() | tuple():
            return type(value)(map(_clean, value))
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{each.name: _clean(getattr(value, each.name)) for each in fields(value)})
    return value


def _pieces(pieces: list[str]) -> list[str]:
    """Scrub texts that a reader sees as one: where a secret is spread over several, all stand in the first."""
    alone = [KNOWN.scrub(piece) for piece in pieces]
    together = "".join(alone)
    scrubbed = KNOWN.scrub(together)
    return alone if scrubbed == together else [scrubbed, *[""] * (len(pieces) - 1)]


def _cell(cell: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: _clean(value) for key, value in cell.items() if key != "outputs"}
    found = rest | {key: cell[key] for key in ("cell_type", "id") if key in cell}
    return found | ({"outputs": _outputs(cell["outputs"])} if "outputs" in cell else {})


def _outputs(outputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Scrub outputs, each alone and the pieces of a stream together."""
    found = [_output(output) for output in outputs]
    for name in ("stdout", "stderr"):
        stream = [output for output in found if output.get("name") == name and output["output_type"] == "stream"]
        texts = ["".join(output["text"]) for output in stream]
        for output, text in zip(stream, _pieces(texts), strict=True):
            output["text"] = text
    return found


def _output(output: Mapping[str, Any]) -> dict[str, Any]:
    rest = {key: _clean(value) for key, value in output.items() if key != "data"}
    found = rest | {key: output[key] for key in ("output_type", "name") if key in output}
    return found | ({"data": _bundle(output["data"])} if "data" in output else {})


def _bundle(data: Mapping[str, Any]) -> dict[str, Any]:
    """Scrub each representation; one in bytes cannot be mended, and a line stands in its place."""
    binary = {mime: found for mime, content in data.items() if (found := _bytes(mime, content))}
    held = {mime: name for mime, found in binary.items() if (name := _held(found))}
    kept = {_clean(mime): item if mime in binary else _clean(item) for mime, item in data.items() if mime not in held}
    if held:
        lines = [f"[a {mime} that held the secret {name} was left out]" for mime, name in held.items()]
        kept["text/plain"] = "\n".join([*lines, *filter(None, [kept.get("text/plain")])])
    return kept


def _bytes(mime: str, content: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return what base64 stands for; empty for what is text, whatever its type is called."""
    if not _BINARY.match(mime) or mime.endswith(_TEXT) or not isinstance(content, str):
        return b""
    try:
        found = base64.b64decode("".join(content.split()), validate=True)
    except ValueError:
        return b""
    return b"" if KNOWN.inside(content.encode()) else found


def _held(data: bytes) -> str:
    """Name the secret in bytes, or in what is packed in them."""
    return next((name for each in _unpacked(data) if (name := KNOWN.inside(each))), "")


def _unpacked(data: bytes) -> Iterator[bytes]:
    """Yield bytes, and what is compressed in them: texts of a PNG, pages of a PDF."""
    yield data
    for start in _ZLIB.finditer(data):
        with suppress(zlib.error):
            yield zlib.decompressobj().decompress(memoryview(data)[start.start() :], _INFLATED_BYTES)
