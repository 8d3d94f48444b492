"""Outcomes: the metrics of two runs and what their gates said, side by side."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import nan
from typing import Any

from pipeline.learning.metrics import METRICS as KNOWN
from pipeline.review import noise
from pipeline.review.noise import Estimate, Judgement
from pipeline.runs.record import RunRecord, said
from pipeline.runs.reports import METRICS
from pipeline.runs.runner import VERDICT

DIFFERENCE = "difference"  # a scrap beside the verdict: metrics minus the champion's on the same rows


@dataclass(frozen=True, kw_only=True)
class MetricPair:
    """A metric before and after.

    Attributes
    ----------
    title
        For people.
    better
        +1 where more is better, -1 where less is, 0 where nobody has said.
    before, after
        None where the run has no such number.
    difference
        Later minus earlier; None where a side has no number.
    is_paired
        Whether the difference was measured on the same rows, by the later run against the champion; else it is made
        from the two intervals as if they were of independent rows.
    """

    name: str
    title: str
    better: int
    before: Estimate | None
    after: Estimate | None
    difference: Estimate | None
    is_paired: bool
    judgement: Judgement


@dataclass(frozen=True, kw_only=True)
class Gate:
    """What a gate said (`passed`, `refused`, `inconclusive`), the number it judged (NaN where none) and its limit."""

    said: str
    value: float
    limit: float
    message: str

    @property
    def passed(self) -> bool:
        """Whether it let the model pass."""
        return self.said == "passed"


@dataclass(frozen=True, kw_only=True)
class GatePair:
    """A gate before and after; None where a verdict does not have it."""

    name: str
    before: Gate | None
    after: Gate | None


def metrics(before: RunRecord, after: RunRecord) -> tuple[MetricPair, ...]:
    """Pair the metrics of two runs."""
    old, new, paired = metrics_of(before), metrics_of(after), _paired(before, after)
    return tuple(_metric(name, old.get(name), new.get(name), paired.get(name)) for name in {**new, **old})


def gates(before: RunRecord, after: RunRecord) -> tuple[GatePair, ...]:
    """Pair the gates of two verdicts."""
    old, new = gates_of(before), gates_of(after)
    return tuple(GatePair(name=name, before=old.get(name), after=new.get(name)) for name in {**new, **old})


def metrics_of(record: RunRecord) -> dict[str, Estimate]:
    """Return the metrics of a run that have a number."""
    return _estimates(next((stage.scraps[METRICS].value for stage in record.stages if METRICS in stage.scraps), None))


def gates_of(record: RunRecord) -> dict[str, Gate]:
    """Return the gates of a run's verdict by name."""
    found = (record.verdict or {}).get("gates")
    listed = [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
    return {str(each.get("name", "")): _gate(each) for each in listed}


def title(metric: str) -> str:
    """Return what people call a metric."""
    return KNOWN[metric].title if metric in KNOWN else metric


def _metric(name: str, before: Estimate | None, after: Estimate | None, paired: Estimate | None) -> MetricPair:
    better = KNOWN[name].better if name in KNOWN else 0
    difference = paired
    if paired is None and before is not None and after is not None:
        difference = Estimate(value=0.0) if before == after else noise.difference(before, after)
    if before == after:
        judgement = Judgement.SAME
    else:
        judgement = Judgement.UNKNOWN if difference is None else noise.judge(difference, better)
    return MetricPair(
        name=name,
        title=title(name),
        better=better,
        before=before,
        after=after,
        difference=difference,
        is_paired=paired is not None,
        judgement=judgement,
    )


def _paired(before: RunRecord, after: RunRecord) -> dict[str, Estimate]:
    """Return the differences that the later run measured itself, if it was judged against the earlier one's model."""
    against, model = (after.verdict or {}).get("against"), (before.model_version or {}).get("model_digest")
    if not against or against != model:
        return {}
    judges = (stage.scraps for stage in after.stages if VERDICT in stage.scraps and DIFFERENCE in stage.scraps)
    return _estimates(next((scraps[DIFFERENCE].value for scraps in judges), None))


def _estimates(found: Any) -> dict[str, Estimate]:  # noqa: ANN401 - whatever a notebook has glued
    return dict(_readable(found)) if isinstance(found, Mapping) else {}


def _readable(found: Mapping[str, Any]) -> Iterator[tuple[str, Estimate]]:
    for name, each in found.items():
        if (read := noise.estimate(each)) is not None:
            yield name, read


def _gate(found: Mapping[str, Any]) -> Gate:
    value, limit = (noise.estimate(found.get(name)) for name in ("value", "limit"))
    return Gate(
        said=said(found),
        value=value.value if value else nan,
        limit=limit.value if limit else nan,
        message=str(found.get("message", "")),
    )
