"""Owns the search for a number that is put together from few others, such as a total from its parts."""

import numpy as np
import pandas as pd

_SAMPLE = 2_000  # rows that the search looks at; what it finds is checked on all
_COLUMNS = 200  # that it looks at, those that go with the target most
_PARTS = 5  # most that a formula has
_EXACT = 1e-6  # share of the variance that may be left over
_WHOLE = 1e-3  # how near to 1 a factor must be to be left out


def exact(frame: pd.DataFrame, target: np.ndarray) -> list[tuple[str, float]]:
    """Find the few columns whose weighted sum is the target.

    Parameters
    ----------
    frame
        Columns of numbers, shape (rows, columns).
    target
        Shape (rows,).

    Returns
    -------
        The formula, such as `casual + registered`, and its R²; nothing where there is none of five parts at most.
    """
    chosen = np.sort(np.random.default_rng(0).permutation(len(target))[:_SAMPLE])
    sample = frame.iloc[chosen].astype("float64").replace([np.inf, -np.inf], np.nan)
    sample = sample.loc[:, sample.notna().mean() > 1 / 2]
    whole = sample.notna().all(axis=1).to_numpy()
    x, y = sample.to_numpy()[whole], target[chosen][whole]
    spread = x.std(axis=0) if len(x) else np.empty(0)
    names = sample.columns[spread > 0] if len(x) else sample.columns[:0]
    if names.empty or y.std() == 0 or len(y) < _PARTS * 2:
        return []
    x = (x[:, spread > 0] - x[:, spread > 0].mean(axis=0)) / spread[spread > 0]
    parts = _parts(x, (y - y.mean()) / y.std())
    return _formula(frame[[names[place] for place in parts]], target) if parts else []


def _parts(x: np.ndarray, y: np.ndarray) -> list[int]:
    """Fit all columns, then leave out, again and again, the one that is needed least; empty where few do not do."""
    most = min(_COLUMNS, len(y) // 4)
    kept = np.sort(np.argsort(-abs(x.T @ y), kind="stable")[:most]).tolist()
    while kept:
        factors = np.linalg.lstsq(x[:, kept], y, rcond=None)[0]
        if _left(x[:, kept], y, factors) > _EXACT:
            return []
        small = [place for place, factor in zip(kept, factors, strict=True) if abs(factor) < np.sqrt(_EXACT)]
        if not small or len(small) == len(kept):
            break
        kept = [place for place in kept if place not in small]
    for place in list(kept):
        rest = [each for each in kept if each != place]
        if rest and _left(x[:, rest], y, np.linalg.lstsq(x[:, rest], y, rcond=None)[0]) <= _EXACT:
            kept = rest
    return kept if len(kept) <= _PARTS else []


def _left(x: np.ndarray, y: np.ndarray, factors: np.ndarray) -> float:
    return float(((y - x @ factors) ** 2).sum() / (y**2).sum())


def _formula(frame: pd.DataFrame, target: np.ndarray) -> list[tuple[str, float]]:
    """Check on all rows that have these columns, and write the sum down."""
    numbers = frame.to_numpy(dtype="float64", na_value=np.nan)
    there = np.isfinite(numbers).all(axis=1)
    x, y = numbers[there], target[there]
    design = np.column_stack([x, np.ones(len(x))])
    factors = np.linalg.lstsq(design, y, rcond=None)[0]
    left = float(((y - design @ factors) ** 2).sum() / ((y - y.mean()) ** 2).sum())
    if left > _EXACT:
        return []
    order = np.argsort(factors[:-1] < 0, kind="stable")  # what is taken away comes last
    terms = "".join(_term(str(frame.columns[place]), float(factors[place])) for place in order)
    return [(terms.removeprefix(" + ").removeprefix(" - ") if factors[order[0]] > 0 else terms.strip(), 1 - left)]


def _term(name: str, factor: float) -> str:
    sign, size = (" - " if factor < 0 else " + "), abs(factor)
    return f"{sign}{name}" if abs(size - 1) < _WHOLE else f"{sign}{size:.4g} {name}"
