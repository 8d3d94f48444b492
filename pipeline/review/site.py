"""The site: every page of it as text. What serves it and what writes it to a folder show the same pages."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice
from typing import Any

from pipeline.errors import DataError
from pipeline.models.remark import Comment, Decision
from pipeline.monitoring import findings
from pipeline.monitoring.findings import Outcome
from pipeline.past.lookup import PastRun
from pipeline.review import origins, pages, reading, rendering
from pipeline.review.comparison import compare
from pipeline.review.export import slides
from pipeline.review.flow import flow
from pipeline.review.library import Library, answers, before
from pipeline.review.rendered import Rendered, RenderedCell
from pipeline.review.shelf import UNREADABLE, Line, metrics, upstreams
from pipeline.review.trend import trend
from pipeline.review.waiting import is_open
from pipeline.runs.record import BAD, RunRecord, StageRecord, said
from pipeline.stages.notebook import BANNER

SHOWN = 100  # runs that the shelf shows at first
TREND = 100  # runs that the drawing shows
ROWS = 2**15  # that are kept made, for a list that is asked for again


@dataclass(frozen=True, kw_only=True)
class Said:
    """A remark as a page shows it; `stale` says what has changed since a decision, empty where nothing has."""

    kind: str
    author: str
    written: str
    text: str
    stage: str = ""
    cell: str = ""
    stale: str = ""


@dataclass(frozen=True, kw_only=True)
class Site:
    """The site.

    Attributes
    ----------
    lines
        Every run, newest first.
    last
        How many of the newest have pages; None for all.
    writable
        The word that forms carry to prove where they come from; empty where nothing can be written.
    any_two
        Of how many of the newest runs any two can be compared; None for all. Others are compared with those alone that
        somebody is likely to compare them with.
    """

    library: Library
    lines: Sequence[Line]
    last: int | None = None
    writable: str = ""
    any_two: int | None = None

    @cached_property
    def paged(self) -> list[str]:
        """Ids of the runs that have pages, newest first."""
        return [line.run for line in self.lines if line.status != UNREADABLE][: self.last]

    def rivals(self, run: str) -> tuple[str, ...]:
        """Return what a run is likely to be compared with: the finished run before it and the champion's."""
        found = (before(self.lines, run), self.library.champion())
        return tuple(each if each in self.paged and each != run else "" for each in found)

    def others(self, run: str) -> list[str]:
        """Return which runs a run can be compared with by choice, newest first."""
        among = self.paged[: self.any_two]
        return [each for each in among if each != run][:SHOWN] if run in among else []

    def pairs(self, run: str) -> list[tuple[str, str]]:
        """Return the comparisons, earlier and later run, that the page of a run leads to."""
        likely = [(rival, run) for rival in self.rivals(run) if rival]
        return [*likely, *((min(run, other), max(run, other)) for other in self.others(run))]

    def shelf(self) -> str:
        """Return the page of all runs."""
        lines, aliases = self.lines, self.library.aliases()
        drawn = [line.metric for line in lines[:TREND] if line.metric][::-1]
        return self._page(
            "shelf",
            "",
            lines=lines[:SHOWN],
            total=len(lines),
            statuses=sorted({line.status for line in lines}),
            trend=trend(drawn) if drawn else None,
            aliases=aliases,
            waiting=self._waiting(),
            data=self._rows(aliases),
        )

    def run(self, past: PastRun) -> str:
        """Return the page of a run."""
        record, remarks = past.record, self.library.remarks(past)
        (earlier, champion), others = self.rivals(record.run), {*self.others(record.run)}
        return self._page(
            "run",
            "../../",
            record=record,
            stages={stage.name: stage for stage in record.stages},
            failed=[stage for stage in record.stages if stage.status in BAD],
            answers=[(name, rendering.prose(text)) for name, text in answers(past)],
            flow=flow({stage.name: upstreams(stage) for stage in record.stages}),
            metrics=list(metrics(record)),
            gates=_gates(record),
            said=said(record.verdict),
            watch=_watch(record),
            stale=self.library.stale(past),
            aliases=self.library.aliases(),
            model_facts=_model_facts(record),
            sources=origins.sources(record),
            maker=origins.maker(record),
            learnt_from=list(origins.learnt_from(record)),
            reigns=self.library.reigns(record.run),
            deployments=self.library.deployments(record),
            before=earlier,
            champion=champion,
            others=[(line, *sorted((line.run, record.run))) for line in self.lines if line.run in others],
            any_two=self.any_two,
            decisions=[_decision(each, remarks.stale(each)) for each in remarks.decisions()],
            comments=[_comment(each) for each in remarks.comments()],
            problems=[f"{each.path.name}: {each.message}" for each in remarks.problems()],
            decidable=record.ended is not None,
        )

    def report(self, past: PastRun, stage: StageRecord) -> tuple[str, Rendered]:
        """Return the page of a report, and the report as it was rendered, whose pictures the page shows."""
        record = past.record
        rendered = reading.rendered(past, stage)
        comments: dict[str, list[Said]] = {}
        for each in map(_comment, self.library.remarks(past).comments()):
            if each.stage == stage.name:
                comments.setdefault(each.cell, []).append(each)
        answer = dict(answers(past)).get(stage.name, "")
        page = self._page(
            "report",
            reading.BASE,
            record=record,
            stage=stage,
            others=[each.name for each in record.stages if each.report],
            rendered=rendered,
            ids=[cell["id"] for cell in reading.document(past, stage)["cells"]],
            failing=_failing(stage, rendered),
            answer=rendering.prose(answer) if answer else "",
            stale=self.library.stale(past).get(stage.name, ""),
            comments=comments,
            notice=self._heavy(rendered),
        )
        return page, rendered

    def slides(self, past: PastRun, stage: StageRecord) -> str:
        """Return a report as slides: its prose and outputs without code, cut where a section begins."""
        rendered = reading.rendered(past, stage)
        answer = dict(answers(past)).get(stage.name, "")
        shown = [cells for cells in slides(rendered) if any(cell.kind == "markdown" or cell.outputs for cell in cells)]
        return self._page(
            "slides",
            reading.BASE,
            record=past.record,
            stage=stage,
            rendered=rendered,
            slides=shown,
            answer=rendering.prose(answer) if answer else "",
        )

    def compare(self, before: PastRun, after: PastRun) -> tuple[str, dict[str, bytes]]:
        """Return the page that compares two runs, and the pictures that it shows."""
        pictures: dict[str, bytes] = {}

        def rendered(past: PastRun, stage: StageRecord) -> Rendered:
            found = reading.rendered(past, stage)
            pictures.update(found.pictures)
            return found

        found = compare(before, after, rendered)
        before_is = ", ".join(self.library.aliases().get(before.record.run, ()))
        return self._page("compare", "../", found=found, before_is=before_is), pictures

    def unreadable(self, past: PastRun, stage: StageRecord, why: str) -> str:
        """Return the page of a report that cannot be read."""
        what = f"The report of {stage.name} in run {past.record.run} cannot be read: {why}"
        return self._page("error", reading.BASE, what=what)

    def _page(self, template: str, base: str, **content: Any) -> str:  # noqa: ANN401 - what a template shows
        common = {"project": self.library.project, "writable": self.writable, "paged": self.paged}
        return pages.page(template, base=base, **common, **content)

    def _rows(self, aliases: Mapping[str, Collection[str]]) -> list[dict[str, Any]]:
        paged = {*self.paged}
        return [_row(line, tuple(aliases.get(line.run, ())), line.run in paged) for line in self.lines]

    def _heavy(self, rendered: Rendered) -> str:
        total = sum(len(cell.source) + len(cell.outputs) for cell in rendered.cells) + sum(
            map(len, rendered.pictures.values())
        )
        budget = self.library.budget_bytes
        if total <= budget:
            return ""
        return f"This report has {pages.size(total)}, more than {pages.size(budget)}: draw fewer or smaller figures."

    def _waiting(self) -> list[Line]:
        """Return the runs that have pages and wait for a decision."""
        paged = {*self.paged}
        asked = islice((line for line in self.lines if line.decidable and line.run in paged), SHOWN)
        return [line for line in asked if is_open(self.library.reports / line.run)]


