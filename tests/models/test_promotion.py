import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pipeline.errors import BusyError, ModelError, StoreError
from pipeline.models import promotion
from pipeline.models.promotion import Promotion, champion, fingerprint, history, incumbent, promote, rollback
from pipeline.store.objects import project_store

PROMOTE = """
import sys
from pipeline.errors import ModelError
from pipeline.models.promotion import Promotion, champion, promote
made_of = {"data_digest": "sha256:1", "test_digest": "sha256:2", "threshold": 0.5}
wanted = Promotion(name="model", version=int(sys.argv[1]), model_digest=sys.argv[2], run="run", **made_of)
while True:
    present = champion("model")
    try:
        promote(wanted, against=present and present.model_digest)
        break
    except ModelError as error:
        assert "evaluate again" in str(error), error
"""
MADE_OF = {"data_digest": "sha256:1", "test_digest": "sha256:2", "threshold": 0.5}
heard: list[tuple[str, str]] = []


def hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "pipeline.source":
        heard.append(arguments)


sys.addaudithook(hear)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    monkeypatch.chdir(tmp_path)
    heard.clear()
    yield tmp_path
    heard.clear()


@pytest.fixture
def pointer(project: Path) -> Path:
    return project / ".pipeline" / "models" / "log.jsonl"


def stored(model: bytes) -> str:
    return project_store().put(model)


def made_champion(model: bytes, version: int = 1, name: str = "model") -> Promotion:
    wanted = line(model_digest=stored(model), version=version, name=name)
    present = history(name)[-1:]
    return promote(wanted, against=present[0].model_digest if present else None)


def line(**changes: Any) -> Promotion:  # noqa: ANN401 - any field
    given = {"name": "model", "version": 1, "model_digest": "sha256:0", "run": "20261123T024711Z-3f9a1c", **MADE_OF}
    return Promotion(**{**given, **changes})


def test_champion_is_none_before_the_first_promotion() -> None:
    assert champion("model") is None
    assert history() == ()


def test_promote_makes_the_version_champion_and_keeps_the_one_before() -> None:
    first, second = made_champion(b"a", 1), made_champion(b"b", 2)
    assert champion("model") == second
    assert history() == (first, second)


def test_promote_notes_the_moment_in_utc() -> None:
    made = made_champion(b"a")
    assert timedelta() <= datetime.now(UTC) - made.when < timedelta(minutes=1)
    assert champion("model") == made
    assert made.when.utcoffset() == timedelta()


def test_promote_adds_no_line_when_the_version_is_champion_already() -> None:
    first = made_champion(b"a")
    assert made_champion(b"a") == first
    assert history() == (first,)


@pytest.mark.parametrize(("against", "named"), [(None, "none"), (b"x", "sha256:2d7116"), (b"a", "'model' version 1")])
def test_promote_leaves_the_champion_when_the_model_was_judged_against_another(
    against: bytes | None, named: str
) -> None:
    before = made_champion(b"a", 1), made_champion(b"b", 2)
    old = line(model_digest=stored(b"c"), version=3)
    with pytest.raises(ModelError, match=f"version 3 is not promoted: .* {named}.* is now 'model' version 2.* again"):
        promote(old, against=stored(against) if against else None)
    assert history() == before


def test_promote_refuses_a_verdict_against_a_champion_where_there_is_none() -> None:
    with pytest.raises(ModelError, match="judged against sha256:0, the champion is now none"):
        promote(line(model_digest=stored(b"a")), against="sha256:0")


def test_promote_adds_a_line_when_an_earlier_champion_returns() -> None:
    made_champion(b"a", 1)
    made_champion(b"b", 2)
    made_champion(b"a", 1)
    assert [line.version for line in history()] == [1, 2, 1]


def test_promote_adds_a_line_when_the_same_model_has_a_new_version() -> None:
    made_champion(b"a", 1)
    made_champion(b"a", 2)
    assert [line.version for line in history()] == [1, 2]


def test_incumbent_is_the_newest_champion_that_is_another_model() -> None:
    made_champion(b"a", 1)
    second = made_champion(b"b", 2)
    third = made_champion(b"c", 3)
    assert incumbent("model", third.model_digest) == second
    assert incumbent("model", stored(b"new")) == third


def test_incumbent_stays_the_same_when_the_model_itself_was_promoted_since() -> None:
    made_champion(b"a", 1)
    before = incumbent("model", stored(b"b"))
    made_champion(b"b", 2)
    assert incumbent("model", stored(b"b")) == before


def test_incumbent_tells_the_trace_what_fingerprint_answers() -> None:
    first, second = made_champion(b"a", 1), made_champion(b"b", 2)
    incumbent("model", second.model_digest)
    incumbent("model", stored(b"c"))
    assert heard == [
        (f"champion:model?besides={second.model_digest}", first.model_digest),
        (f"champion:model?besides={stored(b'c')}", second.model_digest),
    ]
    assert [(uri, fingerprint(uri)) for uri, _ in heard] == heard


def test_champion_tells_the_trace_what_fingerprint_answers() -> None:
    champion("model")
    assert heard == [("champion:model", "none")]
    made = made_champion(b"a")
    champion("model")
    assert heard[-1] == ("champion:model", made.model_digest)
    assert fingerprint("champion:model") == made.model_digest


