"""A watch makes one finding of each subject, and puts first what likely hurts most."""

from typing import Any

import pandas as pd
import pytest

from pipeline.monitoring import signals, watch
from pipeline.monitoring.findings import Kind, Outcome, Window
from pipeline.monitoring.signals import Signal
from pipeline.monitoring.thresholds import Threshold

WHO = watch.Watched(model="m", version=2, source=watch.TRAFFIC, reports={"train": "reports/r/train.ipynb"})


def _signal(kind: Kind, *sizes: float, subject: str = "x", known: str = "", harm: float = 0.0, **more: Any) -> Signal:  # noqa: ANN401 - fields of a signal
    known = known or "y" * len(sizes)
    rows = [
        (f"w{place}", subject, size, known[place] == "y", True, "moved", harm * size)
        for place, size in enumerate(sizes)
    ]
    threshold = Threshold(warning=0.1, critical=0.25)
    return Signal(kind=kind, unit="PSI", threshold=threshold, measured=signals.of(rows), **more)


def _outcome(*given: Signal) -> Outcome:
    return watch.outcome(WHO, [Window(name="w0", rows=5)], given, ["nobody knows"])


def test_finding_says_what_it_is_where_it_comes_from_and_shows_rows() -> None:
    found = _outcome(_signal(Kind.INPUT, 0.05, 0.2, 0.3, rows=lambda subject, window: [{subject: window}])).findings[0]
    assert (found.window, found.windows, found.stands) == ("w2", ("w1", "w2"), True)
    assert (found.size, found.unit, found.threshold, found.severity) == (0.3, "PSI", 0.25, "critical")
    assert (found.version, found.reports, found.rows) == (2, WHO.reports, ({"x": "w2"},))
    assert found.message == "In w2 x moved."


@pytest.mark.parametrize(
    ("sizes", "known", "stands"),
    [((0.3, 0.0), "yy", False), ((0.3, 0.0), "yn", True), ((0.0, 0.3), "yn", None), ((0.05, 0.09), "yy", None)],
    ids=["over", "nobody knows whether it is over", "too little data", "too small"],
)
def test_finding_stands_until_a_window_that_can_be_judged_says_otherwise(
    sizes: tuple[float, ...],
    known: str,
    stands: bool | None,  # noqa: FBT001 - what is expected
) -> None:
    found = _outcome(_signal(Kind.INPUT, *sizes, known=known)).findings
    assert [each.stands for each in found] == ([] if stands is None else [stands])
    assert all(not each.rows and "that is over" in each.message for each in found if not each.stands)


def test_nothing_is_critical_in_a_window_whose_labels_say_that_performance_holds() -> None:
    found = _outcome(_signal(Kind.INPUT, 0.3, 0.3, excused=frozenset({"w1"}))).findings[0]
    assert (found.severity, found.threshold) == ("warning", 0.1)


def test_findings_are_ranked_by_whether_they_stand_how_bad_they_are_and_what_they_cost() -> None:
    found = _outcome(
        _signal(Kind.INPUT, 0.3, 0.0, subject="over", harm=9.0),
        _signal(Kind.INPUT, 0.2, subject="mild", harm=9.0),
        _signal(Kind.INPUT, 0.3, subject="unimportant"),
        _signal(Kind.INPUT, 0.3, subject="important", harm=0.5),
        _signal(Kind.PERFORMANCE, 0.3, subject="measured", harm=0.1),
    )
    told = [(each.rank, each.subject) for each in found.findings]
    assert told == [(1, "measured"), (2, "important"), (3, "unimportant"), (4, "mild"), (5, "over")]


def test_outcome_names_the_kinds_that_could_be_judged() -> None:
    found = _outcome(_signal(Kind.INPUT, 0.0), _signal(Kind.LATENCY, 0.9, known="n"))
    assert (found.judged, found.unknown) == ((Kind.INPUT,), ("nobody knows",))


def test_doubts_say_what_cannot_be_judged_and_why() -> None:
    windows = [
        Window(name="a", rows=20),
        Window(name="b", rows=200, labelled=10),
        Window(name="c", rows=200, labelled=200),
    ]
    ripe = pd.DataFrame({"mature": [False, False, True], "reason": ["no label", "5% have one", ""]}, index=list("abc"))
    told = list(watch.doubts(windows, ripe, least=100, source=watch.TABLE, obstacle="numbers"))
    assert told == [
        "1 of 3 windows have fewer than 100 rows, which tells nothing: a.",
        "The labels of 2 of 3 windows are not in: a (no label), b (5% have one).",
        "Performance is not estimated before labels are in: numbers.",
        "The service of this version has answered nothing yet: latency, errors and volume are not known.",
    ]
    none = list(watch.doubts(windows[:1], ripe[:1], least=10, source=watch.TRAFFIC, obstacle=""))
    assert none == ["No label is in: nobody can tell how good the predictions are."]
