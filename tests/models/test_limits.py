import math

import pytest

from pipeline.errors import SettingsError
from pipeline.goal import Task
from pipeline.models.evidence import NO_OTHER, Evidence, Outcome, Said, Sample
from pipeline.models.gates import declared, judge
from pipeline.models.limits import COUNTED

NONE = {"baseline": NO_OTHER, "champion": NO_OTHER}
MEANT = {"slope": {"value": 0.95, "low": 0.9, "high": 1.0}, "ece": {"value": 0.03, "low": 0.02, "high": 0.04}}


def one(gates: object, task: Task = Task.BINARY, **found: object) -> Outcome:
    given = {"metrics": {"x": {}}, "sample": Sample(rows=99, units=99), "differences": NONE, **found}
    return judge(gates, task, Evidence(**given)).outcomes[0]


def gate(table: str, most: float) -> dict[str, dict[str, float]]:
    return {table: {COUNTED[table].key: most}}


@pytest.mark.parametrize("table", COUNTED)
@pytest.mark.parametrize(("counted", "said"), [(3, Said.PASSED), (0, Said.PASSED), (4, Said.REFUSED)])
def test_what_is_counted_may_be_as_much_as_declared(table: str, counted: float, said: Said) -> None:
    found = one(gate(table, 3), counts={table: counted})
    assert (found.name, found.said, found.value, found.limit) == (f"{table}.{COUNTED[table].key}", said, counted, 3)
    assert "3" in found.message


@pytest.mark.parametrize("table", COUNTED)
@pytest.mark.parametrize("broken", [math.nan, math.inf, None, "0", True, [], -1])
def test_what_is_counted_fails_closed_when_it_is_no_number(table: str, broken: object) -> None:
    for counts in ({table: broken}, {}):
        found = one(gate(table, 3), counts=counts)
        assert found.said is Said.REFUSED
        assert "nobody has" in found.message


def test_latency_stands_in_the_table_and_not_in_the_text() -> None:
    assert one(gate("latency_ms", 50), counts={"latency_ms": 12.5}).message == (
        "Of single rows 99 in 100 have their answer within the limit of 50 ms."
    )


@pytest.mark.parametrize(
    ("limit", "said", "message"),
    [
        ({"slope_low_at_least": 0.9}, Said.PASSED, "calibration slope is 0.9 or more, not below the limit of 0.9."),
        ({"slope_low_at_least": 0.91}, Said.REFUSED, "calibration slope may be as low as 0.9, below the limit of 0.91."),
        ({"slope_high_at_most": 0.9}, Said.REFUSED, "calibration slope may be as high as 1, above the limit of 0.9."),
        ({"ece_high_at_most": 0.05}, Said.PASSED, "expected calibration error is 0.04 or less, not above the"),
        ({"ece_value_at_most": 0.02}, Said.REFUSED, "expected calibration error is 0.03, above the limit of 0.02."),
    ],
)
def test_calibration_is_judged_by_the_ends_of_its_interval(limit: dict[str, float], said: Said, message: str) -> None:
    found = one({"calibration": limit}, calibration=MEANT)
    assert (found.name, found.said) == (f"calibration.{next(iter(limit))}", said)
    assert found.message.startswith(message)


def test_calibration_does_not_pass_when_nobody_has_measured_it() -> None:
    assert one({"calibration": {"ece_high_at_most": 0.05}}).message == (
        "expected calibration error has no number to judge: what cannot be judged does not pass"
    )


@pytest.mark.parametrize(
    ("gates", "match"),
    [
        ({"calibration": {"slop_low_at_least": 1}}, r"calibration\.slop_low_at_least is no limit: did you mean 'slope_low"),
        ({"calibration": {"slope_low": 1}}, r"calibration\.slope_low is no limit: "),
        ({"calibration": {"ece_high_at_most": 5}}, "is 5: expected calibration error lies between 0 and 1"),
        ({"size_mb": {"at_most": -1}}, r"size_mb\.at_most is -1: it is 0 or more"),
        ({"schema": {"unsent_at_most": 0.5}}, "is 0.5: schema are counted"),
        ({"latency_ms": {"at_most": 5}}, r"Write latency_ms = \{ p99_at_most = 0 \}"),
        ({"card": {"missing_at_most": "none"}}, "is 'none': a finite number is needed"),
        ({"champion_slices": {"margin": 1}}, "margin is no metric"),
    ],
)
def test_declared_refuses_what_is_no_limit(gates: object, match: str) -> None:
    with pytest.raises(SettingsError, match=match):
        declared(gates)


def test_calibration_is_an_error_when_the_task_does_not_have_it() -> None:
    with pytest.raises(SettingsError, match="asks for calibration slope, which no multiclass goal has"):
        declared({"calibration": {"slope_low_at_least": 0.9}}, Task.MULTICLASS)
