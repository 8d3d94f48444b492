"""A card tells what a person has to know, marks what nobody has written, and shows data as text."""

from dataclasses import replace

import pytest
from pydantic import ValidationError

from pipeline.models import card
from pipeline.models.card import Facts, Words

FACTS = Facts(
    title="'model' version 3",
    made={"learnt from": "100 rows, 2026-01-01 to 2026-06-30", "run": "20260101T000000Z-00000a"},
    metrics={"roc_auc": {"value": 0.75, "low": 0.7, "high": 0.8}, "f1": {"value": float("nan")}},
    slices=["region = north: ROC AUC 0.61"],
    decided=["positive from 0.31 on"],
    reports={"evaluate": "reports/x/evaluate.ipynb"},
)
WORDS = Words(purpose="It tells who may call.", limits="Not for minors.", contact="ada@example.org")


@pytest.mark.slow
def test_card_tells_what_is_known() -> None:
    text = card.write(FACTS, WORDS)
    for said in ("'model' version 3", "It tells who may call.", "| roc\\_auc | 0.75 | 0.7 | 0.8 |", "0.31", "0.61"):
        assert said in text
    assert card.TO_WRITE not in text


@pytest.mark.slow
def test_card_marks_what_nobody_has_written() -> None:
    text = card.write(FACTS, Words(purpose="It tells who may call.", limits=" "))
    assert "**To be written**: what it is not for" in text
    assert text.count(card.TO_WRITE) == 2


@pytest.mark.slow
def test_card_says_so_where_no_slice_is_worse() -> None:
    assert "No slice is clearly worse" in card.write(replace(FACTS, slices=[]), WORDS)


@pytest.mark.slow
def test_card_shows_data_as_text() -> None:
    text = card.write(replace(FACTS, slices=["<script>x</script> | [a](javascript:b)\n# c"]), WORDS)
    assert "<script>" not in text
    assert "\n# c" not in text
    assert "](" not in text.replace("\\]", "").replace("\\(", "")


def test_missing_names_what_nobody_has_written() -> None:
    assert Words(purpose="x").missing() == ["limits", "contact"]
    assert WORDS.missing() == []


def test_words_refuse_a_key_that_nothing_reads() -> None:
    with pytest.raises(ValidationError, match="porpose"):
        Words(porpose="x")  # type: ignore[call-arg]
