import sys
import time
from collections.abc import Iterator

import postgres
import pytest
from serving.logs import ONE

from pipeline.errors import SecretError, SettingsError, StoreError
from pipeline.serving.postgres import Postgres, schema_of
from pipeline.serving.traffic import Traffic, new_ids

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def cluster() -> Iterator[postgres.Cluster]:
    with postgres.cluster() as found:
        yield found


@pytest.fixture(autouse=True)
def _password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WAREHOUSE_PASSWORD", postgres.SECRET)


def test_models_of_any_name_have_logs_of_their_own_that_services_share(cluster: postgres.Cluster) -> None:
    names = ["m", 'a"b; DROP %s SCHEMA ?', "é" * 100, "é" * 101]
    assert len({schema_of(name) for name in names}) == 4
    assert all(len(schema_of(name).encode()) <= 63 for name in names)
    logs = {name: Traffic(Postgres(cluster.address, name)) for name in names}
    for name, log in logs.items():
        log.write([[ONE._replace(model=name)]])
    for name, log in logs.items():
        again = Traffic(Postgres(cluster.address, name))
        assert [entry.model for entry, _ in again.predictions()] == [name]
        again.close()
        log.close()


def test_log_refuses_while_the_server_is_gone_and_goes_on_once_it_is_back(cluster: postgres.Cluster) -> None:
    log = Traffic(Postgres(cluster.address, "gone"))
    log.write([[ONE]])
    cluster.stop()
    try:
        with pytest.raises(StoreError, match="Start the server") as caught:
            log.write([[ONE]])
        assert postgres.SECRET not in str(caught.value)
        with pytest.raises(StoreError, match="Start the server"):
            list(log.predictions())
        with pytest.raises(StoreError, match="Start the server"):
            Postgres(cluster.address, "new")
    finally:
        cluster.start()
    time.sleep(1)  # it asks the server again after a second
    log.write([[ONE._replace(id=new_ids(1)[0])]])
    assert len(list(log.predictions())) == 2
    log.close()


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("mysql://host/db", "is 'mysql://host/db': it is left out"),
        ("traffic.sqlite", "Could not parse|is 'traffic.sqlite': it is"),
        ("postgresql://me:pass-in-the-open@host/db", "has a password or a token in it"),
    ],
    ids=["other", "path", "password"],
)
def test_log_refuses_addresses_that_are_none_of_postgresql_or_tell_a_password(source: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why) as caught:
        Postgres(source, "m")
    assert "pass-in-the-open" not in str(caught.value)


def test_log_refuses_when_its_password_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WAREHOUSE_PASSWORD")
    with pytest.raises(SecretError, match="there is no secret 'WAREHOUSE_PASSWORD'"):
        Postgres("postgresql://me:[secret WAREHOUSE_PASSWORD]@host/db", "m")


def test_log_names_the_extra_when_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    with pytest.raises(SettingsError, match=r"Install the extra 'sql'"):
        Postgres("postgresql://host/db", "m")
