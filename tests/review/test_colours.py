import re

import pytest

from pipeline.review.colours import NEAR_BLACK, WHITE
from pipeline.review.rendering import highlight_css

LIGHT, DARK = highlight_css().split("@media (prefers-color-scheme: dark)")


def luminance(colour: str) -> float:
    """Return the relative luminance of WCAG 2.2."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize(("css", "ground"), [(LIGHT, WHITE), (DARK, NEAR_BLACK)], ids=["light", "dark"])
def test_every_colour_of_letters_can_be_read_on_its_ground(css: str, ground: str) -> None:
    rules = re.findall(r"\{([^{}]*)\}", css)
    pairs = [
        (re.search(r"(?<![\w-])color: (#\w{6})", rule), re.search(r"background: (#\w{6})", rule)) for rule in rules
    ]
    measured = [contrast(letter[1], under[1] if under else ground) for letter, under in pairs if letter]
    assert len(measured) > 50
    assert min(measured) >= 4.5


@pytest.mark.parametrize("name", [".highlight .k", ".ansi-red-fg", ".ansi-cyan-intense-bg", ".ansi-bold"])
def test_both_modes_have_a_rule_for(name: str) -> None:
    assert name in LIGHT
    assert name in DARK
