"""What the service answered and what came later in the table are seen in one form."""

import random
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from monitoring.champion import Watched, table, watched
from serving.served import BINARY

from pipeline.learning import predictions
from pipeline.models.comparison import Asked
from pipeline.monitoring import served, sight, signals
from pipeline.monitoring.examples import Examples
from pipeline.monitoring.watch import TABLE, TRAFFIC
from pipeline.serving import marks
from pipeline.store import codecs
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow
AT = 1_767_225_600.0


@pytest.fixture
def seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Watched:
    return watched(tmp_path, monkeypatch)


def _asked(seen: Watched) -> Asked:
    return Asked(goal=seen.manifest.goal, target="target", time="when")


def _learnt(seen: Watched) -> pd.DataFrame:
    found: pd.DataFrame = codecs.load(project_store(), seen.champion.data_digest, "table")
    return found


def _rows(seen: Watched) -> pd.DataFrame:
    found = sight.of_traffic(seen.champion, _asked(seen), _learnt(seen), days=30)
    assert found is not None
    return found.rows


def test_nothing_is_seen_of_a_service_that_has_answered_nothing(seen: Watched) -> None:
    assert sight.of_traffic(seen.champion, _asked(seen), _learnt(seen), days=30) is None
    assert marks.fingerprint("traffic:m") == marks.NONE


def test_traffic_is_seen_as_the_model_saw_it_with_the_labels_that_are_in(seen: Watched) -> None:
    ids = seen.answer(40, seed=5, at=AT)
    _, labels = seen.sent(40, seed=5)
    seen.label(ids[:10], labels[:10])
    found = sight.of_traffic(seen.champion, _asked(seen), _learnt(seen), days=30)
    assert found is not None
    rows, fresh = found.rows, table(40, seed=5)
    assert (found.source, list(found.features)) == (TRAFFIC, seen.manifest.recipe.features)
    assert rows["size"].tolist() == fresh["size"].tolist()
    assert rows["target"][:10].tolist() == fresh["target"][:10].tolist()
    assert rows["target"][10:].isna().all()
    assert rows[served.ID].tolist() == ids
    assert rows["when"].tolist() == fresh["when"].tolist()
    model = codecs.load(project_store(), seen.champion.model_digest, "model")
    said = model.predict_proba(rows[list(found.features)])[:, 1]
    assert predictions.agree(said, rows, seen.manifest.goal)
    assert found.requests["count"].tolist() == [40]


def test_nothing_is_counted_where_no_request_is_written_down_yet(seen: Watched) -> None:
    seen.answer(40, seed=5, at=AT)
    with seen.log.database.commit() as doing:
        doing.do("DELETE FROM requests", ())
    found = sight.of_traffic(seen.champion, _asked(seen), _learnt(seen), days=30)
    assert found is not None
    assert signals.counted({"all": found.rows}, found.requests)["requests"].tolist() == [0]


def test_traffic_of_another_question_is_not_judged(seen: Watched) -> None:
    seen.answer(40, seed=5, at=AT)
    asked = Asked(goal=seen.manifest.goal, target="another", time="when")
    found = sight.of_traffic(seen.champion, asked, _learnt(seen), days=30)
    assert found is not None
    assert found.obstacle == "the champion predicts another column than 'another'"


def test_labels_mean_the_same_in_whatever_order_they_come(seen: Watched) -> None:
    ids = seen.answer(60, seed=6, at=AT)
    _, labels = seen.sent(60, seed=6)
    pairs = list(zip(ids, labels, strict=True)) * 2
    random.Random(1).shuffle(pairs)
    seen.label(ids[:5], ["no"] * 5)
    seen.label(*zip(*pairs, strict=True))
    assert _rows(seen)["target"].tolist() == table(60, seed=6)["target"].tolist()


def test_only_the_last_days_are_read(seen: Watched) -> None:
    seen.answer(10, seed=7, at=AT)
    seen.answer(10, seed=8, at=AT + 40 * 86_400)
    assert len(_rows(seen)) == 10


def test_mark_changes_with_every_answer_label_and_failure_and_with_nothing_else(seen: Watched) -> None:
    ids = seen.answer(3, seed=9, at=AT)
    marked = [marks.fingerprint("traffic:m")]
    assert marks.fingerprint("traffic:m") == marked[0]
    seen.label(ids[:1], ["yes"])
    marked.append(marks.fingerprint("traffic:m"))
    seen.label(ids[:1], ["yes"])
    assert marks.fingerprint("traffic:m") == marked[-1]
    seen.fail(1, at=AT, status=503)
    marked.append(marks.fingerprint("traffic:m"))
    seen.answer(1, seed=1, at=AT + 90)
    marked.append(marks.fingerprint("traffic:m"))
    assert len(set(marked)) == 4


