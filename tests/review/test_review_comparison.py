import math
from pathlib import Path

import pytest
from pasts import AUC, NEW, OLD, code, judged, past, scrap, stage

from pipeline.past.lookup import PastRun
from pipeline.review.changes import Change, ValueChange
from pipeline.review.comparison import StagePair, compare
from pipeline.review.noise import Judgement
from pipeline.review.rendered import Figure, Rendered, Table
from pipeline.runs.record import StageRecord, Status

BETTER = {"roc_auc": {"value": 0.75, "low": 0.74, "high": 0.76}}


def pair(root: Path, before: StageRecord, after: StageRecord) -> StagePair:
    (found,) = compare(past(root, OLD, before), past(root, NEW, after)).stages
    return found


def test_metric_beyond_the_noise_is_judged_by_its_direction(tmp_path: Path) -> None:
    numbers = {"brier": {"value": 0.2, "low": 0.19, "high": 0.21}, "mine": {"value": 1.0, "low": 0.9, "high": 1.1}}
    worse = {"brier": {"value": 0.3, "low": 0.29, "high": 0.31}, "mine": {"value": 2.0, "low": 1.9, "high": 2.1}}
    before, after = judged(OLD, AUC | numbers | {"f1": 0.5}), judged(NEW, BETTER | worse | {"f1": 0.6, "new": 1})
    found = compare(past(tmp_path, OLD, before), past(tmp_path, NEW, after)).metrics
    assert {metric.title: metric.judgement for metric in found} == {
        "ROC AUC": Judgement.BETTER,
        "Brier score": Judgement.WORSE,
        "mine": Judgement.DIFFERENT,
        "F1": Judgement.UNKNOWN,
        "new": Judgement.UNKNOWN,
    }
    assert found[0].difference is not None
    assert found[0].difference.low == pytest.approx(0.05 - math.hypot(0.01, 0.01))


def test_equal_metrics_are_the_same(tmp_path: Path) -> None:
    found = compare(past(tmp_path, OLD, judged(OLD)), past(tmp_path, NEW, judged(NEW))).metrics
    assert [metric.judgement for metric in found] == [Judgement.SAME]


def test_difference_to_the_champion_is_the_one_measured_on_the_same_rows(tmp_path: Path) -> None:
    small = {"roc_auc": {"value": 0.004, "low": 0.001, "high": 0.007}}
    scraps = {"difference": scrap(small), "verdict": scrap({})}
    now = {"roc_auc": {"value": 0.704, "low": 0.694, "high": 0.714}}
    before = past(tmp_path, OLD, judged(OLD), model_version={"model_digest": "sha256:1"})
    after = past(tmp_path, NEW, judged(NEW, now, **scraps), verdict={"passed": True, "against": "sha256:1"})
    (metric,) = compare(before, after).metrics
    assert metric.is_paired
    assert metric.judgement is Judgement.BETTER
    other = past(tmp_path, OLD.replace("01T", "03T"), judged(OLD), model_version={"model_digest": "sha256:2"})
    (metric,) = compare(other, after).metrics
    assert not metric.is_paired
    assert metric.judgement is Judgement.WITHIN_NOISE


@pytest.mark.parametrize("metrics", [None, 3, [], {"roc_auc": "high"}, {"roc_auc": {"value": None}}])
def test_metrics_that_are_none_are_passed_over(tmp_path: Path, metrics: object) -> None:
    assert compare(past(tmp_path, OLD, judged(OLD, metrics)), past(tmp_path, NEW, judged(NEW, metrics))).metrics == ()


def test_gates_of_both_verdicts_stand_side_by_side(tmp_path: Path) -> None:
    gate = {"name": "roc_auc.low", "passed": True, "value": 0.7, "limit": 0.6, "message": "fine"}
    before = past(tmp_path, OLD, verdict={"passed": True, "gates": [gate, {"name": "old", "passed": True}, 3]})
    after = past(tmp_path, NEW, verdict={"passed": False, "gates": [gate | {"passed": False, "value": None}]})
    found = {each.name: each for each in compare(before, after).gates}
    assert list(found) == ["roc_auc.low", "old"]
    assert found["old"].after is None
    low = found["roc_auc.low"]
    assert low.before is not None
    assert low.after is not None
    assert (low.before.passed, low.before.value, low.after.passed) == (True, 0.7, False)
    assert math.isnan(low.after.value)


def test_gate_that_cannot_tell_is_neither_passed_nor_refused(tmp_path: Path) -> None:
    gate = {"name": "champion.roc_auc", "passed": False, "outcome": "inconclusive", "message": "too few rows"}
    after = past(tmp_path, NEW, verdict={"passed": False, "outcome": "inconclusive", "gates": [gate]})
    [found] = compare(past(tmp_path, OLD), after).gates
    assert (found.after.said, found.after.passed) == ("inconclusive", False)


def test_verdict_without_gates_has_none(tmp_path: Path) -> None:
    assert compare(past(tmp_path, OLD, verdict={"gates": "none"}), past(tmp_path, NEW)).gates == ()


