import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import ModelError, StoreError
from pipeline.models.log import FIRST, Event, Log

START = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    found = Log(tmp_path / "log.jsonl")
    for number in range(1, 5):
        found.add(Event.PROMOTED, {"version": number}, when=START + timedelta(days=number))
    return found


def changed(log: Log, number: int, change: Callable[[bytes], bytes]) -> None:
    lines = log.path.read_bytes().splitlines(keepends=True)
    lines[number - 1] = change(lines[number - 1])
    log.path.write_bytes(b"".join(lines))


def test_log_is_empty_before_the_first_line(tmp_path: Path) -> None:
    assert Log(tmp_path / "log.jsonl").lines() == ()


def test_add_keeps_each_line_bound_to_the_one_before(log: Log) -> None:
    lines = log.lines()
    assert [line.facts for line in lines] == [{"version": number} for number in range(1, 5)]
    assert [line.before for line in lines] == [FIRST, *(line.digest for line in lines[:-1])]


@pytest.mark.parametrize("number", [1, 2, 4])
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda line: line.replace(b'"promoted"', b'"rolled back"'), "changed after it was written"),
        (lambda line: line.replace(b'"version": ', b'"version": 1'), "changed after it was written"),
        (lambda line: line.replace(b"2026-11", b"2026-10"), "changed after it was written"),
        (lambda _: b"not JSON\n", "is no line of a log"),
        (lambda _: b"[]\n", "is no line of a log"),
        (lambda _: b"{}\n", "is no line of a log"),
    ],
)
def test_lines_names_the_first_that_was_changed(
    log: Log, number: int, change: Callable[[bytes], bytes], message: str
) -> None:
    changed(log, number, change)
    with pytest.raises(ModelError, match=rf"log\.jsonl, line {number}: .*{message}"):
        log.lines()


def test_lines_names_the_line_that_was_removed(log: Log) -> None:
    changed(log, 2, lambda _: b"")
    with pytest.raises(ModelError, match="line 2: it was changed"):
        log.lines()


def test_lines_tells_a_line_that_was_made_anew_with_a_digest_that_fits(log: Log, tmp_path: Path) -> None:
    forged = Log(tmp_path / "forged.jsonl")
    for number in (1, 2, 3, 9):
        forged.add(Event.PROMOTED, {"version": number}, when=START + timedelta(days=number))
    log.path.write_bytes(forged.path.read_bytes())
    with pytest.raises(ModelError, match="line 4: it does not follow"):
        log.lines()


def test_lines_tells_lines_that_were_cut_off_at_the_end(log: Log) -> None:
    changed(log, 4, lambda _: b"")
    with pytest.raises(ModelError, match="line 4: it is missing: 4 were written"):
        log.lines()
    log.path.unlink()
    with pytest.raises(ModelError, match="line 1: it is missing"):
        log.lines()


def test_line_that_a_crash_left_half_written_was_never_said(log: Log) -> None:
    with log.path.open("ab") as file:
        file.write(b'{"number": 5, "wh')
    assert len(log.lines()) == 4
    log.add(Event.ROLLED_BACK, {"version": 5}, when=START)
    assert [line.facts["version"] for line in log.lines()] == [1, 2, 3, 4, 5]


def test_line_is_kept_when_a_crash_came_before_the_anchor(log: Log) -> None:
    before = log.anchor.read_bytes()
    log.add(Event.PROMOTED, {"version": 5}, when=START)
    log.anchor.write_bytes(before)
    assert len(log.lines()) == 5


def test_damaged_anchor_is_reported(log: Log) -> None:
    log.anchor.write_text("{")
    with pytest.raises(ModelError, match=r"anchor\.json is damaged: .* Bring"):
        log.lines()


def test_add_refuses_to_go_on_after_a_change(log: Log) -> None:
    changed(log, 2, lambda _: b"{}\n")
    before = log.path.read_bytes()
    with pytest.raises(ModelError, match="line 2"):
        log.add(Event.PROMOTED, {}, when=START)
    assert log.path.read_bytes() == before


def test_add_says_when_the_file_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "log.jsonl").symlink_to(tmp_path / "gone" / "log.jsonl")
    with pytest.raises(StoreError, match=r"cannot write .* Make it writable"):
        Log(tmp_path / "log.jsonl").add(Event.PROMOTED, {}, when=START)


def test_copy_until_keeps_what_was_said_by_then(log: Log, tmp_path: Path) -> None:
    log.copy_until(START + timedelta(days=2), tmp_path / "copy.jsonl")
    assert Log(tmp_path / "copy.jsonl").lines() == log.lines()[:2]


def test_log_holds_nothing_but_json_lines(log: Log) -> None:
    assert [json.loads(line)["number"] for line in log.path.read_text().splitlines()] == [1, 2, 3, 4]
