"""Logs of traffic of every kind, for tests of what reads and writes them."""

from collections.abc import Iterator
from pathlib import Path

import postgres
import pytest

from pipeline.serving.postgres import Postgres
from pipeline.serving.traffic import Prediction, Traffic

ONE = Prediction(
    id="a", at=1.5, model="m", version=1, bundle="b", key=None, inputs={"x": "é"}, output={"value": 1.0}, latency_s=0.1
)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with postgres.server() as found:
        yield found


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def traffic(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Traffic]:
    if request.param == "sqlite":
        found = Traffic(tmp_path / "deep" / "traffic.sqlite")
    else:
        monkeypatch.setenv("WAREHOUSE_PASSWORD", postgres.SECRET)
        found = Traffic(Postgres(request.getfixturevalue("address"), tmp_path.name))
    yield found
    found.close()
