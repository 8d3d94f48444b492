"""What was released is written down, and read without asking anybody."""

from pathlib import Path

import pytest

from pipeline.deploy import records
from pipeline.deploy.target import Deployment, State
from pipeline.errors import DeployError


def test_record_is_read_as_it_was_written_and_by_model_and_version(tmp_path: Path) -> None:
    folder = tmp_path / records.FOLDER / "m" / "local"
    assert records.read(folder) is None
    made = Deployment(target="local", model="m", version=2, bundle="b", state=State.READY, told={"pid": "7"})
    records.write(folder, made)
    assert records.read(folder) == made
    assert records.of(tmp_path, "m", 2) == [made]
    assert records.of(tmp_path, "m", 1) == records.of(tmp_path, "other", 2) == []


def test_record_that_does_not_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "released.json").write_text("{}")
    with pytest.raises(DeployError, match=r"released.json does not read as a deployment. Remove it and deploy again"):
        records.read(tmp_path)
