"""Handlers: what each address of the served site answers.

Whoever has the address can read. Comments and decisions need the token that `pipeline review` prints; it is exchanged
for a cookie, and every form carries a word that other sites do not know.
"""

import hmac
from collections.abc import Callable, Mapping
from mimetypes import guess_type
from typing import Any
from urllib.parse import quote

from tornado.escape import utf8
from tornado.web import HTTPError, RequestHandler, StaticFileHandler

from pipeline.errors import NotebookError, PipelineError, UsageError
from pipeline.models.remark import Ruling
from pipeline.past.lookup import PastRun
from pipeline.review import pages, reading, rendering
from pipeline.review.library import Library
from pipeline.review.remarks import Remarks
from pipeline.review.site import Site
from pipeline.runs import presence
from pipeline.runs.record import StageRecord

HOST = "127.0.0.1"
COOKIE = "stagebook-{port}"  # a browser does not tell ports apart
READER = b"may write"  # what the cookie says: the token itself stays here
MOST_TEXT = 20_000  # characters of a comment or a reason
KEPT_PICTURES = 2_000
POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


class Page(RequestHandler):
    """A page of the site."""

    why = ""  # it was refused

    def initialize(self, library: Library, token: str, author: str, pictures: dict[str, bytes]) -> None:
        """Take what all pages have."""
        self.library, self.token, self.author, self.pictures = library, token, author, pictures

    def set_default_headers(self) -> None:
        """Say that nothing from elsewhere may be loaded, and that no other page may show this one."""
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    def prepare(self) -> None:
        """Refuse requests that were sent to another name: a page elsewhere might have led a browser here."""
        if self.request.host.partition(":")[0] not in {HOST, "localhost"}:
            raise HTTPError(403, reason="Ask by the address that was printed")

    @property
    def may_write(self) -> bool:
        """Whether whoever asks has shown the token."""
        return self.get_signed_cookie(self.cookie) == READER

    @property
    def cookie(self) -> str:
        """Name of the cookie of this server."""
        return COOKIE.format(port=self.request.host.partition(":")[2])

    @property
    def site(self) -> Site:
        """The site as whoever asks may see it."""
        word = self.xsrf_token.decode() if self.may_write else ""
        return Site(library=self.library, lines=self.library.lines(), writable=word)

    def past(self, run: str) -> PastRun:
        """Find a run by its whole id."""
        try:
            found = self.library.find(run)
        except PipelineError as error:
            raise HTTPError(404, reason="There is no such run") from error
        if found.record.run != run:
            raise HTTPError(404, reason="There is no such run")
        return found

    def write_error(self, status_code: int, **_: Any) -> None:  # noqa: ANN401, ARG002 - tornado's
        """Say what went wrong in a page, without a traceback."""
        why = self.why or self._reason
        self.finish(pages.page("error", base="/", project=self.library.project, writable="", what=why))

    def keep(self, pictures: Mapping[str, bytes]) -> None:
        """Hold the pictures that a page refers to until they are asked for, those of the last pages longest."""
        for name, data in pictures.items():
            self.pictures.pop(name, None)
            self.pictures[name] = data
        for name in list(self.pictures)[:-KEPT_PICTURES]:
            del self.pictures[name]


class ShelfPage(Page):
    """All runs. With the token in its address it is exchanged for a cookie."""

    def get(self) -> None:
        """Show it."""
        given = self.get_query_argument("token", "")
        if given and hmac.compare_digest(utf8(given), utf8(self.token)):
            self.set_signed_cookie(self.cookie, READER, httponly=True, samesite="Strict", expires_days=None)
            self.redirect("/")
            return
        self.finish(self.site.shelf())


class RunPage(Page):
    """A run."""

    def get(self, run: str) -> None:
        """Show it."""
        self.finish(self.site.run(self.past(run)))


class ReportPage(Page):
    """A report."""

    def get(self, run: str, stage: str) -> None:
        """Show it."""
        past = self.past(run)
        found = self.stage(past, stage)
        try:
            self.show(past, found)
        except NotebookError as error:
            self.finish(self.site.unreadable(past, found, str(error)))

    def show(self, past: PastRun, stage: StageRecord) -> None:
        """Send the page."""
        page, rendered = self.site.report(past, stage)
        self.keep(rendered.pictures)
        self.finish(page)

    def stage(self, past: PastRun, name: str) -> StageRecord:
        """Find a stage that has a report."""
        try:
            return past.stage(name)
        except UsageError as error:
            raise HTTPError(404, reason="The run has no such report") from error


class SlidesPage(ReportPage):
    """A report as slides."""

    def show(self, past: PastRun, stage: StageRecord) -> None:
        """Send the page."""
        page = self.site.slides(past, stage)
        self.keep(reading.rendered(past, stage).pictures)
        self.finish(page)


class ComparePage(Page):
    """Two runs side by side."""

    def get(self, before: str, after: str) -> None:
        """Show it."""
        page, pictures = self.site.compare(self.past(before), self.past(after))
        self.keep(pictures)
        self.finish(page)


class Picture(Page):
    """A picture of a page that was shown."""

    def get(self, name: str) -> None:
        """Send it; its name is made of its digest, so it never changes."""
        if name not in self.pictures:
            raise HTTPError(404, reason="There is no such picture")
        self.set_header("Content-Type", guess_type(name)[0] or "application/octet-stream")
        self.set_header("Cache-Control", "private, max-age=31536000, immutable")
        self.finish(self.pictures[name])


class Highlight(Page):
    """The style of code."""

    def get(self) -> None:
        """Send it."""
        self.set_header("Content-Type", "text/css; charset=utf-8")
        self.finish(rendering.highlight_css())


class Asset(StaticFileHandler):
    """What all pages share."""

    def set_default_headers(self) -> None:
        """As for pages."""
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)


class Writing(Page):
    """What a form sends."""

    def prepare(self) -> None:
        """Refuse whoever has not shown the token."""
        super().prepare()
        if not self.may_write:
            raise HTTPError(403, reason="Open the address with the token that was printed")

    def text(self, name: str) -> str:
        """Take a text."""
        found = self.get_body_argument(name)
        if len(found) > MOST_TEXT:
            raise HTTPError(413, reason=f"Write at most {MOST_TEXT} characters")
        return found

    def done(self, run: str, write: Callable[[Remarks], object], where: str) -> None:
        """Write, while nobody removes the run, and show the page again."""
        try:
            with presence.at_work(self.library.state, "review"):
                write(self.library.remarks(self.past(run)))
        except PipelineError as error:
            self.why = str(error)
            raise HTTPError(400) from error
        self.redirect(f"/runs/{quote(run, safe='')}/{where}", status=303)


class Comment(Writing):
    """A comment on a cell."""

    def post(self, run: str, stage: str) -> None:
        """Keep it."""
        cell, text = self.get_body_argument("cell"), self.text("text")
        anchor = f"stages/{quote(stage, safe='')}.html#cell-{quote(cell, safe='')}"
        self.done(run, lambda remarks: remarks.comment(stage, cell, text, self.author), anchor)


class Decision(Writing):
    """A decision about a run."""

    def post(self, run: str) -> None:
        """Record it."""
        reason = self.text("reason")
        try:
            ruling = Ruling(self.get_body_argument("decision"))
        except ValueError as error:
            raise HTTPError(400, reason="A decision is approved or refused") from error
        self.done(run, lambda remarks: remarks.decide(ruling, reason, self.author), "index.html#review")


class Missing(Page):
    """What is not there."""

    def get(self) -> None:
        """Say so."""
        raise HTTPError(404, reason="There is no such page")
