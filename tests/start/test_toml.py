import tomllib
from datetime import date, datetime

import pytest

from pipeline import toml

HOSTILE = ['"""', "'''", "\\", "a\nb = 1", "\x00", "\x7f", "\u2028", "# no comment", "größe", "=HYPERLINK()", ""]


@pytest.mark.parametrize("text", HOSTILE)
def test_lines_are_read_back_equal_whatever_a_name_or_a_text_holds(text: str) -> None:
    table = {text: text, "list": [text, 1], "inner": {text: text}}
    assert tomllib.loads("\n".join(toml.lines(table))) == table


def test_lines_are_read_back_with_their_types() -> None:
    table = {"yes": True, "one": 1, "half": 0.5, "inf": float("inf"), "day": date(2026, 1, 2), "none": [], "empty": {}}
    table["moment"] = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001 - TOML has local moments too
    assert tomllib.loads("\n".join(toml.lines(table))) == table


@pytest.mark.parametrize("text", HOSTILE)
def test_comment_stays_on_its_line_whatever_it_holds(text: str) -> None:
    assert tomllib.loads(f"a = 1 {toml.comment(text)}\nb = 2") == {"a": 1, "b": 2}


def test_value_refuses_what_toml_has_not() -> None:
    with pytest.raises(TypeError, match="TOML has no NoneType"):
        toml.value(None)
