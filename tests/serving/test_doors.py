"""A function in a cloud is made from its folder alone, and says what it lacks."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from serving.served import bundled, project

from pipeline.errors import ModelError, SettingsError
from pipeline.serving import packing
from pipeline.serving.doors import packed
from pipeline.serving.spoken import Spoken
from pipeline.serving.terms import Terms
from pipeline.store.objects import project_store

TOKEN = "a-token-that-nobody-guesses"  # noqa: S105 - an example


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "home").mkdir()
    project(tmp_path / "home", monkeypatch)
    packing.pack(bundled(), project_store(), str(tmp_path / "f" / packed.BUNDLE))
    (tmp_path / "f" / packed.TERMS).write_text(Terms(sensitive={"town": "drop"}, most_rows=20).model_dump_json())
    monkeypatch.chdir("/")
    return tmp_path / "f"


def asked(folder: Path, rows: list[dict[str, Any]], **headers: str) -> int:
    service = packed.function(folder)
    told: list[Any] = []
    given = {"content-type": "application/json", "host": "function.example", **headers}

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": json.dumps({"rows": rows}).encode()}

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI's own
        told.append(message)

    scope = {"type": "http", "method": "POST", "path": "/predict"}
    asyncio.run(service({**scope, "headers": [(k.encode(), v.encode()) for k, v in given.items()]}, receive, send))
    service.close()
    return int(told[0]["status"])


def test_function_asks_for_its_token_unless_the_platform_decides(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    golden = packing.load(str(folder / packed.BUNDLE)).manifest.golden
    with pytest.raises(SettingsError, match="whoever asks must know a token: set PIPELINE_SERVE_TOKEN"):
        packed.function(folder)
    monkeypatch.setenv("PIPELINE_SERVE_TOKEN", TOKEN)
    assert asked(folder, golden[:2]) == 401
    assert asked(folder, golden[:2], authorization=f"Bearer {TOKEN}") == 200
    monkeypatch.setenv(packed.GUARD, "outside")
    assert asked(folder, golden[:1]) == 200
    assert asked(folder, golden) == 413
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    kept = [line["inputs"] for line in lines if line["traffic"] == "prediction"]
    assert kept == [{name: value for name, value in row.items() if name != "town"} for row in [*golden[:2], golden[0]]]
    monkeypatch.setenv(packed.GUARD, "outsid")
    with pytest.raises(SettingsError, match="PIPELINE_SERVE_ACCESS is 'outsid': did you mean 'outside'"):
        packed.function(folder)


def test_function_writes_to_the_database_that_settings_name_but_not_in_rehearsal(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(packed.GUARD, "outside")
    (folder / packed.TERMS).write_text(Terms(traffic="mysql://host/traffic").model_dump_json())
    with pytest.raises(SettingsError):
        packed.function(folder)
    monkeypatch.setenv(packed.REHEARSAL, "yes")
    found = packed.function(folder)
    assert isinstance(found.traffic, Spoken)
    found.close()


def test_function_without_its_bundle_is_refused(folder: Path) -> None:
    (folder / packed.BUNDLE / "bundle.json").unlink()
    with pytest.raises(ModelError, match="there is no bundle at"):
        packed.function(folder)
