"""The served site reads for all on this machine, and writes only for whoever has the token, from its own forms."""

import http.client
import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode, urlsplit

import pytest
from browsing import served
from kept import RUN, Kept
from projects import Project

pytestmark = pytest.mark.slow
PLANTED = "hunter2-of-the-warehouse"
EVERY = (
    "/",
    f"/runs/{RUN}/",
    f"/runs/{RUN}/stages/a.html",
    f"/runs/{RUN}/slides/a.html",
    "/assets/site.css",
    "/nowhere",
)


@dataclass(frozen=True)
class Site:
    """A site that is served, and the token that it printed."""

    kept: Kept
    address: str
    token: str

    def ask(self, method: str, path: str, body: str = "", **headers: str) -> tuple[int, str, http.client.HTTPMessage]:
        connection = http.client.HTTPConnection(urlsplit(self.address).netloc, timeout=30)
        form = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(
            method, path, body or None, form | {name.replace("_", "-"): v for name, v in headers.items()}
        )
        answer = connection.getresponse()
        text = answer.read().decode(errors="replace")
        connection.close()
        return answer.status, text, answer.headers

    def cookies(self) -> tuple[str, str]:
        """Exchange the token, and return the cookies and the word of a form."""
        _, _, headers = self.ask("GET", f"/?token={self.token}")
        cookie = headers["Set-Cookie"].partition(";")[0]
        _, page, headers = self.ask("GET", f"/runs/{RUN}/stages/a.html", Cookie=cookie)
        word = re.findall(r'name="_xsrf" value="([^"]+)"', page)[0]
        return f"{cookie}; {headers['Set-Cookie'].partition(';')[0]}", word


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    kept = Kept.at(tmp_path_factory.mktemp("served"), 'secrets = ["WAREHOUSE"]\n')
    kept.add()
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("WAREHOUSE", PLANTED)
        with served(kept.root) as (read, judge):
            yield Site(kept, read, judge.partition("token=")[2])


@pytest.mark.parametrize("path", EVERY)
def test_every_answer_forbids_what_is_from_elsewhere(site: Site, path: str) -> None:
    _, _, headers = site.ask("GET", path)
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "Server" not in headers


@pytest.mark.parametrize("path", [f"/runs/{RUN}/decision", f"/runs/{RUN}/comments/a.html"])
def test_nobody_writes_without_the_token(site: Site, path: str) -> None:
    cookie, word = site.cookies()
    own = cookie.split("; ")[1]
    form = {"decision": "approved", "reason": "r", "cell": "work-1", "text": "t"}
    body, forged = urlencode({"_xsrf": word, **form}), urlencode({"_xsrf": "x", **form})
    assert site.ask("POST", path, body)[0] == 403
    assert site.ask("POST", path, body, Cookie=own)[0] == 403
    assert site.ask("POST", path, forged, Cookie=cookie)[0] == 403
    assert site.ask("POST", path, urlencode(form), Cookie=cookie)[0] == 403
    assert not (site.kept.folder(RUN) / "review").exists()


def test_wrong_token_opens_nothing(site: Site) -> None:
    status, page, headers = site.ask("GET", "/?token=guess")
    assert status == 200
    assert "Set-Cookie" not in headers
    assert "_xsrf" not in page


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", ""])
def test_other_names_of_this_machine_are_refused(site: Site, host: str) -> None:
    assert site.ask("GET", "/", Host=host)[0] in {400, 403}


@pytest.mark.parametrize(
    "path",
    [
        "/runs/nothing/",
        "/runs/2026/",
        f"/runs/{RUN}/stages/nothing.html",
        f"/runs/{RUN}/stages/..%2f..%2fsecret.html",
        "/assets/../server.py",
        "/assets/..%2fserver.py",
        "/pictures/..%2f..%2fpyproject.toml",
        f"/compare/{RUN}..nothing.html",
    ],
)
def test_what_is_not_there_is_said_without_a_traceback(site: Site, path: str) -> None:
    status, page, _ = site.ask("GET", path)
    assert status in {403, 404}
    assert "Traceback" not in page
    assert "import " not in page


def test_report_that_cannot_be_read_is_said_on_its_page(site: Site) -> None:
    report = site.kept.folder() / "b.ipynb"
    report.write_text("{")
    for path in (f"/runs/{RUN}/stages/b.html", f"/runs/{RUN}/slides/b.html"):
        status, page, _ = site.ask("GET", path)
        assert status == 200
        assert f"The report of b in run {RUN} cannot be read" in page


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"cell": "none", "text": "t"}, 400),
        ({"cell": "work-1", "text": " "}, 400),
        ({"cell": "work-1", "text": "x" * 20_001}, 413),
        ({"text": "t"}, 400),
    ],
)
def test_comment_on_nothing_or_with_too_much_is_refused(site: Site, form: dict[str, str], status: int) -> None:
    cookie, word = site.cookies()
    found, _, _ = site.ask("POST", f"/runs/{RUN}/comments/a.html", urlencode({"_xsrf": word, **form}), Cookie=cookie)
    assert found == status
    assert not (site.kept.folder(RUN) / "review").exists()


def test_secret_in_a_comment_is_not_kept(site: Site) -> None:
    cookie, word = site.cookies()
    body = urlencode({"_xsrf": word, "cell": "work-1", "text": f"It used {PLANTED}."})
    assert site.ask("POST", f"/runs/{RUN}/comments/a.html", body, Cookie=cookie)[0] == 303
    (kept,) = (site.kept.folder(RUN) / "review").iterdir()
    assert PLANTED not in kept.read_text()
    kept.unlink()
    kept.parent.rmdir()


def test_decision_is_approved_or_refused(site: Site) -> None:
    cookie, word = site.cookies()
    body = urlencode({"_xsrf": word, "decision": "maybe", "reason": "r"})
    assert site.ask("POST", f"/runs/{RUN}/decision", body, Cookie=cookie)[0] == 400


def test_port_that_is_taken_is_said(site: Site) -> None:
    done = Project(site.kept.root).command("review", "--port", str(urlsplit(site.address).port))
    assert done.returncode == 2
    assert "cannot listen on 127.0.0.1" in done.stderr


@pytest.mark.parametrize("name", ["index", "a.slides", "..", "a%2fb", "a b?c#d"])
def test_stage_is_read_and_commented_on_whatever_it_is_called(site: Site, name: str) -> None:
    run = f"20260105T000000Z-{name.encode().hex()[:6]}"
    site.kept.add(run, stages=[site.kept.stage(run, name), site.kept.stage(run, "a")])
    cookie, word = site.cookies()
    for kind in ("stages", "slides"):
        status, page, _ = site.ask("GET", f"/runs/{run}/{kind}/{quote(name, safe='')}.html")
        assert status == 200
        assert f"{escape(name)} of run {run}" in page
    body = urlencode({"_xsrf": word, "cell": "work-1", "text": "t"})
    status, _, headers = site.ask("POST", f"/runs/{run}/comments/{quote(name, safe='')}.html", body, Cookie=cookie)
    assert (status, headers["Location"]) == (303, f"/runs/{run}/stages/{quote(name, safe='')}.html#cell-work-1")
    assert f"Run {run}" in site.ask("GET", f"/runs/{run}/index.html")[1]
