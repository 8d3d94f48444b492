import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import Pipeline
from threadpoolctl import threadpool_limits

from pipeline.errors import DataError
from pipeline.learning.learners import (
    boosting,
    boosting_defaults,
    boosting_space,
    both_classes,
    columns,
    dummy,
    fit,
    logistic,
    probability,
)
from pipeline.store.estimators import dump_estimator, load_estimator

ROWS = 600
SMALL = {"max_iter": 10, "max_leaf_nodes": 5}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    generator = np.random.default_rng(1)
    number = generator.normal(size=ROWS)
    texts = pd.Series(generator.choice(["a", "b", "c"], size=ROWS))
    return pd.DataFrame(
        {
            "number": np.where(generator.random(ROWS) < 0.1, np.nan, number),
            "whole": pd.Series(generator.integers(0, 9, ROWS)).astype("Int64").where(number < 1),
            "flag": number > 0,
            "maybe": pd.Series(number > 0).astype("boolean").where(number < 1),
            "text": texts.where(generator.random(ROWS) > 0.1),
            "kind": texts.astype("category"),
        }
    )


@pytest.fixture(scope="module")
def target(frame: pd.DataFrame) -> pd.Series:
    generator = np.random.default_rng(2)
    score = frame["flag"] * 2.0 + (frame["text"] == "a") - 1.5
    return (generator.random(ROWS) < 1 / (1 + np.exp(-score))).astype("int8")


def make(name: str, features: pd.DataFrame) -> Pipeline:
    return {"dummy": dummy, "logistic": logistic, "boosting": lambda given: boosting(given, **SMALL)}[name](features)


LEARNERS = pytest.mark.parametrize("name", ["dummy", "logistic", "boosting"])


