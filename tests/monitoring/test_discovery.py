import numpy as np
import pytest
from scipy.stats import false_discovery_control

from pipeline.monitoring.discovery import Spent, discover


def test_a_window_is_tested_as_benjamini_and_hochberg_do() -> None:
    values = np.array([0.0001, 0.004, 0.02, 0.6, 0.0005])
    (found,) = discover([values])
    level = found.level * 5
    assert found.found.tolist() == (false_discovery_control(values) <= level).tolist()
    assert level == pytest.approx(0.05 * 0.4374901658, rel=1e-6)


def test_levels_of_windows_are_those_of_the_published_procedure() -> None:
    """The example of the R package onlineFDR for BatchPRDS."""
    first = [2.90e-08, 0.06743, 0.01514, 0.08174, 0.00171]
    second = [3.60e-05, 0.79149, 0.27201, 0.28295, 7.59e-08, 0.69274]
    third = [0.30443, 0.00136, 0.72342, 0.54757]
    found = discover([np.array(each) for each in (first, second, third)])
    levels = [each.level * size for each, size in zip(found, (5, 6, 4), strict=True)]
    share = 0.05 * 0.4374901658
    assert [int(each.found.sum()) for each in found] == [2, 2, 1]
    assert levels == pytest.approx([share, share / 2**1.6 * (6 + 2) / 6, share / 3**1.6 * (4 + 4) / 4])


def test_later_windows_change_no_earlier_verdict_and_can_be_judged_later() -> None:
    draw = np.random.default_rng(0)
    windows = [draw.random(20) ** 6 for _ in range(12)]
    all_at_once = discover(windows)
    early = discover(windows[:5])
    spent = Spent(windows=5, found=sum(int(each.found.sum()) for each in early))
    late = discover(windows[5:], spent=spent)
    assert [each.found.tolist() for each in [*early, *late]] == [each.found.tolist() for each in all_at_once]


def test_windows_without_tests_spend_nothing() -> None:
    nothing, some = np.full(3, np.nan), np.array([np.nan, 0.01, 0.9])
    found = discover([nothing, some])
    assert not found[0].found.any()
    assert found[1].level == discover([some])[0].level
    assert found[1].found.tolist() == [False, True, False]


def test_false_findings_are_rare_where_nothing_moved() -> None:
    draw = np.random.default_rng(0)
    histories = [any(each.found.any() for each in discover(list(draw.random((50, 20))))) for _ in range(400)]
    assert np.mean(histories) <= 0.05
