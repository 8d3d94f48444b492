import numpy as np
import pandas as pd
import pytest

from pipeline.monitoring import worsening
from pipeline.monitoring.worsening import Said

PROMISED = pd.Series({"value": 0.75, "low": 0.74, "high": 0.76})


def scored(values: list[float], half: float = 0.01, rows: int = 5_000) -> pd.DataFrame:
    table = pd.DataFrame({"window": [f"w{place}" for place in range(len(values))], "rows": rows, "value": values})
    return table.assign(low=table["value"] - half, high=table["value"] + half)


def said(table: pd.DataFrame, **how: object) -> list[Said]:
    return worsening.judge(table, PROMISED, **{"metric": "roc_auc", "tolerance": 0.02, **how})["said"].tolist()


def test_a_window_is_worse_when_it_is_by_more_than_the_tolerance_and_chance() -> None:
    assert said(scored([0.75, 0.80, 0.74, 0.69])) == [Said.HOLDS, Said.HOLDS, Said.HOLDS, Said.WORSE]
    assert said(scored([0.74]), tolerance=0.0) == [Said.HOLDS]  # chance may do that
    assert said(scored([0.74], half=1e-4), tolerance=0.0) == [Said.HOLDS]  # the promise is that uncertain
    assert said(scored([0.70]), tolerance=0.1) == [Said.HOLDS]


def test_less_is_better_of_a_loss() -> None:
    promised = pd.Series({"value": 0.4, "low": 0.39, "high": 0.41})
    table = scored([0.3, 0.5])
    found = worsening.judge(table, promised, metric="log_loss", tolerance=0.01)
    assert found["said"].tolist() == [Said.HOLDS, Said.WORSE]
    assert found["worse"].tolist() == pytest.approx([-0.1, 0.1])


def test_windows_whose_labels_are_not_in_are_never_found() -> None:
    table = scored([0.1, 0.1, 0.1])
    assert said(table, mature=["w1"]) == [Said.IMMATURE, Said.WORSE, Said.IMMATURE]
    assert said(table, mature=[]) == 3 * [Said.IMMATURE]


def test_windows_of_few_rows_or_without_intervals_tell_nothing() -> None:
    assert said(scored([0.1], rows=worsening.FEWEST - 1)) == [Said.UNKNOWN]
    assert said(scored([np.nan])) == [Said.UNKNOWN]


def test_noise_is_what_chance_alone_may_do() -> None:
    found = worsening.judge(scored([0.75]), PROMISED, metric="roc_auc", tolerance=0.0)
    floor = found["noise"].iloc[0]
    assert said(scored([0.75 - 0.99 * floor]), tolerance=0.0) == [Said.HOLDS]
    assert said(scored([0.75 - 1.01 * floor]), tolerance=0.0) == [Said.WORSE]


def test_false_findings_are_rare_over_many_windows() -> None:
    draw = np.random.default_rng(0)
    spread = 0.01 / 1.96
    histories = []
    for _ in range(200):
        truth = 0.75 + spread * draw.normal()  # the promise is off by chance too, and the same for all windows
        found = said(scored(list(truth + spread * draw.normal(size=60))), tolerance=0.0)
        histories.append(Said.WORSE in found)
    assert np.mean(histories) <= 0.06
