"""Secrecy: reads secrets by name, and finds their values in whatever form they take.

It guards against accidents. Code that means to give a secret away (letter by letter, encrypted) can.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from pipeline.disguises import ARMOUR, NOISE, SHORTEST, disguises, interrupted, lines, parts
from pipeline.errors import SecretError

FOLDER = "PIPELINE_SECRETS"
DEFAULT_FOLDER = "/run/secrets"
FEWEST_DIGITS = 8
HEAD = 12  # so much of the beginning betrays a value that was cut off
TAIL = 4
LARGE, LARGE_TEXTS = 10_000, 16  # a report is written several times: its largest texts are looked through once
_COMMON = re.compile(
    r"true|false|none|null|yes|no|on|off|nan|test|admin|root|user|guest|public|default|local|localhost|secret|password"
    r"|passwd|changeme|token|name|text|code|data|error|stdout|stderr|stream|markdown|python3?|output|value|index|https?"
    r"|main|master|prod|production|dev|development|staging|(.)\1*",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"[\da-fA-F]+")
_NAME = re.compile(r"[A-Za-z_][\w.-]*")
_MARK = re.compile(r"\[secret ([A-Za-z_][\w.-]*)\]")
_CUT = ("...", "…")


def lookup(name: str) -> str:
    """Read a secret from the environment, else from the file of its name, a last line break left out.

    Raises
    ------
    SecretError
        If it is in neither place, or is so short or common that hiding it would hide half of every report.
    """
    if value := find(name):
        return value
    raise SecretError(
        f"there is no secret {name!r}: neither is the environment variable {name} set, nor is there a file "
        f"{path(name)} with something in it. Set one of them; {FOLDER} names another folder."
    )


def find(name: str) -> str:
    """Read a secret as `lookup` does; empty where there is none.

    Raises
    ------
    SecretError
        If it cannot be hidden.
    """
    if not _NAME.fullmatch(name):
        raise SecretError(f"{name!r} cannot be the name of a secret: use letters, digits, `_`, `-` and `.`.")
    value = os.environ.get(name) or _file(path(name))
    if value and (why := _unfit(value)):
        raise SecretError(
            f"the secret {name!r} {why}: to hide it would hide much that is none. Choose a longer one, or make it a "
            "setting or a parameter."
        )
    return value


def path(name: str) -> Path:
    """Return where the file of a secret would be.

    Raises
    ------
    SecretError
        If the folder's path is relative: kernel and engine could look in different places.
    """
    folder = Path(os.environ.get(FOLDER, DEFAULT_FOLDER))
    if not folder.is_absolute():
        raise SecretError(f"{FOLDER} is {str(folder)!r}, which depends on the working folder: give the whole path.")
    return folder / name


def _file(where: Path) -> str:
    try:
        return where.read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise SecretError(f"cannot read the secret in {where}: {type(error).__name__}. It has to be text.") from None


def _unfit(value: str) -> str:
    """Say why a value cannot be hidden; empty where it can."""
    if len(value.strip()) < SHORTEST:
        return f"has fewer than {SHORTEST} characters"
    if _DIGITS.fullmatch(value.strip()) and len(value.strip()) < FEWEST_DIGITS:
        return f"is a number of fewer than {FEWEST_DIGITS} (hexadecimal) digits"
    if _COMMON.fullmatch(value.strip()):
        return "is a common word"
    return ""


class Known:
    """The secrets that this process knows, and their names in the place of their values."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], None] = {}
        self._disguises: list[tuple[str, str]] = []
        self._bare: list[tuple[str, str]] = []
        self._parts: list[tuple[str, str]] = []
        self._in_bytes: list[tuple[bytes, str]] = []
        self._lock = threading.Lock()
        self._remembered = lru_cache(LARGE_TEXTS)(self._scrubbed)

    def __bool__(self) -> bool:
        return bool(self._values)

    def learn(self, name: str, value: str) -> None:
        """Hide a value from now on."""
        with self._lock:
            if (name, value) in self._values:
                return
            found = [part for part in parts(value) if part == value or not _unfit(part)]
            forms = {(form, name) for part in found for form in disguises(part) | lines(part)}
            bare = {(NOISE.sub("", form), name) for form, _ in forms}
            self._parts = sorted({*self._parts, *((part, name) for part in found)}, key=_longest)
            self._disguises = sorted({*self._disguises, *forms}, key=_longest)
            self._bare = sorted({*self._bare, *(each for each in bare if len(each[0]) > SHORTEST)}, key=_longest)
            self._in_bytes = [*_in_bytes(self._disguises, self._parts)]
            self._values[name, value] = None
            self._remembered.cache_clear()

    def scrub(self, text: str) -> str:
        """Put names in the place of values: plain, encoded, cut off, and interrupted by colours, tags or line ends."""
        if not self._values:
            return text
        return self._scrubbed(text) if len(text) < LARGE else self._remembered(text)

    def _scrubbed(self, text: str) -> str:
        for form, name in self._disguises:
            if form in text:
                text = text.replace(form, mark(name))
        for part, name in self._parts:
            if len(part) > HEAD and part[:HEAD] in text and not part.startswith(ARMOUR):
                text = _without_beginnings(text, part, mark(name))
        return self._without_interrupted(text)

    def inside(self, data: bytes) -> str:
        """Name the secret that bytes hold; empty where they hold none."""
        return next((name for form, name in self._in_bytes if form in data), "")

    def within(self, value: Any) -> str:  # noqa: ANN401 - any value
        """Name the secret that a value of any type holds anywhere; empty where it holds none."""
        if not self._values:
            return ""
        import pickle

        search = _Search(self)
        with suppress(_Met, pickle.PicklingError, AttributeError, TypeError, RecursionError):
            pickle.Pickler(search, protocol=5).dump(value)
        return search.met

    def reveal(self, text: str) -> str:
        """Put values back in the place of their names, where they are known."""
        values = {name: value for name, value in self._values}  # noqa: C416 - keys are pairs
        return _MARK.sub(lambda found: values.get(found.group(1), found.group()), text)

    @property
    def longest_bytes(self) -> int:
        """Length of the longest form in bytes."""
        return max((len(form) for form, _ in self._in_bytes), default=0)

    def _without_interrupted(self, text: str) -> str:
        flat = NOISE.sub("", text)
        if flat == text:
            return text
        for bare, name in self._bare:
            if bare in flat:
                text = interrupted(bare).sub(partial(_kept_noise, name), text)
        return text


