"""Secrets that are planted in a project, and the search for them in all that it leaves behind."""

import base64
import io
import json
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, quote_plus

import pyarrow.parquet
import pytest
from projects import Project

CANARY = "kestrel/Wing+9&Feather='Q7\"zebra"
DATABASE = "postgresql://analyst:Heron%21Lagoon42@db.example/sales"
PASSWORD = "Heron!Lagoon42"  # noqa: S105 - planted
IMPORT = "from pipeline.handoff import secret"
ASK = "value, url = secret('CANARY'), secret('DATABASE')"


def planted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project, and beside it a folder of secrets."""
    monkeypatch.setenv("CANARY", CANARY)
    monkeypatch.setenv("PIPELINE_SECRETS", str(folder / "mounted"))
    monkeypatch.setenv("IPYTHONDIR", str(folder / "project/.ipython"))
    Project(folder).write("mounted/DATABASE", f"{DATABASE}\n")
    project = Project(folder / "project")
    project.write("pyproject.toml", "[tool.pipeline]\n")
    return project


def forms(value: str) -> set[bytes]:
    """Ways in which a person with a decoder could read it."""
    data = value.encode()
    texts = {value, json.dumps(value)[1:-1], repr(value)[1:-1], quote(value), quote_plus(value), data.hex()}
    texts |= {base64.b64encode(b"?" * lead + data + b"??")[4 * bool(lead) : -4].decode() for lead in range(3)}
    return {text.encode() for text in texts} | {value.encode("utf-16-le"), value.encode("utf-32-le")}


PLANTED = forms(CANARY) | forms(DATABASE) | forms(PASSWORD) | {CANARY[:14].encode(), CANARY[-14:].encode()}


def unpacked(data: bytes) -> Iterator[bytes]:
    """Yield bytes, images and other base64 in them decoded, and what is packed or compressed in those."""
    yield data
    if data.startswith(b"{"):
        for text in _texts(json.loads(data)):
            yield text.encode()
            if len(text) > 200 and set(text) <= set(
                "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\n"
            ):
                yield from unpacked(base64.b64decode(text))
    if data.startswith(b"\x89PNG"):
        yield from (zlib.decompress(chunk.partition(b"\0")[2][1:]) for kind, chunk in _chunks(data) if kind == b"zTXt")
    if data.startswith(b"%PDF"):
        for stream in data.split(b"stream\n")[1:]:
            yield zlib.decompressobj().decompress(stream) if stream[:1] == b"\x78" else stream
    if data.startswith(b"PAR1"):
        table = pyarrow.parquet.read_table(io.BytesIO(data))
        yield from (repr(each).encode() for each in (table.schema.metadata, table.to_pydict()))
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            yield from (archive.read(name) for name in archive.namelist())


def _texts(value: object) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            yield from (text for pair in value.items() for item in pair for text in _texts(item))
        case list():
            yield from (text for item in value for text in _texts(item))
            yield "".join(item for item in value if isinstance(item, str))


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 8
    while at < len(png):
        (size,) = struct.unpack(">I", png[at : at + 4])
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + size]
        at += size + 12


def leaks(project: Project) -> list[tuple[str, bytes]]:
    files = [path for path in project.root.rglob("*") if path.is_file() and path.parent.name != "notebooks"]
    assert any(path.suffix == ".ipynb" for path in files)
    return [
        (str(path.relative_to(project.root)), form)
        for path in files
        for data in unpacked(path.read_bytes())
        for form in PLANTED
        if form in data or form in path.name.encode()
    ]


def told(said: str) -> list[bytes]:
    """Secrets in what a command printed."""
    return [form for form in PLANTED if form in said.encode()]
