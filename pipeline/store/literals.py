"""Literals: small values as JSON that keeps their types.

What JSON can say stands as it is. Anything else is an object whose first key is a tag and whose value under that tag
is what a person would read: `{"$tuple": [1, 2]}`, `{"$numpy": 0.5, "dtype": "<f4"}`. Types are matched exactly: a
subclass would come back as something else, so it is refused.
"""

import base64
import json
import math
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from pipeline.errors import ScrapError

_NAME = "{0.__module__}.{0.__qualname__}"


def tag(value: Any) -> Any:  # noqa: ANN401 - any value in, any JSON out
    """Turn a value into JSON that `untag` turns back into an equal value of the same type.

    Raises
    ------
    ScrapError
        If the value, or one inside it, is of a type that would not come back the same.
    """
    if isinstance(value, PurePath):
        return {"$path": value.as_posix()}
    if (encode := _TAGGERS.get(type(value))) is not None:
        return encode(value)
    if type(value).__module__ == "numpy":
        return _tag_numpy(value)
    if type(value).__module__.startswith("pandas"):
        return _tag_pandas(value)
    raise refusal(value)


def untag(found: Any) -> Any:  # noqa: ANN401 - any JSON in, any value out
    """Turn what `tag` made back into the value.

    Raises
    ------
    ScrapError
        If a tag is not one of ours.
    """
    if type(found) is list:
        return [untag(item) for item in found]
    if type(found) is not dict:
        return found
    first = next(iter(found), "")
    if not first.startswith("$"):
        return {key: untag(item) for key, item in found.items()}
    if first not in _UNTAGGERS:
        raise ScrapError(f"a scrap has the unknown tag {first!r}: it was glued by a newer version. Upgrade stagebook.")
    return _UNTAGGERS[first](found)


def readable(found: Any) -> Any:  # noqa: ANN401 - any JSON in, plainer JSON out
    """Strip the tags: what other readers of the notebook see, types that JSON lacks given up.

    >>> readable({"$tuple": [1, {"$float": "nan"}]})
    [1, 'nan']
    """
    if type(found) is list:
        return [readable(item) for item in found]
    if type(found) is not dict:
        return found
    first = next(iter(found), "")
    return readable(found[first]) if first.startswith("$") else {key: readable(item) for key, item in found.items()}


