"""What people read when an alert wakes them: the answer, the table, the rows, the way back."""

from typing import Any

from pipeline.figures import alerts


def _finding(**changed: object) -> dict[str, Any]:
    known: dict[str, Any] = {
        "rank": 1,
        "kind": "input",
        "subject": "age",
        "window": "2026-02",
        "windows": ["2026-01", "2026-02"],
        "stands": True,
        "size": 0.3123,
        "unit": "PSI",
        "threshold": 0.25,
        "severity": "critical",
        "message": "In 2026-02 age has moved.",
        "version": 3,
        "reports": {"train": "reports/20260101T000000Z-000000/train.ipynb"},
        "rows": [{"age": 41.5, "town": None}],
    }
    return known | changed


def test_answer_names_what_somebody_has_to_act_on() -> None:
    told = alerts.standing([_finding(), _finding(severity="warning"), _finding(stands=False)])
    assert told == (
        "Somebody has to act: 1 critical finding stands: input of `age` in 2026-02. 1 warning stands besides."
    )
    many = alerts.standing([_finding(subject=name) for name in "abcde"])
    assert many.endswith(
        "5 critical findings stand: input of `a` in 2026-02, input of `b` in 2026-02, "
        "input of `c` in 2026-02 and 2 more."
    )


def test_answer_says_that_nobody_has_to_act_where_nothing_critical_stands() -> None:
    assert alerts.standing([]) == "Nobody has to act: nothing critical stands, 0 warnings do."


def test_table_has_a_line_a_finding_and_says_what_cannot_be_judged() -> None:
    lines = alerts.table([_finding(), _finding(rank=2, stands=False)], ["too few rows."]).splitlines()
    assert lines[2] == "| 1 | input: `age` | **critical** | 0.3123 PSI | 0.25 | 2026-02 | 2 |"
    assert "| critical, over |" in lines[3]
    assert lines[-1] == "- Not enough data: too few rows."
    assert alerts.table([], []).startswith("Nothing was found.")


def test_table_leaves_out_what_hurts_least() -> None:
    told = alerts.table([_finding(rank=place) for place in range(1, 21)], [])
    assert told.count("input: `age`") == 15
    assert "And 5 more, less likely to hurt." in told


def test_details_go_from_a_finding_to_its_rows_and_reports() -> None:
    told = alerts.details([_finding(), _finding(stands=False)], "m")
    assert told.split("\n\n") == [
        "**1. critical, input: In 2026-02 age has moved.**",
        "| age | town |\n| --- | --- |\n| 41.5 |  |",
        "Goes back to `m` version 3: [train](../20260101T000000Z-000000/train.ipynb).",
    ]
    assert "its reports are gone" in alerts.details([_finding(reports={})], "m")
    assert alerts.details([], "m") == "Nothing stands."


def test_names_from_data_mean_nothing_in_markdown() -> None:
    odd = "a|b<script>`*_["
    told = alerts.details([_finding(message=odd, rows=[{odd: odd}])], "m")
    assert "<script>" not in told
    assert "|b" not in told
    assert "\\*\\_\\[" in told
    assert "<" not in alerts.table([_finding(subject=odd)], [])
