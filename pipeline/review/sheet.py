"""Sheet: a text in Markdown as one HTML file that asks nothing of any network."""

from pathlib import Path

from pipeline.review import markup, standalone
from pipeline.review.gathering import Gathering
from pipeline.review.sanitising import Sanitiser
from pipeline.store.objects import write_atomic


def write(title: str, text: str, path: Path) -> None:
    """Write it; whatever stands in the text cannot act.

    Raises
    ------
    StoreError
        If the file cannot be written.
    """
    body = Sanitiser(Gathering("")).prose(markup.prose(text), {})
    write_atomic(path, standalone.page(title, body).encode())