def test_fingerprint_refuses_a_source_that_is_no_champion() -> None:
    with pytest.raises(ModelError, match=r"'file:rows.csv' names no champion"):
        fingerprint("file:rows.csv")


def test_promote_refuses_a_model_that_is_not_in_the_store(pointer: Path) -> None:
    with pytest.raises(ModelError, match=r"version 1 of 'model' cannot become champion: .* not in the .* store"):
        promote(line(model_digest="sha256:" + 64 * "0"), against=None)
    assert not pointer.exists()


def test_promote_refuses_a_digest_that_is_none() -> None:
    with pytest.raises(StoreError, match="'latest' is no digest"):
        promote(line(model_digest="latest"), against=None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": ""}, "not empty"),
        ({"data_digest": ""}, "not empty"),
        ({"version": 0}, "from 1 up"),
        ({"version": "1"}, "from 1 up"),
        ({"threshold": 2.0}, "from 0 to 1"),
        ({"by": None}, "by and reason"),
        ({"threshold": float("nan")}, "from 0 to 1"),
    ],
)
def test_promotion_refuses_values_that_mean_nothing(change: dict[str, Any], message: str) -> None:
    with pytest.raises(TypeError, match=message):
        line(**change)


def test_promotion_refuses_a_moment_without_a_zone() -> None:
    with pytest.raises(TypeError, match="time zone"):
        line(when=datetime(2026, 1, 1))  # noqa: DTZ001 - the case


def test_promote_says_who_is_in_the_way_when_the_lock_is_held(pointer: Path) -> None:
    made_champion(b"a")
    with (
        FileLock(pointer.with_suffix(".lock")),
        pytest.raises(BusyError, match=r"another process has held .* 0\.1 s"),
    ):
        promote(line(version=2, model_digest=stored(b"b")), against=stored(b"a"), timeout_s=0.1)
    assert [line.version for line in history()] == [1]


def test_concurrent_promotions_leave_one_champion_and_every_line() -> None:
    versions = range(1, 9)
    started = [
        subprocess.Popen([sys.executable, "-c", PROMOTE, str(version), stored(bytes([version]))])
        for version in versions
    ]
    assert [process.wait(timeout=60) for process in started] == [0] * len(started)
    assert sorted(line.version for line in history()) == list(versions)
    assert champion("model") == history()[-1]


def test_promotion_imports_nothing_heavy() -> None:
    code = f"import {promotion.__name__}, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"mlflow", "pandas", "numpy", "sklearn", "filelock", "fsspec", "asyncio"} & set(loaded)


def test_champions_of_two_models_do_not_meet() -> None:
    first, second = made_champion(b"a", 1, "one"), made_champion(b"b", 1, "two")
    assert (champion("one"), champion("two"), champion("three")) == (first, second, None)
    assert incumbent("two", stored(b"c")) == second
    assert history() == (first, second)


def test_rollback_returns_to_the_champion_before_and_says_who_and_why() -> None:
    first, second = made_champion(b"a", 1), made_champion(b"b", 2)
    back = rollback("model", None, by="Ada", reason="it timed out")
    assert back.as_scrap() == first.as_scrap()
    assert (back.by, back.reason) == ("Ada", "it timed out")
    assert history() == (first, second, back)
    assert champion("model") == back


def test_rollback_returns_to_the_version_that_is_named() -> None:
    for version, model in enumerate((b"a", b"b", b"c"), start=1):
        made_champion(model, version)
    assert rollback("model", 1, by="", reason="").version == 1
    assert rollback("model", None, by="", reason="").version == 3


@pytest.mark.parametrize(("version", "message"), [(2, "version 2: versions 1 answered"), (9, "version 9: versions 1")])
def test_rollback_refuses_a_version_that_is_champion_or_never_was(version: int, message: str) -> None:
    made_champion(b"a", 1)
    made_champion(b"b", 2)
    with pytest.raises(ModelError, match=f"'model' cannot go back to {message}"):
        rollback("model", version, by="", reason="")


def test_rollback_refuses_when_no_other_version_answered() -> None:
    made_champion(b"a", 1)
    with pytest.raises(ModelError, match="cannot go back to nothing: no other version answered"):
        rollback("model", None, by="", reason="")


def test_history_of_an_earlier_release_is_taken_over(project: Path) -> None:
    digest = stored(b"old")
    old = {
        "name": "model",
        "version": 3,
        "model_digest": digest,
        "run": "r",
        **MADE_OF,
        "when": "2026-11-01T00:00:00+00:00",
    }
    path = project / ".pipeline" / "models" / "champion.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"format": 2, "history": [old]}))
    (before,) = history()
    assert (before.version, before.when) == (3, datetime(2026, 11, 1, tzinfo=UTC))
    made_champion(b"new", 4)
    assert [line.version for line in history()] == [3, 4]


def test_history_of_an_earlier_release_that_is_damaged_is_reported_and_left_alone(project: Path) -> None:
    path = project / ".pipeline" / "models" / "champion.json"
    path.parent.mkdir(parents=True)
    path.write_text("{")
    with pytest.raises(ModelError, match=r"champion\.json does not read as a history of promotions: .* Move it away"):
        history()
    assert path.read_text() == "{"
