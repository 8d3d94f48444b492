import numpy as np
import pandas as pd
import pytest

from pipeline.data import suggest
from pipeline.goal import Task

ROWS = 200


@pytest.fixture
def table() -> pd.DataFrame:
    drawn = np.random.default_rng(0)
    return pd.DataFrame(
        {"size": drawn.normal(size=ROWS), "kind": list("abcd") * 50, "paid": drawn.integers(0, 2, ROWS)}
    )


def test_roles_suggests_nothing_of_plain_columns(table: pd.DataFrame) -> None:
    found = suggest.roles(table, "paid")
    assert (found.time, found.id, found.groups, found.drop, found.task) == (None, None, None, (), Task.BINARY)
    assert dict(found.reasons) == {"paid": "which of two classes, and how likely 1 is, since paid has two values"}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("customerID", np.random.default_rng(0).permutation(5000)[:ROWS]),
        ("Unnamed: 0", np.random.default_rng(0).permutation(ROWS)),
        ("counter", range(7, ROWS + 7)),
        ("hash", [f"h{row}" for row in range(ROWS)]),
    ],
)
def test_roles_takes_what_names_each_row_for_an_id(table: pd.DataFrame, name: str, values: list[object]) -> None:
    found = suggest.roles(table.assign(**{name: values}), "paid")
    assert found.id == name
    assert found.reasons[name] == "it names each row once"


def test_roles_drops_other_names_of_rows(table: pd.DataFrame) -> None:
    found = suggest.roles(table.assign(counter=range(ROWS), key=[f"h{row}" for row in range(ROWS)]), "paid")
    assert (found.id, found.drop) == ("key", ("counter",))
    assert found.reasons["counter"] == "it names each row once, as key does"


@pytest.mark.parametrize(
    "values",
    [
        np.random.default_rng(0).permutation(5000)[:ROWS],
        [f"a remark {row}" for row in range(ROWS)],
        np.arange(ROWS) + 0.5,
        [[row] for row in range(ROWS)],
    ],
)
def test_roles_takes_amounts_and_sentences_for_no_id(table: pd.DataFrame, values: list[object]) -> None:
    assert suggest.roles(table.assign(column=pd.Series(list(values))), "paid").id is None


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("moment", pd.date_range("2024-01-01", periods=ROWS)),
        ("moment", pd.date_range("2024-01-01", periods=ROWS).strftime("%m/%d/%y")),
        ("moment", pd.date_range("2024-01-01", periods=ROWS)[::-1].astype("str")),
        ("sale_date", np.random.default_rng(0).permutation(pd.date_range("2024-01-01", periods=ROWS).astype("str"))),
        ("day", pd.date_range("2024-01-01", periods=ROWS).strftime("%Y%m%d").astype("int64")),
    ],
)
def test_roles_takes_dates_in_order_or_so_called_for_the_time(
    table: pd.DataFrame, name: str, values: list[object]
) -> None:
    found = suggest.roles(table.assign(**{name: values}), "paid")
    assert (found.time, found.id) == (name, None)
    assert found.reasons[name].startswith("dates")


@pytest.mark.parametrize("values", [range(2000, 2000 + ROWS), ["2024", "2025"] * 100, [None, "2024-01-01"] * 100])
def test_roles_takes_years_and_gaps_for_no_time(table: pd.DataFrame, values: list[object]) -> None:
    assert suggest.roles(table.assign(date=values), "paid").time is None


def test_roles_takes_the_first_of_two_moments_and_no_birthday(table: pd.DataFrame) -> None:
    order = np.random.default_rng(0).permutation(ROWS)
    start = pd.Series(pd.date_range("2024-01-01", periods=ROWS, freq="h")[order])
    dated = table.assign(
        end_time=start + pd.Timedelta("2h"), start_time=start, birth_date=start - pd.Timedelta("9000D")
    )
    assert suggest.roles(dated, "paid").time == "start_time"


def test_roles_drops_what_is_constant_or_the_target_in_other_words(table: pd.DataFrame) -> None:
    told = table.assign(same=1, none=None, paid_text=table["paid"].map({0: "no", 1: "yes"}))
    found = suggest.roles(told, "paid")
    assert found.drop == ("same", "none", "paid_text")
    assert found.reasons["same"] == "the same in every row"
    assert found.reasons["paid_text"] == "paid in other words"
    scaled = table.assign(cents=(table["size"] * 100).round(2))
    assert suggest.roles(scaled, "size").drop == ("cents",)


def test_roles_takes_what_is_called_so_and_comes_again_for_groups_where_there_is_no_time(table: pd.DataFrame) -> None:
    grouped = table.assign(patient_id=np.arange(ROWS) // 4)
    found = suggest.roles(grouped, "paid")
    assert (found.groups, found.id) == ("patient_id", None)
    assert found.reasons["patient_id"] == "it names 50 things, each in several of 200 rows"
    timed = grouped.assign(when=pd.date_range("2024-01-01", periods=ROWS))
    assert suggest.roles(timed, "paid").groups is None


def test_roles_says_why_a_target_cannot_be_predicted(table: pd.DataFrame) -> None:
    found = suggest.roles(table.assign(paid=1), "paid")
    assert found.task is None
    assert "nothing to learn" in found.reasons["paid"]


def test_roles_drops_what_is_called_as_predictions_are(table: pd.DataFrame) -> None:
    found = suggest.roles(table.assign(prediction=table["size"]), "paid")
    assert found.drop == ("prediction",)
    assert "rename it to keep it" in found.reasons["prediction"]
