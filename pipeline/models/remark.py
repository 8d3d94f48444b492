"""A remark as text: who said it when about what between two fences, in TOML, and below what was said.

The name of its file is made from all of it, so two people never write the same file, and one that was changed later no
longer fits its name.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from pipeline import toml
from pipeline.errors import ReviewError
from pipeline.store import digest as digests

NAME = re.compile(r"\d{8}T\d{6}Z-[a-z0-9-]+-[0-9a-f]{12}\.md")
LARGEST_BYTES = 2**16
FOLDER = "review"  # of a run's folder: what people say about it
_FENCE = "+++\n"
_COMMENT = "comment"
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_SLUG_LENGTH, _SHORT = 32, 12


class Ruling(StrEnum):
    """What somebody decided about a run."""

    APPROVED = "approved"
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class Comment:
    """What somebody said about a cell of a report; `written` is in UTC."""

    author: str
    written: datetime
    stage: str
    cell: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What somebody decided about a run.

    Attributes
    ----------
    written
        When, UTC.
    record
        Digest of the run's record as it was decided about, without what was only measured.
    reports
        Digest of each report at that time, by stage.
    binds
        Of a run that registered a version, the digests of its `model`, `data`, `verdict` and `settings` at that time.
    until
        When it ends by itself, UTC; None: never.
    signature
        Of all the rest, by OpenSSH; empty where nobody signed.
    """

    ruling: Ruling
    author: str
    written: datetime
    reason: str
    record: str
    reports: Mapping[str, str]
    binds: Mapping[str, str] = field(default_factory=dict)
    until: datetime | None = None
    signature: str = ""


Remark = Comment | Decision
_DECIDED = {"kind": str, "author": str, "written": datetime, "record": str, "reports": dict}
_OPTIONAL: dict[str, type] = {"until": datetime, "signature": str, "binds": dict}  # of a decision
_FORMS: dict[str, dict[str, type]] = {
    _COMMENT: {"kind": str, "author": str, "written": datetime, "stage": str, "cell": str},
    **dict.fromkeys(Ruling, _DECIDED),
}


def render(remark: Remark) -> bytes:
    """Write a remark as the bytes of its file."""
    head: dict[str, Any] = {"author": remark.author, "written": remark.written}
    match remark:
        case Comment():
            lines = toml.lines({"kind": _COMMENT, **head, "stage": remark.stage, "cell": remark.cell})
            said = remark.text
        case Decision():
            given = {"until": remark.until, "signature": remark.signature}
            head |= {"record": remark.record, **{key: value for key, value in given.items() if value}}
            lines = toml.lines({"kind": remark.ruling.value, **head})
            for name, table in (("binds", remark.binds), ("reports", remark.reports)):
                lines += ["", f"[{name}]", *toml.lines(dict(sorted(table.items())))] if table else []
            said = remark.reason
    return "\n".join(["+++", *lines, "+++", "", said, ""]).encode(errors="replace")


def name(remark: Remark) -> str:
    """Name the file of a remark: when, by whom, and the beginning of its digest."""
    return _name(remark, render(remark))


def parse(file: str, data: bytes) -> Remark:
    """Read the file of a remark.

    Parameters
    ----------
    file
        Its name.

    Raises
    ------
    ReviewError
        If it is no remark in every detail, or was changed after it was written.
    """
    try:
        found = _remark(data)
    except (ValueError, RecursionError) as error:
        raise ReviewError(f"{file} is no remark: {error}. Bring the file back from git, or move it away.") from error
    if (expected := _name(found, data)) != file:
        raise ReviewError(
            f"{file} was changed after it was written: by what is in it, it would be called {expected}. "
            "Bring the file back from git; who has something to add writes another remark."
        )
    return found


def slug(author: str) -> str:
    """Write an author's name as a part of a file's name, without the address.

    >>> slug("Zoë O'Neil <zoe@example.org>")
    'zoe-o-neil'
    >>> slug("李雷")
    'somebody'
    """
    spelled = unicodedata.normalize("NFKD", author.partition("<")[0]).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", spelled).strip("-")[:_SLUG_LENGTH].rstrip("-") or "somebody"


def _name(remark: Remark, data: bytes) -> str:
    digest = digests.of_bytes(data.replace(b"\r\n", b"\n"))  # git may write the ends of lines as its user wants them
    short = digest.partition(":")[2][:_SHORT]
    return f"{remark.written:%Y%m%dT%H%M%SZ}-{slug(remark.author)}-{short}.md"


def _remark(data: bytes) -> Remark:
    if len(data) > LARGEST_BYTES:
        raise ValueError(f"it has {len(data)} bytes, the most is {LARGEST_BYTES}")
    text = data.decode().replace("\r\n", "\n")
    head, fence, said = text.removeprefix(_FENCE).partition(f"\n{_FENCE}")
    if not text.startswith(_FENCE) or not fence:
        raise ValueError("it does not begin with a table between two lines of +++")
    said = said.strip("\n")
    if not said.strip():
        raise ValueError("nothing is said in it")
    return _made(tomllib.loads(head), said)


def _made(table: dict[str, Any], said: str) -> Remark:
    kind = str(table.get("kind"))
    if (form := _FORMS.get(kind)) is None:
        raise ValueError(f"its kind is {kind!r}, not one of {', '.join(_FORMS)}")
    if kind != _COMMENT:
        form = form | {key: expected for key, expected in _OPTIONAL.items() if key in table}
    if table.keys() != form.keys():
        raise ValueError(f"it has the keys {', '.join(table)}; of this kind has {', '.join(form)}")
    if wrong := [key for key, expected in form.items() if not isinstance(table[key], expected) or not table[key]]:
        raise ValueError(f"its {wrong[0]} is {table[wrong[0]]!r}")
    written, until = table["written"], table.get("until")
    for moment in (written, *([until] if until else [])):
        if moment.utcoffset() != timedelta():
            raise ValueError(f"its time {moment} is not in UTC")
    head = {"author": table["author"], "written": written.astimezone(UTC)}
    if kind == _COMMENT:
        return Comment(**head, stage=table["stage"], cell=table["cell"], text=said)
    binds = table.get("binds", {})
    bound = (table["record"], *table["reports"].values(), *binds.values())
    if wrong := [digest for digest in bound if not isinstance(digest, str) or not DIGEST.fullmatch(digest)]:
        raise ValueError(f"{wrong[0]!r} is no digest")
    return Decision(
        **head,
        ruling=Ruling(kind),
        reason=said,
        record=table["record"],
        reports=table["reports"],
        binds=binds,
        until=until.astimezone(UTC) if until else None,
        signature=table.get("signature", ""),
    )
