"""Owns addresses: where a table is, with names of secrets in the place of their values. Imports nothing heavy."""

import re
import sys
from pathlib import Path
from urllib.parse import parse_qsl, quote, urlsplit

from pipeline import project, secrecy
from pipeline.errors import DataError
from pipeline.store import urls

EXAMPLE = "example:"
SERVED = "served:"
SECRET = "secret:"  # noqa: S105 - what a name of one begins with
SQL = ("postgresql", "postgres", "sqlite", "duckdb")
IN_FILES = ("sqlite", "duckdb")
"""Databases that are a file."""

_MARK = re.compile(r"\[secret ([A-Za-z_][\w.-]*)\]")
_TELLING = re.compile(r"token|sig|key|password|passwd|pwd|secret|credential|auth", re.IGNORECASE)
_CURE = "Put it into a secret: `[secret NAME]` in its place, or `secret:NAME` for the whole."


def resolve(source: str) -> str:
    """Put secrets in the place of their names: `secret:NAME` for a whole address, `[secret NAME]` for a part of a URL.

    Raises
    ------
    SecretError
        If there is no secret of that name, or it cannot be hidden.
    """
    if source.startswith(SECRET):
        return _secret(source.removeprefix(SECRET))
    return _MARK.sub(lambda found: quote(_secret(found.group(1)), safe=""), source)


def named(source: str) -> list[str]:
    """Name the secrets that `resolve` reads.

    >>> named("postgresql://log:[secret LOG_PASSWORD]@db/traffic")
    ['LOG_PASSWORD']
    """
    return [source.removeprefix(SECRET)] if source.startswith(SECRET) else _MARK.findall(source)


def check(source: str) -> None:
    """Check that no password stands in a source.

    Raises
    ------
    DataError
        If one does: it would stand in every report.
    """
    if "://" not in source:
        return
    open_text = _MARK.sub("", source)
    user, scheme = _user(open_text), scheme_of(source)
    telling = [name for name, value in parse_qsl(urlsplit(open_text).query) if value and _TELLING.search(name)]
    if user.partition(":")[2] or (user and scheme in {"http", "https"}) or telling:
        urls.hide(source)
        raise DataError(f"{urls.public(source)} has a password or a token in it, which reports would show. {_CURE}")


def scheme_of(address: str) -> str:
    """Return the scheme of a URL, without a driver; empty for a path."""
    return address.partition("://")[0].partition("+")[0].lower() if "://" in address else ""


def is_sql(address: str) -> bool:
    """Say whether an address is that of a database."""
    return scheme_of(address) in SQL


def port(address: str) -> int | None:
    """Return the port of a database; None where its address says none, or is secret as a whole.

    >>> port("postgresql://log:[secret LOG_PASSWORD]@db:5433/traffic")
    5433
    """
    return urlsplit(_MARK.sub("", address)).port


def local(uri: str) -> Path | None:
    """Return the path of a local file or folder, relative to the project, or None where `uri` is a URL.

    Raises
    ------
    SettingsError
        If the path is relative and the working folder is in no project.
    """
    if "://" in uri and not uri.startswith("file://"):
        return None
    return placed(uri.removeprefix("file://"))


def database(address: str) -> Path | None:
    """Return the file of a database that is one (`sqlite:///rows.db`, relative to the project), else None."""
    if scheme_of(address) not in IN_FILES:
        return None
    return placed(address.partition(":///")[2].partition("?")[0])


def placed(path: str) -> Path:
    """Return a path that starts at the project where it is relative."""
    return Path(path) if Path(path).is_absolute() else project.root() / path


def _user(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[0]


def _secret(name: str) -> str:
    value = secrecy.lookup(name)
    secrecy.KNOWN.learn(name, value)
    sys.audit("pipeline.secret", name)
    return value
