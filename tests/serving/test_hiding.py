from pathlib import Path

import pytest
from serving.logs import ONE

from pipeline.errors import SecretError, SettingsError
from pipeline.serving.hiding import HASHED, KEY, Hiding
from pipeline.serving.traffic import Traffic

ROW = {"name": "Ann Arbor", "age": 40, "town": "Oslo"}


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "a-key-that-nobody-guesses")


def test_sensitive_columns_never_reach_the_disk(tmp_path: Path) -> None:
    log = Traffic(tmp_path / "t.sqlite", Hiding({"name": "hash", "town": "drop"}, ROW))
    log.write([[ONE._replace(id=each, inputs=ROW) for each in "abc"]])
    first, *others = [entry.inputs for entry, _ in log.predictions()]
    log.close()
    assert first == {"name": first["name"], "age": 40}
    assert first["name"].startswith(HASHED)
    assert others == [first, first]
    on_disk = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"40" in on_disk
    assert b"Arbor" not in on_disk
    assert b"Oslo" not in on_disk


def test_hashes_differ_by_value_column_and_key_and_missing_stays_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    row = {"a": "x", "b": "x", "c": 1, "d": None}
    hide = Hiding(dict.fromkeys(row, "hash"), row)
    hidden = hide(row)
    assert hidden["d"] is None
    assert len({*hidden.values()}) == 4
    assert hide(row) == hidden
    monkeypatch.setenv(KEY, "another-key-that-nobody-guesses")
    assert Hiding({"a": "hash"}, row)({"a": "x"}) != {"a": hidden["a"]}


def test_hiding_refuses_columns_that_the_model_does_not_have() -> None:
    with pytest.raises(SettingsError, match=r"sensitive .* names 'nam', which the model is not asked with: did you"):
        Hiding({"nam": "drop"}, ROW)


def test_hiding_refuses_to_hash_without_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY)
    Hiding({"name": "drop"}, ROW)
    with pytest.raises(SecretError, match=f"there is no secret '{KEY}'"):
        Hiding({"name": "hash"}, ROW)
