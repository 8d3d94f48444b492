import numpy as np
import pandas as pd
from sheets import titles

from pipeline.figures import bars


def test_missing_names_the_worst_column() -> None:
    profile = pd.DataFrame({"column": ["a", "price ($)", "b$"], "missing": [0.0, 0.25, 0.1]})
    assert titles(bars.missing(profile)) == ["2 of 3 columns miss values: most in price ($), 25.0% of the rows"]


def test_missing_draws_a_table_without_gaps() -> None:
    assert titles(bars.missing(pd.DataFrame({"column": ["a"], "missing": [0.0]}))) == ["0 of 1 columns miss values"]


def associated(score: list[float]) -> pd.DataFrame:
    frame = pd.DataFrame({"column": [f"c{place}" for place in range(len(score))], "score": score})
    return frame.assign(low=frame["score"] - 0.01, high=frame["score"] + 0.005)


def drawn(table: pd.DataFrame, **given: object) -> list[str]:
    return titles(bars.associations(table, **{"metric": "AUC", "guess": 0.5, "limit": 0.98, **given}))


def test_associations_names_the_best_column_and_the_score() -> None:
    assert drawn(associated([0.7, 0.6])) == ["No column alone is suspected. Alone, c0 tells most: AUC 0.70"]
    assert drawn(associated([0.4, 0.0]), metric="R²", guess=0.0) == [
        "No column alone is suspected. Alone, c0 tells most: R² 0.40"
    ]


def test_associations_draws_a_table_without_columns() -> None:
    assert drawn(associated([])) == ["No column alone is suspected"]


def test_associations_marks_suspects_by_more_than_colour() -> None:
    figure = bars.associations(associated([0.99, 0.6]), metric="AUC", guess=0.5, limit=0.98)
    assert titles(figure) == ["1 of 2 columns may know the target. Alone, c0 tells most: AUC 0.99"]
    assert [bar.get_hatch() for bar in figure.axes[0].patches] == ["//", None]


def test_charts_of_columns_say_how_many_they_leave_out() -> None:
    table = associated(list(np.linspace(0.9, 0.5, 16)))
    title = "No column alone is suspected. Alone, c0 tells most: AUC 0.90 (15 of 16 columns drawn)"
    assert drawn(table) == [title]
    title = "16 of 16 columns miss values: most in c0, 90.0% of the rows (15 of 16 columns drawn)"
    assert titles(bars.missing(table.rename(columns={"score": "missing"}))) == [title]
