"""Every exception of the project, with the exit code that it means."""

from difflib import get_close_matches
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


class PipelineError(Exception):
    """What happened to which thing, the rule, and what to do about it."""

    exit_code: ClassVar[int] = 1


class SettingsError(PipelineError):
    """A value in `[tool.pipeline]`, the environment or the command line is wrong."""

    exit_code = 2


class SecretError(PipelineError):
    """A secret is missing, or cannot be hidden."""

    exit_code = 2


class NotebookError(PipelineError):
    """A file is no notebook, or a notebook is no stage."""

    exit_code = 2


class ParameterError(PipelineError):
    """A parameter is unknown, of a wrong type or out of its range, unused, or assigned twice."""

    exit_code = 2


class GraphError(PipelineError):
    """The stages do not form a graph: a cycle, a missing upstream, two stages of one name."""

    exit_code = 2


class UsageError(PipelineError):
    """A word on the command line names nothing, or nothing that the command can work on."""

    exit_code = 2


class StoreError(PipelineError):
    """An object is missing from the store, or is not what its digest says."""


class ScrapError(PipelineError):
    """A value cannot be glued, or a scrap cannot be read."""


class DataError(PipelineError):
    """A table is missing, empty, or breaks a rule of its schema."""


class ModelError(PipelineError):
    """A model or the record of what was promoted is missing or damaged."""


class DeployError(PipelineError):
    """A version cannot be built for a target, does not come up there, or cannot be withdrawn."""


class RunError(PipelineError):
    """A run cannot start, or cannot be recorded."""


class ExportError(PipelineError):
    """A page cannot be written in another form."""


class ReviewError(PipelineError):
    """A remark on a run, or a published copy of a run, is missing, damaged, or in the way."""


class BusyError(PipelineError):
    """Another process holds what this one needs, and has not let go of it in time."""


class GateError(PipelineError):
    """A gate or an approval refused."""

    exit_code = 3


class AlertError(PipelineError):
    """Findings could not be told to somebody."""


class Interrupted(PipelineError):  # noqa: N818 - the status is called so
    """Somebody or something asked the run to stop."""

    exit_code = 130


def near(name: str, choices: "Iterable[str]") -> str:
    """Say what is there instead of `name`: near matches where there are any, else all choices.

    >>> near("alhpa", ["alpha", "beta"])
    "did you mean 'alpha'?"
    >>> near("x", ["alpha", "beta"])
    "there are 'alpha', 'beta'"
    >>> near("x", [])
    'there is none'
    """
    known = sorted(choices)
    if close := get_close_matches(name, known, n=3):
        return f"did you mean {' or '.join(map(repr, close))}?"
    return f"there are {', '.join(map(repr, known))}" if known else "there is none"
