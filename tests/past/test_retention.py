"""What a champion, an approval, git, a person or the newest runs need is never removed; what nobody needs is."""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import chdir
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ModelError
from pipeline.models import promotion
from pipeline.past.claims import Archive
from pipeline.past.retention import Retention
from pipeline.runs.record import RunRecord, ScrapRecord, StageRecord, Status
from pipeline.runs.reports import Reports
from pipeline.store.objects import LocalStore

GRAPH = {"a": [], "b": ["a"], "c": ["a", "b"]}
LATER = timedelta(days=2)


@dataclass(frozen=True, kw_only=True)
class Told:
    """What a run is like: for each stage a value that it leaves, None where it is reused or failed."""

    values: tuple[int | None, ...] = (1, 2, 3)
    ended: bool = True
    champion: bool = False
    visited: bool = False


TOLD = st.builds(
    Told,
    values=st.tuples(*[st.one_of(st.none(), st.integers(0, 5))] * 3),
    ended=st.sampled_from([True, True, True, False]),
    champion=st.sampled_from([False, False, False, True]),
    visited=st.sampled_from([False, False, False, True]),
)


class History:
    """A project in a folder, and its runs, without any kernel."""

    def __init__(self, root: Path) -> None:
        self.root, self.store = root, LocalStore(root / ".pipeline/store")
        self.reports = Reports(root / "reports", root)
        (root / "pyproject.toml").write_text("[tool.pipeline]\n")
        self.newest: dict[str, StageRecord] = {}
        self.own: set[str] = set()

    def add(self, number: int, told: Told) -> str:
        run = f"202601{number + 1:02d}T000000Z-00000{number % 10}"
        (self.root / "reports" / run).mkdir(parents=True)
        stages = [self._stage(run, name, value) for name, value in zip(GRAPH, told.values, strict=True)]
        record = RunRecord(
            run=run,
            started="2026-01-01T00:00:00+00:00",
            ended="2026-01-01T00:00:01+00:00" if told.ended else None,
            stages=stages,
        )
        self.write(f"reports/{run}/run.json", record.as_json())
        if told.visited:
            self.write(f"reports/{run}/comments.md", b"nice")
        if told.champion:
            with chdir(self.root):
                self._promote(number + 1, run)
        if told.visited or told.champion:
            self.own.add(run)
        return run

    def _promote(self, version: int, run: str) -> None:
        digest, past = self.store.put(run.encode()), promotion.history()
        wanted = promotion.Promotion(
            name="m", version=version, model_digest=digest, data_digest="d", test_digest="t", threshold=0.5, run=run
        )
        promotion.promote(wanted, against=past[-1].model_digest if past else None)

    def _stage(self, run: str, name: str, value: int | None) -> StageRecord:
        report = f"reports/{run}/{name}.ipynb"
        upstreams = {up: f"reports/{run}/{up}.ipynb" for up in GRAPH[name]}
        if not self.newest.keys() >= {*upstreams, *({name} if value is None else ())}:
            return StageRecord(name=name, status=Status.SKIPPED, upstreams=upstreams)
        if value is None:
            known = self.newest[name]
            os.link(self.root / known.report, self.root / report)
            return replace(known, status=Status.REUSED, report=report, upstreams=upstreams)
        digest = self.store.put(f"{name} {value}".encode())
        document = {"metadata": {"pipeline": {"run": run, "stage": name}}, "scrap": digest, "from": upstreams}
        self.write(report, json.dumps(document).encode())
        self.write(f"reports/latest/{name}.ipynb", json.dumps(document).encode())
        self.write(f".pipeline/ledger/{name}/{run}.json", json.dumps({"report": report}).encode())
        scraps = {"x": ScrapRecord(kind="table", digest=digest, size_bytes=9)}
        self.newest[name] = StageRecord(
            name=name, status=Status.SUCCEEDED, upstreams=upstreams, scraps=scraps, report=report, executed_by=run
        )
        return self.newest[name]

    def write(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def retention(self, keep_last: int, now: datetime | None = None) -> Retention:
        archive = Archive(
            root=self.root,
            reports=self.reports,
            state=self.root / ".pipeline",
            now=now or datetime.now(UTC) + LATER,
        )
        return Retention(archive=archive, store=self.store, keep_last=keep_last)

    def remove(self, keep_last: int, now: datetime | None = None) -> Retention:
        with chdir(self.root):
            retention = self.retention(keep_last, now)
            retention.remove()
        return retention

    @property
    def runs(self) -> set[str]:
        return {path.name for path in (self.root / "reports").glob("2*")}

    def documents(self) -> Iterator[dict[str, object]]:
        """Every report that is there."""
        return (json.loads(path.read_bytes()) for path in (self.root / "reports").glob("*/*.ipynb"))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path)


