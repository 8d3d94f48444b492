"""The trend: a metric over runs as the paths of a small drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.review.shelf import Metric

WIDTH, HEIGHT, MARGIN = 600, 80, 4
FEWEST = 2  # runs that make a trend


@dataclass(frozen=True, kw_only=True)
class Trend:
    """A curve with the band of its intervals, oldest run first.

    Attributes
    ----------
    curve, band
        Paths of an SVG of `width` by `height`.
    """

    name: str
    points: tuple[float, ...]
    curve: str
    band: str
    width: int = WIDTH
    height: int = HEIGHT

    @property
    def first(self) -> float:
        """Value of the oldest run."""
        return self.points[0]

    @property
    def last(self) -> float:
        """Value of the newest run."""
        return self.points[-1]


def trend(metrics: Sequence[Metric]) -> Trend | None:
    """Draw the metric of the newest run over the runs that have it; None where there are too few.

    Parameters
    ----------
    metrics
        Oldest first.
    """
    found = [metric for metric in metrics if metric.name == metrics[-1].name]
    if len(found) < FEWEST:
        return None
    low, high = min(metric.low for metric in found), max(metric.high for metric in found)
    step, scale = WIDTH / (len(found) - 1), (HEIGHT - 2 * MARGIN) / ((high - low) or 1)

    def at(place: int, value: float) -> str:
        return f"{place * step:.1f} {HEIGHT - MARGIN - (value - low) * scale:.1f}"

    values = [at(place, metric.value) for place, metric in enumerate(found)]
    upper = [at(place, metric.high) for place, metric in enumerate(found)]
    lower = [at(place, metric.low) for place, metric in enumerate(found)]
    return Trend(
        name=found[-1].name,
        points=tuple(metric.value for metric in found),
        curve="M" + " L".join(values),
        band="M" + " L".join([*upper, *reversed(lower)]) + "Z",
    )
