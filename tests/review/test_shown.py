from pipeline.review import shown
from pipeline.review.changes import Change
from pipeline.review.rendered import Figure, Table
from pipeline.review.shown import CellDifference, TablePair


def figure(cell: str, number: int, picture: str) -> Figure:
    return Figure(cell=cell, number=number, picture=picture, width_px=1, height_px=1, alt="")


def table(*rows: tuple[str, ...], cell: str = "head") -> Table:
    return Table(cell=cell, number=1, rows=rows)


def only(before: Table, after: Table) -> TablePair:
    (pair,) = shown.tables([before], [after])
    return pair


def test_figures_are_paired_by_cell_and_number() -> None:
    before = [figure("a", 1, "x.png"), figure("a", 2, "y.png"), figure("gone", 1, "x.png")]
    after = [figure("a", 1, "x.png"), figure("a", 2, "z.png"), figure("new", 1, "x.png")]
    found = {(pair.cell, pair.number): pair.change for pair in shown.figures(before, after)}
    assert found == {
        ("a", 1): Change.SAME,
        ("a", 2): Change.CHANGED,
        ("new", 1): Change.ADDED,
        ("gone", 1): Change.REMOVED,
    }


def test_tables_are_compared_cell_by_cell_whatever_the_order_of_columns() -> None:
    pair = only(table(("a", "b"), ("1", "2"), ("3", "4")), table(("b", "a"), ("2", "1"), ("9", "3")))
    assert pair.change is Change.CHANGED
    assert pair.cells == (CellDifference(row=2, column="b", before="4", after="9"),)
    assert (pair.columns_added, pair.columns_removed, pair.left_out) == ((), (), 0)


def test_rows_and_columns_of_one_table_alone_are_counted_and_named() -> None:
    pair = only(table(("a", "old"), ("1", "2")), table(("a", "new"), ("1", "2"), ("3", "4"), ("5", "6")))
    assert (pair.rows_added, pair.rows_removed, pair.cells) == (2, 0, ())
    assert (pair.columns_added, pair.columns_removed) == (("new",), ("old",))


def test_columns_of_one_name_and_short_rows_are_compared_too() -> None:
    pair = only(table(("x", "x"), ("1",)), table(("x", "x"), ("1", "2")))
    assert pair.cells == (CellDifference(row=1, column="x (2)", before="", after="2"),)


def test_more_differences_than_a_page_holds_are_counted() -> None:
    before, after = ([("a",), *((f"{side}{row}",) for row in range(250))] for side in "xy")
    pair = only(table(*before), table(*after))
    assert (len(pair.cells), pair.left_out) == (200, 50)


def test_equal_tables_are_the_same_and_lone_ones_came_or_went() -> None:
    assert only(table(("a",)), table(("a",))).change is Change.SAME
    found = shown.tables([table(cell="gone")], [table(cell="new")])
    assert {pair.cell: pair.change for pair in found} == {"new": Change.ADDED, "gone": Change.REMOVED}
