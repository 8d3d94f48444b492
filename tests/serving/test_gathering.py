import asyncio
import threading
from collections.abc import Sequence

import pytest

from pipeline.serving.gathering import Gathering


def test_gathering_does_at_once_what_was_asked_while_it_was_busy() -> None:
    free, batches = threading.Event(), []

    def work(asked: Sequence[int]) -> list[int]:
        free.wait()
        batches.append(list(asked))
        return [each * 2 for each in asked]

    async def ask() -> list[int]:
        first = asyncio.ensure_future(gathering.ask(0))
        await asyncio.sleep(0)
        others = [asyncio.ensure_future(gathering.ask(each)) for each in range(1, 20)]
        await asyncio.sleep(0)
        free.set()
        return await asyncio.gather(first, *others)

    gathering = Gathering(work, "test")
    assert asyncio.run(ask()) == [each * 2 for each in range(20)]
    assert len(batches) <= 2
    gathering.close()


def test_gathering_fails_only_for_the_one_that_cannot_be_done() -> None:
    def work(asked: Sequence[int]) -> list[int]:
        if 3 in asked:
            raise ValueError("not three")
        return list(asked)

    async def ask() -> list[int | BaseException]:
        return await asyncio.gather(*map(gathering.ask, range(5)), return_exceptions=True)

    gathering = Gathering(work, "test")
    found = asyncio.run(ask())
    assert [found[place] for place in (0, 1, 2, 4)] == [0, 1, 2, 4]
    with pytest.raises(ValueError, match="not three"):
        raise found[3]  # type: ignore[misc] # it is one
    gathering.close()


def test_gathering_goes_on_when_whoever_asked_has_gone_away() -> None:
    free = threading.Event()

    def work(asked: Sequence[int]) -> list[int]:
        free.wait()
        return list(asked)

    async def ask() -> int:
        gone = asyncio.ensure_future(gathering.ask(1))
        await asyncio.sleep(0)
        gone.cancel()
        free.set()
        return await gathering.ask(2)

    gathering = Gathering(work, "test")
    assert asyncio.run(ask()) == 2
    gathering.close()
