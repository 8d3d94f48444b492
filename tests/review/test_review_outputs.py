"""What a person sees among the outputs in JupyterLab stands in the rendered report too."""

import base64

import pandas as pd
import payloads
import pytest
from inspection import text
from payloads import code, only, png, prose_cell, report, shown

from pipeline.review.rendering import render

PNG = base64.b64encode(png()).decode()
RED = "\x1b[31m"


def test_table_shows_every_cell_and_can_be_compared() -> None:
    frame = pd.DataFrame({"a<b": [1, 2], "c": ["x & y", None]}, index=pd.Index(["one", "two"], name="id"))
    rendered = render(report(prose_cell("# Rows"), code(shown(text_html=frame._repr_html_()))), stage="s")
    assert [table.rows for table in rendered.tables] == [
        (("id", "a<b", "c"), ("one", "1", "x & y"), ("two", "2", "NaN")),
    ]
    assert 'role="region" aria-label="Rows: table 1"' in rendered.cells[1].outputs
    assert '<th scope="col">a&lt;b</th>' in rendered.cells[1].outputs
    assert "a<b c id one 1 x & y" in text(rendered)


def test_empty_corner_of_a_table_is_no_head() -> None:
    outputs = only(code(shown(text_html=pd.DataFrame({"n": [1]}).to_html()))).outputs
    assert "<td></td>" in outputs
    assert '<th scope="row">0</th>' in outputs


def test_merged_cells_of_a_table_stand_in_each_place() -> None:
    index = pd.MultiIndex.from_tuples([("p", 1), ("p", 2)])
    columns = pd.MultiIndex.from_tuples([("m", "low"), ("m", "high")])
    html = pd.DataFrame([[1, 2], [3, 4]], index, columns).to_html()
    rows = render(report(code(shown(text_html=html))), stage="s").tables[0].rows
    assert rows == (("", "", "m low", "m high"), ("p", "1", "1", "2"), ("p", "2", "3", "4"))


def test_table_in_a_table_is_text_of_its_cell() -> None:
    html = "<table><tr><td>a<table><tr><td>b</td></tr></table></td><td>c</td></tr></table>"
    assert [table.rows for table in render(report(code(shown(text_html=html))), stage="s").tables] == [(("ab", "c"),)]


def test_styled_table_loses_its_styles_and_nothing_else() -> None:
    html = pd.DataFrame({"n": [1.5]}).style.set_caption("what it is").highlight_max().to_html()
    outputs = only(code(shown(text_html=html))).outputs
    assert "<caption>what it is</caption>" in outputs
    assert "1.500000" in outputs
    assert "background" not in outputs


def test_figures_are_numbered_under_their_heading_and_sized() -> None:
    document = report(prose_cell("# Curves"), code(shown(image_png=PNG), shown(image_png=PNG)), code(name="more"))
    rendered = render(document, stage="s", pictures="../p/")
    assert [(it.cell, it.number, it.alt) for it in rendered.figures] == [
        ("work", 1, "Curves: figure 1"),
        ("work", 2, "Curves: figure 2"),
    ]
    assert len(rendered.pictures) == 1
    image = f'<img src="../p/{rendered.figures[0].picture}" alt="Curves: figure 1" width="8" height="6" loading="lazy"'
    assert image in rendered.cells[1].outputs


def test_figure_has_the_words_and_the_size_that_the_notebook_gave_it() -> None:
    output = shown(image_png=PNG) | {"metadata": {"image/png": {"alt": 'A "curve"', "width": 4}}}
    outputs = only(code(output)).outputs
    assert 'alt="A &quot;curve&quot;"' in outputs
    assert 'width="4"' in outputs
    assert "height=" not in outputs


def test_picture_within_html_is_a_figure() -> None:
    rendered = render(report(code(shown(text_html=f'<img src="data:image/png;base64,{PNG}" width=99>'))), stage="s")
    assert len(rendered.figures) == 1
    assert 'width="99"' in rendered.cells[0].outputs
    assert PNG not in rendered.cells[0].outputs


def test_drawing_is_a_picture_and_never_part_of_the_page() -> None:
    rendered = render(report(code(shown(**{"image_svg+xml": payloads.SVG, "text_plain": "<Figure>"}))), stage="s")
    figure = rendered.figures[0]
    assert (figure.picture[-4:], figure.width_px, figure.height_px) == (".svg", 96, 48)
    assert "<svg" not in rendered.cells[0].outputs
    assert b"drawn" in rendered.pictures[figure.picture]


def test_broken_picture_is_a_notice() -> None:
    assert "A picture that cannot be shown" in only(code(shown(image_png="AAAA"))).outputs


def test_broken_picture_gives_way_to_text() -> None:
    assert "the figure" in only(code(shown(image_png="AAAA", text_plain="the figure"))).outputs


@pytest.mark.parametrize(
    "mime",
    ["application/vnd.plotly.v1+json", "application/vnd.jupyter.widget-view+json", "application/vnd.vegalite.v5+json"],
)
def test_interactive_output_is_named_and_its_text_shown(mime: str) -> None:
    output = shown(text_plain="Figure()", text_html="<div>drawn by <script>draw()</script></div>")
    output["data"][mime] = {"layout": {}}
    outputs = only(code(output)).outputs
    assert "Interactive: seen in JupyterLab." in outputs
    assert "Figure()" in outputs
    assert "drawn by" not in outputs


