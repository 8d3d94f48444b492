import ast
import gc
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.stages import syntax


@pytest.fixture
def restless() -> Iterator[None]:
    """Let threads take turns wherever garbage is collected, and that as often as can be."""
    thresholds = gc.get_threshold()
    gc.set_threshold(500)
    gc.callbacks.append(give_way)
    yield
    gc.callbacks.remove(give_way)
    gc.set_threshold(*thresholds)


def give_way(*_: object) -> None:
    time.sleep(0)


@pytest.mark.slow
@pytest.mark.usefixtures("restless")
def test_threads_that_parse_at_once_do_not_spoil_each_others_trees() -> None:
    source, parsed = Path(ast.__file__).read_text(), []

    def parse() -> None:
        parsed.extend(len(syntax.module(source).body) for _ in range(4))

    threads = [threading.Thread(target=parse) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert parsed == [len(syntax.module(source).body)] * 16
