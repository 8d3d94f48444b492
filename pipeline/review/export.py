"""Export: a page of the site as a PDF, and a report cut into slides."""

import os
import re
import shutil
import subprocess
import tempfile
from itertools import groupby
from pathlib import Path

from pipeline.errors import ExportError
from pipeline.review.rendered import Rendered, RenderedCell

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
TIMEOUT_S = 120
_FLAGS = (
    "--headless",
    "--disable-gpu",
    "--disable-quic",
    "--disable-sync",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--no-pdf-header-footer",
    "--host-resolver-rules=MAP * ~NOTFOUND",  # a page needs nothing that is not beside it
)
_TOP_HEADING = re.compile(r"<h[12][ >]")


def pdf(html_page: Path, target: Path) -> None:
    """Print a page, as a browser does.

    Raises
    ------
    ExportError
        If there is no Chromium on the PATH, no such page, or the browser prints nothing.
    """
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise ExportError(
            f"cannot print {html_page.name}: there is no browser of the Chromium family on the PATH (looked for "
            f"{', '.join(BROWSERS)}). Install one, or print the page from your own browser."
        )
    if not html_page.is_file():
        raise ExportError(f"cannot print {html_page}: there is no such page. Write it first: `pipeline site DIR`.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".pdf-") as folder:
        printed = Path(folder) / "page.pdf"
        said = _print(browser, html_page.resolve(), printed)
        if not printed.is_file() or not printed.stat().st_size:
            raise ExportError(f"{browser} printed nothing of {html_page}: {said}. Open the page in it to see why.")
        printed.replace(target)


def _print(browser: str, page: Path, printed: Path) -> str:
    """Let the browser print, in a profile of its own, and return the last that it said."""
    own = [f"--user-data-dir={printed.parent / 'profile'}", f"--print-to-pdf={printed}", page.as_uri()]
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []  # as root a Chromium has none, and refuses to start
    command = [browser, *_FLAGS, *sandbox, *own]
    try:
        done = subprocess.run(command, capture_output=True, timeout=TIMEOUT_S, check=False)  # noqa: S603 - a list
    except subprocess.TimeoutExpired:
        return f"it was still at it after {TIMEOUT_S} s"
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return said[-1] if said else f"exit code {done.returncode}"


def slides(rendered: Rendered) -> list[tuple[RenderedCell, ...]]:
    """Cut a report into slides: one begins at each cell of prose with a heading of level 1 or 2."""
    number = 0
    numbered = []
    for cell in rendered.cells:
        number += cell.kind == "markdown" and _TOP_HEADING.search(cell.source) is not None
        numbered.append((number, cell))
    return [tuple(cell for _, cell in cells) for _, cells in groupby(numbered, key=lambda pair: pair[0])]
