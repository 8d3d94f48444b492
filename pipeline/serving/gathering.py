"""Gathering: what many ask for at the same time is done at once, and each gets its own part.

One pass of a model over 60 rows costs hardly more than over one, and so does one commit to the disk. Nothing waits
longer than to the end of a turn of the event loop. Quick work the loop does itself: to hand it to a thread and back
takes longer than to do it. Slow work has a thread, and while one batch is done, the next one gathers.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from functools import partial
from queue import SimpleQueue
from typing import Generic, TypeVar

Asked = TypeVar("Asked")
Given = TypeVar("Given")

MOST_AT_ONCE = 256
_Batch = list[tuple[Asked, "asyncio.Future[Given]"]]


class Turn(Generic[Asked, Given]):
    """Does all that is asked for in one turn of the event loop at its end.

    Parameters
    ----------
    work
        Takes what was asked for and returns as much, in the same order. Where it raises, each is tried alone, so that
        one that cannot be done fails for itself only.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Given]]) -> None:
        self._work = work
        self._turn: _Batch[Asked, Given] = []

    def ask(self, asked: Asked) -> "asyncio.Future[Given]":
        """Promise that it is done; raises what the work raised."""
        loop = asyncio.get_running_loop()
        if not self._turn:
            loop.call_soon(self._end)
        future: asyncio.Future[Given] = loop.create_future()
        self._turn.append((asked, future))
        return future

    def _end(self) -> None:
        batch, self._turn = self._turn, []
        self._begin(batch)

    def _begin(self, batch: "_Batch[Asked, Given]") -> None:
        self._do(batch, _call)

    def _do(self, batch: "_Batch[Asked, Given]", tell: Callable[..., object]) -> None:
        try:
            given = self._work([asked for asked, _ in batch])
        except Exception as error:  # noqa: BLE001 - whoever asked gets it
            if len(batch) == 1:
                tell(_fail, batch[0][1], error)
                return
            for each in batch:
                self._do([each], tell)
        else:
            tell(_answer, [future for _, future in batch], given)


class Gathering(Turn[Asked, Given]):
    """A thread that works on what one turn of the loop asked for, or several while it was busy.

    Parameters
    ----------
    work
        As in `Turn`.
    name
        The thread's.
    """

    def __init__(self, work: Callable[[Sequence[Asked]], Sequence[Given]], name: str) -> None:
        super().__init__(work)
        self._waiting: SimpleQueue[_Batch[Asked, Given] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Finish what was asked for, and end."""
        self._waiting.put(None)
        self._thread.join()

    def _begin(self, batch: "_Batch[Asked, Given]") -> None:
        self._waiting.put(batch)

    def _run(self) -> None:
        batch: _Batch[Asked, Given] = []
        while (turn := self._waiting.get()) is not None:
            batch += turn
            if self._waiting.empty() or len(batch) >= MOST_AT_ONCE:
                self._do(batch, partial(_tell, batch[0][1].get_loop()))
                batch = []
        if batch:
            self._do(batch, partial(_tell, batch[0][1].get_loop()))


def _call(call: Callable[..., None], *words: object) -> None:
    call(*words)


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
