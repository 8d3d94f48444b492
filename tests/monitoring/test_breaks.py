import numpy as np
import pandas as pd

from pipeline.monitoring.breaks import breaks
from pipeline.monitoring.reference import Reference

ROWS = pd.DataFrame(
    {
        "size": np.arange(10.0),
        "when": pd.date_range("2026-01-01", periods=10, tz="UTC"),
        "where": ["north", "south"] * 5,
    }
)
RULES = {
    "columns": {
        "size": {"type": "number", "least": 0, "most": 9},
        "when": {"type": "datetime", "least": "2026-01-01", "missing": True},
        "where": {"type": "text", "one_of": ["north", "south"]},
    }
}
REFERENCE = Reference.of(ROWS, list(ROWS))


def found(rows: pd.DataFrame) -> list[tuple[str, str, int]]:
    table = breaks(REFERENCE, REFERENCE.sketch(rows), RULES)
    return list(table[["column", "rule", "rows"]].itertuples(index=False, name=None))


def test_rows_of_the_reference_break_nothing() -> None:
    assert found(ROWS) == []
    assert breaks(REFERENCE, REFERENCE.sketch(ROWS)).empty


def test_absent_columns_and_other_types_are_breaks_without_rules() -> None:
    odd = ROWS.drop(columns="where").assign(size=["1", "two"] * 5, when=range(10))
    sketch = REFERENCE.sketch(odd)
    table = breaks(REFERENCE, sketch)
    assert table["message"].tolist() == [
        "5 of 10 rows have a value that is not a number",
        "10 of 10 rows have a value that is not a date",
        "10 of 10 rows do not have the column",
    ]
    assert found(ROWS.assign(where=range(10))) == [("where", "type", 10)]


def test_rules_of_the_table_are_held_to_what_sketches_know() -> None:
    assert found(ROWS.assign(size=ROWS["size"].where(ROWS["size"] > 3))) == [("size", "missing", 4)]
    assert found(ROWS.assign(when=ROWS["when"].where(ROWS.index > 3))) == []
    assert found(ROWS.assign(size=ROWS["size"] - 1)) == [("size", "least", 0)]
    assert found(ROWS.assign(size=ROWS["size"] + 1)) == [("size", "most", 0)]
    assert found(ROWS.assign(when=ROWS["when"] - pd.Timedelta("1h"))) == [("when", "least", 0)]
    odd = breaks(REFERENCE, REFERENCE.sketch(ROWS.assign(where=["north"] * 7 + ["west"] * 2 + ["east"])), RULES)
    assert odd["message"].tolist() == ["3 of 10 rows have a word that is not allowed, most of them 'west'"]


def test_values_that_were_never_seen_are_a_break_where_they_are_many() -> None:
    usual = Reference.of(pd.DataFrame({"x": np.arange(1000.0)}), ["x"])
    many, few = (pd.DataFrame({"x": np.arange(1000.0) + shift}) for shift in (300, 50))
    table = breaks(usual, usual.sketch(many))
    assert table["rule"].tolist() == ["seen"]
    assert table["message"].iloc[0].startswith("300 of 1,000 rows have a value that the reference never had")
    assert breaks(usual, usual.sketch(few)).empty
    assert breaks(usual, usual.sketch(many[-90:])).empty  # too few rows to say
