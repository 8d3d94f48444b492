import readme


def test_output_replaces_what_stood_between_the_comments() -> None:
    text = "a\n<!-- output of tests: begin -->\nold\n<!-- output of tests: end -->\nb\n"
    new = readme.pasted(text, "tests", "WARNING: w\nnox > s\n\n....   [ 50%]\n2 passed in 1 s")
    block = "\n```text\nnox > s\n2 passed in 1 s\n```\n\n"
    assert new == f"a\n<!-- output of tests: begin -->\n{block}<!-- output of tests: end -->\nb\n"
    assert readme.pasted(new, "tests", "nox > s\n2 passed in 1 s") == new


def test_cells_are_left_out_of_output() -> None:
    lines = ["a | running", "", "a | cell 1/2", "b | cell 1/2", "a | succeeded", "b | succeeded"]
    assert readme.shortened("\n".join(lines)).splitlines() == ["a | running", "...", "a | succeeded", "b | succeeded"]
