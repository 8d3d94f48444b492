"""Marks: what names the content of a log of traffic, without reading it. Imports nothing heavy.

Rows are only added to a log, or removed from its beginning, so their number and the last of them tell one content from
another.
"""

from typing import TYPE_CHECKING

from pipeline import project
from pipeline.errors import PipelineError
from pipeline.serving import logbook, terms
from pipeline.store import digest

if TYPE_CHECKING:
    from pipeline.serving.traffic import Traffic

SCHEME = "traffic:"
ANSWERING = "/predict"  # the route whose requests count; others ask for labels, numbers or health
NONE = "none"

_ASKED = (
    ("SELECT count(*), max(at), max(id) FROM predictions", ()),
    ("SELECT count(*), max(number) FROM labels", ()),
    ("SELECT CAST(sum(count) AS BIGINT) FROM requests WHERE route = ?", (ANSWERING,)),
)


def opened(name: str) -> "Traffic | None":
    """Open the log of a model's service; None where it has never answered.

    Raises
    ------
    SettingsError, SecretError, StoreError
        If it cannot be opened.
    """
    kept = terms.read(project.table().get("serve", {}))
    return logbook.reading(name, kept) if kept.traffic or logbook.path(name).is_file() else None


def mark(traffic: "Traffic | None") -> str:
    """Name what a log holds now; another name after every new answer, label or request.

    Raises
    ------
    StoreError
        If the log cannot be read.
    """
    if traffic is None:
        return NONE
    return digest.of_json([list(map(list, traffic.database.ask(*each))) for each in _ASKED])


def fingerprint(uri: str) -> str:
    """Return the mark of the log that `traffic:NAME` names; `unknown` where it cannot be read."""
    try:
        traffic = opened(uri.removeprefix(SCHEME))
        try:
            return mark(traffic)
        finally:
            if traffic is not None:
                traffic.close()
    except PipelineError:
        return digest.UNKNOWN
