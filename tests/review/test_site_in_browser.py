"""The site works in a real browser, from disk and served: for eyes, keyboards, phones, and against hostile reports."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import Watched, browser, project, served
from playwright.sync_api import Browser, expect
from projects import Project

pytestmark = pytest.mark.scenario
SHOTS = Path("reports/screenshots")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return project(tmp_path_factory.mktemp("shown"))


@pytest.fixture(scope="module")
def disk(shown: Project) -> str:
    done = shown.command("site", "public")
    assert done.returncode == 0, done.stderr
    return (shown.root / "public").as_uri()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as started:
        yield started


@pytest.fixture
def watched(chromium: Browser, disk: str) -> Iterator[Watched]:
    context = chromium.new_context()
    found = Watched(context.new_page(), disk)
    found.page.goto(f"{disk}/index.html")
    yield found
    found.settled()
    context.close()


def test_shelf_is_searched_and_filtered(watched: Watched) -> None:
    page = watched.page
    rows = page.locator("#shelf tbody tr")
    expect(rows).to_have_count(3)
    page.keyboard.press("/")
    page.keyboard.type("auc 0.73")
    expect(rows).to_have_count(1)
    expect(page.locator("#count")).to_have_text("1 of 3 runs")
    page.get_by_label("Search").fill("")
    page.get_by_label("Status").select_option("failed")
    expect(rows).to_have_count(1)


def test_run_is_reached_by_keyboard_alone_and_tells_its_whole_story(watched: Watched) -> None:
    page = watched.page
    page.locator("#shelf tbody tr").nth(1).locator("a").focus()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("succeeded")
    for text in ("roc_auc", "0.73", "height", "draw", "m version 3", "good"):
        expect(page.locator("main")).to_contain_text(text)
    expect(page.locator("svg.flow .box")).to_have_count(3)
    page.locator("svg.flow a").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Contents")).to_be_visible()


def test_report_folds_its_code_and_shows_parameters_figure_and_table(watched: Watched) -> None:
    page = watched.page
    page.locator("#shelf tbody tr").nth(1).locator("a").click()
    page.locator("tbody a", has_text="draw").first.click()
    expect(page.locator(".outputs img")).to_have_js_property("complete", value=True)
    assert page.locator(".outputs img").evaluate("image => image.naturalWidth") > 100
    expect(page.locator(".outputs table")).to_contain_text("<script>")
    expect(page.locator("summary", has_text="Parameters of this run")).to_be_visible()
    page.get_by_role("button", name="Hide code").click()
    expect(page.locator(".code").first).to_be_hidden()


def test_failed_report_shows_its_cell_on_top(watched: Watched) -> None:
    page = watched.page
    page.locator("#shelf tbody tr").first.locator("a").click()
    page.get_by_role("link", name="Read the report").click()
    expect(page.locator("#failed")).to_contain_text("no such column")
    expect(page.locator("#failed .source, #failed pre").first).to_be_visible()


def test_comparison_slides_between_figures(watched: Watched) -> None:
    page = watched.page
    page.locator("#shelf tbody tr").nth(1).locator("a").click()
    page.get_by_role("link", name="Compare with the run before").click()
    for text in ("height", "within noise"):
        expect(page.locator("main")).to_contain_text(text)
    pair = page.locator(".pair").first
    slider = pair.locator("input[type=range]")
    slider.focus()
    page.keyboard.press("Home")
    assert pair.evaluate("pair => pair.style.getPropertyValue('--cut')") == "0%"
    pair.get_by_role("button", name="Side by side").click()
    assert pair.locator("img").count() == 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_every_page_is_accessible_and_fits(
    chromium: Browser, disk: str, shown: Project, scheme: str, width: int
) -> None:
    context = chromium.new_context(color_scheme=scheme, viewport={"width": width, "height": 844})  # type: ignore[arg-type]
    found = Watched(context.new_page(), disk)
    folder = shown.root / "public"
    pages = [folder / "index.html", *sorted(folder.glob("runs/**/*.html")), *sorted(folder.glob("compare/*.html"))]
    for path in pages:
        found.page.goto(path.as_uri())
        found.settled()
        violations = Axe().run(found.page).response["violations"]
        assert [(path.name, each["id"], each["nodes"][0]["html"]) for each in violations] == []
        assert found.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        found.faults.clear()  # axe asks for the style sheets by itself, and is refused
    SHOTS.mkdir(parents=True, exist_ok=True)
    chosen = {"shelf": pages[0], "report": max(folder.glob("runs/*/stages/draw.html")), "compare": pages[-1]}
    for name, path in chosen.items():
        found.page.goto(path.as_uri())
        found.page.screenshot(path=SHOTS / f"{name}-{scheme}-{width}.png", full_page=True)
    found.settled()
    context.close()


def test_reader_comments_and_approves_with_the_token_alone(chromium: Browser, shown: Project) -> None:
    with served(shown.root) as (read, judge), chromium.new_context() as context:
        found = Watched(context.new_page(), read)
        page = found.page
        page.goto(read)
        page.locator("#shelf tbody tr").nth(1).locator("a").click()
        expect(page.get_by_role("button", name="Approve")).to_have_count(0)
        page.goto(judge)
        assert "token" not in page.url
        page.get_by_role("link", name="m version 3").click()
        page.locator("tbody a", has_text="draw").first.click()
        say = page.locator(".say").nth(3)
        say.locator("summary").click()
        say.get_by_label("Comment").fill("Why <b>two</b> bars?")
        say.get_by_role("button", name="Keep").click()
        expect(page.locator(".remark")).to_contain_text("Why <b>two</b> bars?")
        page.get_by_role("navigation", name="Site").get_by_role("link").nth(1).click()
        page.get_by_label("Reason").fill("It holds.")
        page.get_by_role("button", name="Approve").click()
        expect(page.locator(".remark.approved")).to_contain_text("It holds.")
        page.get_by_role("link", name=shown.root.name).click()
        expect(page.get_by_role("link", name="m version 3")).to_have_count(0)
        found.settled()
