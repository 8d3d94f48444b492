"""Lineage: what a version of a model was made from, who said that it may answer, and when it did."""

from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest
from pathlib import Path

from pipeline.errors import RunError
from pipeline.models import approval, promotion
from pipeline.models.promotion import Promotion
from pipeline.models.versions import Version
from pipeline.runs.record import RunRecord, read_run
from pipeline.store import digest as digests
from pipeline.store.objects import project_store

Facts = dict[str, str]
"""What is known, by what it is called; in the order of the chain."""


def at(moment: datetime) -> dict[str, Promotion]:
    """Return what answered at a moment, by the name of the model."""
    return {line.name: line for line in promotion.history() if line.when <= moment}


def chain(version: Version, runs: Path) -> dict[str, Facts]:
    """Follow a version from its data to what it did: by link of the chain, what is known.

    Parameters
    ----------
    runs
        The folder of the project's runs.
    """
    folder = runs / version.run
    try:
        record = read_run(folder / "run.json")
    except RunError:
        made: dict[str, Facts] = {"run": {"id": version.run, "record": "it is not here: `pipeline fetch` brings it"}}
    else:
        made = {"run": _run(record), "reports": approval.reports(folder, record), "verdict": _verdict(record)}
    made["decisions"] = dict(_decisions(folder))
    return {"data": _data(version), **made, "version": _version(version), "answered": dict(_spans(version))}


def _data(version: Version) -> Facts:
    return {"learnt from": _kept(version.data_digest), "tested on": _kept(version.test_digest)}


def _version(version: Version) -> Facts:
    aliases = {"aliases": ", ".join(version.aliases)} if version.aliases else {}
    return {
        "model": _kept(version.model_digest),
        "registered": _moment(version.registered),
        "files": version.uri,
        **aliases,
    }


def _kept(digest: str) -> str:
    found = digest and project_store().has(digest)
    return digest if found else f"{digest or 'unknown'} (no longer in the store)"


def _run(record: RunRecord) -> Facts:
    code = record.git.commit or "in no git repository"
    dirty = f", changed by {record.git.dirty}" if record.git.dirty else ""
    known = {"id": record.run, "started": record.started, "by": record.by, "code": f"{code}{dirty}"}
    return {**known, "python": record.python, "lock": record.lock or "none"}


def _verdict(record: RunRecord) -> Facts:
    verdict = record.verdict or {}
    gates = {str(gate.get("name")): str(gate.get("message")) for gate in verdict.get("gates", [])}
    return {"passed": "yes" if verdict.get("passed") else "no", "digest": digests.of_json(verdict), **gates}


def _decisions(folder: Path) -> Iterator[tuple[str, str]]:
    for said in sorted(approval.decisions(folder), key=lambda each: each.written):
        differ = approval.changed(said, folder) if (folder / "run.json").exists() else ["run.json"]
        stale = f" (changed since: {', '.join(differ)})" if differ else ""
        yield f"{said.ruling} {_moment(said.written)}", f"by {said.author}: {said.reason}{stale}"


def _spans(version: Version) -> Iterator[tuple[str, str]]:
    """Tell each time that it answered: from when, until when, and who wanted it so."""
    past = promotion.history(version.name)
    for line, after in zip_longest(past, past[1:]):
        if line.version == version.version:
            until = f"until {_moment(after.when)}" if after else "and does now"
            why = f" ({line.by}: {line.reason})" if line.by else ""
            yield f"from {_moment(line.when)}", f"{until}{why}"


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"
