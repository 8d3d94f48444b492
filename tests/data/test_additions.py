"""Rows that were served join the table that they are like; others are refused."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.data import additions, fingerprints
from pipeline.data.additions import LABEL, MOMENT, NAME, added
from pipeline.errors import DataError, StoreError
from pipeline.store import codecs
from pipeline.store.objects import project_store

TABLE = pd.DataFrame(
    {
        "name": ["a", "b"],
        "when": pd.to_datetime(["2026-01-01 10:00", "2026-01-01 11:00"]).tz_localize("Europe/Oslo"),
        "size": [1, 2],
        "open": [True, False],
        "note": ["x", None],
        "late": [True, False],
    }
)


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline]\n")
    monkeypatch.chdir(tmp_path)


def kept(**columns: list[object]) -> str:
    rows = pd.DataFrame({"size": [3.0, 4.0], "open": [1.0, 0.0], LABEL: [False, True], NAME: ["b", "c"], **columns})
    rows[MOMENT] = pd.to_datetime(["2026-01-02", "2026-01-03"], utc=True)
    return project_store().put(codecs.encode(rows).payload)


def test_nothing_is_added_where_nothing_was_served() -> None:
    assert added(TABLE, None, target="late") is TABLE


def test_column_that_nobody_sends_is_left_out_of_all_rows_where_a_model_would_be_told_it() -> None:
    assert list(added(TABLE, kept(), target="late", time="when", id="name")) == ["name", "when", "size", "open", "late"]


def test_rows_get_the_types_of_the_table_and_what_was_not_sent_is_missing() -> None:
    found = added(TABLE, kept(), target="late", time="when", id="name", besides={"note", None})
    assert list(found["name"]) == ["a", "b", "c"]  # the table has `b` already
    assert found.dtypes.drop("note").equals(TABLE.dtypes.drop("note"))
    last = found.iloc[-1]
    assert (last["size"], last["open"], last["late"]) == (4, False, True)
    assert last["when"] == pd.Timestamp("2026-01-03", tz="UTC")
    assert pd.isna(last["note"])


def test_all_rows_count_where_none_has_a_name() -> None:
    assert len(added(TABLE.drop(columns="name"), kept(), target="late")) == 4


def test_rows_named_by_numbers_get_numbers_that_no_other_has() -> None:
    found = added(TABLE.assign(name=[1, 2]), kept(**{NAME: ["2", "18ecf"]}), target="late", id="name")
    assert found["name"].dtype == "int64"
    assert list(found["name"].head(2)) == [1, 2]
    assert len(found) == 3
    assert found["name"].iloc[-1] < 0


def test_column_with_gaps_keeps_its_whole_numbers() -> None:
    found = added(TABLE, kept(size=[7.0, None]), target="late", id="name")
    assert found["size"].dtype == "Int64"
    assert list(found["size"].head(2)) == [1, 2]
    assert pd.isna(found["size"].iloc[-1])


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"colour": ["red", "red"]}, "have the column 'colour', and the table has not"),
        ({"size": ["big", "big"]}, "of another kind"),
    ],
)
def test_rows_of_another_table_are_refused(columns: dict[str, list[object]], said: str) -> None:
    with pytest.raises(DataError, match=said):
        added(TABLE, kept(**columns), target="late", id="name")


def test_rows_that_are_gone_are_named() -> None:
    with pytest.raises(StoreError, match="sha256:0"):
        added(TABLE, "sha256:" + 64 * "0", target="late")


def test_rows_are_what_their_digest_says() -> None:
    assert fingerprints.fingerprint("served:sha256:abc") == "sha256:abc"
    assert additions.LABEL not in TABLE
