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


def test_nodes_are_those_of_ast_in_the_order_of_the_source_without_marks() -> None:
    tree = syntax.module(
        Path(syntax.__file__).read_bytes() + b"\nx = {**a, 'k': -b[1:2] < ...}\nmatch x:\n  case [1, *y]: pass"
    )
    marks = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)
    wanted = [node for node in ast.walk(tree) if not isinstance(node, marks)]
    assert sorted(map(id, syntax.within(tree))) == sorted(map(id, wanted))
    for node in wanted:
        assert syntax.below(node) == [each for each in ast.iter_child_nodes(node) if not isinstance(each, marks)]
    names = [node.id for node in syntax.within(syntax.module("f(a)[b] = c + d")) if isinstance(node, ast.Name)]
    assert names == list("fabcd")
