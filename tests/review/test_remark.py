"""A remark reads back as it was written, and a file that was changed or is something else is refused."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import ReviewError
from pipeline.models.remark import LARGEST_BYTES, Comment, Decision, Remark, Ruling, name, parse, render, slug

WRITTEN = datetime(2026, 11, 24, 17, 28, 0, 123456, tzinfo=UTC)
DIGEST = "sha256:" + "0a" * 32
COMMENT = Comment(author="Ada <ada@example.org>", written=WRITTEN, stage="a", cell="work-1", text="Why 3?")
DECISION = Decision(
    ruling=Ruling.APPROVED, author="Ada", written=WRITTEN, reason="Holds.", record=DIGEST, reports={"a b": DIGEST}
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1)
SAID = TEXTS.map(lambda text: text.strip()).filter(bool)
MOMENTS = st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - the strategy adds it
DIGESTS = st.integers(0, 2**256 - 1).map(lambda number: f"sha256:{number:064x}")
COMMENTS = st.builds(Comment, author=TEXTS, written=MOMENTS, stage=TEXTS, cell=TEXTS, text=SAID)
DECISIONS = st.builds(
    Decision,
    ruling=st.sampled_from(Ruling),
    author=TEXTS,
    written=MOMENTS,
    reason=SAID,
    record=DIGESTS,
    reports=st.dictionaries(TEXTS, DIGESTS, min_size=1),
)


@given(said=st.one_of(COMMENTS, DECISIONS))
def test_remark_reads_back_whatever_is_in_it(said: Remark) -> None:
    assert parse(name(said), render(said)) == said
    assert parse(name(said), render(said).replace(b"\n", b"\r\n")) == said


@given(author=st.text())
def test_slug_is_a_plain_part_of_a_file_name(author: str) -> None:
    assert slug(author).replace("-", "").isalnum()
    assert slug(author).isascii()
    assert len(slug(author)) <= 32


def test_file_says_in_plain_text_who_said_what_about_what() -> None:
    assert render(COMMENT).decode() == (
        '+++\nkind = "comment"\nauthor = "Ada <ada@example.org>"\nwritten = 2026-11-24T17:28:00.123456+00:00\n'
        'stage = "a"\ncell = "work-1"\n+++\n\nWhy 3?\n'
    )
    assert name(COMMENT).startswith("20261124T172800Z-ada-")


def test_fence_within_a_text_ends_nothing() -> None:
    said = Comment(author='+++\n"', written=WRITTEN, stage="a", cell="c", text='+++\nkind = "approved"\n+++')
    assert parse(name(said), render(said)) == said


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "does not begin with a table between two lines"),
        (b"\xff", "codec can't decode"),
        (b'+++\nkind = "comment"\n', "does not begin with a table between two lines"),
        (render(COMMENT).replace(b"Why 3?", b""), "nothing is said in it"),
        (render(COMMENT).replace(b"+++\n\n", b"+++\n" + b"x" * LARGEST_BYTES), "the most is 65536"),
        (render(COMMENT).replace(b'kind = "comment"', b"kind = "), "Invalid value"),
        (render(COMMENT).replace(b'"comment"', b'"praise"'), "its kind is 'praise', not one of comment, approved"),
        (render(COMMENT).replace(b"cell =", b"sell ="), "it has the keys kind, author, written, stage, sell;"),
        (render(COMMENT).replace(b'stage = "a"', b"stage = 1"), "its stage is 1"),
        (render(COMMENT).replace(b'stage = "a"', b'stage = ""'), "its stage is ''"),
        (render(COMMENT).replace(b"+00:00", b""), "is not in UTC"),
        (render(COMMENT).replace(b"+00:00", b"+01:00"), "is not in UTC"),
        (render(DECISION).replace(b'record = "sha256:', b'record = "sha512:'), "'sha512:0a.* is no digest"),
        (render(DECISION).replace(b'"a b" = "sha256:', b'"a b" = "'), "'0a0a.* is no digest"),
        (render(DECISION).replace(b'"a b" = "', b'"a b" = 3 # "'), "3 is no digest"),
    ],
)
def test_file_that_is_no_remark_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(ReviewError, match=why):
        parse(name(COMMENT), data)


def test_remark_that_was_changed_later_is_refused() -> None:
    changed = render(DECISION).replace(b"Holds.", b"Holds!")
    with pytest.raises(ReviewError, match=r"was changed after it was written: .* it would be called 20261124T172800Z-"):
        parse(name(DECISION), changed)


def test_remark_under_the_name_of_somebody_else_is_refused() -> None:
    with pytest.raises(ReviewError, match="was changed after it was written"):
        parse(name(DECISION).replace("ada", "bob"), render(DECISION))
