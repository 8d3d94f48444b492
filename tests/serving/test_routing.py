"""Who answers while a version is tried, whatever it does: asked without a server."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import Any

import pytest
from serving.served import bundled, project, promote
from serving.tried import ALWAYS, begin, choosy

from pipeline.errors import DataError
from pipeline.models.trials import Mode
from pipeline.serving import bundle, routing
from pipeline.serving.attempts import Attempts, Shadows
from pipeline.serving.challenger import Challenger
from pipeline.serving.following import Champion
from pipeline.serving.predictor import Answer, Predictor
from pipeline.serving.routing import Request, Said
from pipeline.serving.tally import Side
from pipeline.serving.traffic import Arm, Traffic

Does = Callable[[Predictor], Any]


@pytest.fixture(autouse=True)
def _project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project(tmp_path, monkeypatch)
    promote(bundled())


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[Traffic]:
    with closing(Traffic(tmp_path / "log.sqlite")) as found:
        yield found


def tried(mode: Mode = Mode.CANARY, share: float = 0.5) -> Champion:
    """Let a second version be tried; nobody follows in the background."""
    return following(lambda: begin(bundled(2), mode, share))


def following(begins: Callable[[], object]) -> Champion:
    """Follow the champion when something begins."""
    champion = Champion("m")
    begins()
    champion.look()
    return champion


@dataclass
class Asking:
    """Asks as the service does, where what champion and challenger do is said here."""

    champion: Champion
    does: dict[int, Does] = field(default_factory=dict)
    asked: list[int] = field(default_factory=list)

    async def ask(self, predictor: Predictor, values: Any, rows: int) -> list[Answer]:  # noqa: ANN401, ARG002 - as a service
        version = predictor.manifest.version
        self.asked.append(version)
        done = self.does[version](predictor) if version in self.does else predictor.predict(values)
        return await done if asyncio.iscoroutine(done) else done

    def answer(self, key: str | None = None, row: int = 0) -> Said:
        rows = bundle.read("m", 1).golden[row : row + 1]
        values, _ = self.champion.predictor.read(rows)
        request = Request(rows=rows, values=values, key=key)
        return asyncio.run(
            routing.answer(request, self.champion.predictor, self.champion.challenger, self.ask, self.ask)
        )

    @property
    def challenger(self) -> Challenger:
        assert self.champion.challenger is not None
        return self.champion.challenger

    def seen(self) -> tuple[int, int, int, int]:
        """Return requests and failures, of challenger and champion."""
        found = self.challenger.counting.all()
        return (
            *(found.requests[side] for side in Side),
            *(len(found.failed[side]) for side in Side),
        )  # type: ignore[return-value] # there are two sides


def raising(error: Exception) -> Does:
    def does(_: Predictor) -> list[Answer]:
        raise error

    return does


def late(_: Predictor) -> Any:  # noqa: ANN401 - a coroutine
    return asyncio.sleep(60, [])


BROKEN: dict[str, tuple[Does, str]] = {
    "raises": (raising(ValueError("of a row: 5")), "it raised ValueError"),
    "is late": (late, "no answer within 0.051 s"),
    "says no number": (lambda _: [{"probability": nan}], "it raised ValueError"),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_champion_answers_when_a_canary_cannot(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    does, why = BROKEN[fault]
    monkeypatch.setattr(routing, "FIRST_S", 0.05)
    asking = Asking(tried(share=0.5), {2: does})
    keys = [key for key in map(str, range(40)) if asking.challenger.takes(asking.challenger.draw(key))]
    said = asking.answer(keys[0])
    assert (said.predictor.manifest.version, said.arm) == (1, Arm.CANARY)
    assert said.answers == asking.champion.predictor.predict(asking.champion.predictor.read(golden())[0])
    assert asking.seen() == (1, 0, 1, 0)
    for key in keys[1:]:
        assert asking.answer(key).predictor.manifest.version == 1
    assert asking.challenger.ended.endswith(f"(first: {why})")
    before = asking.seen()
    assert asking.answer(keys[0]).arm is Arm.CHAMPION
    assert asking.seen() == before


def golden() -> list[dict[str, Any]]:
    return bundle.read("m", 1).golden[:1]


def test_key_that_comes_again_counts_once() -> None:
    asking = Asking(tried(), {2: raising(ValueError())})
    key = next(key for key in map(str, range(40)) if asking.challenger.takes(asking.challenger.draw(key)))
    for _ in range(30):
        asking.answer(key)
    assert asking.seen() == (30, 0, 1, 0)
    assert not asking.challenger.ended


def test_rows_that_nobody_can_answer_are_no_fault_of_a_canary() -> None:
    asking = Asking(tried(), dict.fromkeys((1, 2), raising(DataError("of the rows"))))
    for number in range(20):
        with pytest.raises(DataError, match="of the rows"):
            asking.answer(str(number))
    assert asking.seen() == (0, 0, 0, 0)


def test_failure_of_the_champion_counts_for_it_and_is_raised() -> None:
    asking = Asking(tried(), {1: raising(ValueError("its own"))})
    raised = 0
    for number in range(20):
        if asking.challenger.takes(asking.challenger.draw(str(number))):
            assert asking.answer(str(number)).predictor.manifest.version == 2
        else:
            with pytest.raises(ValueError, match="its own"):
                asking.answer(str(number))
            raised += 1
    assert asking.seen() == (20 - raised, raised, 0, raised)


def test_champion_that_is_as_late_as_a_challenger_may_not_be_has_failed_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asking = Asking(tried(), {2: late})
    monkeypatch.setattr(routing, "FIRST_S", 0.0)
    monkeypatch.setattr(routing, "ROW_S", 0.0)
    said = {asking.answer(str(number)).predictor.manifest.version for number in range(10)}
    asked = asking.seen()
    assert said == {1}
    assert asked[:2] == asked[2:]
    assert not asking.challenger.ended


def test_request_without_a_key_is_drawn_each_time() -> None:
    asking = Asking(tried())
    assert {asking.answer().predictor.manifest.version for _ in range(60)} == {1, 2}


def test_canary_that_finds_fault_with_what_the_champion_takes_has_failed() -> None:
    asking = Asking(following(lambda: begin(choosy(2))))
    row = next(n for n, each in enumerate(bundle.read("m", 1).golden) if each["count"] > 4)
    key = next(key for key in map(str, range(40)) if asking.challenger.takes(asking.challenger.draw(key)))
    assert asking.answer(key, row).predictor.manifest.version == 1
    assert asking.challenger.counting.own.why.startswith("its column 'count' must be")


def test_shadow_is_asked_after_the_answer_and_told_to_the_log_alone(traffic: Traffic) -> None:
    asking = Asking(tried(Mode.SHADOW, ALWAYS))
    shadowed(asking, traffic, range(5))
    assert asking.asked == [1, 2] * 5
    kept = {entry.id for entry, _ in traffic.predictions()}
    assert {each.prediction for each in traffic.shadows()} == kept
    assert {(each.trial, each.version) for each in traffic.shadows()} == {(asking.challenger.trial.id, 2)}
    assert asking.seen() == (5, 5, 0, 0)


def test_shadow_that_fails_is_told_to_nobody_and_ends(traffic: Traffic) -> None:
    asking = Asking(tried(Mode.SHADOW, ALWAYS), {2: raising(ValueError())})
    shadowed(asking, traffic, range(20))
    assert list(traffic.shadows()) == []
    assert asking.challenger.ended.startswith("errors: ")
    assert asking.asked.count(1) == 20


def test_shadow_is_not_asked_about_more_than_its_share(traffic: Traffic) -> None:
    asking = Asking(tried(Mode.SHADOW, 0.3))
    shadowed(asking, traffic, range(40))
    assert 2 <= asking.asked.count(2) <= 25
    assert asking.seen()[0] == asking.seen()[1] == asking.asked.count(2)


def shadowed(asking: Asking, traffic: Traffic, keys: range) -> None:
    """Answer, write and ask the shadow, as the service does."""

    async def write(entries: Any) -> int:  # noqa: ANN401 - entries of the log
        return sum(traffic.write([entries]))

    async def serve() -> None:
        shadows = Shadows(asking.ask, write)
        for key in map(str, keys):
            rows = golden()
            request = Request(rows=rows, values=asking.champion.predictor.read(rows)[0], key=key)
            challenger = asking.champion.challenger
            said = await routing.answer(request, asking.champion.predictor, challenger, asking.ask, asking.ask)
            entries = routing.entries(request, said, 0.0)
            await write(entries)
            shadows.begin(entries, said, challenger)
            await shadows.close()

    asyncio.run(serve())


def test_challenger_that_hangs_keeps_nobody_waiting_who_comes_after_it() -> None:
    import threading

    free = threading.Event()

    def work(asked: Any) -> list[int]:  # noqa: ANN401 - numbers
        if 1 in asked:
            free.wait(60)
        return list(asked)

    async def serve() -> int:
        attempts: Attempts[int, int] = Attempts(work)
        first, second = Champion("m").predictor, Champion("m").predictor
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(attempts.ask(first, 1), 0.05)
        said = await asyncio.wait_for(attempts.ask(second, 2), 30)
        attempts.close()
        return said

    assert asyncio.run(serve()) == 2
    free.set()
