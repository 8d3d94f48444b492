"""A published run comes back as it was; whatever a place says that is not so is refused, and nothing is overwritten."""

import json
from pathlib import Path
from typing import Any

import pytest
from kept import RUN, Kept

from pipeline.errors import ReviewError, StoreError, UsageError
from pipeline.models.remark import Ruling
from pipeline.review.fetching import Fetched, fetch
from pipeline.review.publishing import noted, to_place
from pipeline.review.remarks import Remarks
from pipeline.store import digest as digests
from pipeline.store.places import place

OTHER = "20260202T000000Z-00000b"


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept.at(tmp_path / "project")


@pytest.fixture
def folder(kept: Kept) -> Path:
    found = kept.add()
    Remarks(found).decide(Ruling.APPROVED, "Fine.", "Ada")
    to_place(found, place("shelf", kept.root.parent))
    return found


@pytest.fixture
def shelf(folder: Path, tmp_path: Path) -> Path:
    assert folder.exists()
    return tmp_path / "shelf"


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    return tmp_path / "other/reports"


def bring(shelf: Path, reports: Path, run: str = RUN) -> Fetched:
    return fetch(run, place(str(shelf), shelf), reports)


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def damage(shelf: Path, name: str, data: bytes) -> None:
    path = shelf / RUN / name
    path.parent.mkdir(exist_ok=True)
    if path.exists():
        path.chmod(0o644)
    path.write_bytes(data)


def describe(shelf: Path, **changes: Any) -> None:  # noqa: ANN401 - any JSON
    found = json.loads((shelf / RUN / "manifest.json").read_bytes())
    damage(shelf, "manifest.json", json.dumps(found | changes).encode())


@pytest.mark.parametrize("run", [RUN, RUN[:8], "latest"])
def test_run_comes_back_as_it_was(folder: Path, shelf: Path, reports: Path, run: str) -> None:
    found = bring(shelf, reports, run)
    expected = {name: data for name, data in tree(folder).items() if name != "published.toml"}
    assert {name: data for name, data in tree(reports / RUN).items() if name != "published.toml"} == expected
    assert found == Fetched(folder=reports / RUN, added=len(expected), left_out=())
    assert [known.to for known in noted(reports / RUN)] == [str(shelf)]
    assert Remarks(reports / RUN).standing()
    assert (reports / RUN / "a.ipynb").stat().st_mode & 0o777 == 0o444
    assert sorted(path.name for path in reports.iterdir()) == [RUN]


def test_run_comes_back_from_an_object_store(folder: Path, reports: Path) -> None:
    to_place(folder, place("memory://fetching", folder))
    assert fetch(RUN, place("memory://fetching", folder), reports).added == 5


def test_fetching_again_brings_only_new_remarks(folder: Path, shelf: Path, reports: Path) -> None:
    bring(shelf, reports)
    assert bring(shelf, reports).added == 0
    mine = Remarks(reports / RUN).comment("a", "work-1", "Mine.", "Bob")
    Remarks(folder).comment("a", "work-1", "Theirs.", "Ada")
    to_place(folder, place(str(shelf), shelf))
    assert bring(shelf, reports).added == 1
    assert [said.text for said in Remarks(reports / RUN).comments()] == [mine.text, "Theirs."]


def test_nothing_is_overwritten(shelf: Path, reports: Path) -> None:
    (reports / RUN).mkdir(parents=True)
    (reports / RUN / "run.json").write_text("mine")
    with pytest.raises(ReviewError, match=r"is here already, and its run.json is another one"):
        bring(shelf, reports)
    assert tree(reports) == {f"{RUN}/run.json": b"mine"}


@pytest.mark.parametrize("name", ["a.ipynb", "run.json", "junit.xml"])
@pytest.mark.parametrize("data", [b"", b"{}", None])
def test_changed_copy_is_refused(shelf: Path, reports: Path, name: str, data: bytes | None) -> None:
    if data is None:
        (shelf / RUN / name).unlink()
    else:
        damage(shelf, name, data)
    with pytest.raises(ReviewError, match=rf"{name} (is not there|was changed).*Nothing was written"):
        bring(shelf, reports)
    assert not reports.exists()


