import numpy as np
import pandas as pd
import pytest
from learning.tables import ROWS, features

from pipeline.errors import DataError
from pipeline.learning.columns import columns
from pipeline.learning.preparing import filled


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return features()


def test_columns_sorts_by_what_can_be_learned_whatever_the_dtype(frame: pd.DataFrame) -> None:
    found = columns(frame.assign(rank=pd.Categorical([1, 2] * (ROWS // 2)), object=frame["text"].astype(object)))
    assert found.numbers == ["number", "whole", "flag", "maybe", "rank"]
    assert found.words == ["text", "kind", "object"]
    assert (found.many, found.texts) == (["code"], ["said"])


def test_columns_takes_sentences_that_come_again_and_again_for_words(frame: pd.DataFrame) -> None:
    again = pd.Series(["not at all satisfied", "very satisfied with it"] * (ROWS // 2))
    assert columns(frame.assign(said=again)).words == ["text", "kind", "said"]
    assert columns(frame.assign(said=frame["said"].astype("category"))).many == ["code", "said"]


def test_filled_makes_a_missing_text_empty() -> None:
    assert filled(pd.DataFrame({"a": ["x y", None, np.nan]})).tolist() == ["x y", "", ""]


def test_columns_leaves_out_a_column_without_a_value(frame: pd.DataFrame) -> None:
    found = columns(frame.assign(nothing=np.nan))
    assert "nothing" not in [*found.numbers, *found.words, *found.many, *found.texts]


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
