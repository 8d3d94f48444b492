"""Origins: where a run's model and tables come from, as its record alone tells."""

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.models import promotion
from pipeline.review.shelf import upstreams
from pipeline.runs.record import RunRecord, ScrapRecord, StageRecord
from pipeline.store import urls


@dataclass(frozen=True, kw_only=True)
class Source:
    """What stages loaded from outside: its URI without passwords, the digest of its content, and who loaded it."""

    uri: str
    digest: str
    stages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Input:
    """A table that a model was made from: the stage that glued it, and its scrap."""

    stage: str
    name: str
    scrap: ScrapRecord


def sources(record: RunRecord) -> list[Source]:
    """Return what the stages of a run loaded from outside, each content once."""
    found: dict[tuple[str, str], list[str]] = {}
    for stage in record.stages:
        for uri, digest in stage.sources.items():
            if not uri.startswith(promotion.SCHEME):  # which model answers is no data
                found.setdefault((urls.public(uri), digest), []).append(stage.name)
    return [Source(uri=uri, digest=digest, stages=tuple(stages)) for (uri, digest), stages in found.items()]


def maker(record: RunRecord) -> StageRecord | None:
    """Return the stage that glued the model which the run registered; None where it says of no model that it did."""
    digest = (record.model_version or {}).get("model_digest")
    return next((stage for stage in record.stages if digest in _digests(stage)), None)


def learnt_from(record: RunRecord) -> Iterator[Input]:
    """Yield the tables that stand in the store of the stages which the model's stage took from."""
    made = maker(record)
    above = upstreams(made) if made else ()
    for stage in (stage for stage in record.stages if stage.name in above):
        for name, scrap in stage.scraps.items():
            if scrap.rows is not None and not scrap.inline:
                yield Input(stage=stage.name, name=name, scrap=scrap)


def _digests(stage: StageRecord) -> set[str]:
    return {scrap.digest for scrap in stage.scraps.values() if not scrap.inline}
