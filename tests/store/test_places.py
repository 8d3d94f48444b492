"""A place shows no password, whatever its library says about it, and says what is wrong with it."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from kept import RUN, Kept

from pipeline.errors import StoreError
from pipeline.review.fetching import fetch
from pipeline.review.publishing import note, to_place
from pipeline.secrecy import KNOWN, Known
from pipeline.store.places import place


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> Known:
    found = Known()
    for module in ("store.urls", "store.places", "runs.scrubbing"):
        monkeypatch.setattr(f"pipeline.{module}.KNOWN", found)
    return found


def test_password_of_a_url_is_neither_shown_nor_noted(tmp_path: Path, known: Known) -> None:
    folder = Kept.at(tmp_path / "project").add()
    target = place("memory://me:pass/w0rd-of-us@bucket/runs?sig=t0ken-of-ours", tmp_path)
    assert target.shown == "memory://bucket/runs"
    note(folder, target.shown)
    assert "w0rd" not in (folder / "published.toml").read_text()
    assert known.scrub("pass/w0rd-of-us, t0ken-of-ours") == "[secret URL], [secret URL]"


def test_errors_show_no_password(tmp_path: Path, known: Known) -> None:
    assert not known
    with pytest.raises(StoreError, match=r"cannot open nowhere://host/x: ValueError") as caught:
        place("nowhere://me:s3cr3t-word@host/x?sig=t0ken-of-ours", tmp_path)
    assert "s3cr3t-word" not in str(caught.value)
    assert "t0ken" not in str(caught.value)


def test_short_words_of_a_url_hide_nothing_elsewhere(tmp_path: Path, known: Known) -> None:
    place("memory://me:test@bucket/runs", tmp_path)
    assert known.scrub("latest") == "latest"


def test_place_that_is_no_folder_is_refused(tmp_path: Path) -> None:
    folder = Kept.at(tmp_path / "project").add()
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match=r"cannot read run.json at .*/file/2.*: NotADirectoryError"):
        to_place(folder, place("file", tmp_path))
    with pytest.raises(StoreError, match=r"cannot list .*/file/x: NotADirectoryError"):
        (place("file", tmp_path) / "x").names("file")


def test_folder_is_taken_from_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert place("../shelf", tmp_path / "project").path == str(tmp_path / "shelf")
    assert place("~/shelf", tmp_path).shown == str(tmp_path / "home/shelf")


@pytest.fixture
def website(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path / "web"))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/runs", asked
        server.shutdown()
        thread.join()


@pytest.mark.slow
def test_run_is_fetched_from_a_website(tmp_path: Path, website: tuple[str, list[str]]) -> None:
    pytest.importorskip("aiohttp")
    url, asked = website
    folder = Kept.at(tmp_path / "project").add()
    to_place(folder, place("web/runs", tmp_path))
    other = tmp_path / "other/reports"
    found = fetch(RUN[:8], place(f"{url}?sig=t0ken-of-ours", tmp_path), other)
    assert (other / RUN / "a.ipynb").read_bytes() == (folder / "a.ipynb").read_bytes()
    assert found.added == 4
    assert f"/runs/{RUN}/manifest.json?sig=t0ken-of-ours" in asked
    assert "t0ken" not in (other / RUN / "published.toml").read_text()
    assert KNOWN
