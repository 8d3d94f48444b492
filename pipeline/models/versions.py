"""Versions: what is registered as a version of a model, and what the registry says of one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pipeline.errors import ModelError
from pipeline.models.promotion import Promotion
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
    data_digest, test_digest
        Digests of the rows it was trained and tested on.
    threshold
        A row is positive from this probability up, 0 to 1; None where no class is called positive.
    inputs
        Rows of the columns that the model takes; its signature is inferred from their types and gaps.
    golden
        Rows with the predictions that the model must give for them, to the last digit.
    schema
        The rules of the rows that it learnt from.
    card
        What a person has to know of it, in Markdown.
    reports
        Digests of the executed reports that it was made in, by stage.
    parameters
        What the learner was given.
    metrics
        What it scored: by metric `value`, `low` and `high`.
    run
        The run that made it.
    """

    model_digest: str
    data_digest: str
    test_digest: str
    threshold: float | None
    inputs: "pd.DataFrame"
    golden: "pd.DataFrame"
    schema: Mapping[str, Any]
    card: str
    reports: Mapping[str, str] = field(default_factory=dict)
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
        made_of = [self.model_digest, self.data_digest, self.test_digest, repr(self.threshold)]
        return digest.of_json([made_of, self.texts, self.numbers])


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version as the registry has it.

    Attributes
    ----------
    name, version
        The registered model, and the number of the version: 1 and up.
    model_digest, data_digest, test_digest, threshold
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
    test_digest: str
    threshold: float | None
    run: str
    git_commit: str
    registered: datetime
    aliases: tuple[str, ...]
    uri: str

    @property
    def title(self) -> str:
        """What people call it."""
        return f"{self.name!r} version {self.version}"

    def as_scrap(self) -> dict[str, str | int]:
        """Return what names the version, its model and its training rows."""
        return {
            "name": self.name,
            "version": self.version,
            "model_digest": self.model_digest,
            "data_digest": self.data_digest,
        }

    def promotion(self, run: str) -> Promotion:
        """Return the line of history that makes it champion, decided by a run.

        Raises
        ------
        ModelError
            If the registry does not say what it was tested on: an older release registered it.
        """
        made_of = {"test_digest": self.test_digest, "threshold": self.threshold}
        try:
            return Promotion(**self.as_scrap(), **made_of, run=run)  # type: ignore[arg-type] # checked there
        except TypeError as error:
            raise ModelError(
                f"version {self.version} of {self.name!r} cannot become champion: {error}. Register the model again."
            ) from error