def snapshot(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


@settings(max_examples=60)
@given(told=st.lists(TOLD, max_size=7), keep_last=st.integers(0, 3), now=st.sampled_from([timedelta(), LATER]))
def test_what_is_kept_is_whole_and_what_is_removed_nobody_needs(
    told: list[Told], keep_last: int, now: timedelta
) -> None:
    with TemporaryDirectory() as folder:
        history = History(Path(folder))
        runs = [history.add(number, each) for number, each in enumerate(told)]
        moment = datetime.now(UTC) + now
        before = {run: sorted((history.root / "reports" / run).iterdir()) for run in runs}
        ended = [run for run, each in zip(runs, told, strict=True) if each.ended]
        alive = set() if now else set(runs) - set(ended)

        retention = history.remove(keep_last, moment)

        wanted = history.own | alive | set(ended[len(ended) - keep_last :] if keep_last else ())
        assert wanted <= history.runs
        assert all(sorted((history.root / "reports" / run).iterdir()) == before[run] for run in history.runs)
        for document in history.documents():
            assert history.store.get(document["scrap"])
            assert all((history.root / upstream).is_file() for upstream in document["from"].values())
        for entry in (history.root / ".pipeline/ledger").glob("*/*.json"):
            assert (history.root / json.loads(entry.read_bytes())["report"]).is_file()
        with chdir(history.root):
            assert all(history.store.get(past.model_digest) for past in promotion.history())
        needed = {str(document["scrap"]) for document in history.documents()}
        left = {found.digest for found in history.store.contents()}
        assert alive or len(left - needed) == sum(each.champion for each in told)
        assert set(retention.kept) == history.runs
        again = history.remove(keep_last, moment)
        assert (again.runs, again.entries, again.objects, again.size_bytes) == ([], [], [], 0)


@settings(max_examples=20)
@given(told=st.lists(TOLD, max_size=5), keep_last=st.integers(0, 3))
def test_looking_changes_nothing(told: list[Told], keep_last: int) -> None:
    with TemporaryDirectory() as folder:
        history = History(Path(folder))
        for number, each in enumerate(told):
            history.add(number, each)
        before = snapshot(history.root)
        with chdir(history.root):
            retention = history.retention(keep_last)
            assert retention.size_bytes >= 0
            assert retention.entries is not None
        assert snapshot(history.root) == before


def test_runs_that_nobody_needs_are_removed_with_their_objects(history: History) -> None:
    runs = [history.add(number, Told(values=(number, number, number))) for number in range(4)]
    retention = history.remove(1)
    assert history.runs == {runs[3]}
    assert sorted(path.name for path in (history.root / ".pipeline/ledger").glob("*/*.json")) == [f"{runs[3]}.json"] * 3
    assert {found.digest for found in history.store.contents()} == {
        stage.scraps["x"].digest for stage in history.newest.values()
    }
    assert len(retention.objects) == 9
    assert retention.size_bytes > 0
    assert runs[0] not in (history.root / "reports/index.md").read_text()


def test_run_is_kept_while_a_report_of_it_is_reused(history: History) -> None:
    first = history.add(0, Told())
    middle = history.add(1, Told(values=(None, 7, 7)))
    last = history.add(2, Told(values=(None, None, 8)))
    history.remove(1)
    assert history.runs == {first, middle, last}


@pytest.mark.parametrize("where", ["reports/{run}/approval.json", ".pipeline/approvals/{run}.json"])
def test_approved_run_is_kept(history: History, where: str) -> None:
    run = history.add(0, Told())
    history.add(1, Told(values=(5, 5, 5)))
    history.write(where.format(run=run), json.dumps({"run": run}).encode())
    history.remove(1)
    assert run in history.runs


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        ("review/20260101T000000Z-ada-0123456789ab.md", "somebody reviewed it"),
        ("published.toml", "it is published"),
    ],
)
def test_run_that_is_reviewed_or_published_is_kept(history: History, file: str, reason: str) -> None:
    run = history.add(0, Told())
    history.add(1, Told(values=(5, 5, 5)))
    history.write(f"reports/{run}/{file}", b"")
    assert history.remove(1).kept[run] == reason


def test_run_in_git_is_kept(history: History) -> None:
    run = history.add(0, Told())
    history.add(1, Told(values=(5, 5, 5)))
    for command in (["init", "-q"], ["add", f"reports/{run}/run.json"]):
        subprocess.run(["git", *command], cwd=history.root, check=True)
    assert history.remove(1).kept[run] == "it is in git"


def test_run_with_a_damaged_record_is_kept(history: History) -> None:
    run = history.add(0, Told())
    history.add(1, Told(values=(5, 5, 5)))
    history.write(f"reports/{run}/run.json", b"{")
    assert history.remove(1).kept[run] == "its record cannot be read"


def test_run_that_goes_on_is_left_alone_with_the_objects_put_since_it_began(history: History) -> None:
    history.add(0, Told())
    history.add(1, Told(values=(5, 5, 5)))
    going_on = history.reports.start()
    fresh = history.store.put(b"not yet in any record")
    retention = history.remove(1, datetime.now(UTC))
    assert retention.kept[going_on.run] == "it has not ended"
    assert fresh not in {found.digest for found in retention.objects}
    assert history.remove(1).runs == [going_on.run]  # two days later it has been killed


def test_nothing_is_removed_where_the_history_of_champions_is_damaged(history: History) -> None:
    history.add(0, Told())
    history.add(1, Told(values=(5, 5, 5)))
    history.write(".pipeline/models/log.jsonl", b"{}\n")
    with pytest.raises(ModelError, match=r"log\.jsonl, line 1: it is no line of a log"):
        history.remove(0)
    assert len(history.runs) == 2


def test_interrupted_removal_is_finished_by_the_next(history: History) -> None:
    history.add(0, Told())
    (history.root / "reports/.gone-20250101T000000Z-000000").mkdir()
    (history.root / "reports/.fetched-x1").mkdir()
    history.remove(1)
    assert not list((history.root / "reports").glob(".*"))
