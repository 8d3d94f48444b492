import pandas as pd
import pytest

from pipeline.figures import parting
from pipeline.goal import Goal, Task

BINARY = Goal(task=Task.BINARY, classes=("no", "yes"))


def windows(start: str | None, later: int, **typical: object) -> dict[str, dict[str, object]]:
    moment = pd.Timestamp(start) if start else None
    rows = {"first": 600, "second": 200, "third": later}
    told = typical or {"base_rate": 0.25}
    return {name: {"rows": size, **told, "start": moment, "end": moment} for name, size in rows.items()}


def test_parted_names_the_windows_of_time() -> None:
    found = parting.parted(windows("2024-01-01", 100), BINARY)
    assert "learns from 600 rows (2024-01-01 to 2024-01-01) and is tested on 200 that came after them" in found
    assert "100 rows came later still" in found


def test_parted_says_that_rows_without_time_were_drawn() -> None:
    found = parting.parted(windows(None, 0), BINARY)
    assert "is tested on 200 others, drawn at random. The target is positive in 25.0% and 25.0% of them." in found
    assert "later" not in found


def test_parted_names_the_groups() -> None:
    found = parting.parted(windows(None, 0), BINARY, groups="<who>")
    assert "is tested on 200 of other `\u2039who\u203a`, drawn at random. The" in found


def test_parted_says_what_a_number_is_and_how_frequent_classes_are() -> None:
    found = parting.parted(windows(None, 0, mean=12.5, std=3.0), Goal(task=Task.REGRESSION))
    assert found.endswith("The target is 12.5 ± 3 in those and 12.5 ± 3 in these (mean and spread).")
    several = Goal(task=Task.MULTICLASS, classes=("a", "b", "c"))
    found = parting.parted(windows(None, 0, shares={"a": 0.2, "b": 0.7, "c": 0.1}), several)
    assert "Of 3 classes the most frequent is `b` with 70.0% and 70.0% of them, the rarest `c` with 10.0%" in found


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ({}, ""),
        ({"": 1}, "1 row without a label is set aside."),
        ({"a": 1, "b": 1}, "2 rows of a class that has no other are set aside."),
    ],
)
def test_aside_counts_rows_that_are_not_used(rows: dict[str, int], said: str) -> None:
    assert parting.aside(rows) == said


def test_seen_names_some_of_the_columns_that_were_dropped() -> None:
    assert "; none was dropped. Other rows show no deviation" in parting.seen(["a"], {}, 0)
    assert "; `b` was dropped. Other rows show 2 deviations" in parting.seen(["a"], {"b": "constant"}, 2)
    assert "`b`, `c`, `d` and 2 more were dropped" in parting.seen(["a"], dict.fromkeys("bcdef", ""), 0)


def test_shared_warns_of_what_is_known_of_the_test() -> None:
    assert parting.shared([]) == ""
    assert parting.shared(["a", "b"]) == "Beware: a and b, so scores look better than they are."
