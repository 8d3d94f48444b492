"""Counts: what the service tells Prometheus. The one importer of prometheus_client."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import inf
from pathlib import Path

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from pipeline import project
from pipeline.errors import SettingsError
from pipeline.models.trials import Told
from pipeline.serving.evidence import Finding

KIND = CONTENT_TYPE_LATEST
_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, inf)


class _Requests(Collector):
    """What every request adds to, for one thread: the library's own counters lock at each step."""

    def __init__(self) -> None:
        self.ended: Counter[tuple[str, int]] = Counter()  # by route and status
        self.rows: Counter[tuple[str, int]] = Counter()  # by model and version
        self.buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * len(_BUCKETS))
        self.seconds: defaultdict[str, float] = defaultdict(float)

    def collect(self) -> Iterator[CounterMetricFamily | HistogramMetricFamily]:
        yield _counter("pipeline_requests", "Requests answered", ("route", "status"), self.ended)
        yield _counter("pipeline_rows", "Rows answered", ("model", "version"), self.rows)
        seconds = HistogramMetricFamily("pipeline_request_seconds", "From request to answer", labels=["route"])
        for route, counts in self.buckets.items():
            ends = ["+Inf" if end == inf else str(end) for end in _BUCKETS]
            seconds.add_metric([route], list(zip(ends, accumulate(counts), strict=True)), self.seconds[route])
        yield seconds


def _counter(name: str, about: str, labels: Sequence[str], counts: Counter[tuple[str, int]]) -> CounterMetricFamily:
    family = CounterMetricFamily(name, about, labels=labels)
    for said, count in counts.items():
        family.add_metric([*map(str, said)], count)
    return family


class Counts:
    """The numbers of one service."""

    def __init__(self) -> None:
        self._registry, self._requests = CollectorRegistry(), _Requests()
        on = self._registry
        on.register(self._requests)
        self._version = Gauge("pipeline_model_version", "Version that answers", ["model"], registry=on)
        self._swaps = Gauge("pipeline_model_swaps", "Times that another version took over", ["model"], registry=on)
        self._behind = Gauge("pipeline_model_behind", "1 while the champion does not answer", ["model"], registry=on)
        who = ["model", "version"]
        self._share = Gauge("pipeline_trial_share", "Of the traffic, for who is tried", [*who, "mode"], registry=on)
        self._ended = Gauge("pipeline_trial_ended", "1 where the last trial ended", [*who, "by", "why"], registry=on)
        self._evidence = Gauge(
            "pipeline_trial_evidence", "Against and for who is tried", [*who, "check", "side"], registry=on
        )

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.ended[route, status] += 1
        self._requests.buckets[route][bisect_left(_BUCKETS, seconds)] += 1
        self._requests.seconds[route] += seconds

    def rows(self, model: str, version: int, rows: int) -> None:
        """Count rows that were answered."""
        self._requests.rows[model, version] += rows

    def trial(self, told: Told | None, findings: Sequence[Finding]) -> None:
        """Take what is known of the newest trial."""
        for gauge in (self._share, self._ended, self._evidence):
            gauge.clear()
        if told is None:
            return
        who = (told.trial.name, str(told.trial.version))
        self._share.labels(*who, told.trial.mode).set(0 if told.end else told.trial.share)
        if told.end is not None:
            self._ended.labels(*who, told.end.by, told.end.reason).set(1)
        for each in findings:
            self._evidence.labels(*who, each.check, "against").set(each.against)
            self._evidence.labels(*who, each.check, "for").set(each.good)

    def text(self, *, model: str, version: int, swaps: int, behind: bool) -> bytes:
        """Write all numbers in Prometheus's format."""
        self._version.labels(model).set(version)
        self._swaps.labels(model).set(swaps)
        self._behind.labels(model).set(behind)
        return generate_latest(self._registry) + _watched(model)


def added(model: str) -> Path:
    """Return the file, in the same format, in which a watch leaves what it saw."""
    return project.state() / "watch" / f"{model}.prom"


def _watched(model: str) -> bytes:
    """Read what the newest watch of this project saw; far from the project nobody watches."""
    try:
        return added(model).read_bytes()
    except (OSError, SettingsError):
        return b""