def test_copy_that_is_not_whole_is_refused(shelf: Path, reports: Path) -> None:
    (shelf / RUN / "manifest.json").unlink()
    with pytest.raises(ReviewError, match=r"there is no whole run at .*shelf"):
        bring(shelf, reports)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.ipynb",
        "/etc/evil.ipynb",
        "..",
        ".hidden.ipynb",
        "a/b.ipynb",
        "a\\b.ipynb",
        "c:x.ipynb",
        "x.py",
        "a\n.ipynb",
    ],
)
def test_names_that_lead_elsewhere_are_refused(shelf: Path, reports: Path, name: str) -> None:
    damage(shelf.parent / "shelf", "x.ipynb", b"evil")
    listed = {"digest": digests.of_bytes(b"evil"), "size_bytes": 4}
    describe(shelf, files={name: listed})
    with pytest.raises(ReviewError, match=r"does not describe a run: .* is no file of a run"):
        bring(shelf, reports)
    assert not reports.exists()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"schema_version": 2}, "'schema_version' Input should be 1"),
        ({"run": "../x"}, "'run' String should match pattern"),
        ({"extra": 1}, "'extra' Extra inputs"),
        ({"files": {"a.ipynb": {"digest": "sha256:0", "size_bytes": 1}}}, "digest' String should match"),
        ({"files": {"a.ipynb": {"digest": "sha256:" + "0" * 64, "size_bytes": -1}}}, "size_bytes' Input should be"),
        ({"run": OTHER}, f"says that it is the run {OTHER}"),
        ({"files": {}}, "the published run.json of .* cannot be read"),
    ],
)
def test_wrong_description_is_refused(shelf: Path, reports: Path, changes: dict[str, Any], why: str) -> None:
    describe(shelf, **changes)
    with pytest.raises(ReviewError, match=why):
        bring(shelf, reports)
    assert not reports.exists() or not list(reports.iterdir())


def test_description_that_is_no_json_is_refused(shelf: Path, reports: Path) -> None:
    damage(shelf, "manifest.json", b"\xff")
    with pytest.raises(ReviewError, match="does not describe a run"):
        bring(shelf, reports)


@pytest.mark.parametrize("change", [{"run": OTHER}, {"ended": None}, {"stages": []}])
def test_record_of_something_else_is_refused(shelf: Path, reports: Path, change: dict[str, Any]) -> None:
    record = json.dumps(json.loads((shelf / RUN / "run.json").read_bytes()) | change).encode()
    damage(shelf, "run.json", record)
    files = json.loads((shelf / RUN / "manifest.json").read_bytes())["files"]
    describe(shelf, files=files | {"run.json": {"digest": digests.of_bytes(record), "size_bytes": len(record)}})
    with pytest.raises(ReviewError, match=f"what is published as {RUN} is not that run"):
        bring(shelf, reports)
    assert not list(reports.iterdir())


def test_files_that_are_no_remarks_are_left_out(shelf: Path, reports: Path) -> None:
    good = next((shelf / RUN / "review").iterdir()).name
    damage(shelf, f"review/{good.replace('ada', 'eve')}", b"evil")
    damage(shelf, "review/todo.txt", b"x")
    found = bring(shelf, reports)
    assert [path.name for path in (reports / RUN / "review").iterdir()] == [good]
    assert len(found.left_out) == 2
    assert "'todo.txt' is no remark" in found.left_out[1]


def test_remarks_are_not_written_through_a_link(shelf: Path, reports: Path, tmp_path: Path) -> None:
    bring(shelf, reports)
    for path in (reports / RUN / "review").iterdir():
        path.unlink()
    (reports / RUN / "review").rmdir()
    (tmp_path / "elsewhere").mkdir()
    (reports / RUN / "review").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(StoreError, match="is a link to another place: nothing is written there"):
        bring(shelf, reports)
    assert not list((tmp_path / "elsewhere").iterdir())


@pytest.mark.parametrize(
    ("given", "why"),
    [("2026", "no single run '2026' is published at .*: 2 begin so"), ("x", "no single run 'x'.*there are")],
)
def test_unclear_run_is_refused(kept: Kept, shelf: Path, reports: Path, given: str, why: str) -> None:
    to_place(kept.add(OTHER), place(str(shelf), shelf))
    with pytest.raises(UsageError, match=why):
        bring(shelf, reports, given)


def test_reports_that_cannot_be_written_to_are_refused(shelf: Path, reports: Path) -> None:
    reports.parent.mkdir()
    reports.write_text("no folder")
    with pytest.raises(StoreError, match=r"cannot write to .*reports"):
        bring(shelf, reports)
