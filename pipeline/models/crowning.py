"""Crowning: lets a version answer that somebody names, where gates and approval allow it."""

from dataclasses import replace
from pathlib import Path

from pipeline.errors import GateError, RunError
from pipeline.models import approval, registry
from pipeline.models.approval import Policy
from pipeline.models.promotion import Promotion
from pipeline.models.versions import Version
from pipeline.runs.record import RunRecord, read_run, said


def crown(  # noqa: PLR0913 - who decides what, why and by which rules: all by name
    root: Path, runs: Path, version: Version, *, policy: Policy | None, by: str, reason: str
) -> Promotion:
    """Make a version the champion of its name.

    Parameters
    ----------
    root, runs
        The project, and the folder of its runs.
    policy
        What an approval must be; None where none is asked for.
    by, reason
        Who decided so and why.

    Raises
    ------
    GateError
        If the gates of its run did not pass, or a valid approval is asked for and missing.
    ModelError
        If it was judged against another champion than the present one, or the registry does not answer.
    """
    verdict = judged(runs, version).verdict or {}
    if verdict.get("passed") is not True:
        refused = [str(gate.get("message")) for gate in verdict.get("gates", []) if not gate.get("passed")]
        lines = "".join(f"\n  {message}" for message in refused or ["its run has no verdict"])
        raise GateError(f"{version.title} is not promoted, its gates did not pass:{lines}\nTrain a better one.")
    if policy is not None:
        approval.require(root, runs, version.as_scrap(), policy)
    wanted = replace(version.promotion(version.run), by=by, reason=reason)
    return registry.crown(wanted, against=verdict.get("against"))


def admit(root: Path, runs: Path, version: Version, *, policy: Policy | None) -> None:
    """Let a version answer a part of the traffic: no gate refused it, though one may want to know more.

    Parameters
    ----------
    root, runs, policy
        As in `crown`.

    Raises
    ------
    GateError
        If a gate refused it, its run has no verdict, or a valid approval is asked for and missing.
    """
    verdict = judged(runs, version).verdict or {}
    if said(verdict) == "refused":
        refused = [str(gate.get("message")) for gate in verdict.get("gates", []) if said(gate) == "refused"]
        lines = "".join(f"\n  {message}" for message in refused or ["its run has no verdict"])
        raise GateError(f"{version.title} answers nobody, its gates refused it:{lines}\nTry it as a shadow.")
    if policy is not None:
        approval.require(root, runs, version.as_scrap(), policy)


def judged(runs: Path, version: Version) -> RunRecord:
    """Read the record of the run that registered a version.

    Raises
    ------
    GateError
        If it is not there: what it says about the version cannot be known.
    """
    try:
        return read_run(runs / version.run / "run.json")
    except RunError as error:
        raise GateError(
            f"the run {version.run} that judged {version.title} is not here: {error} "
            f"Bring it back: pipeline fetch {version.run} --from URL"
        ) from error