def _comment(each: Comment) -> Said:
    written = each.written.isoformat()
    return Said(kind="comment", author=each.author, written=written, text=each.text, stage=each.stage, cell=each.cell)


def _decision(each: Decision, stale: str) -> Said:
    written = each.written.isoformat()
    return Said(kind=str(each.ruling), author=each.author, written=written, text=each.reason, stale=stale)


@lru_cache(ROWS)
def _row(line: Line, aliases: tuple[str, ...], paged: bool) -> dict[str, Any]:  # noqa: FBT001 - one of its facts
    found = line.metric
    return {
        "run": line.run,
        "page": f"runs/{line.run}/index.html" if paged else "",
        "started": pages.moment(line.started),
        "status": line.status,
        "metric": [found.name, *map(pages.number, (found.value, found.low, found.high))] if found else None,
        "model": f"{line.model} {line.version}" if line.model else "",
        "aliases": list(aliases),
        "commit": line.commit,
        "refused": line.gates == "refused" and line.status != "refused",
        "dirty": line.dirty,
        "by": line.by,
        "took": pages.duration(line.seconds),
        "stages": line.stages,
    }


def _gates(record: RunRecord) -> list[dict[str, Any]]:
    gates = (record.verdict or {}).get("gates")
    found = [gate for gate in gates if isinstance(gate, dict)] if isinstance(gates, list) else []
    return [{"name": "", "message": ""} | gate | {"said": said(gate)} for gate in found]


def _watch(record: RunRecord) -> Outcome | None:
    """Return what a run's watch saw; None where it watched nothing, or left something else."""
    try:
        return None if record.watch is None else findings.outcome(record.watch)
    except DataError:
        return None


def _model_facts(record: RunRecord) -> list[tuple[str, Any]]:
    model = record.model_version or {}
    return [(str(name).replace("_", " "), value) for name, value in model.items() if name not in {"name", "version"}]


def _failing(stage: StageRecord, rendered: Rendered) -> RenderedCell | None:
    """Return the cell that a failure names, by its number as it was before a notice was put on top."""
    number = stage.failure.cell if stage.failure else 0
    cells = [cell for cell in rendered.cells if cell.id != BANNER]
    return cells[number - 1] if 0 < number <= len(cells) else None
