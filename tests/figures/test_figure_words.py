import doctest

import pytest

from pipeline.figures import answers, words


@pytest.mark.parametrize("module", [answers, words])
def test_examples_are_true(module: object) -> None:
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "a `code` b", "two\nlines", "x" * 500, "![i](http://e)"])
def test_quoted_name_is_code_of_one_line_without_html(name: str) -> None:
    found = words.quoted(name)
    assert found[0] == found[-1] == "`"
    assert not set(found[1:-1]) & set("`<>\n")
    assert len(found) <= 42


@pytest.mark.parametrize(("names", "expected"), [([], ""), (["a"], "a"), (["a", "b"], "a and b")])
def test_listed_joins_names(names: list[str], expected: str) -> None:
    assert words.listed(names) == expected
