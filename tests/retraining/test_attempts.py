"""What was tried is remembered, whatever crashes, and nobody can change it unseen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipeline.errors import ModelError
from pipeline.models.log import Log
from pipeline.retraining.attempts import Attempt, Attempts, Result, fruitless

NOON = datetime(2026, 11, 30, 12, tzinfo=UTC)


@pytest.fixture
def attempts(tmp_path: Path) -> Attempts:
    return Attempts("m", Log(tmp_path / "log.jsonl"))


def attempt(result: Result = Result.RUNNING, hours: float = 0, **changes: object) -> Attempt:
    told = {"causes": ("drift: size moved",), "by_hand": False, "data": "sha256:a", "rows": 100, "champion": 1}
    return Attempt(**{"begun": NOON + timedelta(hours=hours), "result": result, **told, **changes})


def test_attempt_is_read_as_it_was_noted(attempts: Attempts) -> None:
    attempts.begin(attempt())
    attempts.end(Result.PROMOTED, run="r", version=2, when=NOON + timedelta(minutes=5))
    attempts.begin(attempt(hours=1, by_hand=True))
    ended = NOON + timedelta(minutes=5)
    first = attempt(Result.PROMOTED, run="r", version=2, ended=ended)
    assert attempts.past() == (first, attempt(hours=1, by_hand=True))


def test_attempts_at_another_model_are_its_own(attempts: Attempts) -> None:
    other = Attempts("other", attempts.log)
    attempts.begin(attempt())
    other.begin(attempt(hours=1))
    attempts.end(Result.REFUSED)
    assert [each.result for each in attempts.past()] == [Result.REFUSED]
    assert [each.result for each in other.past()] == [Result.RUNNING]


def test_attempt_that_a_crash_cut_off_has_failed(attempts: Attempts) -> None:
    attempts.begin(attempt())
    with attempts.log.path.open("ab") as file:
        file.write(b'{"number": 2, "half')  # and the line that was being written is lost
    attempts.close()
    attempts.close()
    assert [each.result for each in attempts.past()] == [Result.FAILED]


def test_version_that_was_rolled_back_is_no_success(attempts: Attempts) -> None:
    for version in (2, 3):
        attempts.begin(attempt(hours=version))
        attempts.end(Result.PROMOTED, version=version)
    attempts.rolled_back(3)
    assert [each.result for each in attempts.past()] == [Result.PROMOTED, Result.ROLLED_BACK]


def test_changed_line_is_named(attempts: Attempts) -> None:
    attempts.begin(attempt())
    attempts.end(Result.REFUSED)
    attempts.log.path.write_text(attempts.log.path.read_text().replace("refused", "promoted"))
    with pytest.raises(ModelError, match="line 2: it was changed after it was written"):
        attempts.past()


@pytest.mark.parametrize(
    ("results", "count"),
    [
        ([], 0),
        ([Result.REFUSED, Result.UNCHANGED, Result.FAILED], 3),
        ([Result.REFUSED, Result.PROMOTED, Result.REFUSED], 1),
        ([Result.REFUSED, Result.STOPPED, Result.ROLLED_BACK], 2),
        ([Result.PROMOTED, Result.WAITING], 0),
    ],
)
def test_attempts_in_vain_are_counted_since_the_last_success(results: list[Result], count: int) -> None:
    assert fruitless([attempt(result) for result in results]) == count


def test_person_who_asks_begins_the_count_anew() -> None:
    asked = attempt(Result.REFUSED, by_hand=True)
    assert fruitless([attempt(Result.REFUSED), attempt(Result.REFUSED), asked, attempt(Result.FAILED)]) == 1