class _Met(Exception):  # noqa: N818 - a way to stop
    """The search has met a secret."""


class _Search:
    """A file that looks at what is written to it. A pickle has every text of a value in one piece."""

    def __init__(self, known: Known) -> None:
        self.met = ""
        self._known, self._before, self._overlap = known, b"", known.longest_bytes

    def write(self, data: Any) -> int:  # noqa: ANN401 - bytes, or any buffer
        """Look at a piece, and at where it joins the one before."""
        piece = bytes(data)
        self.met = self._known.inside(self._before + piece)
        if self.met:
            raise _Met
        self._before = (self._before + piece)[-self._overlap :]
        return len(piece)


KNOWN = Known()


def mark(name: str) -> str:
    """Return what stands in the place of a secret."""
    return f"[secret {name}]"


def _longest(form: tuple[str, str]) -> tuple[int, tuple[str, str]]:
    return -len(form[0]), form


def _in_bytes(forms: list[tuple[str, str]], plain: list[tuple[str, str]]) -> Iterator[tuple[bytes, str]]:
    yield from ((form.encode(errors="surrogatepass"), name) for form, name in forms)
    for part, name in plain:
        yield from ((part.encode(width, "surrogatepass"), name) for width in ("utf-16-le", "utf-32-le"))


def _kept_noise(name: str, found: re.Match[str]) -> str:
    """Keep colours and tags that stood within a value, so that what follows looks as it did."""
    return mark(name) + "".join(NOISE.findall(found.group()))


def _without_beginnings(text: str, value: str, instead: str) -> str:
    """Replace a value that was cut off: `beginning...`, `beginning...end`, and a beginning at the very end."""
    start = text.find(value[:HEAD])
    while start >= 0:
        end = start + _shared(value, text[start:])
        cut = next((len(dots) for dots in _CUT if text.startswith(dots, end)), 0)
        if cut or end == len(text):
            tail = _tail(value, text[end + cut :])
            text = text[:start] + instead + text[end + cut + tail :]
        start = text.find(value[:HEAD], start + 1)
    return text


def _tail(value: str, text: str) -> int:
    """Return how many characters of the end of a value a text begins with."""
    return next((size for size in range(len(value) - 1, TAIL - 1, -1) if text.startswith(value[-size:])), 0)


def _shared(value: str, text: str) -> int:
    """Return how many characters two texts have in common from their beginnings."""
    pairs = enumerate(zip(value, text, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(value), len(text)))
