"""A run is kept for good as it is, byte for byte: again changes nothing, and what is another is refused."""

import json
from pathlib import Path

import fsspec
import pytest
from fsspec.implementations.dirfs import DirFileSystem
from kept import RUN, Kept

from pipeline.errors import ReviewError, StoreError, UsageError
from pipeline.models.remark import Ruling
from pipeline.review.manifest import parse
from pipeline.review.publishing import Published, note, noted, to_place
from pipeline.review.remarks import Remarks
from pipeline.runs.record import StageRecord, Status
from pipeline.store.places import Place, place


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = Kept.at(tmp_path / "project").add()
    Remarks(found).comment("a", "work-1", "Why?", "Ada")
    return found


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    return tmp_path / "shelf of runs"


def publish(folder: Path, to: str | Path) -> Published:
    return to_place(folder, place(str(to), folder))


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_record_reports_and_remarks_are_copied(folder: Path, shelf: Path) -> None:
    done = publish(folder, shelf)
    remark = Remarks(folder).files()[0].name
    assert names(shelf / RUN) == ["a.ipynb", "b.ipynb", "junit.xml", "manifest.json", f"review/{remark}", "run.json"]
    assert all((shelf / RUN / name).read_bytes() == (folder / name).read_bytes() for name in names(folder)[:3])
    assert (done.files, done.added, done.to) == (5, 5, f"{shelf}/{RUN}")
    assert [known.to for known in noted(folder)] == [str(shelf)]
    assert set(parse((shelf / RUN / "manifest.json").read_bytes(), "").files) == {
        "a.ipynb",
        "b.ipynb",
        "junit.xml",
        "run.json",
    }


def test_publishing_again_changes_nothing(folder: Path, shelf: Path) -> None:
    publish(folder, shelf)
    before = {name: (shelf / RUN / name).stat().st_mtime_ns for name in names(shelf / RUN)}
    note_before = (folder / "published.toml").read_bytes()
    assert publish(folder, shelf).added == 0
    assert {name: (shelf / RUN / name).stat().st_mtime_ns for name in names(shelf / RUN)} == before
    assert (folder / "published.toml").read_bytes() == note_before


def test_publishing_again_adds_the_remarks_that_are_new(folder: Path, shelf: Path) -> None:
    publish(folder, shelf)
    Remarks(folder).decide(Ruling.APPROVED, "Fine.", "Ada")
    assert publish(folder, shelf).added == 1
    assert Remarks(shelf / RUN).standing()


def test_interrupted_publishing_is_completed(folder: Path, shelf: Path) -> None:
    publish(folder, shelf)
    (shelf / RUN / "manifest.json").unlink()
    (shelf / RUN / "b.ipynb").unlink()
    assert publish(folder, shelf).added == 1
    assert (shelf / RUN / "manifest.json").exists()


@pytest.mark.parametrize("name", ["a.ipynb", "run.json", "manifest.json"])
def test_other_copy_is_refused_and_left_alone(folder: Path, shelf: Path, name: str) -> None:
    publish(folder, shelf)
    (shelf / RUN / name).chmod(0o644)
    (shelf / RUN / name).write_text("{}")
    (shelf / RUN / "b.ipynb").unlink()
    with pytest.raises(ReviewError, match=rf"has another {name} than the run has here.*Nothing was written"):
        publish(folder, shelf)
    assert (shelf / RUN / name).read_text() == "{}"
    assert not (shelf / RUN / "b.ipynb").exists()


def test_list_of_places_grows_at_its_end(folder: Path, tmp_path: Path) -> None:
    publish(folder, tmp_path / "one")
    before = (folder / "published.toml").read_bytes()
    publish(folder, 'memory://two/"quoted"')
    assert (folder / "published.toml").read_bytes().startswith(before)
    assert [known.to for known in noted(folder)] == [str(tmp_path / "one"), 'memory://two/"quoted"']


@pytest.mark.parametrize(
    "text", ["[[published]", 'published = "x"', "[[published]]\nto = 1", '[[published]]\nto = "x"\nwhen = "now"']
)
def test_damaged_list_of_places_is_refused(folder: Path, text: str) -> None:
    (folder / "published.toml").write_text(text)
    with pytest.raises(ReviewError, match="does not say where the run was published"):
        note(folder, "memory://x")
    assert (folder / "published.toml").read_text() == text


def test_run_is_published_to_an_object_store(folder: Path) -> None:
    assert publish(folder, "memory://bucket/runs/").added == 5
    stored = fsspec.filesystem("memory").find(f"/bucket/runs/{RUN}")
    assert [path.rpartition("/")[2] for path in stored if not path.endswith(".md")] == [
        "a.ipynb",
        "b.ipynb",
        "junit.xml",
        "manifest.json",
        "run.json",
    ]
    assert publish(folder, "memory://bucket/runs").added == 0


