"""What a person sees of prose and code in JupyterLab stands in the rendered report too."""

import base64
import json

import projects
import pytest
from inspection import inspected, text
from payloads import code, only, png, prose_cell, report, shown

from pipeline.review.rendering import prose, render

PNG = base64.b64encode(png()).decode()


def test_prose_keeps_its_structure() -> None:
    found = only(
        prose_cell("# One\n\n*what* **is** `code`\n\n| a | b |\n|---|--:|\n| 1 | 2 |\n\n- [x] done\n- [ ] open")
    )
    assert "<em>what</em> <strong>is</strong> <code>code</code>" in found.source
    assert '<td class="align-right">2</td>' in found.source
    assert "☑ done" in found.source
    assert "☐ open" in found.source


def test_headings_make_a_table_of_contents_whose_anchors_are_on_the_page() -> None:
    rendered = render(
        report(prose_cell("# Pay $x^2$\n\n## Inputs\n\n## Inputs"), prose_cell("## `a` & b <br> c")), stage="s"
    )
    assert [(it.level, it.text) for it in rendered.headings] == [
        (1, "Pay $x^2$"),
        (2, "Inputs"),
        (2, "Inputs"),
        (2, "a & b c"),
    ]
    anchors = [it.anchor for it in rendered.headings]
    assert anchors == ["h-pay-x-2", "h-inputs", "h-inputs-2", "h-a-b-c"]
    assert inspected(rendered).ids == anchors
    assert rendered.title == "Pay $x^2$"


def test_heading_of_no_letters_has_an_anchor_too() -> None:
    assert [it.anchor for it in render(report(prose_cell("# ?\n\n# !")), stage="s").headings] == [
        "h-section",
        "h-section-2",
    ]


def test_report_without_headings_is_called_after_its_stage() -> None:
    assert render(report(code()), stage="work").title == "work"


def test_links_lead_out_or_to_headings() -> None:
    source = only(
        prose_cell("[out](https://site.example/a?b=1&c=2) [in](#What-we-saw) [no](other.ipynb)\n\n# What we saw")
    ).source
    assert '<a href="https://site.example/a?b=1&amp;c=2" rel="noopener noreferrer nofollow">out</a>' in source
    assert '<a href="#h-what-we-saw">in</a>' in source
    assert "<a>no</a>" in source


def test_links_lead_to_the_reports_of_other_runs_where_the_site_has_them() -> None:
    run = "20260101T000000Z-00ab3f"
    source = only(prose_cell(f"[a](../{run}/train.ipynb) [b](../../{run}/train.ipynb) [c](../x/train.ipynb)")).source
    assert f'<a href="../../{run}/stages/train.html">a</a>' in source
    assert "<a>b</a> <a>c</a>" in source


def test_formula_is_mathml_and_one_that_is_none_stays_as_it_was_written() -> None:
    found = only(prose_cell(r"An area $\frac{1}{2}<b$ and $$\sum_i x_i$$ and $\frac{$ and `$5`"))
    assert "<mfrac><mrow><mn>1</mn></mrow><mrow><mn>2</mn></mrow></mfrac>" in found.source
    assert 'display="block"' in found.source
    assert r"$\frac{$" in found.source
    assert "<code>$5</code>" in found.source


@pytest.mark.parametrize("source", [r"$\newcommand{\a}{x}\a$", "$" + "{" * 99 + "}" * 99 + "$", "$" + "x" * 9000 + "$"])
def test_formula_that_could_grow_without_end_stays_as_it_was_written(source: str) -> None:
    assert "<math" not in only(prose_cell(source)).source


def test_pasted_picture_is_shown_and_is_no_figure() -> None:
    pasted = prose_cell("![what it shows](attachment:a.png)") | {"attachments": {"a.png": {"image/png": PNG}}}
    rendered = render(report(pasted), stage="s")
    assert [image["alt"] for image in inspected(rendered).images] == ["what it shows"]
    assert rendered.figures == ()


def test_picture_from_elsewhere_is_named_and_not_loaded() -> None:
    found = render(report(prose_cell("![a plot](https://site.example/a.png)")), stage="s")
    assert "picture that is not in the report at https://site.example/a.png: a plot" in text(found)


def test_code_is_highlighted_with_classes_and_kept_as_text() -> None:
    found = only(code(source='x = "a & b"  # why'))
    assert found.code == 'x = "a & b"  # why'
    assert '<span class="c1"># why</span>' in found.source
    assert "style=" not in found.source


@pytest.mark.parametrize("source", ["%time x = 1", "!ls", "x?"])
def test_magics_are_highlighted_without_errors(source: str) -> None:
    assert 'class="err"' not in only(code(source=source)).source


def test_code_of_an_unknown_language_is_shown_plain() -> None:
    document = report(code(source="bide <my> time")) | {"metadata": {"language_info": {"name": "no-such"}}}
    assert "bide &lt;my&gt; time" in render(document, stage="s").cells[0].source


def test_long_code_is_shown_plain() -> None:
    assert "<span" not in only(code(source="f(x)\n" * 20_000)).source


def test_cell_says_what_became_of_it() -> None:
    cell = code(name="a b/c")
    cell["metadata"] = {"tags": ["x"], "papermill": {"status": "failed", "duration": 1.5}}
    rendered = render(report(prose_cell("hello"), cell, code(name="a-b-c")), stage="s")
    found = rendered.cells[1]
    assert (found.id, found.number, found.kind, found.tags, found.status, found.seconds) == (
        "a-b-c",
        2,
        "code",
        ("x",),
        "failed",
        1.5,
    )
    assert rendered.cells[2].id == "a-b-c-3"


def test_raw_cell_stays_as_it_is_written() -> None:
    assert only(projects.cell("raw", "raw", "<b>")).source == '<pre class="raw" tabindex="0">&lt;b&gt;</pre>'


@pytest.mark.parametrize("cells", [None, 3, [None], [{}], [{"cell_type": "code", "outputs": [None, {}, {"data": {}}]}]])
def test_document_that_is_not_as_notebooks_are_is_rendered_as_far_as_it_goes(cells: object) -> None:
    assert render({"cells": cells, "metadata": []}, stage="work").title == "work"


def test_rendering_is_the_same_each_time() -> None:
    document = report(prose_cell("# $x$ and $y$"), code(shown(image_png=PNG)))
    assert render(document, stage="s") == render(json.loads(json.dumps(document)), stage="s")


def test_prose_by_itself_is_rendered() -> None:
    assert prose("**yes**").strip() == "<p><strong>yes</strong></p>"
