"""Handoff: what a notebook calls to take from other stages and to leave behind. The one importer of scrapbook.

Scraps are outputs of scrapbook's mime type, so `scrapbook.read_notebook` reads them too. Beside each stands our record
of it (kind, digest, bytes, rows, schema), by which it comes back equal and of the same type.
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from pipeline import project, secrecy
from pipeline.errors import ScrapError, SettingsError, near
from pipeline.stages import notebook
from pipeline.store import codecs, literals, objects

MIME_PREFIX = "application/scrapbook.scrap."
INLINE_BYTES = 16_384  # a literal up to this size stands in the notebook, everything else in the store

EVERY_NAME = "*"  # stands in a trace for having looked at the names of all scraps

Upstream: TypeAlias = str
"""The report of another stage: a path from the project's root. As a parameter's type it makes an edge of the graph."""


class StageSkipped(Exception):  # noqa: N818 - a way to end, not an error
    """A stage ended itself early, and well."""

    def _render_traceback_(self) -> list[str]:
        return [f"skipped: {self}"]


@dataclass(frozen=True, kw_only=True)
class Scrap:
    """A named value as it stands in a report.

    Attributes
    ----------
    record
        `kind`, `digest`, `bytes`, `rows`, `schema`; `exact` where JSON alone would lose the type. Empty where plain
        scrapbook glued it.
    payload
        scrapbook's own payload: `name`, `data`, `encoder`, `version`.
    """

    name: str
    record: dict[str, Any]
    payload: dict[str, Any]

    @property
    def identity(self) -> str:
        """Kind and digest: equal exactly where the values are."""
        if self.record:
            return f"{self.record['kind']} {self.record['digest']}"
        return f"scrapbook {codecs.encode(self.payload).digest}"

    @property
    def inline(self) -> bool:
        """Say whether the value stands in the notebook."""
        return not self.record or (self.record["kind"] == "literal" and self.record["bytes"] <= INLINE_BYTES)

    def value(self) -> Any:  # noqa: ANN401 - any value
        """Decode the value, from the store where it is kept there."""
        if not self.record:
            return _scrapbook_value(self.payload)
        if self.inline:
            return literals.untag(self.record.get("exact", self.payload["data"]))
        return codecs.load(objects.project_store(), self.record["digest"], self.record["kind"])


class Scraps(Mapping[str, Any]):
    """The values a report left behind, by name; each is decoded when it is asked for."""

    def __init__(self, path: Path, found: Mapping[str, Scrap]) -> None:
        self._path, self._found = path, found

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 - any value
        """Decode a value.

        Raises
        ------
        ScrapError
            If the report has no scrap of this name.
        """
        return self._scrap(name).value()

    def __iter__(self) -> Iterator[str]:
        _note(self._path, EVERY_NAME, names_of(self._found))
        return iter(self._found)

    def __len__(self) -> int:
        _note(self._path, EVERY_NAME, names_of(self._found))
        return len(self._found)

    def __contains__(self, name: object) -> bool:
        scrap = self._found.get(str(name))
        _note(self._path, str(name), scrap.identity if scrap else "absent")
        return scrap is not None

    def __repr__(self) -> str:
        return f"<{len(self._found)} scraps of {self._path}: {', '.join(self._found)}>"

    def digest(self, name: str) -> str:
        """Return the digest of a value without decoding it.

        Raises
        ------
        ScrapError
            If the report has no scrap of this name.
        """
        return self._scrap(name).identity.rpartition(" ")[2]

    def _scrap(self, name: str) -> Scrap:
        if name not in self:
            raise ScrapError(f"{self._path} has no scrap {name!r}: {near(name, self._found)} Glue it there.")
        return self._found[name]


def names_of(found: Iterable[str]) -> str:
    """Return what a trace holds where a stage looked at the names of all scraps."""
    return " ".join(sorted(found))


def read(upstream: Upstream) -> Scraps:
    """Open the report of another stage.

    Parameters
    ----------
    upstream
        Path of the report, from the project's root or absolute.

    Raises
    ------
    ScrapError
        If that stage was never run.
    NotebookError
        If the file is not a notebook.
    """
    path = project.root() / upstream
    if not path.exists():
        raise ScrapError(f"{upstream} does not exist: its stage was never run. Run it: `pipeline run {path.stem}`.")
    sys.audit("pipeline.read", str(path))
    return Scraps(path, scraps(path))


def scraps(path: Path) -> dict[str, Scrap]:
    """List the scraps of an executed notebook; of two with one name the later counts."""
    return {scrap.name: scrap for scrap in scraps_of(notebook.load(path))}


def scraps_of(document: Mapping[str, Any]) -> Iterator[Scrap]:
    """Yield the scraps in the outputs of a notebook's JSON, in order."""
    outputs = (output for cell in document["cells"] for output in cell.get("outputs", []))
    return (scrap for output in outputs if (scrap := _scrap(output)) is not None)


