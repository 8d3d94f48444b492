"""A project with runs worth comparing, and a browser to look at its site with."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from projects import Project

from pipeline.review.export import BROWSERS

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOSTILE = '<img src=x onerror="window.hit=1"><script>window.hit=1</script>'
PLOT = (
    "import matplotlib.pyplot as plt\nfigure, axes = plt.subplots(figsize=(6, 3))\n"
    "axes.bar(['a', 'b'], [1, height])\naxes.set_title('b is larger')"
)
TABLE = f"import pandas as pd\nhostile = {HOSTILE!r}\npd.DataFrame({{hostile: [hostile, 'y'], 'n': [1, height]}})"
METRICS = "glue('metrics', {'roc_auc': {'value': 0.7 + height / 100, 'low': 0.69, 'high': 0.8}})"
VERDICT = "glue('verdict', {'passed': True, 'gates': [{'name': 'roc_auc', 'passed': True, 'message': 'good'}]})"
MODEL = "glue('model_version', {'name': 'm', 'version': height, 'model_digest': 'd'})"


def project(root: Path) -> Project:
    """Write a project, and run it twice with another parameter and once with a fault."""
    made = Project(root)
    made.write("pyproject.toml", "[tool.pipeline]\n")
    made.notebook("draw", "height: int = 2", PLOT, TABLE, "glue('rows', [height])", prose=f"Is it {HOSTILE}?")
    answer = f"It is **good** {HOSTILE}"
    glue = f"{METRICS}\n{VERDICT}\n{MODEL}\nglue('answer', {answer!r})"
    made.notebook(
        "judge", "draw: Upstream = 'reports/latest/draw.ipynb'\nheight: int = 2", f"read(draw)['rows']\n{glue}"
    )
    made.notebook("fail", "broken: bool = False", "if broken:\n    raise ValueError('no such column')")
    made.run()
    made.run(height=3)
    made.run("fail", broken=True)
    return made


@contextmanager
def browser() -> Iterator[Browser]:
    """Start a browser for the block; where there is none the test is skipped, and says why."""
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"no browser is installed: looked for {', '.join(BROWSERS)}")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program, args=[*FLAGS])
        try:
            yield started
        finally:
            started.close()


@contextmanager
def served(root: Path) -> Iterator[tuple[str, str]]:
    """Serve a project for the block; gives its address and the one with the token."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline", "review", "--port", "0"],
        cwd=root,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        read, judge = (re.findall(r"http://\S+", line)[0] for line in lines[:2])
        yield read, judge
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=10)
    assert process.returncode == 0


class Watched:
    """A page that notes what must not happen: errors, messages on the console, requests to elsewhere."""

    def __init__(self, page: Page, origin: str) -> None:
        self.page, self.faults = page, list[str]()
        page.on("console", lambda message: self._note(message.type in {"error", "warning"}, message.text))
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("request", lambda request: self._note(not request.url.startswith((origin, "data:")), request.url))

    def _note(self, bad: bool, what: str) -> None:  # noqa: FBT001 - a condition
        if bad:
            self.faults.append(what)

    def settled(self) -> None:
        """Assert that nothing of that happened."""
        assert self.faults == []
        assert self.page.evaluate("window.hit === undefined")
