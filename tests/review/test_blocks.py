"""Documents: data is only text in them, and a comment is not longer than GitHub takes."""

import re
from html.parser import HTMLParser

import pytest

from pipeline.review import markdown, standalone
from pipeline.review.blocks import Code, Data, Folded, Heading, Paragraph, Picture, SideBySide, Table
from pipeline.review.code import Line

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](https://evil.example)",
    "![x](https://evil.example/x.png)",
    "https://evil.example @everyone #1 www.evil.example",
    "a ``` b ` c",
    "`",
    "\\`<b>\\`",
    "x | y \\| z \\",
    "</details></summary><h1>",
    "one\n\n# two\n- three",
    "\u202eright to left\x00\x1b[31m",
    "<!-- stagebook -->",
    "&lt;b&gt;",
    "```\n<script>",
]
SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")


class Tags(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.sources: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.sources += [value or "" for name, value in attrs if name in {"src", "href", "srcset"}]
        assert not any(name.startswith("on") for name, _ in attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


def blocks(data: str) -> list:
    inside = (Paragraph(text=(Data(data),)), Code(lines=(Line(mark="+", text=data),)))
    return [
        Heading(text="Title", level=1),
        Paragraph(text=("Ours: ", Data(data), ".")),
        Table(header=("name", "value"), rows=(((Data(data),), ("x",)), ((Data("y"),), (Data(data),)))),
        Folded(title=(Data(data), ": more"), blocks=inside),
        SideBySide(title=(Data(data),), before=Picture(data=b"png", mime="image/png", alt=data), after=None),
    ]


@pytest.mark.parametrize("data", HOSTILE)
def test_data_is_only_text_in_html(data: str) -> None:
    page = Tags(standalone.render(data, blocks(data)))
    plain = Tags(standalone.render("x", blocks("x")))
    assert page.tags == plain.tags
    assert page.sources == ["data:image/png;base64,cG5n"]
    assert page.text.count(data.split("\n", maxsplit=1)[0].rstrip("\x00\x1b[31m").lstrip("\u202e")) >= 4


@pytest.mark.parametrize("data", HOSTILE)
def test_data_is_only_text_in_markdown(data: str) -> None:
    written = markdown.render(blocks(data))
    fenced = re.search(r"^(`{3,})diff\n(.*?)\n\1$", written, re.MULTILINE | re.DOTALL)
    assert fenced is not None
    outside = SPAN.sub("", written.replace(fenced[0], ""))
    assert re.findall(r"</?\w+>|<!--", outside) == [
        "<details>",
        "<summary>",
        "<code>",
        "</code>",
        "</summary>",
        "</details>",
    ]
    folded = re.search(r"<code>(.*?)</code>", outside)
    assert folded is not None
    assert re.fullmatch(r"[\w ]*(?:&#\d+;[\w ]*)*", folded[1])
    assert not re.search(r"[@\[]|://|www|#\d(?!\d*;)|^# (?!Title)", outside.replace(folded[0], ""), re.MULTILINE)


@pytest.mark.parametrize("data", HOSTILE)
def test_data_makes_no_columns_in_a_table_of_markdown(data: str) -> None:
    written = markdown.render([Table(header=("a", "b"), rows=(((Data(data),), (Data(data),)),))])
    header, _, row = written.strip().split("\n")
    assert len(re.findall(r"(?<!\\)\|", row)) == len(re.findall(r"\|", header)) == 3


def test_words_of_ours_mean_nothing_should_data_have_got_among_them() -> None:
    assert markdown.render([Paragraph(text=("<b> [x](y) `z` @you",))]) == "\\<b\\> \\[x\\](y) \\`z\\` \\@you\n"


def test_comment_is_not_longer_than_github_takes() -> None:
    rows = tuple(((Data("x" * 300),),) for _ in range(70))
    lines = tuple(Line(mark="+", text="y" * 300) for _ in range(500))
    found = [Table(header=("a",), rows=rows), *(Code(lines=lines) for _ in range(3)), Paragraph(text=("the end",))]
    written = markdown.render(found)
    assert len(written) < markdown.MOST
    assert "10 more rows" in written
    assert "3 more parts are in the HTML summary" in written
    assert "the end" in written


def test_long_difference_of_code_says_what_it_leaves_out() -> None:
    written = markdown.render([Code(lines=tuple(Line(mark="+", text=".") for _ in range(450)))])
    assert "@@ 50 more lines @@" in written


def test_page_asks_for_nothing_and_runs_nothing() -> None:
    page = standalone.render("x", blocks("x"))
    assert "default-src &#x27;none&#x27;; img-src data:; style-src &#x27;sha256-" in page
    assert "<script" not in page
    assert "http:" not in page.replace("http-equiv", "")
    assert "https:" not in page
