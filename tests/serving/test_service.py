"""The service in its own process: answers, swaps, kills."""

import http.client
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from serving.calling import Running, ask, running
from serving.served import bundled, project, promote

from pipeline.errors import ModelError
from pipeline.models import promotion
from pipeline.serving import bundle
from pipeline.serving.following import Champion
from pipeline.serving.predictor import Predictor
from pipeline.serving.traffic import Traffic
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow
SWAPS = (2, 3, 2, 1, 3) * 4  # to other versions, by promotion and by rollback


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project(tmp_path, monkeypatch)


@pytest.fixture
def service(root: Path) -> Iterator[Running]:
    promote(bundled())
    with running(root) as found:
        yield found


def traffic(root: Path) -> Traffic:
    return Traffic(root / ".pipeline/traffic/m.sqlite")


def test_service_answers_and_keeps_what_it_said_when_asked(service: Running, root: Path) -> None:
    manifest = bundle.read("m", 1)
    status, said = service.ask("POST", "/predict", {"rows": manifest.golden, "key": "case"})
    assert (status, said["version"]) == (200, 1)
    assert [each["probability"] for each in said["predictions"]] == pytest.approx(manifest.predictions)
    ids = [each["id"] for each in said["predictions"]]
    kept = {entry.id: entry for entry, _ in traffic(root).predictions()}
    assert list(kept) == ids
    assert [kept[each].inputs for each in ids] == manifest.golden
    assert {(entry.key, entry.version, entry.bundle) for entry in kept.values()} == {("case", 1, manifest.digest)}
    assert all({"id": each["id"], **kept[each["id"]].output} == each for each in said["predictions"])


def test_service_takes_labels_again_and_corrected(service: Running, root: Path) -> None:
    _, said = service.ask("POST", "/predict", {"rows": bundle.read("m", 1).golden[:2]})
    first, second = (each["id"] for each in said["predictions"])
    told = {"labels": [{"id": first, "label": "yes"}, {"id": second, "label": "no"}]}
    assert service.ask("POST", "/labels", told) == (200, {"added": 2, "known": 0})
    assert service.ask("POST", "/labels", told) == (200, {"added": 0, "known": 2})
    corrected = {"labels": [{"id": second, "label": "yes"}]}
    assert service.ask("POST", "/labels", corrected) == (200, {"added": 1, "known": 0})
    assert [label for _, label in traffic(root).predictions()] == ["yes", "yes"]
    status, why = service.ask("POST", "/labels", {"labels": [{"id": "x", "label": "yes"}]})
    assert (status, why["unknown"]) == (422, ["x"])


def test_service_ends_well_and_answers_what_was_begun_when_told_to_stop(service: Running) -> None:
    row = bundle.read("m", 1).golden[0]
    with service.connect() as line:
        assert ask(line, "POST", "/predict", {"rows": [row]})[0] == 200
        body = json.dumps({"rows": [row]}).encode()
        line.putrequest("POST", "/predict")
        line.putheader("Content-Type", "application/json")
        line.putheader("Content-Length", str(len(body)))
        line.endheaders(body[:5])
        while service.ask("GET", "/health/live")[0] != 200:
            pass
        service.process.send_signal(signal.SIGTERM)
        while is_listening(service):
            pass
        line.send(body[5:])
        assert line.getresponse().status == 200
    assert service.process.wait(60) == 0


def is_listening(service: Running) -> bool:
    try:
        service.ask("GET", "/health/live")
    except OSError:
        return False
    return True


def test_service_loads_no_mlflow_and_no_notebook_tooling_when_it_answers() -> None:
    program = (
        "import sys; import pipeline.serving.server; import pipeline.store.estimators, skops.io; "
        "print({'mlflow', 'papermill', 'scrapbook', 'nbformat', 'IPython', 'ipykernel', 'matplotlib'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_service_swaps_without_a_failed_or_mixed_answer_when_versions_are_promoted_under_load(
    service: Running,
) -> None:
    for version in (2, 3):
        bundled(version)
    manifests = {version: bundle.read("m", version) for version in (1, 2, 3)}
    said: list[tuple[int, int, bool]] = []
    over = threading.Event()

    def load() -> None:
        with service.connect() as line:
            while not over.is_set():
                status, answer = ask(line, "POST", "/predict", {"rows": manifests[1].golden[:4]})
                wanted = manifests[answer["version"]].predictions[:4]
                got = [each["probability"] for each in answer["predictions"]]
                said.append((status, answer["version"], got == pytest.approx(wanted)))

    askers = [threading.Thread(target=load) for _ in range(4)]
    for each in askers:
        each.start()
    for version in SWAPS:
        if any(past.version == version for past in promotion.history("m")):
            promotion.rollback("m", version, by="ann", reason="test")
        else:
            promote(manifests[version])
        while service.ask("GET", "/model")[1]["version"] != version:
            time.sleep(0.05)
    over.set()
    for each in askers:
        each.join()
    assert {status for status, _, _ in said} == {200}
    assert {version for _, version, _ in said} == {1, 2, 3}
    assert all(whole for _, _, whole in said)
    metrics = service.ask("GET", "/metrics")[1].decode()
    assert f'pipeline_model_swaps{{model="m"}} {len(SWAPS)}.0' in metrics


def test_service_has_kept_all_that_it_answered_when_it_is_killed_under_load(service: Running, root: Path) -> None:
    row = bundle.read("m", 1).golden[0]
    heard: list[str] = []

    def load() -> None:
        with service.connect() as line, suppress(OSError, http.client.HTTPException):
            while True:
                heard.append(ask(line, "POST", "/predict", {"rows": [row]})[1]["predictions"][0]["id"])

    askers = [threading.Thread(target=load) for _ in range(8)]
    for each in askers:
        each.start()
    while len(heard) < 300:
        time.sleep(0.01)
    service.process.kill()
    for each in askers:
        each.join()
    kept = {entry.id for entry, _ in traffic(root).predictions()}
    assert len(heard) >= 300
    assert set(heard) <= kept


def test_champion_keeps_answering_when_the_next_one_does_not_prove_itself() -> None:
    promote(bundled(1))
    champion = Champion("m")
    second = bundled(2)
    bundle.path("m", 2).unlink()
    promote(second)
    champion.look()
    assert champion.predictor.manifest.version == 1
    assert "'m' version 2 has no bundle" in champion.failure
    bundled(2)
    champion.look()
    assert (champion.predictor.manifest.version, champion.failure, champion.swaps) == (2, "", 1)
    assert Predictor(bundle.read("m", 2), project_store()).digest == champion.predictor.digest


def test_champion_refuses_when_there_is_none_or_its_bundle_is_of_another_model() -> None:
    with pytest.raises(ModelError, match="no version of 'm' is champion"):
        Champion("m")
    first = bundled(1)
    promote(first)
    bundled(1, model_digest=bundled(2).model_digest)
    with pytest.raises(ModelError, match="is of another model than the one promoted"):
        Champion("m")
