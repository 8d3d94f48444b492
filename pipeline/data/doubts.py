"""Owns what speaks against learning a target: it says nothing, is of dates, of amounts in words, or of rare classes."""

import re

import pandas as pd

from pipeline.data import dates, labels
from pipeline.errors import DataError

MOST_ASIDE = 0.05
"""Share of the labelled rows that may belong to classes too rare to learn."""

_MOSTLY = 0.5
_SHOWN = 3
_MONEY = "[$\u20ac\u00a3\u00a5\u20b9\u20bd\u20a9]"
_AMOUNT = re.compile(
    rf"(?:{_MONEY}|[A-Z]{{3}} )?\s*([+-]?\d[\d.,'\u2019\u00a0 ]*)\s*(?:{_MONEY}|%| ?[A-Z]{{3}}|[kK]\b)?"
)
_GROUPING = re.compile(r"[.,'\u2019\u00a0 ](?=.*[.,])|['\u2019\u00a0 ]")


def nothing(known: pd.Series, counts: pd.Series, where: str) -> None:
    """Check that there is something to learn.

    Parameters
    ----------
    known
        As in `amounts`.
    counts
        Rows by label.
    where
        How an error begins.

    Raises
    ------
    DataError
        If there is no label, one label only, or labels that are dates.
    """
    if counts.empty:
        raise DataError(f"{where} is missing in every row. Name a column that has labels.")
    if len(counts) == 1:
        value = labels.plain(counts.index[0])
        raise DataError(f"{where} is {value!r} wherever there is a value: nothing to learn from it.")
    texts = pd.api.types.is_string_dtype(known.dtype)
    if not pd.api.types.is_numeric_dtype(known.dtype) and (not texts or dates.are_iso(known)):
        raise DataError(
            f"{where} holds dates, such as {str(known.iloc[0])!r}, and a model predicts a class or a number. Name a "
            "column that says what is asked of the date: the days until then, or whether it is over."
        )


def amounts(known: pd.Series, where: str) -> None:
    """Check that words to be taken for classes are not amounts: numbers with a unit, or with words among them.

    Parameters
    ----------
    known
        Labels that were read (`labels.read`) and are not missing, shape (rows,).
    where
        How an error begins.

    Raises
    ------
    DataError
        If most of them read as numbers that are no codes of classes.
    """
    if labels.numbers(known) is not None or pd.api.types.is_bool_dtype(known.dtype):
        return
    words = pd.Series(known.astype("str").unique(), dtype="str")
    plain = pd.to_numeric(words, errors="coerce")
    read = plain.fillna(words.map(_amount))
    rows = known.astype("str").map(dict(zip(words, read, strict=True)))
    numbers = rows.dropna()
    if len(numbers) <= _MOSTLY * len(known) or not labels.amounts(numbers, str(known.name)):
        return
    counted = f"{where} reads as a number in {len(numbers)} of {len(known)} rows"
    if (strange := words[read.isna()]).size:
        raise DataError(
            f"{counted}, and not where it is {some(strange)}. Make those numbers or missing, or, if all of them are "
            'names of classes, set data.task to "multiclass".'
        )
    raise DataError(
        f"{counted} that is written with a unit, such as {some(words[plain.isna()])}. Take the unit out of the table, "
        'so that numbers are left, or, if they are names of classes, set data.task to "multiclass".'
    )


def _amount(word: str) -> float:
    found = _AMOUNT.fullmatch(word)
    digits = _GROUPING.sub("", found[1].strip()).replace(",", ".") if found else ""
    return float(pd.to_numeric(digits, errors="coerce")) if digits else float("nan")


def rare(counts: pd.Series, least: int, where: str) -> None:
    """Check that the classes too rare to learn hold few of the labelled rows.

    Parameters
    ----------
    counts
        Rows by label.
    least
        Rows that a class must have.

    Raises
    ------
    DataError
        If they hold more than `MOST_ASIDE` of them.
    """
    aside = counts[counts < least]
    if aside.sum() > max(MOST_ASIDE * counts.sum(), 1):
        raise DataError(
            f"{where} has {len(counts)} different values in {counts.sum()} rows, and {len(aside)} of them, such as "
            f"{some(aside.index)}, in fewer than {least}: {aside.sum()} rows would be set aside. Join the rare ones "
            'under one name, or, if they are amounts, make all of them numbers and set data.task to "regression".'
        )


def some(words: "pd.Series | pd.Index") -> str:
    """Show the first of some words."""
    return ", ".join(map(repr, words[:_SHOWN].tolist())) + (", ..." if len(words) > _SHOWN else "")
