"""A version is tried beside the champion, by a service in a process of its own, under load."""

import http.client
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Self

import pytest
from serving.calling import Running, ask, running
from serving.served import bundled, project, promote, table
from serving.tried import begin, choosy, learnt

from pipeline.models import trials
from pipeline.models.trials import Mode
from pipeline.serving import bundle
from pipeline.serving.traffic import Traffic

pytestmark = pytest.mark.slow
PATIENCE_S = 60.0


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


def until(service: Running, *, over: bool) -> dict[str, Any]:
    """Wait until a trial goes on, or is over, and return what is said of it."""
    ends, told = time.monotonic() + PATIENCE_S, None
    while time.monotonic() < ends:
        told = service.ask("GET", "/model")[1]["trial"]
        if told and bool(told["end"]) == over:
            return dict(told)
        time.sleep(0.1)
    raise AssertionError(told)


def ended(service: Running) -> dict[str, Any]:
    return dict(until(service, over=True)["end"])


def rows(count: int = 30) -> list[dict[str, Any]]:
    return bundle.read("m", 1).golden[:count]


def at_once(service: Running, work: Callable[[http.client.HTTPConnection, int], Any], count: int) -> list[Any]:
    """Do something so many times, on eight connections."""

    def some(first: int) -> list[Any]:
        with service.connect() as line:
            return [work(line, number) for number in range(first, count, 8)]

    with ThreadPoolExecutor(8) as pool:
        done = list(pool.map(some, range(8)))
    return [done[number % 8][number // 8] for number in range(count)]


def versions(service: Running, keys: int) -> list[int]:
    """Return which version answers each of some keys."""

    def work(line: http.client.HTTPConnection, number: int) -> int:
        status, said = ask(line, "POST", "/predict", {"rows": rows(1), "key": f"key {number}"})
        assert status == 200, said
        return int(said["version"])

    return at_once(service, work, keys)


class Load:
    """Some who ask all the time, each time with a key of its own."""

    def __init__(self, *services: Running) -> None:
        self.said: list[tuple[int, int]] = []
        self._over = threading.Event()
        self._askers = [threading.Thread(target=self._ask, args=(each, name)) for each in services for name in "abc"]

    def __enter__(self) -> Self:
        for each in self._askers:
            each.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for each in self._askers:
            each.join()

    def _ask(self, service: Running, name: str) -> None:
        asked, number = rows(), 0
        with service.connect() as line:
            while not self._over.is_set():
                number += 1
                row = asked[number % len(asked)]
                status, said = ask(line, "POST", "/predict", {"rows": [row], "key": f"{service.port}{name}{number}"})
                self.said.append((status, said.get("version")))


def test_canary_answers_the_same_keys_always_and_its_share_of_them(service: Running, root: Path) -> None:
    begin(bundled(2), share=0.3)
    until(service, over=False)
    for _ in range(2):
        versions(service, 120)
    with running(root) as other:
        versions(other, 120)
    kept = [entry for entry, _ in traffic(root).predictions()]
    arms = {key: {entry.arm for entry in kept if entry.key == key} for key in {entry.key for entry in kept}}
    assert len(kept) == 360
    assert {len(each) for each in arms.values()} == {1}
    assert 0.15 <= sum(each == {"canary"} for each in arms.values()) / 120 <= 0.45
    assert {entry.version for entry in kept if entry.arm == "champion"} == {1}
    assert Counter(entry.version for entry in kept if entry.arm == "canary").most_common(1)[0][0] == 2


def test_canary_that_fails_is_ended_everywhere_with_the_reason_and_nobody_else_notices(root: Path) -> None:
    promote(bundled())
    with ExitStack() as stack:
        services = [stack.enter_context(running(root)) for _ in range(2)]
        begin(choosy(2), share=0.2)
        with Load(*services) as load:
            ends = [ended(service) for service in services]
            whole = len(load.said)
            time.sleep(0.5)
        assert ends[0] == ends[1]
        assert {status for status, _ in load.said} == {200}
        assert {version for _, version in load.said[whole:]} == {1}
        metrics = services[0].ask("GET", "/metrics")[1].decode()
    end = ends[0]
    assert end["by"] == "its sequential test"
    assert end["reason"].startswith("errors: ")
    assert "(first: its column 'count' must be" in end["reason"]
    assert 'pipeline_trial_share{mode="canary",model="m",version="2"} 0.0' in metrics
    assert "pipeline_trial_ended{" in metrics
    kept = [entry for entry, _ in traffic(root).predictions()]
    assert any(entry.arm == "canary" and entry.version == 1 for entry in kept)
    (told,) = trials.history("m")
    assert told.end is not None
    assert told.end.reason == end["reason"]
    with running(root) as again:
        assert set(versions(again, 40)) == {1}
        assert again.ask("GET", "/model")[1]["trial"]["end"] == end
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "trial", "status", "--model", "m"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "no version of 'm' is tried" in done.stdout
    assert end["reason"] in done.stdout


def test_canary_that_is_slow_is_ended(service: Running) -> None:
    begin(learnt(2, "sklearn.ensemble.BaggingClassifier", n_estimators=100))  # not compiled
    with Load(service) as load:
        end = ended(service)
    assert end["reason"].startswith("latency: ")
    assert {status for status, _ in load.said} == {200}


@pytest.mark.parametrize("mode", Mode)
def test_trial_is_ended_when_what_came_true_says_that_it_is_worse(service: Running, root: Path, mode: Mode) -> None:
    begin(learnt(2, upside_down=True), mode, share=0.5)
    until(service, over=False)
    truths = table().tail(30)["target"].map({0: "no", 1: "yes"}).tolist()

    def work(line: http.client.HTTPConnection, number: int) -> None:
        body = {"rows": [rows()[number % 30]], "key": str(number)}
        status, said = ask(line, "POST", "/predict", body)
        assert status == 200
        assert mode is Mode.CANARY or said["version"] == 1
        told = {"id": said["predictions"][0]["id"], "label": truths[number % 30]}
        assert ask(line, "POST", "/labels", {"labels": [told]})[0] == 200

    at_once(service, work, 1000)
    end = ended(service)
    assert end["reason"].startswith("outcomes: mean squared error ")
    assert any(line.startswith("errors: ") for line in end["evidence"])
    if mode is Mode.SHADOW:
        shadows = list(traffic(root).shadows())
        wanted = dict(zip(map(json.dumps, rows()), bundle.read("m", 2).predictions, strict=True))
        asked = {entry.id: json.dumps(entry.inputs) for entry, _ in traffic(root).predictions()}
        assert len(shadows) >= 100
        assert all(each.output["probability"] == pytest.approx(wanted[asked[each.prediction]]) for each in shadows)
