from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from pipeline.data import features
from pipeline.errors import DataError


@pytest.fixture
def train() -> pd.DataFrame:
    drawn = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "key": [f"k{number}" for number in range(400)],
            "when": pd.date_range("2024-01-01", periods=400, freq="7h", tz="America/New_York"),
            "size": drawn.normal(size=400),
            "count": pd.array([1, None, 3, 4] * 100, dtype="Int64"),
            "open": [True, False] * 200,
            "kind": pd.Series(["a", "b", None, "a"] * 100),
            "code": pd.Series(["u", "v"] * 200).astype("category"),
            "note": [f"free text {number}" for number in range(400)],
            "name": [f"n{number}" for number in range(400)],
            "same": 1,
            "none": np.nan,
            "paid": [0, 1] * 200,
        }
    )


@pytest.fixture
def recipe(train: pd.DataFrame) -> features.Recipe:
    return features.learn(train, target="paid", time="when", besides={"key"})


def test_learn_sorts_columns_by_what_they_hold(recipe: features.Recipe) -> None:
    assert recipe.numbers == ("size", "count", "open")
    assert recipe.categories == {"kind": ("a", "b"), "code": ("u", "v")}
    assert recipe.calendar == {"when": ("hour", "weekday")}
    assert recipe.texts == ("note",)
    assert recipe.dropped == {
        "name": "names: 400 values in 400 training rows",
        "same": "the same in every training row",
        "none": "the same in every training row",
    }


def test_apply_gives_the_named_features_as_floats_categories_and_texts(
    train: pd.DataFrame, recipe: features.Recipe
) -> None:
    made = features.apply(train, recipe)
    assert list(made.columns) == recipe.features
    assert set(made.dtypes.astype("str")) == {"float64", "category", "str"}
    assert made["kind"].isna().sum() == 100
    assert made.loc[1, ["when_hour", "when_weekday", "open"]].tolist() == [7.0, "1 Mon", 0.0]


def test_apply_gives_a_row_alone_what_it_gives_among_others(train: pd.DataFrame, recipe: features.Recipe) -> None:
    whole = features.apply(train, recipe)
    for row in (0, 2, 399):
        alone = features.apply(train.iloc[[row]], recipe)
        assert alone.astype("object").equals(whole.iloc[[row]].astype("object"))


def test_apply_keeps_a_new_word_after_the_known_ones(train: pd.DataFrame, recipe: features.Recipe) -> None:
    made = features.apply(train.head(2).assign(kind=["zebra", "b"]), recipe)
    assert made["kind"].tolist() == ["zebra", "b"]
    assert made["kind"].cat.categories.tolist() == ["a", "b", "zebra"]


def test_apply_counts_infinity_as_missing(train: pd.DataFrame, recipe: features.Recipe) -> None:
    assert features.apply(train.head(2).assign(size=[np.inf, -np.inf]), recipe)["size"].isna().all()


def test_recipe_comes_back_from_its_dump(recipe: features.Recipe) -> None:
    assert features.Recipe(**recipe.model_dump()) == recipe


def test_learn_tells_the_month_only_when_a_whole_year_was_seen(train: pd.DataFrame) -> None:
    year = train.assign(when=pd.date_range("2024-01-01", periods=400))
    recipe = features.learn(year, target="paid", time="when", besides={"key"})
    assert recipe.calendar == {"when": ("weekday", "month")}


@pytest.fixture
def dated(train: pd.DataFrame) -> pd.DataFrame:
    """Rows in the course of time, with a second date and words that come and go."""
    number = np.arange(400)
    signed = train["when"].dt.tz_localize(None) - pd.to_timedelta(number % 90, unit="D")
    return train.assign(signed=signed, week=[f"week {row // 24}" for row in number], branch=list("nesw") * 100)


def test_learn_tells_of_another_date_how_long_before_the_time_it_was(dated: pd.DataFrame) -> None:
    recipe = features.learn(dated, target="paid", time="when", besides={"key"})
    made = features.apply(dated, recipe)
    assert recipe.days_before == {"signed": "when"}
    assert made["signed_days_before_when"].tolist() == [row % 90 for row in range(400)]
    assert features.Recipe(**recipe.model_dump()) == recipe
    assert features.apply(dated.tail(1), recipe).astype("object").equals(made.tail(1).astype("object"))


def test_learn_tells_of_dates_only_parts_when_rows_have_no_time(dated: pd.DataFrame) -> None:
    recipe = features.learn(dated.drop(columns="when"), target="paid", besides={"key"})
    assert recipe.calendar == {"signed": ("hour", "weekday")}
    assert recipe.days_before == {}
    assert "week" in recipe.categories


