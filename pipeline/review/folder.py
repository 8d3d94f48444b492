"""The folder: the site written as files that open from disk or from any host of static files."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import NotebookError, StoreError, UsageError
from pipeline.past.lookup import PastRun
from pipeline.review import pages, reading, rendering
from pipeline.review.library import Library
from pipeline.review.reading import PICTURES
from pipeline.review.site import Site
from pipeline.runs.record import StageRecord
from pipeline.store.objects import write_atomic

ANY_TWO = 10  # newest runs of which any two are compared: 45 pages
MARK = "stagebook-site"  # stands in a folder that this made, which alone may be written to again


@dataclass(frozen=True, kw_only=True)
class Folder:
    """A site to be written.

    Attributes
    ----------
    last
        Newest runs that get pages; the shelf has all.
    wrote
        Told of each run when its pages are written: its id, how many are done, and of how many.
    """

    library: Library
    target: Path
    last: int
    wrote: Callable[[str, int, int], None]

    def write(self) -> None:
        """Write the site; pictures and pages that are there already are not written again.

        Raises
        ------
        UsageError
            If the folder holds anything else.
        StoreError
            If it cannot be written.
        """
        try:
            self._require_own()
            self._write()
        except OSError as error:
            raise StoreError(
                f"cannot write the site to {self.target}: {error.strerror}. Name another folder."
            ) from error

    def _write(self) -> None:
        site = Site(library=self.library, lines=self.library.lines(), last=self.last, any_two=ANY_TWO)
        self.target.mkdir(parents=True, exist_ok=True)
        (self.target / MARK).touch()
        write_assets(self.target / "assets")
        self._put("index.html", site.shelf())
        compared: set[tuple[str, str]] = set()
        for number, run in enumerate(site.paged, 1):
            self._run(site, self.library.find(run))
            pairs = {*site.pairs(run)} - compared
            for pair in pairs:
                self._compare(site, *pair)
            compared |= pairs
            self.wrote(run, number, len(site.paged))

    def _run(self, site: Site, past: PastRun) -> None:
        folder = f"runs/{past.record.run}"
        self._put(f"{folder}/index.html", site.run(past))
        for stage in (stage for stage in past.record.stages if stage.report):
            self.report(site, past, stage)

    def _compare(self, site: Site, before: str, after: str) -> None:
        page, pictures = site.compare(self.library.find(before), self.library.find(after))
        self._put(f"compare/{before}..{after}.html", page)
        self._pictures(pictures)

    def report(self, site: Site, past: PastRun, stage: StageRecord) -> None:
        """Write the pages of a report; of one that cannot be read the page says so."""
        folder, name = f"runs/{past.record.run}", f"{stage.name}.html"
        try:
            page, rendered = site.report(past, stage)
        except NotebookError as error:
            self._put(f"{folder}/stages/{name}", site.unreadable(past, stage, str(error)))
            return
        self._put(f"{folder}/stages/{name}", page)
        self._put(f"{folder}/slides/{name}", site.slides(past, stage))
        self._pictures(rendered.pictures)

    def _pictures(self, pictures: Mapping[str, bytes]) -> None:
        for name, data in pictures.items():
            if not (self.target / PICTURES / name).exists():
                self._put(f"{PICTURES}/{name}", data)

    def _put(self, name: str, content: str | bytes) -> None:
        data = content.encode() if isinstance(content, str) else content
        path = self.target / name
        if not path.is_file() or path.read_bytes() != data:
            write_atomic(path, data)

    def _require_own(self) -> None:
        if self.target.exists() and any(self.target.iterdir()) and not (self.target / MARK).exists():
            raise UsageError(f"{self.target} holds something else than a site: name a new or an empty folder.")


@contextmanager
def printable(library: Library, run: str, stage: str) -> Iterator[Path]:
    """Write the page of one report with all that it shows, for the block.

    Raises
    ------
    UsageError
        If there is no such report.
    NotebookError
        If it cannot be read.
    """
    past = library.find(run)
    found = past.stage(stage)
    with tempfile.TemporaryDirectory(prefix="stagebook-") as name:
        folder = Folder(library=library, target=Path(name), last=1, wrote=lambda *_: None)
        reading.document(past, found)
        folder.report(Site(library=library, lines=[]), past, found)
        write_assets(folder.target / "assets")
        yield folder.target / f"runs/{past.record.run}/stages/{found.name}.html"


def write_assets(folder: Path) -> None:
    """Write what all pages share: style, script, icon."""
    folder.mkdir(parents=True, exist_ok=True)
    for asset in pages.ASSETS.iterdir():
        shutil.copyfile(asset, folder / asset.name)
    (folder / "highlight.css").write_text(rendering.highlight_css(), encoding="utf-8")