def test_log_that_cannot_be_read_is_not_taken_for_an_old_one(seen: Watched) -> None:
    seen.answer(3, seed=9, at=AT)
    seen.log.close()
    path = seen.project.root / ".pipeline/traffic/m.sqlite"
    for each in (path, path.with_name("m.sqlite-wal"), path.with_name("m.sqlite-shm")):
        each.unlink(missing_ok=True)
    path.write_bytes(b"no database" * 200)
    assert marks.fingerprint("traffic:m") == "unknown"


def test_table_is_seen_where_its_rows_came_after_those_that_the_champion_knows(seen: Watched) -> None:
    store = project_store()
    known = tuple(codecs.load(store, each, "table") for each in (seen.champion.data_digest, seen.champion.test_digest))
    model = codecs.load(store, seen.champion.model_digest, "model")
    whole = pd.concat(known)
    later = known[0][:50].assign(when=known[1]["when"].max() + pd.to_timedelta(np.arange(1, 51), unit="h"))
    found = sight.of_table(
        seen.champion, _asked(seen), {"train": known[0], "test": known[1], "later": later}, (known[0], known[1]), model
    )
    assert (found.source, len(found.rows), found.obstacle) == (TABLE, 50, "")
    assert found.rows["prediction"].between(0, 1).all()
    none = sight.of_table(
        seen.champion,
        _asked(seen),
        {"train": whole, "test": later[:0], "later": later[:0]},
        (known[0], known[1]),
        model,
    )
    assert none.obstacle == "no row is later than those the champion was tested on"


def test_ripeness_goes_by_the_clock_of_what_was_read() -> None:
    start = pd.Timestamp("2026-01-01", tz="UTC")
    part = pd.DataFrame(
        {
            served.AT: start + pd.to_timedelta(np.arange(200), unit="min"),
            served.LABELLED: start + pd.to_timedelta(np.arange(200) + 60, unit="min"),
            "target": 1.0,
        }
    )
    late = part.assign(target=np.nan)
    late[served.AT] += pd.Timedelta(hours=4)
    late[served.LABELLED] = part[served.LABELLED].where(late["target"].notna())
    found = sight.ripeness({"old": part, "new": late}, "target", delay_h=None, coverage=0.5, least=100)
    assert found["mature"].to_dict() == {"old": True, "new": False}
    assert found["labelled"].to_dict() == {"old": 200, "new": 0}
    few = sight.ripeness({"old": part}, "target", delay_h=0, coverage=0.5, least=500)
    assert few.loc["old", "reason"] == "fewer than 500 labels"
    table_ = sight.ripeness(
        {"all": pd.DataFrame({"target": np.ones(300)})}, "target", delay_h=None, coverage=0.5, least=100
    )
    assert table_["mature"].tolist() == [True]


def test_units_of_windows_are_the_days_that_they_have() -> None:
    drawn = np.random.default_rng(0)
    when = pd.date_range("2024-01-01", periods=100 * 24, freq="h", tz="UTC")
    before = pd.DataFrame({"when": when, "x": drawn.normal(size=len(when)), "target": 1})
    asked = Asked(goal=BINARY, target="target", time="when")
    one_day = before[:24].sample(600, replace=True, random_state=0)
    many = before.sample(600, replace=True, random_state=0)
    found = sight.compared(before, {"one": one_day, "many": many}, ["x"], asked, name="it")
    noises = found.set_index("window")["noise"]
    assert noises["one"] > noises["many"]


def test_examples_are_rows_from_where_a_column_gained_most(seen: Watched) -> None:
    before = pd.DataFrame({"x": np.arange(100.0), "word": ["a"] * 90 + ["b"] * 10, "prediction": 0.5, "target": 1.0})
    after = before.assign(x=[1.5] * 80 + [50.0] * 20, word=["b"] * 60 + [None] * 40, prediction=np.linspace(0, 1, 100))
    pick = Examples(reference=before, windows={"w": after}, goal=seen.manifest.goal, target="target", names=["word"])
    assert {row["x"] for row in pick.moved("x", "w")} == {1.5}
    assert {row["word"] for row in pick.moved("word", "w")} == {"b"}
    assert [row["prediction"] for row in pick.wrong("", "w")] == pytest.approx([0, 0.010101, 0.020202])
    assert [row["word"] for row in pick.of_slice("word = b", "w")] == ["b"] * 3
