"""Hiding: columns that settings call sensitive are dropped or hashed before a row is written anywhere."""

import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from typing import Any, Literal

from pipeline import secrecy
from pipeline.errors import SettingsError, near

KEY = "PIPELINE_TRAFFIC_KEY"
HASHED = "hmac:"
_BYTES = 16


class Hiding:
    """Takes out of rows what nobody may read.

    A hash is a keyed one (HMAC-SHA256, FIPS 198-1), so that nobody without the key finds a value by trying all of them.
    The same value of a column always has the same hash under a key; what is missing stays missing.

    Parameters
    ----------
    columns
        What is done with each.
    known
        Columns of the model that answers.

    Raises
    ------
    SettingsError
        If the model has no such column.
    SecretError
        If something is to be hashed, and there is no key.
    """

    def __init__(self, columns: Mapping[str, Literal["hash", "drop"]], known: Collection[str]) -> None:
        if unknown := sorted(columns.keys() - set(known)):
            raise SettingsError(
                f"sensitive in [tool.pipeline.serve] names {unknown[0]!r}, which the model is not asked with: "
                f"{near(unknown[0], known)}"
            )
        self._dropped = {name for name, way in columns.items() if way == "drop"}
        self._hashed = {name for name, way in columns.items() if way == "hash"}
        self._key = secrecy.lookup(KEY).encode() if self._hashed else b""

    def __call__(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """Return a row as it may be written."""
        return {name: self._shown(name, value) for name, value in row.items() if name not in self._dropped}

    def _shown(self, name: str, value: Any) -> Any:  # noqa: ANN401 - any JSON
        if name not in self._hashed or value is None:
            return value
        told = json.dumps([name, value]).encode()
        return HASHED + hmac.digest(self._key, told, hashlib.sha256)[:_BYTES].hex()
