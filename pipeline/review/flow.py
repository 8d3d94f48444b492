"""The flow: where each stage of a run stands in a drawing of its graph."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 150, 46  # of a stage's box, in units of the drawing
ACROSS, DOWN = 40, 22  # between boxes


@dataclass(frozen=True, kw_only=True)
class Box:
    """A stage in the drawing: its upper left corner."""

    name: str
    x: int
    y: int


@dataclass(frozen=True, kw_only=True)
class Arrow:
    """From the right side of one box to the left side of another, as the path of an SVG."""

    path: str


@dataclass(frozen=True, kw_only=True)
class Flow:
    """A drawing, from left to right."""

    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]
    width: int
    height: int


def flow(upstreams: Mapping[str, Sequence[str]]) -> Flow:
    """Lay out a graph: a stage stands to the right of all that it takes from.

    Parameters
    ----------
    upstreams
        Names of the stages that each stage takes from; those that are not among its keys are left out.
    """
    columns: dict[str, int] = {}
    for name in upstreams:
        _place(name, upstreams, columns, ())
    rows: dict[str, int] = {}
    for name, column in columns.items():
        rows[name] = sum(columns[other] == column for other in rows)
    boxes = {name: _box(name, columns[name], rows[name]) for name in columns}
    arrows = [_arrow(boxes[up], boxes[name]) for name in boxes for up in dict.fromkeys(upstreams[name]) if up in boxes]
    return Flow(
        boxes=tuple(boxes.values()),
        arrows=tuple(arrows),
        width=max((box.x + WIDTH for box in boxes.values()), default=0) + 4,
        height=max((box.y + HEIGHT for box in boxes.values()), default=0) + 4,
    )


def _place(name: str, upstreams: Mapping[str, Sequence[str]], columns: dict[str, int], path: tuple[str, ...]) -> int:
    """Return the column of a stage: one more than the last of those that it takes from; a damaged record may turn."""
    if name not in columns:
        above = [up for up in upstreams[name] if up in upstreams and up not in (*path, name)]
        columns[name] = max((_place(up, upstreams, columns, (*path, name)) + 1 for up in above), default=0)
    return columns[name]


def _box(name: str, column: int, row: int) -> Box:
    return Box(name=name, x=2 + column * (WIDTH + ACROSS), y=2 + row * (HEIGHT + DOWN))


def _arrow(start: Box, end: Box) -> Arrow:
    x, y, to_x, to_y = start.x + WIDTH, start.y + HEIGHT // 2, end.x - 6, end.y + HEIGHT // 2
    if to_x - x <= ACROSS:
        return Arrow(path=f"M{x} {y} C{x + 20} {y} {to_x - 20} {to_y} {to_x} {to_y}")
    below = max(y, to_y) + HEIGHT  # so far that the middle of the curve passes below what stands between them
    return Arrow(path=f"M{x} {y} C{x + 30} {below} {to_x - 60} {below} {to_x} {to_y}")