def test_learn_says_why_dates_are_dropped_of_which_no_part_repeats(dated: pd.DataFrame) -> None:
    mondays = pd.Series(pd.date_range("2024-01-01", periods=5, freq="7D").repeat(80))
    recipe = features.learn(dated.assign(signed=mondays, when="always"), target="paid", besides={"key"})
    assert recipe.dropped["signed"] == "dates of which no part differs that comes again: hour, weekday, month of a year"


def test_learn_drops_words_that_do_not_recur_when_rows_have_a_time(dated: pd.DataFrame) -> None:
    for rows in (dated, dated.sample(frac=1, random_state=0)):
        recipe = features.learn(rows, target="paid", time="when", besides={"key"})
        assert set(recipe.categories) == {"kind", "code", "branch"}
        reason = "values that do not recur: 88% of those in the last quarter of the training rows are new"
        assert recipe.dropped["week"] == reason


def test_learn_keeps_words_when_a_column_was_filled_only_later_or_all_rows_are_of_one_moment(
    dated: pd.DataFrame,
) -> None:
    later = dated.assign(branch=dated["branch"].where(dated.index >= 200), when=dated["when"])
    assert "branch" in features.learn(later, target="paid", time="when", besides={"key"}).categories
    at_once = dated.assign(when=dated["when"].iloc[0])
    assert "week" in features.learn(at_once, target="paid", time="when", besides={"key"}).categories


def test_apply_refuses_words_where_dates_were(dated: pd.DataFrame) -> None:
    recipe = features.learn(dated, target="paid", time="when", besides={"key"})
    with pytest.raises(DataError, match="column 'signed' held dates while learning, and now does not"):
        features.apply(dated.assign(signed="soon"), recipe)


def test_rare_words_are_one_when_there_are_too_many() -> None:
    words = [f"w{number}" for number in range(300)] * 3 + ["often"] * 10
    frame = pd.DataFrame({"word": words, "paid": [0, 1] * 455})
    recipe = features.learn(frame, target="paid")
    made = features.apply(frame.assign(word="unheard"), recipe)
    assert len(recipe.categories["word"]) == features.MOST_LEVELS
    assert "often" in recipe.categories["word"]
    assert set(made["word"]) == {features.OTHER}


def test_learn_refuses_a_table_with_nothing_to_learn_from() -> None:
    with pytest.raises(DataError, match="no column is left to learn from besides 'paid'"):
        features.learn(pd.DataFrame({"same": [1, 1], "paid": [0, 1]}), target="paid")


def test_apply_names_a_missing_column(train: pd.DataFrame, recipe: features.Recipe) -> None:
    with pytest.raises(DataError, match="the rows have no column 'size': did you mean 'sizes'"):
        features.apply(train.rename(columns={"size": "sizes"}), recipe)


def test_apply_refuses_words_where_numbers_were(train: pd.DataFrame, recipe: features.Recipe) -> None:
    with pytest.raises(DataError, match="column 'size' held numbers while learning, and now does not"):
        features.apply(train.assign(size="large"), recipe)


def test_learn_tells_durations_and_decimals_as_numbers(train: pd.DataFrame) -> None:
    odd = train.assign(waited=pd.to_timedelta(np.arange(400), unit="h"), price=[Decimal(n) / 4 for n in range(400)])
    recipe = features.learn(odd, target="paid")
    made = features.apply(odd, recipe)
    assert {"waited", "price"} < set(recipe.numbers)
    assert made.loc[12, ["waited", "price"]].tolist() == [0.5, 3.0]


def test_learn_drops_lists_and_says_what_to_do(train: pd.DataFrame) -> None:
    recipe = features.learn(train.assign(tags=[["a", "b"]] * 400), target="paid")
    assert recipe.dropped["tags"] == "lists or records: put what counts of them into columns of their own"


def test_learn_leaves_out_parts_of_a_date_that_have_a_column_of_their_own(dated: pd.DataFrame) -> None:
    own = dated.assign(when_hour=1.5, signed_days_before_when=range(400))
    recipe = features.learn(own, target="when_hour", time="when", besides={"key", None})
    made = features.apply(own, recipe)
    assert recipe.calendar["when"] == ("weekday",)
    assert recipe.days_before == {}
    assert list(made.columns) == recipe.features
    assert made.columns.is_unique
    assert made["signed_days_before_when"].tolist() == list(range(400))


def test_apply_makes_thousands_of_columns_without_one_step_each() -> None:
    drawn = np.random.default_rng(0).normal(size=(50, 5000))
    wide = pd.DataFrame(drawn, columns=[f"c{place}" for place in range(5000)]).assign(paid=[0, 1] * 25)
    recipe = features.learn(wide, target="paid")
    made = features.apply(wide, recipe)
    assert made.shape == (50, 5000)
    assert made.iloc[:, 7].tolist() == drawn[:, 7].tolist()
