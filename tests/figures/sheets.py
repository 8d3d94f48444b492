"""What is asked of every figure."""

import io

from matplotlib.figure import Figure
from matplotlib.text import Text

from pipeline.figures import style


def titles(figure: Figure) -> list[str]:
    """Render a figure, as a report does, so that whatever cannot be drawn fails here; return the titles on it.

    What is written on it can be read on a phone.
    """
    figure.savefig(io.BytesIO(), format="png")
    small = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible() and is_small(text)]
    assert not small, [text.get_text() for text in small]
    assert figure.get_figwidth() <= style.WIDE_IN
    found = [axes.get_title(loc="left") or axes.get_title() for axes in figure.axes]
    return [title for title in (style.finding(figure), *found) if title]


def is_small(text: Text) -> bool:
    return float(text.get_fontsize()) < style.LEAST_POINTS
