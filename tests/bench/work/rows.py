"""Owns the table that the stages work on: 100,000 rows and 22 columns, always the same ones."""

from pathlib import Path

import numpy as np
import pandas as pd

SEED = 20_130_101
ROWS = 100_000
NUMBERS, WORDS = 12, 6


def table() -> pd.DataFrame:
    """Make the rows: numbers with gaps, words of unequal frequency, a time, and a target that depends on some."""
    random = np.random.default_rng(SEED)
    passed = np.linspace(0, 1, ROWS)
    frame = pd.DataFrame(
        {"id": np.arange(ROWS), "time": pd.Timestamp("2024-01-01") + pd.to_timedelta(passed * 365, "D")}
    )
    frame["time"] = frame["time"].dt.floor("s").astype("datetime64[us]")
    for number in range(NUMBERS):
        frame[f"number_{number:02}"] = random.normal(size=ROWS) + (passed if number % 4 == 0 else 0)
    for number in range(WORDS):
        frame[f"word_{number}"] = random.choice(_vocabulary(number), size=ROWS, p=_frequencies(number))
    frame["flag"] = random.random(ROWS) < 0.3
    frame["target"] = random.random(ROWS) < _chance(frame)
    for number in range(0, NUMBERS, 3):
        frame.loc[random.random(ROWS) < 0.05, f"number_{number:02}"] = np.nan
    return frame


def write(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    table().to_parquet(path, index=False)


def _vocabulary(number: int) -> list[str]:
    return [f"{'abcdef'[number]}{word:02}" for word in range(3 + 4 * number)]


def _frequencies(number: int) -> np.ndarray:
    weights = 1 / np.arange(1, len(_vocabulary(number)) + 1)
    return weights / weights.sum()


def _chance(frame: pd.DataFrame) -> pd.Series:
    pull = frame["number_00"] + frame["number_01"] * frame["number_02"] - 0.5 * frame["number_05"].abs()
    pull += 0.8 * frame["flag"] + 0.6 * (frame["word_2"] == "c00") - 1.2
    return 1 / (1 + np.exp(-pull))
