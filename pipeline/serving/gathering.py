"""Gathering: what many ask for at the same time is done at once, and each gets its own part.

One pass of a model over 60 rows costs hardly more than over one, and so does one commit to the disk. Nothing waits for
others to come. Slow work has a thread, and while one batch is done, the next one gathers. Quick work the loop does
itself, with what came in the same turn: to hand it to a thread and back takes longer than to do it.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")

MOST_AT_ONCE = 256


class Gathering(Generic[Asked, Given]):
    """A thread that works on batches.

    Parameters
    ----------
    work
        Takes what was asked for and returns as much, in the same order. Where it raises, each is tried alone, so that
        one that cannot be done fails for itself only.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Given]], name: str) -> None:
        self._work = work
        self._waiting: SimpleQueue[tuple[Asked, asyncio.Future[Given]] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    async def ask(self, asked: Asked) -> Given:
        """Wait until it is done; raises what the work raised."""
        future: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting.put((asked, future))
        return await future

    def close(self) -> None:
        """Finish what was asked for, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        while batch := self._batch():
            self._do([each for each in batch if each is not None])
            if None in batch:
                return

    def _batch(self) -> list[tuple[Asked, "asyncio.Future[Given]"] | None]:
        """Take all that waits; wait where nothing does."""
        batch = [self._waiting.get()]
        with suppress(Empty):
            while len(batch) < MOST_AT_ONCE:
                batch.append(self._waiting.get_nowait())
        return batch

    def _do(self, batch: Sequence[tuple[Asked, "asyncio.Future[Given]"]]) -> None:
        if not batch:
            return
        loop = batch[0][1].get_loop()
        try:
            given = self._work([asked for asked, _ in batch])
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            if len(batch) > 1:
                for each in batch:
                    self._do([each])
            else:
                _tell(loop, _fail, batch[0][1], error)
            return
        _tell(loop, _answer, [future for _, future in batch], given)


class Turn(Generic[Asked, Given]):
    """Does all that is asked for in one turn of the event loop at its end.

    Parameters
    ----------
    work
        As in `Gathering`; it is quick.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Given]]) -> None:
        self._work = work
        self._waiting: list[tuple[Asked, asyncio.Future[Given]]] = []

    def ask(self, asked: Asked) -> "asyncio.Future[Given]":
        """Promise that it is done soon; raises what the work raised."""
        loop = asyncio.get_running_loop()
        if not self._waiting:
            loop.call_soon(self._do)
        future: asyncio.Future[Given] = loop.create_future()
        self._waiting.append((asked, future))
        return future

    def _do(self) -> None:
        batch, self._waiting = self._waiting, []
        try:
            given = self._work([asked for asked, _ in batch])
        except Exception:  # noqa: BLE001 - whoever asked gets it
            for each in batch:
                self._alone(*each)
        else:
            _answer([future for _, future in batch], given)

    def _alone(self, asked: Asked, future: "asyncio.Future[Given]") -> None:
        try:
            _answer([future], self._work([asked]))
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            _fail(future, error)


def _tell(loop: asyncio.AbstractEventLoop, call: Callable[..., None], *words: object) -> None:
    """Let the loop hear of it, where it still runs: whoever asked may be gone with it."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(call, *words)


def _answer(futures: "Sequence[asyncio.Future[Given]]", given: Sequence[Given]) -> None:
    for future, each in zip(futures, given, strict=True):
        if not future.done():  # whoever asked has gone away
            future.set_result(each)


def _fail(future: "asyncio.Future[Given]", error: Exception) -> None:
    if not future.done():
        future.set_exception(error)
