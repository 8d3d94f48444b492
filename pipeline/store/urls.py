"""URLs: what of one may be shown. Whoever needs a password or token to reach a place may write it there."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, unquote

from pipeline.secrecy import KNOWN

_SHORTEST = 8  # of what is hidden wherever it is printed; shorter ones would hide what is none
_PORT = r"\d+(?:/|$)"
_USER = re.compile(rf"(?<=://)(?:[^/@:]*:(?!{_PORT}).*|[^/@]*)@")
_REST = re.compile(r"[?#].*", re.DOTALL)


def public(url: str) -> str:
    """Return a URL without users, passwords, queries and fragments; a path as it is.

    >>> public("s3://key:se/cret@bucket/runs?token=x")
    's3://bucket/runs'
    >>> public("sftp://host:22/a@b")
    'sftp://host:22/a@b'
    >>> public("runs?/#1")
    'runs?/#1'
    """
    if "://" not in url:
        return url
    return "::".join(_REST.sub("", _USER.sub("", part)) for part in url.split("::"))


def hide(url: str) -> None:
    """Hide the passwords and tokens of a URL from now on wherever secrets are."""
    for piece in _pieces(url):
        if len(piece) >= _SHORTEST:
            KNOWN.learn("URL", piece)


def _pieces(url: str) -> Iterator[str]:
    for part in url.split("::") if "://" in url else ():
        for user in _USER.findall(part):
            password = user.removesuffix("@").partition(":")[2] or user.removesuffix("@")
            yield from (password, unquote(password))
        for rest in _REST.findall(_USER.sub("", part)):
            yield from (value for _, value in parse_qsl(rest.lstrip("?#"), keep_blank_values=True))
