"""What differs between two executions is named; what always differs is not."""

import pytest
from projects import cell, document

from pipeline.past import comparison


def shown(*outputs: dict[str, object], name: str = "fit") -> dict[str, object]:
    return cell("code", name, "...") | {"outputs": list(outputs)}


def stream(text: str, name: str = "stdout") -> dict[str, object]:
    return {"output_type": "stream", "name": name, "text": text}


def display(**data: object) -> dict[str, object]:
    mimes = {"plain": "text/plain", "png": "image/png", "html": "text/html", "json": "application/json"}
    return {"output_type": "display_data", "data": {mimes[kind]: value for kind, value in data.items()}, "metadata": {}}


def scrap(name: str, value: object) -> dict[str, object]:
    data = {"application/scrapbook.scrap.json+json": {"name": name, "data": value, "encoder": "json", "version": 1}}
    return {"output_type": "display_data", "data": data, "metadata": {}}


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (stream("took 1.25 s"), stream("took 13 s")),
        (stream("<Model at 0x7f00aa11>"), stream("<Model at 0x7f00bb22>")),
        (stream("at 2026-11-23T05:40:04.123+00:00"), stream("at 2026-11-24 17:00")),
        (stream("x/ipykernel_12/34.py:1: Warning"), stream("x/ipykernel_9/99.py:1: Warning")),
        (stream("50%|#####| 1/2 [00:01<00:03, 1.5it/s]"), stream("50%|#####| 1/2 [00:02<00:09, 12.1it/s]")),
        (stream("a  took 1 s\n"), stream("a     took 1.000 s\n")),
        (stream(["a\n", "b"]), stream("a\nb")),
        (stream("\x1b[31mred\x1b[0m"), stream("red")),
        (display(html="<i id='T_12ab3'>"), display(html="<i id='T_45cd6'>")),
        (scrap("x", 1), scrap("x", 2)),
    ],
)
def test_what_differs_between_any_two_executions_is_passed_over(before: dict, now: dict) -> None:
    assert not list(comparison.cells(document([shown(before)]), document([shown(now)])))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (stream("auc 0.71"), stream("auc 0.72")),
        (stream("a"), stream("a", "stderr")),
        (stream("since 2013-05-01"), stream("since 2013-05-02")),
        (display(plain="1"), display(plain="2")),
        (display(png="aaaa"), display(png="aaab")),
        (display(json={"a": 1}), display(json={"a": 2})),
        (display(plain="1"), display(html="1")),
    ],
)
def test_cell_that_shows_something_else_is_named(before: dict, now: dict) -> None:
    title = cell("markdown", "title", "#")
    found = comparison.cells(document([title, shown(before)]), document([title, shown(now)]))
    assert list(found) == ["cell 2 (fit)"]


def test_order_of_streams_does_not_count() -> None:
    before = shown(stream("a"), stream("e", "stderr"), stream("b"))
    now = shown(stream("e", "stderr"), stream("ab"))
    assert comparison.outputs(before) == comparison.outputs(now)


def lines(before: list[dict], now: list[dict], tolerance: float = 0.0) -> list[str]:
    documents = document([shown(*before)]), document([shown(*now)])
    return list(comparison.scraps(*documents, lambda _: tolerance))


def test_scrap_that_differs_is_named_with_its_cell_and_values() -> None:
    assert lines([scrap("x", 1)], [scrap("x", 1)]) == []
    assert lines([scrap("x", 1)], [scrap("x", 2)]) == ["scrap 'x' of cell 1 (fit) differs: 1 -> 2"]


def test_long_values_are_shortened() -> None:
    found = lines([scrap("x", "a" * 200)], [scrap("x", "b" * 200)])[0]
    assert found.endswith("bbb...")
    assert len(found) < 200


def test_scrap_that_is_new_or_gone_is_named() -> None:
    assert lines([scrap("x", 1)], [scrap("y", 1)]) == [
        "scrap 'x' of cell 1 (fit) was not glued again",
        "scrap 'y' of cell 1 (fit) is new",
    ]


def test_scrap_within_its_tolerance_is_equal() -> None:
    assert lines([scrap("x", 0.5)], [scrap("x", 0.5 + 1e-12)], 1e-9) == []
    assert len(lines([scrap("x", 0.5)], [scrap("x", 0.6)], 1e-9)) == 1
