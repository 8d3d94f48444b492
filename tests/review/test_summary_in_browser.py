"""The page of a summary opens from disk, for eyes in the light and the dark and for phones, with hostile runs too."""

from base64 import b64decode
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import HOSTILE, Watched, browser
from pasts import NEW, OLD, code, past, scrap, stage
from playwright.sync_api import Browser, Page

from pipeline.past.lookup import PastRun
from pipeline.review import standalone
from pipeline.review.baseline import Baseline
from pipeline.review.rendered import Figure, Rendered, Table
from pipeline.review.summary import summary
from pipeline.runs.record import StageRecord

pytestmark = pytest.mark.scenario
DOT = b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")


@pytest.fixture(scope="module")
def page_of_runs(tmp_path_factory: pytest.TempPathFactory) -> str:
    def rendered(of: PastRun, _: StageRecord) -> Rendered:
        name = f"{of.record.run}.png"
        figure = Figure(cell=HOSTILE, number=1, picture=name, width_px=1, height_px=1, alt=HOSTILE)
        table = Table(cell=HOSTILE, number=1, rows=((HOSTILE,), (of.record.run + HOSTILE,)))
        return Rendered(title=HOSTILE, pictures={name: DOT}, figures=(figure,), tables=(table,))

    def one(run: str, value: float) -> PastRun:
        metric = {"value": value, "low": value - 0.01, "high": value + 0.01}
        scraps = {"metrics": scrap({HOSTILE: metric, "roc_auc": metric}), HOSTILE: scrap({HOSTILE: value})}
        record = stage("fit", run, reason=HOSTILE, parameters={HOSTILE: HOSTILE + run}, scraps=scraps)
        gates = [{"name": HOSTILE, "passed": False, "message": HOSTILE}]
        cells = {"fit": [code("load", f"# {HOSTILE}\nx = {value}")]}
        return past(root, run, record, cells=cells, reason=HOSTILE, verdict={"gates": gates})

    root = tmp_path_factory.mktemp("summed")
    before, after = one(OLD, 0.5), one(NEW, 0.9)
    page = root / "summary.html"
    blocks = summary(after, Baseline(past=before, words=HOSTILE), rendered)
    page.write_text(standalone.render(HOSTILE, blocks), encoding="utf-8")
    return page.as_uri()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


def opened(chromium: Browser, address: str, **like: object) -> Page:
    page = chromium.new_context(**like).new_page()
    watched = Watched(page, address)
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
    watched.settled()
    return page


def test_page_shows_both_figures_and_runs_nothing_of_what_runs_hold(chromium: Browser, page_of_runs: str) -> None:
    page = opened(chromium, page_of_runs)
    assert page.locator("img").evaluate_all("all => all.map(each => each.naturalWidth)") == [1, 1]
    assert page.get_by_text(HOSTILE).count() > 10
    assert page.locator("script").count() == 0


def test_style_of_the_page_is_the_one_that_its_policy_lets_in(chromium: Browser, page_of_runs: str) -> None:
    found = opened(chromium, page_of_runs).locator(".pair").first.evaluate("each => getComputedStyle(each).display")
    assert found == "grid"


def test_page_is_no_wider_than_a_phone(chromium: Browser, page_of_runs: str) -> None:
    page = opened(chromium, page_of_runs, viewport={"width": 380, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 380


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible(chromium: Browser, page_of_runs: str, scheme: str) -> None:
    # axe is a script, which the page's policy rightly keeps out.
    page = opened(chromium, page_of_runs, color_scheme=scheme, bypass_csp=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