def test_file_system_that_can_move_shows_no_half_files(folder: Path, tmp_path: Path) -> None:
    class Watched(DirFileSystem):
        written: list[str] = []  # noqa: RUF012 - of this test alone

        def pipe_file(self, path: str, value: bytes, **_: object) -> None:
            self.written.append(path)
            super().pipe_file(path, value)

    inner = Watched(str(tmp_path / "inner"), fsspec.filesystem("file"))
    to_place(folder, Place(url="x://", shown="x://", filesystem=inner, path="runs"))
    assert all(path.endswith(".tmp") for path in inner.written)
    assert not [name for name in names(tmp_path / "inner") if name.endswith(".tmp")]
    assert len(names(tmp_path / "inner")) == 6


def test_place_that_gives_back_something_else_is_refused(folder: Path, tmp_path: Path) -> None:
    class Forgetful(DirFileSystem):
        def cat_file(self, path: str, **_: object) -> bytes:
            return super().cat_file(path)[:-1]

    inner = Forgetful(str(tmp_path / "inner"), fsspec.filesystem("file"))
    with pytest.raises(ReviewError, match=r"x://20260101T000000Z-00000a does not give back run.json as it was written"):
        to_place(folder, Place(url="x://", shown="x://", filesystem=inner, path="runs"))


def test_damaged_remark_is_left_out(folder: Path, shelf: Path) -> None:
    (folder / "review/todo.txt").write_text("x")
    done = publish(folder, shelf)
    assert [problem.path.name for problem in done.left_out] == ["todo.txt"]
    assert not (shelf / RUN / "review/todo.txt").exists()


def test_what_is_not_of_the_run_stays_here(folder: Path, shelf: Path) -> None:
    (folder / "scratch.ipynb").write_text("{}")
    (folder / ".lock").write_text("")
    publish(folder, shelf)
    assert not {"scratch.ipynb", ".lock"} & {path.name for path in (shelf / RUN).iterdir()}


def test_link_in_the_place_of_a_report_is_not_followed(folder: Path, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "private").write_text("private")
    for name in ("junit.xml", "a.ipynb"):
        (folder / name).unlink()
        (folder / name).symlink_to(tmp_path / "private")
    with pytest.raises(ReviewError, match=r"has no report a.ipynb, which its run.json names"):
        publish(folder, shelf)
    assert not shelf.exists()


def test_run_that_goes_on_is_refused(tmp_path: Path, shelf: Path) -> None:
    folder = Kept.at(tmp_path / "other").add(ended=None)
    with pytest.raises(UsageError, match=f"the run {RUN} has not ended"):
        publish(folder, shelf)


def test_report_with_a_name_that_leads_elsewhere_is_refused(tmp_path: Path, shelf: Path) -> None:
    stages = [StageRecord(name="x", status=Status.SUCCEEDED, report="reports/..")]
    folder = Kept.at(tmp_path / "other").add(stages=stages)
    with pytest.raises(ReviewError, match=r"the report '..' is published under no system"):
        publish(folder, shelf)


def test_run_is_not_published_into_itself(folder: Path) -> None:
    with pytest.raises(UsageError, match="is the run itself"):
        publish(folder, folder.parent)
    assert not (folder / "manifest.json").exists()


def test_place_that_cannot_be_written_to_is_refused(folder: Path, tmp_path: Path) -> None:
    class Sealed(DirFileSystem):
        def pipe_file(self, path: str, value: bytes, **_: object) -> None:
            raise PermissionError(13, f"{len(value)} bytes are too many at", path)

    inner = Sealed(str(tmp_path / "inner"), fsspec.filesystem("file"))
    with pytest.raises(StoreError, match=r"cannot write run.json at x://2.*: PermissionError: .* Mend that"):
        to_place(folder, Place(url="x://", shown="x://", filesystem=inner, path="runs"))
    assert not (folder / "published.toml").exists()


def test_attempts_are_published_too(tmp_path: Path, shelf: Path) -> None:
    kept = Kept.at(tmp_path / "other")
    folder = kept.add()
    record = json.loads((folder / "run.json").read_bytes())
    record["stages"][0]["attempts"] = [f"reports/{RUN}/a.attempt-1.ipynb"]
    (folder / "run.json").write_text(json.dumps(record))
    (folder / "a.attempt-1.ipynb").write_bytes((folder / "a.ipynb").read_bytes())
    publish(folder, shelf)
    assert (shelf / RUN / "a.attempt-1.ipynb").exists()
