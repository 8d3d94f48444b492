"""Versions: what is registered as a version of a model, and what the registry says of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.store import digest

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """What is registered as a version.

    Attributes
    ----------
    model_digest
        Digest of the model in the project's object store.
    data_digest
        Digest of the rows it was trained on.
    inputs
        Rows of the columns that the model takes; its signature is inferred from their types and gaps.
    golden
        Rows with the predictions that the model must give for them, to the last digit.
    parameters
        What the learner was given.
    metrics
        What it scored: by metric `value`, `low` and `high`.
    run
        The run that made it.
    """

    model_digest: str
    data_digest: str
    inputs: "pd.DataFrame"
    golden: "pd.DataFrame"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    run: str

    @property
    def numbers(self) -> dict[str, float]:
        """Metrics as a flat table: `roc_auc`, `roc_auc_low`, `roc_auc_high`, ..."""
        return {
            f"{metric}_{end}".removesuffix("_value"): float(number)
            for metric, interval in self.metrics.items()
            for end, number in interval.items()
        }

    @property
    def texts(self) -> dict[str, str]:
        """Parameters as texts."""
        return {name: str(value) for name, value in self.parameters.items()}

    @property
    def lineage(self) -> str:
        """Digest of all that the version follows from; where, when and by which run is no part of it."""
        return digest.of_json([self.model_digest, self.data_digest, self.texts, self.numbers])


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version as the registry has it.

    Attributes
    ----------
    name, version
        The registered model, and the number of the version: 1 and up.
    model_digest, data_digest
        As in `Candidate`.
    run, git_commit
        Which run and which commit registered it; empty where there was none.
    registered
        When, in UTC.
    aliases
        Names that point at it now.
    uri
        Where the registry keeps its files.
    """

    name: str
    version: int
    model_digest: str
    data_digest: str
    run: str
    git_commit: str
    registered: datetime
    aliases: tuple[str, ...]
    uri: str

    def as_scrap(self) -> dict[str, str | int]:
        """Return what names the version and its model."""
        return {"name": self.name, "version": self.version, "model_digest": self.model_digest}
