"""All rows of a file: answered as the service answers them, or named."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pandas as pd
import pyarrow.csv
import pyarrow.parquet
import pytest
from serving.served import AMOUNT, LETTERS, bundled, project, promote, table

from pipeline.__main__ import app
from pipeline.console.scoring import progress
from pipeline.errors import DataError, StoreError, UsageError
from pipeline.goal import Goal
from pipeline.serving import blocks, packing
from pipeline.serving.predictor import Predictor
from pipeline.serving.scoring import Order, score
from pipeline.store.objects import project_store

ROWS = 300  # the model knows the rest of the range of its dates


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(blocks, "ROWS", 70)
    return project(tmp_path, monkeypatch)


def rows() -> pd.DataFrame:
    frame = table().tail(ROWS).reset_index(drop=True)
    return frame.assign(name=[f"{number:05}" for number in range(ROWS)], note="x, y")


def as_csv(frame: pd.DataFrame, path: Path) -> None:
    frame.assign(when=frame["when"].map(pd.Timestamp.isoformat)).to_csv(path, index=False)


def as_gzip(frame: pd.DataFrame, path: Path) -> None:
    as_csv(frame, path.with_suffix(""))
    path.write_bytes(gzip.compress(path.with_suffix("").read_bytes()))


def as_european(frame: pd.DataFrame, path: Path) -> None:
    moments = frame.assign(
        when=frame["when"].map(pd.Timestamp.isoformat), sent=frame["sent"].dt.strftime("%d.%m.%Y %H:%M")
    )
    moments.to_csv(path, index=False, sep=";", decimal=",", encoding="cp1252")


def as_parquet(frame: pd.DataFrame, path: Path) -> None:
    frame.astype({"kind": "category", "name": "category"}).to_parquet(path, index=False)


def as_json(frame: pd.DataFrame, path: Path) -> None:
    frame.to_json(path, orient="records", lines=True, date_format="iso", date_unit="s")
    text = [json.loads(line) for line in path.read_text().splitlines()]
    wall = [{**each, "sent": each["sent"].removesuffix("Z")} for each in text]
    path.write_text("\n".join(map(json.dumps, wall)))


def scored(predictor: Predictor, source: Path | str, output: Path | str, **changes: Any) -> int:  # noqa: ANN401 - of an order
    order = {"keep": ["note"], "data": {"id": "name"}} | changes
    return score(predictor, Order(source=str(source), output=str(output), **order), lambda _: None)


def sent(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Write rows as a caller of the service would."""
    given = frame.assign(**{name: frame[name].map(pd.Timestamp.isoformat) for name in ("when", "sent")})
    asked = given[["when", "sent", "size", "count", "open", "kind", "town"]].astype(object)
    return [
        {str(name): value for name, value in row.items()} for row in asked.where(asked.notna(), None).to_dict("records")
    ]


@pytest.mark.parametrize("goal", [LETTERS, AMOUNT], ids=["classes", "number"])
@pytest.mark.parametrize(
    ("write", "name"),
    [
        (as_csv, "rows.csv"),
        (as_gzip, "rows.csv.gz"),
        (as_european, "rows.txt"),
        (as_parquet, "rows.parquet"),
        (as_json, "rows.jsonl"),
    ],
    ids=["csv", "gzip", "european", "parquet", "json"],
)
def test_rows_of_a_file_are_answered_as_the_service_answers_them_however_it_is_written(
    tmp_path: Path, write: Callable[[pd.DataFrame, Path], None], name: str, goal: Goal
) -> None:
    predictor = Predictor(bundled(goal=goal), project_store())
    frame = rows()
    write(frame, tmp_path / name)
    values, faults = predictor.read(sent(frame))
    assert not faults
    wanted = predictor.predict(values)
    assert scored(predictor, tmp_path / name, tmp_path / "out.parquet") == ROWS
    got = pyarrow.parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [(each["name"], each["note"], each["version"]) for each in got] == [
        (name, "x, y", 1) for name in frame["name"]
    ]
    if goal is AMOUNT:
        assert [each["low"] for each in got] == pytest.approx([each["low"] for each in wanted])
    else:
        assert [each["label"] for each in got] == [each["label"] for each in wanted]
        assert [each["probability_b"] for each in got] == pytest.approx([each["probabilities"]["b"] for each in wanted])


@pytest.mark.parametrize("name", ["out.csv", "out.CSV.gz"])
def test_answers_are_written_as_text_beside_what_is_kept_and_the_number_of_the_row_where_nothing_is(
    tmp_path: Path, name: str
) -> None:
    as_csv(rows(), tmp_path / "rows.csv")
    predictor = Predictor(bundled(), project_store())
    scored(predictor, tmp_path / "rows.csv", tmp_path / "deep" / name, data={"id": "absent"}, keep=[])
    found = pyarrow.csv.read_csv(tmp_path / "deep" / name)
    assert found.column_names == ["row", "label", "probability", "version"]
    assert found["row"].to_pylist() == [*range(1, ROWS + 1)]
    assert set(found["label"].to_pylist()) == {"yes", "no"}