def glue(name: str, value: Any) -> None:  # noqa: ANN401 - any value
    """Leave a value behind under a name, for later stages and for people.

    Raises
    ------
    ScrapError
        If the name is empty, or the value would not come back equal and of the same type.
    StoreError
        If the store cannot be written.
    """
    from IPython.display import display

    if not isinstance(name, str) or not name.strip():
        raise ScrapError(f"cannot glue under the name {name!r}: a name is a string that is not blank.")
    try:
        encoded = codecs.encode(value)
    except ScrapError as error:
        raise ScrapError(f"cannot glue {name!r}: {error}") from error
    if held := secrecy.KNOWN.within([name, value]) or secrecy.KNOWN.inside(encoded.payload):
        raise ScrapError(
            f"cannot glue {secrecy.KNOWN.scrub(name)!r}: it holds the secret {held!r}. Leave that out of the value; a "
            f"later stage asks for it itself with secret({held!r})."
        )
    encoder, data, record = _payload(encoded)
    payload = {"name": name, "data": data, "encoder": encoder, "version": 1}
    metadata = {"scrapbook": {"name": name, "data": True, "display": False}, "pipeline": record}
    display({f"{MIME_PREFIX}{encoder}+json": payload}, metadata=metadata, raw=True)  # type: ignore[no-untyped-call]


def secret(name: str) -> str:
    """Read a secret: from the environment variable of that name, else from a mounted file.

    The folder of such files is `PIPELINE_SECRETS`, by default `/run/secrets`. A run writes the name in the place of
    the value wherever it would stand in a report.

    Raises
    ------
    SecretError
        If it is in neither place, or is too short or too common to be hidden.
    """
    value = secrecy.lookup(name)
    secrecy.KNOWN.learn(name, value)
    sys.audit("pipeline.secret", name)
    return value


def setting(key: str, default: Any = ...) -> Any:  # noqa: ANN401 - any TOML value
    """Take a value from `[tool.pipeline]` of the project, by its dotted key.

    Meant as the default of a parameter: `target: str = setting("data.target")`. In a run it is looked up and checked
    before the kernel starts; by hand it is looked up then and there.

    Raises
    ------
    SettingsError
        If the key is not set and there is no `default`.
    """
    return lookup(project.table(), key, default)


def lookup(table: Mapping[str, Any], key: str, default: Any = ...) -> Any:  # noqa: ANN401 - any TOML value
    """Follow a dotted key through a table.

    Raises
    ------
    SettingsError
        If the key is not set and there is no `default`.
    """
    found: Any = table
    for part in key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            if default is not ...:
                return default
            choices = found if isinstance(found, Mapping) else ()
            raise SettingsError(f"[tool.pipeline] has no {key!r}: set it in pyproject.toml; {near(part, choices)}")
        found = found[part]
    return found


def skip(reason: str) -> None:
    """End this stage early, and well: its status is `skipped`, and so is what needs it. The next run asks it again.

    Raises
    ------
    StageSkipped
        Always.
    """
    raise StageSkipped(reason)


def _payload(encoded: codecs.Encoded) -> tuple[str, Any, dict[str, Any]]:
    """Return scrapbook's encoder, the data as others see it, and our record."""
    record = {"kind": encoded.kind, "digest": encoded.digest, "bytes": len(encoded.payload)}
    if encoded.rows is not None:
        record["rows"] = encoded.rows
    if encoded.schema:
        record["schema"] = encoded.schema
    if encoded.kind != "literal" or len(encoded.payload) > INLINE_BYTES:
        objects.project_store().put(encoded.payload)
        return "json", record, record
    data = literals.readable(encoded.literal)
    if data is None or data != encoded.literal:
        record["exact"] = encoded.literal
        data = str(data) if data is None else data
    # scrapbook parses a string under its json encoder, so that "123" would come back a number.
    return ("text" if isinstance(data, str) else "json"), data, record


def _scrap(output: Mapping[str, Any]) -> Scrap | None:
    for mime, payload in output.get("data", {}).items():
        if mime.startswith(MIME_PREFIX) and isinstance(payload, dict) and "name" in payload:
            record = output.get("metadata", {}).get("pipeline", {})
            return Scrap(name=payload["name"], record=record, payload=payload)
    return None


def _scrapbook_value(payload: dict[str, Any]) -> Any:  # noqa: ANN401 - any value
    from scrapbook.encoders import registry
    from scrapbook.scraps import payload_to_scrap

    return registry.decode(payload_to_scrap(payload)).data


def _note(path: Path, name: str, identity: str) -> None:
    """Tell whoever traces this process what was read."""
    sys.audit("pipeline.scrap", str(path), name, identity)
