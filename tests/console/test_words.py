from pipeline.console import words


def test_gates_are_told_in_a_line_each_with_what_they_said() -> None:
    gates = [
        {"name": "a", "passed": True, "outcome": "passed", "message": "fine"},
        {"name": "b", "passed": False, "outcome": "inconclusive", "message": "too few"},
        {"name": "c", "passed": False, "outcome": "refused", "message": "bad"},
        {"name": "d", "passed": False, "message": "of an older run"},
        {"name": "e", "passed": None, "outcome": "passed", "message": "broken"},
    ]
    assert words.gates({"gates": gates, "problem": "odd"}) == [
        "passed       a: fine",
        "INCONCLUSIVE b: too few",
        "REFUSED      c: bad",
        "REFUSED      d: of an older run",
        "REFUSED      e: broken",
        "odd",
    ]