def test_columns_sorts_numbers_and_texts_whatever_their_dtype(frame: pd.DataFrame) -> None:
    found = columns(frame.assign(code=pd.Categorical([1, 2] * (ROWS // 2)), object=frame["text"].astype(object)))
    assert found.numbers == ["number", "whole", "flag", "maybe", "code"]
    assert found.texts == ["text", "kind", "object"]
    assert frame["text"].dtype == "str"


def test_columns_leaves_out_a_column_without_a_value(frame: pd.DataFrame) -> None:
    found = columns(frame.assign(nothing=np.nan))
    assert "nothing" not in found.numbers + found.texts


@pytest.mark.parametrize("values", [pd.Timestamp("2026-11-23"), 1j, [1]])
def test_columns_refuses_what_no_learner_reads(frame: pd.DataFrame, values: object) -> None:
    with pytest.raises(DataError, match=r"reads column 'when' .*a feature is a number, a boolean or a text"):
        columns(frame.assign(when=[values] * ROWS))


def test_columns_names_the_first_columns_when_many_are_refused(frame: pd.DataFrame) -> None:
    dates = {f"d{place}": pd.Timestamp("2026-11-23") for place in range(7)}
    with pytest.raises(DataError, match=r"columns 'd0' .*'d4' \(.*\), \.\.\."):
        columns(frame.assign(**dates))


def test_columns_refuses_a_frame_when_no_column_has_a_value() -> None:
    with pytest.raises(DataError, match="nothing to learn from"):
        columns(pd.DataFrame({"a": [np.nan, np.nan]}))


@LEARNERS
def test_learner_predicts_probabilities_of_the_positive_class(
    name: str, frame: pd.DataFrame, target: pd.Series
) -> None:
    found = probability(fit(make(name, frame), frame, target), frame)
    assert found.shape == (ROWS,)
    assert found[target == 1].mean() - found[target == 0].mean() > (-1e-9 if name == "dummy" else 0.1)


def test_dummy_predicts_the_base_rate(frame: pd.DataFrame, target: pd.Series) -> None:
    assert probability(fit(dummy(frame), frame, target), frame) == pytest.approx(target.mean())


@pytest.mark.slow
@LEARNERS
def test_learner_is_kept_by_skops_and_predicts_the_same_when_loaded(
    name: str, frame: pd.DataFrame, target: pd.Series
) -> None:
    model = fit(make(name, frame), frame, target)
    loaded = load_estimator(dump_estimator(model))
    assert np.array_equal(probability(loaded, frame), probability(model, frame))


@LEARNERS
def test_learner_is_the_same_to_the_last_bit_when_fitted_again(
    name: str, frame: pd.DataFrame, target: pd.Series
) -> None:
    first, second = (dump_estimator(fit(make(name, frame), frame, target)) for _ in range(2))
    assert first == second


@pytest.mark.slow
@LEARNERS
def test_learner_predicts_one_row_as_among_many_whatever_its_dtypes(
    name: str, frame: pd.DataFrame, target: pd.Series
) -> None:
    model = fit(make(name, frame), frame, target)
    rows = frame.head(15)
    together = probability(model, rows)
    plain = rows.astype(object).where(rows.notna(), None)
    for place in range(len(rows)):
        alone = pd.DataFrame([plain.iloc[place].to_dict()])
        assert probability(model, alone)[0] == pytest.approx(together[place], abs=1e-12)


@LEARNERS
def test_learner_predicts_when_texts_are_new_and_values_are_missing(
    name: str, frame: pd.DataFrame, target: pd.Series
) -> None:
    model = fit(make(name, frame), frame, target)
    strange = frame.head(3).assign(text="never seen", kind=[None, "never seen", "a"], number=np.nan, extra=1)
    assert np.isfinite(probability(model, strange)).all()
    assert np.isfinite(probability(model, strange.assign(text=np.nan, flag=None))).all()


def test_boosting_takes_a_new_text_for_a_missing_one(frame: pd.DataFrame, target: pd.Series) -> None:
    model = fit(boosting(frame, **SMALL), frame, target)
    new, missing = frame.assign(text="never seen"), frame.assign(text=None)
    assert np.array_equal(probability(model, new), probability(model, missing))


@pytest.mark.slow
def test_boosting_does_not_depend_on_the_number_of_threads(frame: pd.DataFrame, target: pd.Series) -> None:
    found = []
    for threads in (1, 2, 3):
        with threadpool_limits(limits=threads):
            found.append(boosting(frame, **SMALL).fit(frame, target).predict_proba(frame))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])


@pytest.mark.parametrize("rows", [0, 50, 400, 1_000, 10_000, 1_000_000])
def test_boosting_defaults_lie_within_the_space_that_is_searched(rows: int) -> None:
    defaults, space = boosting_defaults(rows), boosting_space(rows)
    assert defaults.keys() == space.keys()
    assert all(space[name].low <= value <= space[name].high for name, value in defaults.items())


def test_boosting_learns_something_when_rows_are_few(frame: pd.DataFrame, target: pd.Series) -> None:
    few = frame.head(60)
    assert probability(fit(boosting(few), few, target.head(60)), few).std() > 0


def test_probability_refuses_rows_when_a_column_is_missing(frame: pd.DataFrame, target: pd.Series) -> None:
    model = fit(dummy(frame), frame, target)
    with pytest.raises(DataError, match=r"refused the rows: columns are missing: \{'text'\}.*trained on"):
        probability(model, frame.drop(columns="text"))


def test_probability_names_the_column_when_a_number_is_infinite(frame: pd.DataFrame, target: pd.Series) -> None:
    model = fit(logistic(frame), frame, target)
    with pytest.raises(DataError, match=r"column 'number' \(float64\) holds infinite numbers"):
        probability(model, frame.assign(number=np.inf))


def test_fit_refuses_rows_when_a_number_is_infinite(frame: pd.DataFrame, target: pd.Series) -> None:
    with pytest.raises(DataError, match=r"column 'number' .* holds infinite numbers"):
        fit(boosting(frame), frame.assign(number=np.inf), target)


@pytest.mark.parametrize("values", [[1, 1], [0, 2], [0, 1, np.nan], [], ["0", "1"]])
def test_both_classes_refuses_other_targets(values: object) -> None:
    with pytest.raises(DataError, match="needs rows of both classes, 0 and 1"):
        both_classes(values)


def test_both_classes_takes_booleans_and_floats() -> None:
    assert both_classes([True, False]).tolist() == [1, 0]
    assert both_classes([1.0, 0.0]).dtype == np.int8
