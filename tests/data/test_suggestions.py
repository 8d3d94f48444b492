import numpy as np
import pandas as pd
import pytest

from pipeline.data import profile, suggestions

ROWS = 1000


def found(frame: dict[str, object], **named: str | None) -> dict[str, str]:
    table = pd.DataFrame(frame)
    told = suggestions.find(table, profile.columns(table), named=named)
    assert (told["rows"] > 0).all()
    assert (told["advice"] != "").all()
    return dict(zip(told["column"], told["finding"], strict=True))


@pytest.fixture
def drawn() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def plain(drawn: np.random.Generator) -> dict[str, object]:
    return {"size": drawn.normal(size=ROWS), "kind": drawn.choice(["a", "b"], ROWS), "count": drawn.poisson(5, ROWS)}


def test_a_table_in_order_has_no_findings(plain: dict[str, object]) -> None:
    assert found(plain) == {}
    assert found({"a": [1, 2], "b": ["x", "y"]}) == {}


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ([np.nan] * ROWS, "has no value at all"),
        ([None, 3] * 500, "has the same value wherever it has one"),
        ([0] * 999 + [1], "has another value in a few rows only"),
        ([f"c{place}" for place in range(ROWS)], "names each row once, or nearly so"),
        (range(500, 500 + ROWS), "names each row once, or nearly so"),
        ([999] * 20 + list(range(80)) * 12 + [1] * 20, "holds 999 far from all other values, as a code for unknown"),
        ([-1.0] * 20 + list(range(80)) * 12 + [1] * 20, "holds -1 far from all other values, as a code for unknown"),
        ([np.inf] * 20 + [0.5, 1.5, 2.5, 3.5] * 245, "holds infinite numbers"),
        (["?", "a", "b", "a"] * 250, "holds words that say that a value is missing"),
        (["Yes", "yes ", "no", "no"] * 250, "writes one word in several ways, such as 'Yes', 'yes '"),
        (["1", "2", "3", "many"] * 250, "is mostly numbers, but for 'many'"),
        (pd.date_range("2024-01-01", periods=ROWS), "holds dates, and no column is named as time"),
    ],
)
def test_what_is_odd_about_a_column_is_found(plain: dict[str, object], values: object, finding: str) -> None:
    assert found({**plain, "odd": values}) == {"odd": finding}


def test_columns_with_a_role_are_not_called_names_or_dates(plain: dict[str, object]) -> None:
    odd = {"key": [f"c{place}" for place in range(ROWS)], "when": pd.date_range("2024-01-01", periods=ROWS)}
    assert found({**plain, **odd}, id="key", time="when", target=None) == {}


def test_words_of_a_text_and_numbers_of_measurements_are_no_names(plain: dict[str, object]) -> None:
    texts = [f"a text of {place} words" for place in range(ROWS)]
    assert found({**plain, "text": texts, "cents": np.arange(ROWS)[::-1] * 97 % 100_003}) == {}


def test_columns_that_say_the_same_are_found(plain: dict[str, object]) -> None:
    size = np.asarray(plain["size"])
    other = {"cm": size * 2.54 + 1, "again": size, "letter": np.where(np.asarray(plain["kind"]) == "a", "x", "y")}
    assert found({**plain, **other}) == {
        "size, again": "say the same in every row, or nearly so",
        "size, cm": "say the same in every row, or nearly so",
        "kind, letter": "say the same in every row, or nearly so",
    }


def test_columns_that_miss_values_together_are_found_and_cut(
    plain: dict[str, object], drawn: np.random.Generator
) -> None:
    gaps = np.arange(ROWS) < 100
    many = {f"m{place}": np.where(gaps, np.nan, drawn.normal(size=ROWS)) for place in range(6)}
    assert found({**plain, **many}) == {"m0, m1, m2, m3 and 2 more": "miss values in the same rows"}


def test_hostile_values_and_kinds_do_no_harm() -> None:
    frame = {"<b>": [[1], {"a": 2}] * 50, "=cmd|": ["x" * 10_000, "\u202e"] * 50, "none": [None] * 100}
    assert found(frame)["none"] == "has no value at all"
