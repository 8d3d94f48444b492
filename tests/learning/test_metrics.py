import pytest

from pipeline.goal import Task
from pipeline.learning import metrics


@pytest.mark.parametrize("task", Task)
def test_each_task_has_a_headline_that_has_a_better_side(task: Task) -> None:
    assert metrics.headline(task) in metrics.drawn(task)
    assert all(metrics.of(task)[name].better for name in metrics.drawn(task))


def test_a_name_means_the_same_in_every_task_that_has_it() -> None:
    for task in Task:
        assert all(metrics.METRICS[name] == metric for name, metric in metrics.of(task).items())


def test_titles_say_which_way_is_better() -> None:
    assert metrics.METRICS["roc_auc"].directed == "ROC AUC (more is better)"
    assert metrics.METRICS["brier"].directed == "Brier score (less is better)"
    assert metrics.METRICS["coverage"].directed == "coverage of the interval (should be what was promised)"
