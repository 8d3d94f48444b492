"""Permission: where settings ask for an approval, no version is released or started without a valid one."""

from pathlib import Path

from pipeline.models import approval
from pipeline.models.approval import Policy
from pipeline.serving.bundle import Contents


def require(root: Path, runs: Path, version: Contents, policy: Policy | None) -> None:
    """Let a version be released or started.

    Parameters
    ----------
    root, runs
        The project, and the folder of its runs.
    policy
        What an approval must be; None where settings ask for none.

    Raises
    ------
    GateError
        If nobody approved it, it was refused since, or no approval is valid any more.
    """
    if policy is not None:
        named = {"name": version.name, "version": version.version, "model_digest": version.model_digest}
        approval.require(root, runs, named, policy)
