"""Lineage: the reports that a champion goes back to, and what its evaluation found out about it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline import handoff, project
from pipeline.errors import ScrapError, StoreError
from pipeline.learning import predictions
from pipeline.learning.metrics import METRICS, by_slice
from pipeline.learning.scoring.resampling import resampling
from pipeline.learning.slices import slice_table
from pipeline.learning.slicing import OTHER
from pipeline.monitoring.judging import Judging
from pipeline.monitoring.performance import Watched
from pipeline.monitoring.signals import Signal

_RESAMPLES = 100


def reports(folder: Path, stages: Iterable[str]) -> dict[str, str]:
    """Name the reports of some stages that are still in the folder of a run, from the project's root."""
    found = {stage: (folder / f"{stage}.ipynb").as_posix() for stage in stages}
    return {stage: path for stage, path in found.items() if (project.root() / path).is_file()}


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """What was found out about a version when it was evaluated; empty tables where its report is gone.

    Attributes
    ----------
    importance
        `feature` and `value`: how much worse the headline metric gets without it.
    slices
        `column`, `slice`, `metric`, `value`, `low`, `high`, a row each.
    """

    importance: pd.DataFrame
    slices: pd.DataFrame

    def weights(self, promised: float) -> dict[str, float]:
        """Return, by feature, the share of the promised headline that the model owes to it."""
        table = self.importance
        return {
            str(name): max(float(value), 0.0) / (abs(promised) or 1.0)
            for name, value in zip(table["feature"], table["value"], strict=True)
        }

    def worse(
        self,
        judging: Judging,
        windows: Mapping[str, pd.DataFrame],
        judged: Sequence[str],
        looked: Watched,
        *,
        seed: int,
    ) -> list[Signal]:
        """Compare the slices of the newest window whose labels are in with those that were evaluated.

        Parameters
        ----------
        windows, judged
            Rows by window, and the windows whose labels are in.
        looked
            Which columns they have.
        seed
            Of the resamples.
        """
        known = self.slices[self.slices["slice"] != OTHER] if len(self.slices) else self.slices
        if not len(judged) or known.empty:
            return []
        part = windows[judged[-1]]
        part = part[part[looked.target].notna()].reset_index(drop=True)
        by = [name for name in known["column"].unique() if name in part]
        roles = {"time": looked.time, "groups": looked.groups, "weight": looked.weight}
        _, drawn = resampling(part, count=_RESAMPLES, seed=seed, **roles)
        labels, said = part[looked.target], predictions.of(part, looked.goal)
        sliced = slice_table(looked.goal, part, by, labels, said, choice=looked.choice, resampling=drawn)
        metric = by_slice(looked.goal.task)
        return [judging.slices(judged[-1], sliced, known, metric=metric, better=METRICS[metric].better)]


def evaluated(report: str | None) -> Evaluated:
    """Read what an evaluation found out; nothing where its report is gone, or does not say it.

    Parameters
    ----------
    report
        Its path from the project's root; None where it is gone.
    """
    try:
        scraps = handoff.read(report) if report else {}
        found = {name: scraps[name] for name in ("importance", "slices") if name in scraps}
    except (ScrapError, StoreError):
        found = {}
    tables = {name: value for name, value in found.items() if isinstance(value, pd.DataFrame)}
    empty = {"importance": ["feature", "value"], "slices": ["column", "slice", "metric", "value", "low", "high"]}
    return Evaluated(**{name: tables.get(name, pd.DataFrame(columns=names)) for name, names in empty.items()})
