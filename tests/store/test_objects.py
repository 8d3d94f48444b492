"""Objects are kept whole under their digest, and a changed one is never handed out."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipeline.errors import SettingsError, StoreError
from pipeline.store import digest, objects


@pytest.fixture(params=["folder", "url"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> objects.Store:
    return objects.open_store("store" if request.param == "folder" else f"file://{tmp_path}/store", tmp_path)


def the_object(tmp_path: Path, content: str = "") -> Path:
    """The one object that is there, or the one of a content."""
    files = (path for path in (tmp_path / "store").rglob("*") if path.is_file())
    (path,) = (path for path in files if not content or path.read_text() == content)
    return path


def test_object_comes_back_by_its_digest(store: objects.Store) -> None:
    name = store.put(b"content")
    assert name == digest.of_bytes(b"content")
    assert store.has(name)
    assert store.get(name) == b"content"


def test_same_bytes_are_kept_once(store: objects.Store, tmp_path: Path) -> None:
    store.put(b"content")
    before = the_object(tmp_path).stat().st_ino
    store.put(b"content")
    assert the_object(tmp_path).stat().st_ino == before


def test_object_that_is_put_again_is_young(tmp_path: Path) -> None:
    store = objects.open_store("store", tmp_path)
    store.put(b"content")
    os.utime(the_object(tmp_path), (0, 0))
    store.put(b"content")
    (found,) = store.contents()
    assert time.time() - found.put_at < 60


def test_contents_lists_every_object_and_nothing_else(store: objects.Store, tmp_path: Path) -> None:
    assert list(store.contents()) == []
    names = {store.put(b"content"), store.put(b"more")}
    the_object(tmp_path, "more").with_name("note.txt").write_text("no object")
    found = {each.digest: each.size_bytes for each in store.contents()}
    assert found.keys() == names
    assert sorted(found.values()) == [4, 7]
    assert all(0 < each.put_at <= time.time() + 1 for each in store.contents())


def test_removed_object_is_gone_and_may_be_gone_already(store: objects.Store) -> None:
    name = store.put(b"content")
    store.remove(name)
    store.remove(name)
    assert not store.has(name)
    assert list(store.contents()) == []


def test_object_is_refused_when_it_was_tampered_with(store: objects.Store, tmp_path: Path) -> None:
    name = store.put(b"content")
    path = the_object(tmp_path)
    path.chmod(0o644)
    path.write_bytes(b"c0ntent")
    with pytest.raises(StoreError, match="was changed"):
        store.get(name)


def test_tampered_object_is_mended_when_it_is_put_again(tmp_path: Path) -> None:
    store = objects.open_store("store", tmp_path)
    name = store.put(b"content")
    the_object(tmp_path).chmod(0o644)
    the_object(tmp_path).write_bytes(b"c0ntent")
    store.put(b"content")
    assert store.get(name) == b"content"


def test_store_that_nothing_can_open_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot open s4://bucket: ValueError") as caught:
        objects.open_store("s4://me:s3cr3t-word@bucket", tmp_path)
    assert "s3cr3t" not in str(caught.value)


def test_missing_object_is_named(store: objects.Store) -> None:
    name = digest.of_bytes(b"never put")
    assert not store.has(name)
    with pytest.raises(StoreError, match=name):
        store.get(name)


@pytest.mark.parametrize("name", ["../../etc/passwd", "sha256:../../x", "md5:0", ""])
def test_name_that_is_no_digest_is_refused(store: objects.Store, name: str) -> None:
    with pytest.raises(StoreError, match="is no digest"):
        store.get(name)


def test_file_is_left_as_it_was_when_it_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "taken").write_bytes(b"a file where a folder is needed")
    with pytest.raises(StoreError, match="cannot write"):
        objects.write_atomic(tmp_path / "taken" / "file", b"new")
    assert [path.name for path in tmp_path.iterdir()] == ["taken"]


def test_file_always_parses_when_its_writer_is_killed(tmp_path: Path) -> None:
    target = tmp_path / "file"
    loop = (
        "import sys; from pathlib import Path; from pipeline.store.objects import write_atomic\n"
        "for n in range(10**9): write_atomic(Path(sys.argv[1]), (str(n % 10) * 300_000).encode())"
    )
    for wait_s in (0.0, 0.002, 0.005, 0.011, 0.017):
        target.unlink(missing_ok=True)
        writer = subprocess.Popen([sys.executable, "-c", loop, str(target)])
        while not target.exists():
            time.sleep(0.001)
        time.sleep(wait_s)
        writer.kill()
        writer.wait()
        found = target.read_bytes()
        assert len(found) == 300_000
        assert len(set(found)) == 1


def test_digest_of_a_file_follows_its_content_and_not_its_time(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_bytes(b"one")
    long_ago = time.time_ns() - 10**10
    os.utime(path, ns=(long_ago, long_ago))
    files = digest.FileDigests()
    first = files(path)
    os.utime(path, ns=(long_ago + 1, long_ago + 1))
    assert files(path) == first
    path.write_bytes(b"two")
    assert files(path) == digest.of_bytes(b"two")


def test_digest_sees_a_second_change_within_one_tick_of_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "data"
    files = digest.FileDigests()
    path.write_bytes(b"one")
    stat = path.stat()
    files(path)
    path.write_bytes(b"two")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert files(path) == digest.of_bytes(b"two")


def test_missing_file_is_absent(tmp_path: Path) -> None:
    assert digest.FileDigests()(tmp_path / "none") == digest.ABSENT
    assert digest.of_file(tmp_path / "none") == digest.ABSENT
