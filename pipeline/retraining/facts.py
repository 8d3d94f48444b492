"""Facts: what is known of a project when it is decided, gathered from its state."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pipeline import project
from pipeline.data import addresses, fingerprints
from pipeline.errors import PipelineError
from pipeline.models import promotion
from pipeline.models.promotion import Promotion
from pipeline.monitoring.findings import Outcome
from pipeline.retraining.decision import Facts
from pipeline.runs.record import read_run
from pipeline.runs.reports import LATEST
from pipeline.serving.traffic import Answered
from pipeline.store import digest


def gather(model: str, outcome: Outcome, answered: Sequence[Answered], now: datetime, *, traffic: bool) -> Facts:
    """Gather what a decision rests on besides the watch and the past.

    Parameters
    ----------
    answered
        Served rows with their labels.
    traffic
        Whether those are learnt from.
    """
    champion = next(reversed(promotion.history(model)), None)
    version = champion.version if champion else 0
    in_windows = sum(each.labelled for each in outcome.windows if each.is_mature)
    return Facts(
        now=now,
        version=version,
        since=champion.when if champion else None,
        made_from=_made_from(champion) if champion else 0,
        rows=len(answered) or in_windows,
        after=0 if answered else version,
        data=_data(answered if traffic else ()),
    )


def _made_from(champion: Promotion) -> int:
    """Count the rows of both its tables, by the record of the run that made it."""
    record = _reports() / champion.run / "run.json"
    if not record.exists():
        return 0
    rows = {scrap.digest: scrap.rows or 0 for stage in read_run(record).stages for scrap in stage.scraps.values()}
    return rows.get(champion.data_digest, 0) + rows.get(champion.test_digest, 0)


def _data(answered: Sequence[Answered]) -> str:
    """Digest all that would be learnt from: the sources of the newest run as they are now, and served rows."""
    told = [[each.prediction.id, each.label] for each in answered]
    now = {uri: _fingerprint(uri) for uri in sorted(_sources())}
    return "" if digest.UNKNOWN in now.values() else digest.of_json([now, told])


def _sources() -> set[str]:
    """Name the sources of data that the newest run read."""
    latest = _reports() / LATEST / "run.json"
    if not latest.exists():
        return set()
    besides = (promotion.SCHEME, addresses.SERVED)
    return {uri for stage in read_run(latest).stages for uri in stage.sources if not uri.startswith(besides)}


def _reports() -> Path:
    return project.root() / str(project.table().get("reports", "reports"))


def _fingerprint(uri: str) -> str:
    try:
        return fingerprints.fingerprint(uri)
    except PipelineError:
        return digest.UNKNOWN
