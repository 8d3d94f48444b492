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
            "same": 1,
            "none": np.nan,
            "paid": [0, 1] * 200,
        }
    )


@pytest.fixture
def recipe(train: pd.DataFrame) -> features.Recipe:
    return features.learn(train, target="paid", time="when", id="key")


def test_learn_sorts_columns_by_what_they_hold(recipe: features.Recipe) -> None:
    assert recipe.numbers == ("size", "count", "open")
    assert recipe.categories == {"kind": ("a", "b"), "code": ("u", "v")}
    assert recipe.calendar == {"when": ("hour", "weekday")}
    assert recipe.dropped == {
        "note": "free text or names: 400 values in 400 training rows",
        "same": "the same in every training row",
        "none": "the same in every training row",
    }


def test_apply_gives_the_named_features_as_floats_and_categories(train: pd.DataFrame, recipe: features.Recipe) -> None:
    made = features.apply(train, recipe)
    assert list(made.columns) == recipe.features
    assert set(made.dtypes.astype("str")) == {"float64", "category"}
    assert made["kind"].isna().sum() == 100
    assert made.loc[1, ["when_hour", "when_weekday", "open"]].tolist() == [7.0, 0.0, 0.0]


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
    recipe = features.learn(year, target="paid", time="when", id="key")
    assert recipe.calendar == {"when": ("weekday", "month")}


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