def test_command_scores_from_a_url_to_a_url_with_a_champion_or_a_bundle(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (root / "pyproject.toml").open("a") as file:
        file.write('[tool.pipeline.data]\nid = "name"\n[tool.pipeline.models]\nname = "m"\n')
    as_csv(rows(), root / "rows.csv")
    memory = fsspec.filesystem("memory")
    memory.put_file(str(root / "rows.csv"), "/in/rows.csv")
    promote(bundled())
    app(["score", "memory://in/rows.csv", "--output", "memory://out/scored.parquet"], standalone_mode=False)
    assert "'m' version 1 answered 300 rows: memory://out/scored.parquet" in capsys.readouterr().out
    with memory.open("/out/scored.parquet") as file:
        champion = pyarrow.parquet.read_table(file)
    assert champion.column_names == ["name", "label", "probability", "version"]
    packing.pack(bundled(2), project_store(), str(root / "packed"))
    app(["score", "rows.csv", "-o", "out.csv", "--bundle", "packed", "--keep", "target"], standalone_mode=False)
    assert (root / "out.csv").read_text().splitlines()[0] == '"target","label","probability","version"'


def test_rows_that_break_a_rule_are_named_and_nothing_is_written(tmp_path: Path) -> None:
    predictor = Predictor(bundled(), project_store())
    frame = rows().astype({"count": object, "open": object})
    frame.loc[211, "count"] = "many"
    frame.loc[213, "kind"] = "new"
    frame.loc[214, "open"] = "perhaps"
    frame.loc[216, "town"] = None
    as_csv(frame, tmp_path / "rows.csv")
    (tmp_path / "out.csv").write_text("before")
    with pytest.raises(DataError, match="rows that the model cannot answer, so nothing is written") as caught:
        scored(predictor, tmp_path / "rows.csv", tmp_path / "out.csv")
    for said in (
        "row 212: column 'count' must be of type integer, not text",
        "row 214: column 'kind' must be one of 'u', 'v'",
        "row 215: column 'open' must be of type boolean, not text",
        "row 217: column 'town' must be of type text, and not missing",
    ):
        assert said in str(caught.value)
    assert (tmp_path / "out.csv").read_text() == "before"
    assert not [*tmp_path.glob(".score*")]


def test_scoring_refuses_what_it_cannot_read_or_write(tmp_path: Path) -> None:
    predictor = Predictor(bundled(), project_store())
    as_csv(rows(), tmp_path / "rows.csv")
    as_csv(rows().rename(columns={"town": "twon"}), tmp_path / "other.csv")
    as_csv(rows().rename(columns={"name": "version"}), tmp_path / "twice.csv")
    as_csv(rows().head(0), tmp_path / "none.csv")
    (tmp_path / "list.jsonl").write_text('{"town": 1}\n[1]\n')
    (tmp_path / "torn.jsonl").write_text(json.dumps({**sent(rows())[0], "note": 1}) + "\n{")
    (tmp_path / "file").write_text("")
    wrong: list[tuple[str, str, dict[str, Any], type[Exception], str]] = [
        ("rows.csv", "out.xls", {}, UsageError, "let its name end with .csv"),
        ("other.csv", "out.csv", {}, DataError, "has no column 'town': did you mean 'twon'"),
        ("rows.csv", "out.csv", {"keep": ["nam"]}, DataError, "has no column 'nam': did you mean 'name'"),
        ("twice.csv", "out.csv", {"keep": ["version"]}, UsageError, "column 'version' cannot be kept"),
        ("none.csv", "out.csv", {}, DataError, "no row to be scored"),
        ("list.jsonl", "out.csv", {}, DataError, "list.jsonl has no column"),
        ("torn.jsonl", "out.csv", {}, DataError, "line 2 is no JSON"),
        ("missing.csv", "out.csv", {}, DataError, "is not there"),
        ("rows.csv", "file/out.csv", {}, StoreError, "cannot write .*file/out.csv"),
    ]
    for source, output, changes, kind, why in wrong:
        with pytest.raises(kind, match=why):
            scored(predictor, tmp_path / source, tmp_path / output, **changes)
    lines = [json.dumps({**sent(rows())[0], "note": 1}), "[1]"]
    (tmp_path / "list.jsonl").write_text("\n".join(lines))
    with pytest.raises(DataError, match="line 2 is no object"):
        scored(predictor, tmp_path / "list.jsonl", tmp_path / "out.csv")
    assert not [*tmp_path.glob("out*")]


def test_types_of_settings_hold_for_a_file_that_has_types_of_its_own(tmp_path: Path) -> None:
    predictor = Predictor(bundled(), project_store())
    frame = rows().assign(open=lambda frame: frame["open"].astype(int))
    as_parquet(frame, tmp_path / "rows.parquet")
    with pytest.raises(DataError, match="row 1: column 'open' must be of type boolean, not a number"):
        scored(predictor, tmp_path / "rows.parquet", tmp_path / "out.csv")
    types = {"open": "boolean", "target": "text"}
    assert scored(predictor, tmp_path / "rows.parquet", tmp_path / "out.csv", data={"types": types}) == ROWS


def test_long_work_says_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    tell = progress(every_s=0)
    tell(1_200_000)
    assert "1,200,000 rows, " in capsys.readouterr().err
    progress(every_s=60)(5)
    assert not capsys.readouterr().err
