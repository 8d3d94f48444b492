from contextlib import closing
from pathlib import Path

import pytest
from serving.calling import running
from serving.served import bundled, project, promote

from pipeline.commands import deploy as commands
from pipeline.errors import ModelError, StoreError, UsageError
from pipeline.serving import packing
from pipeline.serving.terms import Terms
from pipeline.serving.traffic import Traffic
from pipeline.store.objects import open_store, project_store


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Pack a version, and go away from its project."""
    (tmp_path / "home").mkdir()
    project(tmp_path / "home", monkeypatch)
    manifest = bundled()
    for _ in range(2):
        packing.pack(manifest, project_store(), str(tmp_path / "away" / "m"))
    monkeypatch.chdir("/")
    return tmp_path / "away" / "m"


def test_load_answers_as_at_home_when_there_is_no_project(place: Path) -> None:
    predictor = packing.load(str(place))
    values, faults = predictor.read(predictor.manifest.golden)
    assert not faults
    said = [answer["probability"] for answer in predictor.predict(values)]
    assert said == pytest.approx(predictor.manifest.predictions)


def test_load_refuses_when_a_part_is_missing_or_changed(place: Path) -> None:
    with pytest.raises(ModelError, match="there is no bundle at "):
        packing.load(str(place.parent))
    file = place / "bundle.json"
    whole = file.read_text()
    file.chmod(0o644)
    file.write_text(whole.replace('"threshold": 0.5', '"threshold": 0.9'))
    with pytest.raises(ModelError, match="was changed"):
        packing.load(str(place))
    file.write_text(whole)
    parts = [path for path in place.rglob("*") if path.is_file() and path != file]
    assert len(parts) == 2  # the model, and what is compiled of it
    for part in parts:
        part.chmod(0o644)
        part.write_bytes(b"")
    with pytest.raises(StoreError, match="was changed"):
        packing.load(str(place))


@pytest.mark.parametrize("words", [["away"], ["champion", "away"], ["1", "away"]])
def test_pack_command_takes_a_version_or_the_champion(
    words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project(tmp_path, monkeypatch)
    promote(bundled())
    bundled(2)
    commands.pack(words, "m")
    assert capsys.readouterr().out == f"'m' version 1 is packed at {tmp_path}/away\n"
    assert packing.load("away").manifest.version == 1
    with pytest.raises(UsageError, match="and a place, not 'a b c'"):
        commands.pack(["a", "b", "c"], "m")
    with pytest.raises(UsageError, match="and a place, not 'latest away'"):
        commands.pack(["latest", "away"], "m")


def test_pack_refuses_when_the_place_cannot_be_written(place: Path) -> None:
    manifest = packing.load(str(place)).manifest
    with pytest.raises(StoreError, match="cannot write"):
        packing.pack(manifest, open_store(str(place)), "/proc/nowhere")
    with pytest.raises(StoreError, match="cannot open s4://bucket/m: ValueError"):
        packing.load("s4://bucket/m")


def test_terms_of_the_project_go_with_a_packed_version_but_for_where_the_log_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project(tmp_path, monkeypatch)
    manifest = bundled()
    promote(manifest)
    assert packing.agreed(packing.pack(manifest, project_store(), str(tmp_path / "bare"))) is None
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write('[tool.pipeline.models]\nname = "m"\n[tool.pipeline.serve]\n')
        file.write('traffic = "secret:LOG"\nmost_rows = 7\nsensitive = { town = "drop" }\n')
    commands.pack([str(tmp_path / "away")])
    agreed = packing.agreed(str(tmp_path / "away"))
    assert agreed == Terms(most_rows=7, sensitive={"town": "drop"})
    with running(
        Path("/"), "--model", "", "--bundle", str(tmp_path / "away"), "--traffic", str(tmp_path / "t.sqlite")
    ) as service:
        assert service.ask("POST", "/predict", {"rows": manifest.golden[:8]})[0] == 413
        assert service.ask("POST", "/predict", {"rows": manifest.golden[:1]})[0] == 200
    with closing(Traffic(tmp_path / "t.sqlite")) as log:
        ((entry, _),) = log.predictions()
    assert {"town", *entry.inputs} == manifest.golden[0].keys()
    assert "town" not in entry.inputs
    (tmp_path / "away" / "serve.json").chmod(0o644)
    (tmp_path / "away" / "serve.json").write_text('{"most_row": 7}')
    with pytest.raises(ModelError, match=r"does not read as terms: .*unknown key 'most_row'"):
        packing.agreed(str(tmp_path / "away"))
