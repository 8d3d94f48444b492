"""Outputs of a cell: what it printed in many pieces becomes one text a stream, as a terminal would show it.

nbclient can do the same, with a regular expression that takes time quadratic in the length of a line: minutes for a
megabyte that is printed without a line break.
"""

from collections.abc import Iterable
from itertools import pairwise
from typing import Any

STDOUT, STDERR = "stdout", "stderr"


def coalesced(outputs: Iterable[Any]) -> list[Any]:
    """Merge the pieces of each stream into its first one; stdout comes before stderr, for they race each other.

    Parameters
    ----------
    outputs
        Outputs of one cell, as notebooks have them.
    """
    pieces: dict[str, list[str]] = {}
    kept = []
    for output in outputs:
        if output["output_type"] != "stream":
            kept.append(output)
        elif output["name"] in pieces:
            pieces[output["name"]].append(output["text"])
        else:
            pieces[output["name"]] = [output["text"]]
            kept.append(output)
    for output in kept:
        if output["output_type"] == "stream":
            output["text"] = settled("".join(pieces[output["name"]]))
    return _stdout_first(kept)


def settled(text: str) -> str:
    r"""Apply carriage returns and backspaces, as a progress bar means them.

    >>> settled("10 %\r20 %\ndone.\b!\r\n")
    '20 %\ndone!\n'
    """
    if "\r" not in text and "\b" not in text:
        return text
    return "\n".join(map(_line, text.split("\n")))


def _line(line: str) -> str:
    shown = line.rstrip("\r").rpartition("\r")[2]
    if "\b" not in shown:
        return shown
    letters: list[str] = []
    for letter in shown:
        if letter != "\b":
            letters.append(letter)
        elif letters:
            letters.pop()
    return "".join(letters)


def _stdout_first(outputs: list[Any]) -> list[Any]:
    names = [output.get("name") for output in outputs]
    for at, pair in enumerate(pairwise(names)):
        if pair == (STDERR, STDOUT):
            outputs[at : at + 2] = [outputs[at + 1], outputs[at]]
    return outputs
