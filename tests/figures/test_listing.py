import pandas as pd

from pipeline.figures import listing

HOSTILE = ["<script>alert(1)</script>", "two\nlines", "\u202eevil", "x" * 10_000, "$x^2$", None]


def test_table_is_cut_and_says_by_how_much() -> None:
    shown = listing.of(pd.DataFrame({"a": range(5000)}), most=40, called="column")
    assert len(shown.table) == 40
    said = "4,960 more columns not shown; 5,000 columns in all."
    assert repr(shown).endswith(said)
    assert shown._repr_html_().endswith(f"<p>{said}</p>")


def test_whole_table_says_nothing_more() -> None:
    assert listing.of(pd.DataFrame({"a": [1.5]})).rest == ""


def test_what_stands_in_cells_means_nothing_to_a_page() -> None:
    page = listing.of(pd.DataFrame({"<b>": HOSTILE, "number": range(6)}))._repr_html_()
    assert "<script" not in page
    assert "<b>" not in page
    assert "&lt;script&gt;" in page
    assert "\u202e" not in page
    assert "two lines" in page
    assert "tex2jax_ignore" in page
    assert len(page) < 4000


def test_column_may_be_called_self() -> None:
    assert listing.of(pd.DataFrame({"self": ["a\nb"], "frame": ["c"]})).table["self"].tolist() == ["a b"]