def dump(found: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Write tagged JSON as the bytes that its digest is taken of.

    Raises
    ------
    ScrapError
        If a string holds half a surrogate pair, which no encoding can write.
    """
    try:
        return json.dumps(found, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except UnicodeEncodeError as error:
        raise ScrapError(f"a string has a lone surrogate at position {error.start}: encode it as bytes.") from error


def refusal(value: Any) -> ScrapError:  # noqa: ANN401 - any value
    """Say that a value is of a type that cannot be kept."""
    return ScrapError(
        f"a {_NAME.format(type(value))} would not come back as it is. Glue plain values, numpy scalars and arrays, "
        "pandas tables, or scikit-learn estimators; turn anything else into one of these first."
    )


def _tag_float(value: float) -> Any:  # noqa: ANN401 - a float or its tag
    return value if math.isfinite(value) else {"$float": repr(value)}


def _tag_dict(value: dict[Any, Any]) -> dict[str, Any]:
    plain = all(type(key) is str for key in value) and not next(iter(value), "").startswith("$")
    if plain:
        return {key: tag(item) for key, item in value.items()}
    return {"$dict": [[tag(key), tag(item)] for key, item in value.items()]}


def _tag_set(value: set[Any] | frozenset[Any]) -> dict[str, Any]:
    return {f"${type(value).__name__}": sorted((tag(item) for item in value), key=dump)}


def _tag_zone(zone: tzinfo | None) -> dict[str, str]:
    if zone is None or zone is UTC or type(zone) is timezone:
        return {}
    if type(zone) is ZoneInfo and zone.key:
        return {"zone": zone.key}
    raise refusal(zone)


def _tag_moment(value: datetime) -> dict[str, Any]:
    fold = {"fold": 1} if value.fold else {}
    return {"$datetime": value.isoformat(), **_tag_zone(value.tzinfo), **fold}


def _untag_moment(found: dict[str, Any]) -> datetime:
    value = datetime.fromisoformat(found["$datetime"])
    if "zone" in found:
        value = value.replace(tzinfo=ZoneInfo(found["zone"]))
    return value.replace(fold=found.get("fold", 0))


def _tag_time(value: time) -> dict[str, Any]:
    fold = {"fold": 1} if value.fold else {}
    return {"$time": value.replace(tzinfo=None).isoformat(), **_tag_time_zone(value.tzinfo), **fold}


def _tag_time_zone(zone: tzinfo | None) -> dict[str, Any]:
    if type(zone) is timezone:
        return {"offset": tag(zone.utcoffset(None))}
    return _tag_zone(zone)


def _untag_time(found: dict[str, Any]) -> time:
    zone: tzinfo | None = ZoneInfo(found["zone"]) if "zone" in found else None
    if "offset" in found:
        offset = untag(found["offset"])
        zone = timezone(offset) if offset else UTC
    return time.fromisoformat(found["$time"]).replace(tzinfo=zone, fold=found.get("fold", 0))


def _tag_numpy(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a numpy scalar
    import numpy as np

    if (
        not isinstance(value, np.generic)
        or value.dtype.kind not in "biufcmMUS"
        or value.dtype.itemsize > _widest(value)
    ):
        raise refusal(value)
    if value.dtype.kind in "mM":
        return {"$numpy": str(value), "dtype": value.dtype.str, "ticks": int(value.astype("int64"))}
    return {"$numpy": tag(value.item()), "dtype": value.dtype.str}


def _widest(value: Any) -> float:  # noqa: ANN401 - a numpy scalar
    """Bytes up to which `item()` is exact for a kind of number; text has no limit."""
    return {"f": 8, "c": 16}.get(value.dtype.kind, math.inf)


def _untag_numpy(found: dict[str, Any]) -> Any:  # noqa: ANN401 - a numpy scalar
    import numpy as np

    dtype = np.dtype(found["dtype"])
    if "ticks" in found:
        return np.int64(found["ticks"]).astype(dtype)
    return np.array(untag(found["$numpy"]), dtype=dtype)[()]


def _tag_pandas(value: Any) -> dict[str, Any]:  # noqa: ANN401 - a pandas scalar
    import pandas as pd

    if value is pd.NA or value is pd.NaT:
        return {"$pandas": str(value)}
    if type(value) is pd.Timestamp:
        zone = {} if value.tzinfo is None else {"zone": _pandas_zone(value)}
        return {"$timestamp": value.isoformat(), "ticks": value.asm8.astype("int64").item(), "unit": value.unit, **zone}
    if type(value) is pd.Timedelta:
        return {"$timedelta64": str(value), "ticks": value.asm8.astype("int64").item(), "unit": value.unit}
    raise refusal(value)


def _pandas_zone(value: Any) -> str:  # noqa: ANN401 - a pandas Timestamp
    zone = value.tzinfo
    return zone.key if type(zone) is ZoneInfo else str(zone)


def _untag_timestamp(found: dict[str, Any]) -> Any:  # noqa: ANN401 - a pandas Timestamp
    import numpy as np
    import pandas as pd

    value = pd.Timestamp(np.datetime64(found["ticks"], found["unit"]))
    return value.tz_localize("UTC").tz_convert(found["zone"]) if "zone" in found else value


def _untag_timedelta64(found: dict[str, Any]) -> Any:  # noqa: ANN401 - a pandas Timedelta
    import numpy as np
    import pandas as pd

    return pd.Timedelta(np.timedelta64(found["ticks"], found["unit"]))


def _untag_pandas(found: dict[str, Any]) -> Any:  # noqa: ANN401 - a pandas missing value
    import pandas as pd

    return {"<NA>": pd.NA, "NaT": pd.NaT}[found["$pandas"]]


_TAGGERS: dict[type, Callable[[Any], Any]] = {
    type(None): lambda value: value,
    bool: lambda value: value,
    int: lambda value: value,
    str: lambda value: value,
    float: _tag_float,
    list: lambda value: [tag(item) for item in value],
    dict: _tag_dict,
    tuple: lambda value: {"$tuple": [tag(item) for item in value]},
    set: _tag_set,
    frozenset: _tag_set,
    bytes: lambda value: {"$bytes": base64.b64encode(value).decode()},
    complex: lambda value: {"$complex": [_tag_float(value.real), _tag_float(value.imag)]},
    datetime: _tag_moment,
    date: lambda value: {"$date": value.isoformat()},
    time: _tag_time,
    timedelta: lambda value: {"$timedelta": [value.days, value.seconds, value.microseconds]},
    Decimal: lambda value: {"$decimal": str(value)},
    Fraction: lambda value: {"$fraction": str(value)},
    UUID: lambda value: {"$uuid": str(value)},
}
_UNTAGGERS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "$float": lambda found: float(found["$float"]),
    "$dict": lambda found: {untag(key): untag(item) for key, item in found["$dict"]},
    "$tuple": lambda found: tuple(untag(found["$tuple"])),
    "$set": lambda found: set(untag(found["$set"])),
    "$frozenset": lambda found: frozenset(untag(found["$frozenset"])),
    "$bytes": lambda found: base64.b64decode(found["$bytes"]),
    "$complex": lambda found: complex(*untag(found["$complex"])),
    "$datetime": _untag_moment,
    "$date": lambda found: date.fromisoformat(found["$date"]),
    "$time": _untag_time,
    "$timedelta": lambda found: timedelta(*found["$timedelta"]),
    "$decimal": lambda found: Decimal(found["$decimal"]),
    "$fraction": lambda found: Fraction(found["$fraction"]),
    "$uuid": lambda found: UUID(found["$uuid"]),
    "$path": lambda found: Path(found["$path"]),
    "$numpy": _untag_numpy,
    "$pandas": _untag_pandas,
    "$timestamp": _untag_timestamp,
    "$timedelta64": _untag_timedelta64,
}
