"""Attempts: challengers are asked in threads of their own: one that is slow or hangs keeps nobody else waiting."""

import asyncio
import logging
import threading
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from pipeline.errors import StoreError
from pipeline.models.trials import Trial
from pipeline.serving import routing
from pipeline.serving.challenger import Challenger
from pipeline.serving.entries import Prediction, Shadow
from pipeline.serving.gathering import Gathering
from pipeline.serving.predictor import Answer, Predictor
from pipeline.serving.routing import Ask, Said

Asked = TypeVar("Asked")
Given = TypeVar("Given")

_MOST = 64  # shadows that are asked at a time; what comes meanwhile is not tried
_LAST_S = 5.0
_log = logging.getLogger(__name__)


class Attempts(Generic[Asked, Given]):
    """Asks one challenger at a time.

    Parameters
    ----------
    work
        As `Gathering` has it.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Given]]) -> None:
        self._work = work
        self._whom: Predictor | None = None
        self._gathering: Gathering[Asked, Given] | None = None

    async def ask(self, predictor: Predictor, asked: Asked) -> Given:
        """Wait for an answer; another challenger than the last one gets a thread of its own."""
        if self._gathering is None or predictor is not self._whom:
            self._let_go()
            self._whom, self._gathering = predictor, Gathering(self._work, "trying")
        return await self._gathering.ask(asked)

    def close(self) -> None:
        """End; a challenger that hangs is not waited for."""
        if (ending := self._let_go()) is not None:
            ending.join(_LAST_S)

    def _let_go(self) -> threading.Thread | None:
        if self._gathering is None:
            return None
        ending = threading.Thread(target=self._gathering.close, daemon=True)
        ending.start()
        return ending


class Shadows:
    """Asks shadows after the champion's answer was given, and writes down what they say.

    Parameters
    ----------
    attempt
        Asks the challenger.
    write
        Writes down what it said.
    """

    def __init__(self, attempt: Ask, write: Callable[[Sequence[Shadow]], Awaitable[int]]) -> None:
        self._attempt, self._write = attempt, write
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, entries: Sequence[Prediction], said: Said, challenger: Challenger | None) -> None:
        """Ask about answers that stand in the log, unless too many wait."""
        if challenger is not None and said.shadowed and len(self._tasks) < _MOST:
            task = asyncio.get_running_loop().create_task(self._ask(entries, said, challenger))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Wait for those that are asked, some seconds at most."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LAST_S)

    async def _ask(self, entries: Sequence[Prediction], said: Said, challenger: Challenger) -> None:
        rows = [entry.inputs for entry in entries]
        answers, latency_s = await routing.shadow(rows, said, challenger, self._attempt)
        told = [_shadow(entry, answer, challenger.trial, latency_s) for entry, answer in zip(entries, answers)]  # noqa: B905 - there is none where it failed
        try:
            await self._write(told)
        except StoreError as error:
            _log.warning("what a shadow said is lost: %s", error)


def _shadow(entry: Prediction, answer: Answer, trial: Trial, latency_s: float) -> Shadow:
    return Shadow(prediction=entry.id, trial=trial.id, version=trial.version, output=answer, latency_s=latency_s)
