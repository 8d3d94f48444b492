import subprocess
import sys
from pathlib import Path

import fsspec
import pytest

from pipeline.data.addresses import local
from pipeline.data.fingerprints import example, fingerprint
from pipeline.errors import DataError
from pipeline.store import digest

PROJECT = "[tool.pipeline]\n"


def test_fingerprint_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "rows.csv"
    path.write_text("a,b\n1,2\n")
    assert fingerprint(str(path)) == fingerprint(f"file://{path}") == digest.of_bytes(b"a,b\n1,2\n")


def test_fingerprint_starts_a_relative_path_at_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "rows.csv").write_text("a\n")
    (tmp_path / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "deeper")
    assert fingerprint("rows.csv") == digest.of_bytes(b"a\n")
    assert local("rows.csv") == tmp_path / "rows.csv"


def test_fingerprint_reads_a_url() -> None:
    with fsspec.open("memory://fingerprints/rows.csv", "wb") as file:
        file.write(b"a\n")
    assert fingerprint("memory://fingerprints/rows.csv") == digest.of_bytes(b"a\n")
    assert local("memory://fingerprints/rows.csv") is None


@pytest.mark.parametrize("uri", ["/no/such/file.csv", "memory://fingerprints/no.csv"])
def test_fingerprint_is_absent_when_there_is_nothing(uri: str) -> None:
    assert fingerprint(uri) == digest.ABSENT


def test_fingerprint_of_an_example_is_stable_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from pipeline.data.fingerprints import fingerprint; print(fingerprint('example:flights'));"
        "assert not {'pandas', 'numpy', 'pyarrow', 'sklearn', 'fsspec', 'pydantic'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == fingerprint("example:flights")


def test_example_names_the_examples_when_there_is_none_of_that_name() -> None:
    with pytest.raises(DataError, match="no built-in example 'flihgts': did you mean 'flights'"):
        example("example:flihgts")
