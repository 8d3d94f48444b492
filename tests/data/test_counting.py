from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pipeline.data.counting import EXACT, Distinct, Repeats, among, hashes


def test_distinct_counts_few_values_one_by_one_whatever_batch_they_come_in() -> None:
    found = Distinct()
    for batch in (["a", "b"], ["b", "c"], []):
        found.add(hashes(pd.Series(batch, dtype="str")))
    assert (found.count, found.exact) == (3, True)


@pytest.mark.parametrize("many", [EXACT + 1, 200_000, 1_000_000])
def test_distinct_estimates_many_values(many: int) -> None:
    found = Distinct()
    for start in range(0, many, 50_000):
        found.add(hashes(pd.Series(np.arange(start, min(start + 50_000, many)))))
    assert not found.exact
    assert found.count == pytest.approx(many, rel=0.03)


def test_repeats_finds_rows_whose_value_comes_twice_in_whatever_batch(tmp_path: Path) -> None:
    found = Repeats(tmp_path)
    values = pd.Series([*range(1000), 7, 7, 900])
    for start in range(0, len(values), 100):
        found.add(hashes(values[start : start + 100]))
    rows, hashed = found.found()
    assert rows == 5
    assert sorted(among(values, hashed)) == [7, 900]
