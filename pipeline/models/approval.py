"""Approval: who said that a version may answer; bound to what it was said about, signed, and for a time.

It is a decision about the run that registered the version, kept in a text file beside its reports. Whatever it binds,
and the present settings, must be as they were when it was signed.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline import project
from pipeline.errors import GateError, ReviewError, RunError, UsageError
from pipeline.models import remark, signing
from pipeline.models.remark import Decision, Ruling
from pipeline.runs import provenance
from pipeline.runs.record import RunRecord, read_run
from pipeline.store import digest as digests

_MEASURED = ("seconds", "peak_memory_bytes")  # of a record: how it went on that machine, not what came out
# Tables of settings that say nothing about a model.
_UNBOUND = frozenset({"alerts", "approval", "deploy", "publish", "retrain", "serve", "verify"})
_CURE = "Read its reports, then: pipeline approve RUN --reason TEXT --key KEY"


class Policy(BaseModel):
    """`[tool.pipeline.approval]`: what makes an approval valid."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    signers: str = Field("approvers", min_length=1, description="file of those who may, as OpenSSH's allowed_signers")
    days: float = Field(30.0, gt=0, description="how long an approval holds, days")
    own: bool = Field(default=False, description="whether the author of the run's commit may approve it")


@dataclass(frozen=True, kw_only=True)
class Approved:
    """A valid approval: the decision, and who signed it."""

    decision: Decision
    signer: str


def bound(folder: Path, record: RunRecord) -> dict[str, str]:
    """Digest what an approval of a run's version binds: `model`, `data`, `verdict` and `settings`.

    Empty where the run has no version.
    """
    version = record.model_version or {}
    if not isinstance(version.get("model_digest"), str):
        return {}
    tables = {name: value for name, value in project.table(project.root(folder)).items() if isinstance(value, dict)}
    told = {name: value for name, value in tables.items() if name not in _UNBOUND}
    return {
        "model": _digest(version["model_digest"]),
        "data": _digest(version.get("data_digest")),
        "verdict": digests.of_json(record.verdict),
        "settings": digests.of_json(json.loads(json.dumps(told, default=str))),
    }


def _digest(found: object) -> str:
    """Return a digest as it is; what a stage glued in the place of one is digested itself."""
    return found if isinstance(found, str) and remark.DIGEST.fullmatch(found) else digests.of_json(str(found))


def reports(folder: Path, record: RunRecord) -> dict[str, str]:
    """Digest the report of each stage that has one."""
    there = {stage.name: folder / PurePosixPath(stage.report).name for stage in record.stages if stage.report}
    return {name: digests.of_file(path) for name, path in there.items()}


def outcome(folder: Path) -> str:
    """Digest a run's record without what was measured."""
    found = json.loads((folder / "run.json").read_bytes())
    for part in (found, *found["stages"]):
        for key in _MEASURED:
            part.pop(key, None)
    return digests.of_json(found)


def changed(decision: Decision, folder: Path) -> list[str]:
    """Name what is no longer as it was decided about.

    Raises
    ------
    RunError
        If the run's record cannot be read.
    """
    record = read_run(folder / "run.json")
    now = {**reports(folder, record), "run.json": outcome(folder)}
    then = {**decision.reports, "run.json": decision.record}
    if decision.binds:
        now, then = now | bound(folder, record), then | dict(decision.binds)
    return [name for name in sorted({*then, *now}) if then.get(name) != now.get(name)]


def signed(decision: Decision, key: Path) -> Decision:
    """Sign a decision.

    Raises
    ------
    UsageError
        As in `signing.sign`.
    """
    return replace(decision, signature=signing.sign(_payload(decision), key))


def require(root: Path, runs: Path, version: Mapping[str, Any], policy: Policy) -> Approved:
    """Return the approval under which a version may answer: the newest decision that is about what is there now.

    Parameters
    ----------
    root, runs
        The project, and the folder of its runs.
    version
        `name`, `version` and `model_digest`, as a run's record has them.

    Raises
    ------
    GateError
        If nobody approved it, it was refused since, or no approval is valid; with the reasons.
    """
    why: list[str] = []
    for folder, decision in _newest_first(runs, version):
        try:
            return _valid(root, folder, decision, policy)
        except (GateError, UsageError) as error:
            why.append(f"  {decision.ruling} by {decision.author} on {decision.written:%Y-%m-%d}: {error}")
        if decision.ruling is Ruling.REFUSED and not changed(decision, folder):
            break
    reasons = "\n".join(["", *why, ""]) if why else " "
    raise GateError(f"{version['name']!r} version {version['version']} has no valid approval.{reasons}{_CURE}")


def _valid(root: Path, folder: Path, decision: Decision, policy: Policy) -> Approved:
    if differ := changed(decision, folder):
        raise GateError(f"changed since: {', '.join(differ)}")
    if decision.ruling is Ruling.REFUSED:
        raise GateError(f"the model is refused: {decision.reason}")
    if decision.until is None or decision.until <= datetime.now(UTC):
        raise GateError(f"it ended on {decision.until:%Y-%m-%d %H:%M} UTC" if decision.until else "it says no end")
    if not decision.signature:
        raise GateError("it is not signed")
    who = signing.signer(_payload(decision), decision.signature, root / policy.signers)
    author = provenance.author(root, read_run(folder / "run.json").git.commit)
    if not policy.own and author and author in {who, *_addresses(decision.author)}:
        raise GateError(f"{author} made the commit of the run; somebody else has to approve it")
    return Approved(decision=decision, signer=who)


def _newest_first(runs: Path, version: Mapping[str, Any]) -> list[tuple[Path, Decision]]:
    found = [(folder, decision) for folder in _of_version(runs, version) for decision in decisions(folder)]
    return sorted(found, key=lambda each: each[1].written, reverse=True)


def _of_version(runs: Path, version: Mapping[str, Any]) -> Iterator[Path]:
    for path in sorted(runs.glob(f"*/{remark.FOLDER}")):
        try:
            of = read_run(path.parent / "run.json").model_version or {}
        except RunError:
            continue
        if all(of.get(key) == version[key] for key in ("name", "version", "model_digest")):
            yield path.parent


def decisions(folder: Path) -> Iterable[Decision]:
    """Yield the decisions about the run in a folder, in any order."""
    for path in (folder / remark.FOLDER).glob("*.md"):
        try:
            said = remark.parse(path.name, path.read_bytes())
        except (ReviewError, OSError):
            continue  # what is no remark approves nothing; `pipeline show` names it
        if isinstance(said, Decision):
            yield said


def _payload(decision: Decision) -> bytes:
    return remark.render(replace(decision, signature=""))


def _addresses(author: str) -> set[str]:
    name, _, address = author.partition("<")
    return {name.strip(), address.rstrip(">").strip()}
