"""Owns encodings: which one a file of text is in, judged by its bytes. Imports nothing heavy unless it must guess."""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from pipeline.errors import DataError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK = 2**20
_SAMPLE_BYTES = 2**16
_LIKELY = 0.4
_MIXED = 0.1
_ENOUGH = 100  # bytes beyond ASCII, by which languages are told apart
_CURE = "Save it as UTF-8, or name its encoding: `encoding` in [tool.pipeline.data.reading]."


@dataclass
class _Lines:
    """Lines beyond ASCII: how many are UTF-8, and some of those that are not, with the number of the first."""

    valid: int = 0
    invalid: int = 0
    first: int = 0
    sample: bytearray = field(default_factory=bytearray)

    def see(self, line: bytes, number: int) -> None:
        """Take a line into account."""
        try:
            line.decode()
            self.valid += 1
        except UnicodeDecodeError:
            self.invalid += 1
            self.first = self.first or number
            if len(self.sample) < _SAMPLE_BYTES:
                self.sample += line


def of_head(head: bytes, source: str) -> str:
    """Judge by the beginning of a file alone.

    Raises
    ------
    DataError
        If it is no text.
    """
    if wide := _wide(head):
        return wide
    _check_text(head, 1, source)
    lines = _Lines()
    whole = head[: head.rfind(b"\n") + 1] or head
    for number, line in enumerate(whole.splitlines(keepends=True), 1):
        if not line.isascii():
            lines.see(line, number)
    return _judged(lines, source)


def of_file(file: BinaryIO, source: str) -> str:
    """Judge by all of a file.

    Raises
    ------
    DataError
        If it is no text, or is written in two encodings; with the line.
    """
    lines, number = _Lines(), 0
    for chunk in _chunks(file):
        if number == 0 and (wide := _wide(chunk)):
            return wide
        _check_text(chunk, number + 1, source)
        if not chunk.isascii():
            for place, line in enumerate(chunk.splitlines(keepends=True), number + 1):
                if not line.isascii():
                    lines.see(line, place)
        number += chunk.count(b"\n")
    return _judged(lines, source)


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """Yield pieces that end with a line, as far as lines are of reasonable length."""
    rest = b""
    while chunk := file.read(_CHUNK):
        whole, end, cut = chunk.rpartition(b"\n")
        if not end and len(rest) < _CHUNK * 8:
            rest += chunk
            continue
        yield rest + whole + end
        rest = cut
    if rest:
        yield rest


def _wide(head: bytes) -> str:
    """Name an encoding that its first bytes give away: a byte order mark, or every other byte empty."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    even, odd = head[:4096:2], head[1:4096:2]
    if odd and odd.count(0) > _LIKELY * len(odd) and not even.count(0):
        return "utf-16-le"
    return "utf-16-be" if even and even.count(0) > _LIKELY * len(even) and not odd.count(0) else ""


def _check_text(chunk: bytes, number: int, source: str) -> None:
    if (place := chunk.find(0)) >= 0:
        line = number + chunk.count(b"\n", 0, place)
        raise DataError(
            f"{source} has a byte of value 0 in line {line}, which no text has: it is damaged, or no table of text. "
            "Export it again."
        )


def _judged(lines: _Lines, source: str) -> str:
    if not lines.invalid:
        return "utf-8"
    if lines.valid > _MIXED * (lines.valid + lines.invalid):
        raise DataError(
            f"{source} is written in two encodings: line {lines.first} is not UTF-8, and {lines.valid} others with "
            f"letters beyond ASCII are. {_CURE}"
        )
    return _guessed(bytes(lines.sample), source, lines.first)


def _guessed(sample: bytes, source: str, line: int) -> str:
    """Guess a code page: Western European, unless the bytes speak clearly for another one."""
    from charset_normalizer import from_bytes

    try:
        western = sample.decode("cp1252")
    except UnicodeDecodeError:
        western = ""
    beyond = [letter for letter in western if ord(letter) >= 0x80]  # noqa: PLR2004 - the first that is not ASCII
    letters = [letter for letter in western if letter.isalpha()]
    foreign = sum(letter.isalpha() for letter in beyond) / max(len(letters), 1)
    if western and foreign < _LIKELY:  # a text of mostly ASCII letters
        return "cp1252"
    likely = [found.encoding for found in from_bytes(sample)]
    if likely and sum(byte >= 0x80 for byte in sample) >= _ENOUGH:  # noqa: PLR2004 - as above
        return likely[0]
    raise DataError(
        f"{source} is not UTF-8 (line {line}), and too short to tell its encoding: it may be "
        f"{' or '.join(likely[:3])}. {_CURE}"
    )
