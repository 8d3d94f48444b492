from itertools import combinations

import numpy as np
import pytest
from IPython.core.formatters import DisplayFormatter
from IPython.core.pylabtools import select_figure_formats
from matplotlib.colors import to_rgb

from pipeline.figures import style

SIDE_BY_SIDE = [  # dark, light
    (style.BLUE, style.SKY),
    (style.BLUE, style.ORANGE),
    (style.BLUE, style.MIST),
    (style.BLACK, style.SKY),
    (style.BLACK, style.ORANGE),
    (style.BLACK, style.MIST),
]
# Viénot, Brettel and Mollon (1999): what remains of linear red, green and blue where one kind of cones is missing.
BLIND_TO = {
    "green": [[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]],
    "red": [[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]],
}


def linear(colour: str) -> np.ndarray:
    values = np.array(to_rgb(colour))
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def lightness(light: np.ndarray) -> float:
    """CIE L*, 0 to 100."""
    luminance = float(np.array([0.2126, 0.7152, 0.0722]) @ light)
    return 116 * np.cbrt(luminance) - 16 if luminance > 0.008856 else 903.3 * luminance


@pytest.mark.parametrize(("dark", "light"), SIDE_BY_SIDE)
def test_colours_side_by_side_differ_in_a_grey_print(dark: str, light: str) -> None:
    assert lightness(linear(light)) - lightness(linear(dark)) > 20


@pytest.mark.parametrize("missing", BLIND_TO)
def test_colours_of_lines_differ_where_a_kind_of_cones_is_missing(missing: str) -> None:
    seen = [np.array(BLIND_TO[missing]) @ linear(colour) for colour in (style.BLUE, style.ORANGE, style.GREEN)]
    assert all(np.abs(one - other).max() > 0.15 for one, other in combinations(seen, 2))


def test_sheet_breaks_a_long_title_and_keeps_it_whole_as_its_finding() -> None:
    words = " ".join(["finding"] * 20)
    figure = style.sheet(words, height_in=2)
    assert figure.get_suptitle().count("\n") == 2
    assert style.finding(figure) == words


def test_sheet_cuts_off_a_title_that_is_no_sentence() -> None:
    figure = style.sheet("x" * 1000, height_in=2)
    assert len(figure.get_suptitle().split("\n")) <= 3


def test_sheet_shows_its_finding_in_words_beside_the_picture() -> None:
    formatter = DisplayFormatter()
    shell = type("Shell", (), {"display_formatter": formatter})
    select_figure_formats(shell, {"png"})
    figure = style.sheet("half <b> of them", height_in=1)
    figure.subplots()
    data, metadata = formatter.format(figure)
    assert data["text/plain"] == "figure: half <b> of them"
    assert metadata["image/png"]["alt"] == "half <b> of them"
    assert data["image/png"]
