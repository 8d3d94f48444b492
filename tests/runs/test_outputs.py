"""Printed pieces become one text, as a terminal would show it, in time linear in its length."""

import pytest

from pipeline.runs.outputs import coalesced, settled


def stream(name: str, text: str) -> dict[str, str]:
    return {"output_type": "stream", "name": name, "text": text}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain\n", "plain\n"),
        ("1\r2\r3\n4", "3\n4"),
        ("windows\r\nlines\r\n", "windows\nlines\n"),
        ("abc\b\bX", "aX"),
        ("\b\bX", "X"),
        ("bar\r", "bar"),
        ("", ""),
    ],
)
def test_text_is_what_a_terminal_shows(text: str, shown: str) -> None:
    assert settled(text) == shown


def test_pieces_of_a_stream_are_one_output_in_its_first_place() -> None:
    figure = {"output_type": "display_data", "data": {}}
    found = coalesced(
        [stream("stderr", "w"), stream("stdout", "a"), figure, stream("stdout", "b"), stream("stderr", "x")]
    )
    assert found == [stream("stdout", "ab"), stream("stderr", "wx"), figure]


def test_progress_bar_in_pieces_leaves_its_last_state() -> None:
    assert coalesced([stream("stderr", f"\r{n}%") for n in range(101)]) == [stream("stderr", "100%")]


def test_long_line_is_no_trouble() -> None:
    assert len(settled("x" * 20_000_000 + "\r" + "y" * 20_000_000)) == 20_000_000