def test_interactive_output_shows_its_picture_where_it_has_one() -> None:
    output = shown(text_plain="Figure()", image_png=PNG, **{"application_vnd.plotly.v1+json": {}})
    assert "<img" in only(code(output)).outputs


def test_html_whose_script_is_all_there_is_shows_what_is_left() -> None:
    outputs = only(code(shown(text_html="<b>left</b><script>draw()</script>"))).outputs
    assert "Interactive" in outputs
    assert "<b>left</b>" in outputs


def test_html_says_what_was_left_out_of_it() -> None:
    outputs = only(code(shown(text_html="<p>map</p><iframe src=x></iframe>", text_plain="Map()"))).outputs
    assert "Left out here, because it could act or load something: iframe." in outputs


def test_error_shows_its_traceback_in_colours() -> None:
    failed = {"output_type": "error", "ename": "E", "evalue": "v", "traceback": [f"{RED}E\x1b[0m: <v>", "line"]}
    outputs = only(code(failed)).outputs
    assert '<span class="ansi-red-fg">E</span>: &lt;v&gt;\nline' in outputs
    assert 'class="output error"' in outputs


def test_colours_beyond_the_basic_ones_become_the_nearest_class() -> None:
    outputs = only(
        code({"output_type": "stream", "name": "stdout", "text": "\x1b[38;5;28mg\x1b[48;2;250;0;10mr\x1b[38;5;241mk"})
    ).outputs
    assert '<span class="ansi-green-fg">g</span>' in outputs
    assert '<span class="ansi-green-fg ansi-red-bg">r</span>' in outputs
    assert "ansi-black-intense-fg" in outputs
    assert "style=" not in outputs


def test_stderr_is_marked_in_words() -> None:
    outputs = only(code({"output_type": "stream", "name": "stderr", "text": ["be ", "careful"]})).outputs
    assert '<span class="output-name">stderr</span>' in outputs
    assert "be careful" in outputs


def test_long_text_keeps_its_head_and_tail() -> None:
    outputs = only(code({"output_type": "stream", "name": "stdout", "text": "first " + "x" * 50_000 + " last"})).outputs
    assert "first xxx" in outputs
    assert "xxx last" in outputs
    assert "... 30,011 characters left out ..." in outputs
    assert len(outputs) < 21_000


def test_large_html_gives_way_to_its_text() -> None:
    html = pd.DataFrame([[1.5] * 20] * 2_000).to_html()
    outputs = only(code(shown(text_html=html, text_plain="2000 rows"))).outputs
    assert "too large for here" in outputs
    assert "2000 rows" in outputs


@pytest.mark.parametrize("html", ["<div>" * 5_000, "<p " + "a " * 5_000 + ">", "<p " + "a='' " * 5_000 + ">"])
def test_html_that_takes_minutes_to_read_gives_way_to_its_text(html: str) -> None:
    assert "as text" in only(code(shown(text_html=html, text_plain="as text"))).outputs
    assert '<pre class="raw"' in only(prose_cell(html)).source


def test_json_is_indented() -> None:
    assert "{\n  &#34;a&#34;: [\n    &#34;é&#34;" in only(code(shown(application_json={"a": ["é"]}))).outputs


def test_latex_of_an_output_is_mathml() -> None:
    outputs = only(code(shown(text_latex=r"$\displaystyle x^{2}$", text_plain="x**2"))).outputs
    assert "<msup><mi>x</mi>" in outputs


def test_latex_that_we_cannot_show_gives_way_to_text() -> None:
    assert "x**2" in only(code(shown(text_latex=r"$\frac{$", text_plain="x**2"))).outputs


def test_markdown_of_an_output_is_rendered() -> None:
    rendered = render(report(code(shown(text_markdown="**found** $x$\n\n| a |\n|---|\n| 1 |"))), stage="s")
    assert "<strong>found</strong>" in rendered.cells[0].outputs
    assert "<mi>x</mi>" in rendered.cells[0].outputs
    assert rendered.tables[0].rows == (("a",), ("1",))


@pytest.mark.parametrize(
    ("data", "record", "said"),
    [
        (3, {"kind": "literal", "bytes": 1}, "<code>n</code> = 3"),
        ("é", {}, "<code>n</code> = &quot;é&quot;"),
        ({}, {"kind": "table", "rows": 1234, "bytes": 9}, "<code>n</code>: table, 1,234 rows"),
        ({}, {"kind": "model", "bytes": 5000}, "<code>n</code>: model, 5,000 bytes"),
        ("x" * 500, {}, "<code>n</code>: json"),
    ],
)
def test_scrap_is_a_line(data: object, record: dict[str, object], said: str) -> None:
    payload = {"name": "n", "data": data, "encoder": "json", "version": 1}
    output = shown(**{"application_scrapbook.scrap.json+json": payload}) | {"metadata": {"pipeline": record}}
    assert only(code(output)).outputs == f'<p class="output scrap">{said}</p>'


def test_base64_of_an_old_scrap_is_not_on_the_page() -> None:
    payload = {"name": "frame", "data": PNG * 500, "encoder": "arrow", "version": 1}
    outputs = only(code(shown(**{"application_scrapbook.scrap.arrow+json": payload}))).outputs
    assert outputs == '<p class="output scrap"><code>frame</code>: arrow</p>'
