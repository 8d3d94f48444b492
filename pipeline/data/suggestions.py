"""Owns what in a table wants a look before a model is made of it: findings by column, each with what to do.

Each is a row of one table: `column` (or several, joined by `, `), `finding` (text), `rows` (how many it is about) and
`advice` (text).
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.data.kinds import kind

_COLUMNS = {"column": "str", "finding": "str", "rows": "int64", "advice": "str"}
_NEARLY = 0.999  # share of rows from which on one value is taken for all
_FREQUENT = 0.005  # share of rows that a code has at least
_CODES = {-1, 9, 99, 999, 9999, 99999, 999999, 9999999, -9, -99, -999, -9999, -99999, -999999}
_WORDS = "? - -- . n/a #n/a na nan none null nil unknown missing (missing) undefined unspecified tbd"
_UNKNOWN = frozenset(_WORDS.split())
_MOSTLY = 0.5
_SAMPLE = 2_000  # rows by which columns are compared
_BLOCK = 512  # columns that are compared at once with all
_SAME = 0.9999
_NAMED = 4  # columns that a finding names
_RARE = 10
_MANY = 50

Finding = tuple[str, str, int, str]


def find(frame: pd.DataFrame, profile: pd.DataFrame, *, named: dict[str, str | None]) -> pd.DataFrame:
    """List what wants a look.

    Parameters
    ----------
    frame
        The table as it was loaded, shape (rows, columns).
    profile
        `profile.columns` of it.
    named
        Column by role (`target`, `time`, `id`, ...), None where a role is not filled.

    Returns
    -------
        In the order of the columns, then what is about several of them.
    """
    roles = {column for column in named.values() if column is not None}
    found: list[Finding] = []
    distinct = dict(zip(profile["column"], profile["distinct"], strict=True))
    for name in frame.columns:
        found += _of_column(frame[name], int(distinct[str(name)]), has_role=name in roles)
    inputs = frame.drop(columns=[name for name in roles if name in frame.columns])
    varied = inputs[[name for name in inputs.columns if distinct[str(name)] > 1]]
    found += [*_without_time(frame, named), *_twins(varied), *_gaps(frame)]
    return pd.DataFrame(found, columns=list(_COLUMNS)).astype(_COLUMNS)


def _of_column(values: pd.Series, distinct: int, *, has_role: bool) -> Iterator[Finding]:
    name, rows = str(values.name), len(values)
    if not has_role and distinct <= 1:
        what = "has no value at all" if not distinct else "has the same value wherever it has one"
        yield name, what, int(values.notna().sum()) or rows, "drop it, unless its gaps say something"
        return
    looks = [_words, _mixed] if kind(values) == "text" else [_codes, _endless]
    if not has_role:
        looks += [_nearly_constant, _names_rows]
    for look in looks:
        if found := look(values, distinct):
            what, count, advice = found
            yield name, what, count, advice


def _nearly_constant(values: pd.Series, distinct: int) -> tuple[str, int, str] | None:
    if distinct > 1 + (1 - _NEARLY) * len(values):
        return None
    most = int(values.value_counts(dropna=False).iloc[0])
    if most < _NEARLY * len(values):
        return None
    return "has another value in a few rows only", len(values) - most, "drop it, or look at those rows"


def _names_rows(values: pd.Series, distinct: int) -> tuple[str, int, str] | None:
    whole = kind(values) in {"text", "integer"}
    if not whole or len(values) < _MANY or distinct < _NEARLY * len(values):
        return None
    words = kind(values) == "text" and values.astype("str").str.contains(r"\s", na=False).mean() > _MOSTLY
    if words or (kind(values) == "integer" and not _steps(values)):
        return None
    return "names each row once, or nearly so", distinct, "name it as id, or drop it: later rows have other names"


def _steps(values: pd.Series) -> bool:
    """Tell whether whole numbers count rows, or go through a range nearly without gaps."""
    known = values.dropna()
    return bool(known.is_monotonic_increasing or known.max() - known.min() < 2 * len(known))


def _codes(values: pd.Series, distinct: int) -> tuple[str, int, str] | None:
    """Look for an end of the range that is far from all others, frequent, and written as codes are."""
    if kind(values) not in {"integer", "number"} or distinct < _RARE:
        return None
    numbers = values.to_numpy(dtype="float64", na_value=np.nan)
    known = numbers[np.isfinite(numbers)]
    for end in (end for end in (known.max(initial=0), known.min(initial=0)) if end in _CODES):
        rest = known[known != end]
        count, low, high = len(known) - len(rest), rest.min(initial=np.inf), rest.max(initial=-np.inf)
        far = min(abs(end - low), abs(end - high)) > (high - low) / 2 or (end == -1 and low >= 0)
        if far and count >= max(_FREQUENT * len(values), 2):
            return f"holds {end:g} far from all other values, as a code for unknown", count, "make it a missing value"
    return None


def _endless(values: pd.Series, distinct: int) -> tuple[str, int, str] | None:
    del distinct
    if kind(values) != "number" or not (count := int(np.isinf(values.to_numpy("float64", na_value=np.nan)).sum())):
        return None
    return "holds infinite numbers", count, "make them missing values"


def _words(values: pd.Series, distinct: int) -> tuple[str, int, str] | None:
    """Look for words that say nothing, and for words that differ only in how they are written."""
    counts = values.map(str, na_action="ignore").value_counts()
    plain = counts.index.astype("str").str.strip().str.casefold()
    if unknown := int(counts[plain.isin(_UNKNOWN) | (plain == "")].sum()):
        return "holds words that say that a value is missing", unknown, "make them missing values"
    if distinct <= len(values) / 2 and (twice := plain.duplicated(keep=False)).any():
        shown = ", ".join(map(repr, counts.index[twice][:_NAMED]))
        return f"writes one word in several ways, such as {shown}", int(counts[twice].sum()), "write it in one way"
    return None


def _mixed(values: pd.Series, distinct: int) -> tuple[str, int, str] | None:
    del distinct
    known = values.dropna().map(str)
    numbers = pd.to_numeric(known, errors="coerce").notna()
    if not len(known) or numbers.all() or numbers.mean() < _MOSTLY:
        return None
    shown = ", ".join(map(repr, known[~numbers].drop_duplicates().head(_NAMED)))
    return f"is mostly numbers, but for {shown}", int((~numbers).sum()), "mend those, or make them missing values"


def _without_time(frame: pd.DataFrame, named: dict[str, str | None]) -> Iterator[Finding]:
    if named.get("time") is not None:
        return
    for name in frame.columns:
        if kind(frame[name]) == "datetime":
            advice = "name it as time if it says when a row came, so that a model is tested on later rows only"
            yield str(name), "holds dates, and no column is named as time", int(frame[name].notna().sum()), advice


def _twins(frame: pd.DataFrame) -> Iterator[Finding]:
    """Look for columns that say the same: by their codes, or on a straight line, on a sample."""
    sample = frame.iloc[np.sort(np.random.default_rng(0).permutation(len(frame))[:_SAMPLE])]
    groups: dict[bytes, list[str]] = {}
    for name in frame.columns:
        groups.setdefault(_coded(sample[name]).tobytes(), []).append(str(name))
    numbers = [name for name in frame.columns if kind(frame[name]) in {"integer", "number"}]
    known = {frozenset(each) for each in groups.values() if len(each) > 1}
    lines = [pair for pair in _on_a_line(sample[numbers]) if not any(set(pair) <= group for group in known)]
    for names in [*(each for each in groups.values() if len(each) > 1), *lines]:
        yield _several(names), "say the same in every row, or nearly so", len(frame), "keep one of them"


def _coded(values: pd.Series) -> np.ndarray:
    plain = values.astype("str") if kind(values) == "text" else values
    codes, names = pd.factorize(plain, use_na_sentinel=False)
    # Where each value stands once, codes count rows: then the values themselves have to be the same.
    return codes if len(names) < len(values) else pd.util.hash_pandas_object(plain, index=False).to_numpy()


def _on_a_line(frame: pd.DataFrame) -> list[list[str]]:
    """Pair the columns of numbers whose correlation is nearly 1 or -1, each with the first that it goes with."""
    x = frame.astype("float64").replace([np.inf, -np.inf], np.nan)
    x = x - x.mean()
    spread = np.sqrt((x**2).mean())
    x = (x / spread).fillna(0).to_numpy(dtype="float32")
    x, names = x[:, (spread > 0).to_numpy()], [str(name) for name in frame.columns[(spread > 0).to_numpy()]]
    pairs, taken = [], set[int]()
    for start in range(0, len(names), _BLOCK):
        close = np.argwhere(abs(x[:, start : start + _BLOCK].T @ x) / len(x) > _SAME)
        for one, other in ((start + int(left), int(right)) for left, right in close):
            if one < other and other not in taken:
                taken.add(other)
                pairs.append([names[one], names[other]])
    return pairs


def _gaps(frame: pd.DataFrame) -> Iterator[Finding]:
    """Look for columns that miss values in the same rows."""
    groups: dict[bytes, list[str]] = {}
    rows: dict[bytes, int] = {}
    for name in frame.columns:
        mask = frame[name].isna().to_numpy()
        if 0 < (count := int(mask.sum())) < len(frame):
            key = np.packbits(mask).tobytes()
            groups.setdefault(key, []).append(str(name))
            rows[key] = count
    for key, names in groups.items():
        if len(names) > 1 and rows[key] > 1:
            yield _several(names), "miss values in the same rows", rows[key], "ask what those rows have in common"


def _several(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
