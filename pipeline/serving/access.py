"""Access: who may ask. On this machine alone anybody, where no token is set; everywhere else whoever has the token."""

import hashlib
import hmac
import ipaddress
from enum import StrEnum
from functools import lru_cache

from pipeline import secrecy
from pipeline.errors import SettingsError
from pipeline.serving.exchange import Refused, Scope, header

TOKEN = "PIPELINE_SERVE_TOKEN"  # noqa: S105 - the name of the variable
_SHORTEST = 16


class Need(StrEnum):
    """What a route asks of whoever calls it."""

    NOTHING = "nothing"
    TOKEN = "token"  # noqa: S105 - a word


class Access:
    """Decides about each request.

    Parameters
    ----------
    host
        Address that the service listens at.
    token
        What whoever asks must know, or several of them between blanks, so that callers change one after the other;
        empty: nothing, which only this machine may be offered.

    Raises
    ------
    SettingsError
        If others can reach the address and there is no token, or it is short.
    """

    def __init__(self, host: str, token: str) -> None:
        tokens = token.split()
        if not tokens and not is_loopback(host):
            raise SettingsError(
                f"others can reach {host}, so whoever asks must know a token: set {TOKEN} in the environment, or as a "
                "file where secrets are mounted. Without one the service listens at 127.0.0.1 alone."
            )
        if tokens and (shortest := min(map(len, tokens))) < _SHORTEST:
            raise SettingsError(f"{TOKEN} has {shortest} characters; a token that nobody guesses has {_SHORTEST}.")
        self._digests = [*map(_digest, tokens)]

    @classmethod
    def from_environment(cls, host: str) -> "Access":
        """Take the token from the environment, or from a mounted file."""
        return cls(host, secrecy.find(TOKEN))

    def require(self, need: Need, scope: Scope) -> None:
        """Let a request pass.

        Raises
        ------
        Refused
            If it lacks the token (401), or was led here by a page of somebody else's (421).
        """
        if self._digests and need is Need.TOKEN and not self._tokens(scope):
            raise Refused(401, "send the token: `Authorization: Bearer ...`", headers={"WWW-Authenticate": "Bearer"})
        if not self._digests and not _is_here(header(scope, "host")):
            # The name of a foreign page, pointed at this machine, would let that page ask in its visitor's place.
            raise Refused(421, "without a token only this machine is answered, by the name localhost or 127.0.0.1")

    def caller(self, scope: Scope) -> str:
        """Name whoever asks: an address and the number of a token. All at one address without one are one caller."""
        address = (scope.get("client") or ("",))[0]
        return f"{address} {self._tokens(scope)}"

    def _tokens(self, scope: Scope) -> list[int]:
        """Return which token a request has, as numbers; all of them are compared, whichever it is."""
        kind, _, given = header(scope, "authorization").partition(" ")
        if kind.lower() != "bearer":
            return []
        digest = _digest(given.strip())
        return [number for number, each in enumerate(self._digests) if hmac.compare_digest(digest, each)]


class Decided(Access):
    """Lets everybody pass: whoever stands before the service has decided, a site or a cloud's platform."""

    def __init__(self) -> None:
        super().__init__("127.0.0.1", "")

    def require(self, need: Need, scope: Scope) -> None:
        """Let a request pass."""


def is_loopback(host: str) -> bool:
    """Say whether an address is of this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


@lru_cache(maxsize=64)
def _is_here(host: str) -> bool:
    """Say whether a header Host, with a port or without, names this machine alone."""
    return is_loopback(host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0])


def _digest(token: str) -> bytes:
    """Digest a token: those of equal length compare in equal time."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()