def test_parameters_that_differ_are_named_and_the_others_counted(tmp_path: Path) -> None:
    before, after = {"trials": 5, "seed": 0, "old": "x"}, {"trials": 7, "seed": 0, "new": None}
    found = pair(tmp_path, stage("fit", OLD, parameters=before), stage("fit", NEW, parameters=after))
    assert found.parameters == (
        ValueChange(name="trials", change=Change.CHANGED, before="5", after="7"),
        ValueChange(name="new", change=Change.ADDED, after="null"),
        ValueChange(name="old", change=Change.REMOVED, before="x"),
    )
    assert found.parameters_same == 1


def test_small_values_are_compared_within_and_large_ones_by_digest(tmp_path: Path) -> None:
    before = {"profile": scrap({"rows": 3, "ages": {"mean": 1.5, "max": 9}}), "table": scrap("a", inline=False, rows=3)}
    after = {"profile": scrap({"rows": 4, "ages": {"mean": 1.5, "max": 8}}), "table": scrap("b", inline=False, rows=4)}
    same = {"kept": scrap(1)}
    found = pair(tmp_path, stage("eda", OLD, scraps=before | same), stage("eda", NEW, scraps=after | same)).scraps
    assert [each.name for each in found] == ["profile", "table"]
    assert [(each.name, each.before, each.after) for each in found[0].values] == [
        ("profile.rows", "3", "4"),
        ("profile.ages.max", "9", "8"),
    ]
    assert found[1].values == ()
    assert found[1].after is not None
    assert found[1].after.rows == 4


def test_value_that_became_a_table_of_values_is_compared_as_a_whole(tmp_path: Path) -> None:
    before, after = {"gap": scrap(None)}, {"gap": scrap({"a": 1, "b": 2})}
    (found,) = pair(tmp_path, stage("eda", OLD, scraps=before), stage("eda", NEW, scraps=after)).scraps
    assert [(each.name, each.before, each.after) for each in found.values] == [("gap", "null", '{"a": 1, "b": 2}')]


def test_more_values_than_a_page_holds_are_counted(tmp_path: Path) -> None:
    before, after = ({"all": scrap({str(key): value for key in range(150)})} for value in (0, 1))
    (found,) = pair(tmp_path, stage("eda", OLD, scraps=before), stage("eda", NEW, scraps=after)).scraps
    assert (len(found.values), found.left_out) == (100, 50)


def test_time_and_memory_are_put_in_relation_where_both_are_known(tmp_path: Path) -> None:
    after = stage("fit", NEW, seconds=3.0, peak_memory_bytes=5)
    found = pair(tmp_path, stage("fit", OLD, seconds=2.0), after)
    assert found.seconds_ratio == 1.5
    assert math.isnan(found.memory_ratio)


def test_stage_of_one_run_alone_is_there_without_details(tmp_path: Path) -> None:
    found = compare(past(tmp_path, OLD, stage("old", OLD)), past(tmp_path, NEW, stage("new", NEW))).stages
    assert [(each.name, each.before is None, each.after is None) for each in found] == [
        ("new", True, False),
        ("old", False, True),
    ]
    assert math.isnan(found[0].seconds_ratio)
    assert math.isnan(found[0].memory_ratio)


def test_code_is_compared_and_figures_and_tables_where_rendered(tmp_path: Path) -> None:
    def rendered(of: PastRun, _: StageRecord) -> Rendered:
        now = of.record.run == NEW
        figure = Figure(cell="fit", number=1, picture=f"{now}.png", width_px=1, height_px=1, alt="")
        return Rendered(title="", figures=(figure,), tables=(Table(cell="fit", number=1, rows=(("a",),)),))

    before = past(tmp_path, OLD, stage("fit", OLD), cells={"fit": [code("fit", "x = 1")]})
    after = past(tmp_path, NEW, stage("fit", NEW), cells={"fit": [code("fit", "x = 2")]})
    (plain,), (found,) = compare(before, after).stages, compare(before, after, rendered).stages
    assert [each.id for each in plain.code] == ["fit"]
    assert (plain.figures, plain.tables) == ((), ())
    assert [each.change for each in found.figures] == [Change.CHANGED]
    assert [each.change for each in found.tables] == [Change.SAME]


def test_reused_report_is_not_compared_with_itself(tmp_path: Path) -> None:
    def refused(*_: object) -> Rendered:
        raise AssertionError

    before = past(tmp_path, OLD, stage("fit", OLD))
    after = past(tmp_path, NEW, stage("fit", NEW, status=Status.REUSED, executed_by=OLD))
    (found,) = compare(before, after, refused).stages
    assert found.is_same_report


def test_report_that_is_gone_is_told_and_the_others_are_compared(tmp_path: Path) -> None:
    before = past(tmp_path, OLD, stage("gone", OLD), stage("fit", OLD), cells={"fit": [code("fit", "x = 1")]})
    after = past(tmp_path, NEW, stage("gone", NEW), stage("fit", NEW))
    (before.folder / "gone.ipynb").unlink()
    gone, fit = compare(before, after).stages
    assert "cannot read" in gone.problem
    assert len(fit.code) == 1


def test_record_cannot_name_a_file_outside_of_its_run(tmp_path: Path) -> None:
    outside = tmp_path / "secret.ipynb"
    outside.write_text('{"nbformat": 4, "cells": []}')
    after = past(tmp_path, NEW, stage("fit", NEW))
    before = past(tmp_path, OLD, stage("fit", OLD, report="../../secret.ipynb"))
    (found,) = compare(before, after).stages
    assert str(before.folder / "secret.ipynb") in found.problem
