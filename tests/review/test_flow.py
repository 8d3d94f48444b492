"""In the drawing of a graph each stage stands to the right of what it takes from."""

from pipeline.review.flow import HEIGHT, WIDTH, flow


def test_stage_stands_to_the_right_of_all_that_it_takes_from() -> None:
    found = flow({"look": (), "deploy": ("train", "prep"), "train": ("prep",), "prep": ()})
    x = {box.name: box.x for box in found.boxes}
    assert x["look"] == x["prep"] < x["train"] < x["deploy"]
    assert len(found.arrows) == 3


def test_boxes_do_not_overlap_and_lie_within_the_drawing() -> None:
    found = flow({"a": (), "b": (), "c": ("a", "b"), "d": ("a",)})
    corners = [(box.x, box.y) for box in found.boxes]
    assert len({*corners}) == 4
    assert all(x + WIDTH <= found.width and y + HEIGHT <= found.height for x, y in corners)


def test_damaged_records_are_drawn_too() -> None:
    assert [box.name for box in flow({"a": ("b",), "b": ("a",), "c": ("gone", "c")}).boxes] == ["b", "a", "c"]
    assert flow({}).boxes == ()
