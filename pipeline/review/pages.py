"""Pages: the site's pages from templates, in which everything that is not marked safe is escaped.

The one importer of jinja2.
"""

import json
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import UsageError

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
ASSETS = HERE / "assets"


def page(template: str, *, base: str, **content: Any) -> str:  # noqa: ANN401 - what the template shows
    """Fill a template.

    Parameters
    ----------
    template
        Name of a file in `templates/`, without its ending.
    base
        How the page reaches the root of the site, such as `../../`.
    content
        What it shows. Only `markupsafe.Markup` stays as it is.

    Raises
    ------
    UsageError
        If what the pages are made with is not installed.
    """
    return _environment().get_template(f"{template}.html").render(base=base, **content)


def safe(html: str) -> Any:  # noqa: ANN401 - a Markup
    """Mark HTML as safe; only what `rendering` made is."""
    from markupsafe import Markup

    return Markup(html)  # noqa: S704 - sanitised where it was made


@cache
def _environment() -> "Environment":
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
    except ImportError as error:
        raise UsageError(
            "what reports are read with is not installed. Install it: `pip install 'stagebook[review]'`."
        ) from error
    found = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters |= {
        "moment": moment,
        "duration": duration,
        "size": size,
        "number": number,
        "block": data_block,
        "safely": safe,
    }
    return found


def moment(text: str) -> str:
    """Write a moment as people do: `2026-11-23 02:47 UTC`; as it stands where it is none."""
    try:
        return f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return text


def duration(seconds: float) -> str:
    """Write a duration: `0.4 s`, `12 s`, `3 min 20 s`, `2 h 5 min`.

    >>> duration(0.42), duration(12.4), duration(200), duration(7500)
    ('0.4 s', '12 s', '3 min 20 s', '2 h 5 min')
    """
    if seconds < 10:  # noqa: PLR2004 - from here on nobody cares for tenths
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def size(count: float) -> str:
    """Write a number of bytes: `512 B`, `3.4 KiB`, `521 MiB`.

    >>> size(512), size(3500), size(546_000_000)
    ('512 B', '3.4 KiB', '521 MiB')
    """
    for unit in ("B", "KiB", "MiB"):
        if count < 1024:  # noqa: PLR2004 - bytes of a KiB
            return f"{count:.{0 if unit == 'B' or count >= 100 else 1}f} {unit}"  # noqa: PLR2004 - of three digits the tenth says nothing
        count /= 1024
    return f"{count:.1f} GiB"


def number(value: object) -> str:
    """Write a number with four digits that count, and anything else as it is.

    >>> number(0.123456), number(7), number("x")
    ('0.1235', '7', 'x')
    """
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def data_block(value: object) -> Any:  # noqa: ANN401 - a Markup
    """Write a value as JSON for a block of data in a page, from which nothing can break out."""
    text = json.dumps(value, separators=(",", ":"))
    return safe(text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"))
