"""Rows that a service answered come back as rows of the table, with the labels that were known at a moment."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest
import served as versions

from pipeline.data.additions import LABEL, MOMENT, NAME
from pipeline.retraining import served
from pipeline.serving.rows import plain
from pipeline.serving.traffic import Prediction, Traffic, Truth
from pipeline.store import codecs
from pipeline.store.objects import project_store

Write = Callable[..., None]


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Let a version answer rows, so many hours ago, and tell some labels."""
    root = versions.project(tmp_path, monkeypatch)

    def answer(version: int, rows: pd.DataFrame, *, labels: int, ago_h: float = 0.0, key: str | None = None) -> None:
        manifest = versions.bundled(version)
        sent = plain(rows[list(manifest.request["columns"])], manifest.request)
        predictions = [
            Prediction(
                id=f"{version}-{place}",
                at=time.time() - 3600 * ago_h + place / 1000,
                model="m",
                version=version,
                bundle=manifest.digest,
                key=key,
                inputs=row,
                output={"label": "no", "probability": 0.25},
                latency_s=0.01,
            )
            for place, row in enumerate(sent)
        ]
        truths = [Truth(prediction=each.id, label="yes") for each in predictions[:labels]]
        traffic = Traffic(root / ".pipeline/traffic/m.sqlite")
        traffic.write([predictions, truths])
        traffic.close()

    return answer


def now() -> datetime:
    return datetime.now(UTC)


def test_rows_come_back_as_they_stood_in_the_table(write: Write) -> None:
    rows = versions.table().head(20)
    write(1, rows, labels=15)
    write(2, rows, labels=5, ago_h=1)
    found = served.table(served.labelled("m", now()))
    assert len(found) == 20
    assert found[MOMENT].is_monotonic_increasing
    assert set(found[LABEL]) == {"yes"}
    own = found[found[NAME].str.startswith("1-")].reset_index(drop=True)
    for name in ("when", "sent", "size", "town"):
        pd.testing.assert_series_equal(own[name], rows[name].head(15), check_dtype=False, check_names=False)


def test_labels_that_came_later_are_not_known_yet(write: Write) -> None:
    before = now()
    write(1, versions.table().head(5), labels=5, ago_h=1)
    assert served.labelled("m", before) == []
    assert len(served.labelled("m", now())) == 5


def test_answers_must_be_old_enough_for_their_labels_to_count(write: Write) -> None:
    write(1, versions.table().head(5), labels=5, ago_h=2)
    assert len(served.labelled("m", now(), mature_h=1.5)) == 5
    assert served.labelled("m", now(), mature_h=2.5) == []


def test_case_has_the_name_that_its_request_gave_to_it_alone(write: Write) -> None:
    write(1, versions.table().head(1), labels=1, key="case 7")
    write(2, versions.table().head(2), labels=2, key="a batch", ago_h=1)
    assert set(served.table(served.labelled("m", now()))[NAME]) == {"case 7", "2-0", "2-1"}


def test_what_the_log_does_not_keep_is_missing(write: Write) -> None:
    rows = versions.table().head(5)
    manifest = versions.bundled(1)
    write(1, rows, labels=5)
    (answered, *_) = served.labelled("m", now())
    del answered.prediction.inputs["town"]
    assert list(manifest.request["columns"])
    assert served.table([answered])["town"].isna().all()


def test_rows_are_kept_by_content(write: Write) -> None:
    write(1, versions.table().head(5), labels=5)
    answered = served.labelled("m", now())
    digest = served.keep(answered)
    assert digest == served.keep(served.labelled("m", now() + timedelta(seconds=1)))
    assert len(codecs.load(project_store(), digest, "table")) == 5
    assert served.keep([]) is None


@pytest.mark.usefixtures("write")
def test_model_that_never_answered_has_no_rows() -> None:
    assert served.labelled("m", now()) == []
