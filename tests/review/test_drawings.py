import io
import re

import payloads
import pytest
from matplotlib import rc_context
from matplotlib.figure import Figure

from pipeline.review import drawings
from pipeline.review.drawings import cleaned


def svg(body: str, **attributes: str) -> bytes:
    given = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f'<svg xmlns="http://www.w3.org/2000/svg"{given}>{body}</svg>'.encode()


def test_drawing_of_matplotlib_keeps_all_that_draws() -> None:
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.plot([1, 2], [3, 4])
    axes.imshow([[1, 2], [3, 4]])
    buffer = io.BytesIO()
    with rc_context({"savefig.bbox": None}):  # whatever style another test has set
        figure.savefig(buffer, format="svg")
    found = cleaned(buffer.getvalue())
    assert found is not None
    assert (found.width_px, found.height_px) == (384, 288)
    before, after = (re.findall(rb"<(\w+)[ >/]", data) for data in (buffer.getvalue(), found.data))
    about = {b"metadata", b"RDF", b"Work"}
    assert after == [name for name in before if name not in about]
    assert after.count(b"image") == 1
    assert b"url(#" in found.data
    assert b"stroke-linejoin" in found.data


def test_what_acts_or_loads_is_left_out() -> None:
    found = cleaned(payloads.SVG.encode())
    assert found is not None
    assert b"drawn" in found.data
    assert b"<circle" in found.data
    for part in (
        b"script",
        b"onload",
        b"onclick",
        b"elsewhere",
        b"foreignObject",
        b"iframe",
        b"animate",
        b"<set",
        b"<a",
    ):
        assert part not in found.data


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"<p>no drawing</p>",
        b"<svg",
        payloads.ENTITIES.encode(),
        b"<?xml version='1.0' encoding='no-such'?><svg/>",
        svg("&unknown;"),
    ],
)
def test_what_is_no_drawing_is_none(data: bytes) -> None:
    assert cleaned(data) is None


def test_drawing_that_is_too_large_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "BYTES", 10)
    assert cleaned(svg("")) is None


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ({"width": "72pt", "height": "1in"}, (96, 96)),
        ({"viewBox": "0 0 40 20"}, (40, 20)),
        ({"viewBox": "0,0,40,20", "width": "80px"}, (80, 40)),
        ({"viewBox": "0 0 40 20", "height": "100"}, (200, 100)),
        ({"width": "100%", "height": "auto"}, (300, 150)),
        ({"width": "9999999999", "height": "0.01"}, (20_000, 1)),
    ],
)
def test_drawing_has_the_size_that_it_says(attributes: dict[str, str], size: tuple[int, int]) -> None:
    found = cleaned(svg("", **attributes))
    assert found is not None
    assert (found.width_px, found.height_px) == size
