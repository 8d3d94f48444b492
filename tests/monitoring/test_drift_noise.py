import numpy as np
import pandas as pd
import pytest

from pipeline.monitoring.distances import psi
from pipeline.monitoring.noise import Noise, noise, size_class
from pipeline.monitoring.reference import Column, Reference

ROWS, WINDOW = 3_000, 500


def column(table: pd.DataFrame, **roles: str) -> tuple[Column, Reference]:
    reference = Reference.of(table, ["x"], **roles)
    return reference.columns["x"], reference


def drawn(generator: np.random.Generator, kind: str, rows: int) -> pd.DataFrame:
    if kind == "words":
        return pd.DataFrame({"x": generator.choice(list("abcdef"), rows, p=[0.5, 0.2, 0.1, 0.1, 0.05, 0.05])})
    return pd.DataFrame({"x": generator.normal(size=rows)})


@pytest.mark.parametrize("kind", ["words", "numbers"])
def test_chance_is_as_probable_as_it_says(kind: str) -> None:
    """Fresh references and windows of one distribution: about 5 and 1 in 100 are beyond the 5 and 1 % level."""
    generator = np.random.default_rng(0)
    found = []
    for _ in range(200):
        usual, reference = column(drawn(generator, kind, ROWS))
        sizes = psi(usual.counts, usual.bins(usual.form.tally(drawn(generator, kind, WINDOW)["x"])))
        found.append(float(noise(usual, reference, WINDOW, WINDOW).p(sizes)))
    assert 0.015 <= np.mean(np.array(found) < 0.05) <= 0.085
    assert np.mean(np.array(found) < 0.01) <= 0.03


def test_the_floor_is_where_chance_has_that_probability() -> None:
    known = Noise(mean=0.02, spread=0.01, freedom=3.0, units=500)
    assert known.p(known.floor(0.001)) == pytest.approx(0.001)
    assert known.floor(1e-6) > known.floor(1e-3) > 0.02


def test_chance_changes_nothing_where_all_values_are_the_same() -> None:
    usual, reference = column(pd.DataFrame({"x": np.full(200, np.nan)}))
    found = noise(usual, reference, 100, 100)
    assert (found.floor(0.01), found.p(0.0), found.p(0.1)) == (0.0, 1.0, 0.0)


def test_noise_grows_where_neighbouring_days_are_alike() -> None:
    generator = np.random.default_rng(0)
    days = np.repeat(np.arange(90), 50)
    luck = generator.normal(size=90)
    smooth = np.convolve(generator.normal(size=109), np.full(20, 20**-0.5), mode="valid")  # as spread, but slow
    floors = []
    for each in (np.zeros(90), luck, smooth):
        table = pd.DataFrame({"x": generator.normal(size=len(days)) + each[days]})
        table["day"] = pd.Timestamp("2026-01-01") + pd.to_timedelta(days, unit="D")
        floors.append(noise(*column(table, time="day"), 350, 7).floor(0.001))
    assert floors[0] < floors[1] < floors[2]


def test_windows_of_about_the_same_size_share_their_noise() -> None:
    sizes = [size_class(rows) for rows in range(1, 5_000)]
    assert all(0.9 * rows <= size <= rows for rows, size in enumerate(sizes, start=1) if rows > 64)
    assert len(set(sizes)) < 100
