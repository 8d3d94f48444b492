from pathlib import Path

import pytest
from candidates import ROWS, candidate, fitted

from pipeline.errors import ModelError
from pipeline.models.registry import find, load, register, set_alias

pytestmark = [pytest.mark.usefixtures("project"), pytest.mark.slow]


def test_damaged_database_is_reported_at_once_and_left_alone(project: Path) -> None:
    database = project / ".pipeline" / "mlflow.db"
    database.write_bytes(b"no database " * 100)
    with pytest.raises(ModelError, match=r"mlflow\.db is damaged: .* Bring it back from a copy"):
        find("model", 1)
    assert database.read_bytes() == b"no database " * 100


def test_database_that_cannot_be_opened_is_reported_at_once(project: Path) -> None:
    database = project / ".pipeline" / "mlflow.db"
    database.unlink()
    database.mkdir()
    with pytest.raises(ModelError, match=r"cannot use .*mlflow\.db: unable to open database file\. Make it"):
        find("model", 1)


def test_unreachable_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.raises(ModelError, match=r"cannot find 'model': .* The registry is at http://127\.0\.0\.1:9"):
        find("model", 1)


@pytest.mark.parametrize("name", ["50%20 off", "what?#"])
def test_register_works_when_the_path_of_the_project_means_something_in_a_uri(
    project: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(project.rename(project.with_name(name)))
    register("model", candidate())
    assert load("model", 1).predict(ROWS).tolist() == fitted().predict(ROWS).tolist()


@pytest.mark.scenario
def test_register_and_load_work_the_same_on_a_server(server: str, project: Path) -> None:
    made = candidate()
    version = register("model", made)
    assert register("model", made) == version
    set_alias("model", "champion", version.version)
    assert load("model", "champion").predict_proba(ROWS)[:, 1].tolist() == made.golden["prediction"].tolist()
    assert find("model", "champion").uri.startswith("mlflow-artifacts:"), server
    assert not (project / ".pipeline" / "mlartifacts").exists()


def test_registering_calls_nobody(called: list[str]) -> None:
    register("model", candidate())
    assert not [address for address in called if "127.0.0.1" not in address]
