"""Disguises: the forms that a text takes where it is printed, escaped, encoded, coloured or wrapped."""

import base64
import json
import re
from collections.abc import Iterator
from itertools import product
from urllib.parse import quote, quote_plus, unquote, urlsplit

# What can come between two characters of a text that a person would still read as one.
NOISE = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|<[^<>]{0,400}>|[\r\n\t]|\\[nrt]?")
_NOISE = f"(?:{NOISE.pattern})*"
LONG_LINE = 16
ARMOUR = "-----"  # around a key
SHORTEST = 4
TO_URLSAFE = str.maketrans("+/", "-_")


def parts(value: str) -> set[str]:
    """Return a value, and what in it is secret by itself: a URL's password, the texts of a JSON document.

    >>> sorted(parts("postgresql://me:pass%21word@host/db"))
    ['pass!word', 'pass%21word', 'postgresql://me:pass%21word@host/db']
    """
    return {value, value.strip(), *_passwords(value), *_leaves(value)}


def lines(value: str) -> set[str]:
    """Return the long lines of a text that has several: each line of a key is secret by itself."""
    found = [line.strip() for line in value.splitlines() if not line.startswith(ARMOUR)]
    return {line for line in found if len(line) >= LONG_LINE}


def disguises(value: str) -> set[str]:
    """Return the forms of a value; those too short to be told from chance are left out.

    >>> sorted(form for form in disguises("a&b/c") if "&" in form or "%" in form)
    ['A&B/C', 'a%26b%2Fc', 'a%26b%2fc', 'a%26b/c', 'a&amp;b/c', 'a&b/c']
    """
    written = {value, *_escaped(value)}
    encoded = {form for each in (value, f"{value}\n") for form in _encoded(each)}
    cased = {value.lower(), value.upper()} - {value}
    return {form for form in written | encoded | cased if len(form) >= SHORTEST}


def interrupted(form: str) -> re.Pattern[str]:
    """Return the pattern of a text with noise between its characters."""
    return re.compile(_NOISE.join(map(re.escape, form)))


def _passwords(value: str) -> Iterator[str]:
    try:
        password = urlsplit(value).password if "://" in value else None
    except ValueError:
        return
    if password:
        yield from (password, unquote(password))


def _leaves(value: str) -> Iterator[str]:
    try:
        document = json.loads(value) if value.lstrip().startswith(("{", "[")) else None
    except ValueError:
        return
    waiting = [document]
    while waiting:
        match waiting.pop():
            case dict() as table:
                waiting += table.values()
            case list() as items:
                waiting += items
            case str(text) if len(text) >= LONG_LINE:
                yield text


def _escaped(value: str) -> Iterator[str]:
    once = [json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1], ascii(value)[1:-1]]
    yield from once
    yield from (json.dumps(each)[1:-1] for each in once)
    yield from (quote(value), quote(value, safe=""), quote_plus(value), quote(quote(value, safe=""), safe=""))
    yield re.sub("%..", lambda found: found.group().lower(), quote(value, safe=""))
    for each in (value, value.encode("ascii", "xmlcharrefreplace").decode(), once[1]):
        yield from _marked_up(each)


def _marked_up(text: str) -> Iterator[str]:
    import html  # 4 ms: only where a secret is known

    for single, double in product(("'", "&#x27;", "&#39;", "&apos;"), ('"', "&quot;", "&#34;")):
        yield html.escape(text, quote=False).replace("'", single).replace('"', double)


def _encoded(value: str) -> Iterator[str]:
    data = value.encode(errors="surrogatepass")
    yield from (data.hex(), data.hex().upper(), data.hex(" "), data.hex(":"), repr(data)[2:-1])
    yield base64.b32encode(data).decode().rstrip("=")
    for offset in range(3):
        inner = _base64(data, offset)
        yield from (inner, inner.translate(TO_URLSAFE))


def _base64(data: bytes, offset: int) -> str:
    """Encode bytes as they look behind others, without the characters at both ends that depend on their neighbours.

    >>> _base64(b"abcd", 1) in base64.b64encode(b"?abcd?").decode()
    True
    """
    text = base64.b64encode(bytes(offset) + data).decode()
    return text[-(-offset * 8 // 6) : (offset + len(data)) * 8 // 6]
