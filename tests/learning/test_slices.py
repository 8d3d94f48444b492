import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from pipeline.errors import DataError
from pipeline.learning.metrics import METRICS
from pipeline.learning.scoring import Resampling
from pipeline.learning.slices import coarse, slice_table

ROWS = 600


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    generator = np.random.default_rng(0)
    place = pd.Series(generator.choice(list("abcdefghijkl"), ROWS, p=[0.4] + [0.6 / 11] * 11))
    frame = pd.DataFrame({"place": place.where(generator.random(ROWS) > 0.05), "size": generator.normal(size=ROWS)})
    frame["flag"], frame["few"] = frame["size"] > 0, generator.integers(0, 3, ROWS)
    frame["p"] = 1 / (1 + np.exp(-frame["size"]))
    frame["y"] = (generator.random(ROWS) < frame["p"]).astype("int8")
    return frame


def run(table: pd.DataFrame, by: list[str], **changes: object) -> pd.DataFrame:
    given = {"threshold": 0.5, "resampling": Resampling(count=20), **changes}
    return slice_table(table, by, table["y"], table["p"], **given)


def test_slice_table_scores_the_rows_of_each_value(table: pd.DataFrame) -> None:
    found = run(table, ["flag"])
    row = found[(found["slice"] == "True") & (found["metric"] == "roc_auc")].iloc[0]
    rows = table[table["flag"]]
    assert row["rows"] == len(rows)
    assert row["base_rate"] == rows["y"].mean()
    assert row["predicted"] == rows["p"].mean()
    assert row["value"] == pytest.approx(roc_auc_score(rows["y"], rows["p"]))
    assert row["low"] < row["value"] < row["high"]


def test_slice_table_puts_rare_values_together_and_names_the_missing(table: pd.DataFrame) -> None:
    found = run(table, ["place"])
    names = found["slice"].unique().tolist()
    assert names[0] == "a"
    assert names[-2:] == ["(missing)", "(other)"]
    assert len(names) == 10
    assert found[found["metric"] == "roc_auc"]["rows"].sum() == ROWS


def test_slice_table_cuts_numbers_into_ranges_in_order(table: pd.DataFrame) -> None:
    found = run(table.assign(size=table["size"].where(table["size"] < 2)), ["size"])
    ranges = found[found["metric"] == "brier"]
    assert ranges["slice"].str.startswith("(").all()
    assert ranges["predicted"].iloc[:4].is_monotonic_increasing
    assert ranges["slice"].iloc[-1] == "(missing)"


def test_slice_table_names_few_numbers_in_their_order(table: pd.DataFrame) -> None:
    found = run(table.assign(few=table["few"].astype(float) * 10), ["few"])
    assert found["slice"].unique().tolist() == ["0", "10", "20"]


def test_slice_table_has_every_metric_for_every_slice(table: pd.DataFrame) -> None:
    found = run(table, ["flag", "few"])
    assert len(found) == (2 + 3) * len(METRICS)


def test_slice_table_is_nan_where_a_slice_has_one_class(table: pd.DataFrame) -> None:
    found = run(table.assign(class_=table["y"]), ["class_"])
    assert found[found["metric"] == "roc_auc"]["value"].isna().all()


def test_slice_table_draws_units_within_a_slice(table: pd.DataFrame) -> None:
    found = run(table, ["flag"], resampling=Resampling(count=20, units=np.arange(ROWS) // 10))
    assert found[found["metric"] == "roc_auc"]["low"].notna().all()


def test_slice_table_names_near_matches_when_a_column_is_unknown(table: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"no column 'plase' to slice by: did you mean 'place'\?"):
        run(table, ["plase"])


def test_coarse_suggests_the_first_columns_of_few_values(table: pd.DataFrame) -> None:
    assert coarse(table) == ["place", "flag", "few"]
    assert coarse(table, count=1) == ["place"]
    assert coarse(table[["size"]]) == []
    assert coarse(pd.DataFrame({"twelve": range(12), "words": list("abcdefghijkl"), "one": 1})) == ["words"]
