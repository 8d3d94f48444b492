"""The metrics of each task: their names, their ranges, and which way is better. Imports nothing heavy."""

from dataclasses import dataclass
from math import inf

from pipeline.goal import Task


@dataclass(frozen=True, kw_only=True)
class Metric:
    """What a number called so means.

    Attributes
    ----------
    title
        For people.
    better
        +1 where more is better, -1 where less is, 0 where neither is: it should be what was promised.
    low, high
        The least and the greatest possible value.
    in_target
        Whether it is measured in the unit of the target, so that no number is good or bad by itself.
    """

    title: str
    better: int = 1
    low: float = 0.0
    high: float = 1.0
    in_target: bool = False

    @property
    def directed(self) -> str:
        """Its title, with the way that is better."""
        way = {1: "more is better", -1: "less is better", 0: "should be what was promised"}[self.better]
        return f"{self.title} ({way})"


_LOG_LOSS = Metric(title="log loss", better=-1, high=inf)
_ACCURACY = Metric(title="accuracy")

_TASKS: dict[Task, dict[str, Metric]] = {
    Task.BINARY: {
        "roc_auc": Metric(title="ROC AUC"),
        "average_precision": Metric(title="average precision"),
        "log_loss": _LOG_LOSS,
        "brier": Metric(title="Brier score", better=-1),
        "accuracy": _ACCURACY,
        "precision": Metric(title="precision"),
        "recall": Metric(title="recall"),
        "f1": Metric(title="F1"),
    },
    Task.MULTICLASS: {
        "f1_macro": Metric(title="macro F1"),
        "balanced_accuracy": Metric(title="balanced accuracy"),
        "roc_auc_ovr": Metric(title="one-vs-rest ROC AUC"),
        "log_loss": _LOG_LOSS,
        "accuracy": _ACCURACY,
        "f1_weighted": Metric(title="weighted F1"),
        "precision_macro": Metric(title="macro precision"),
        "recall_macro": Metric(title="macro recall"),
    },
    Task.REGRESSION: {
        "rmse": Metric(title="RMSE", better=-1, high=inf, in_target=True),
        "mae": Metric(title="MAE", better=-1, high=inf, in_target=True),
        "r2": Metric(title="R²", low=-inf),
        "median_absolute_error": Metric(title="median absolute error", better=-1, high=inf, in_target=True),
        "mape": Metric(title="MAPE", better=-1, high=inf),
        "coverage": Metric(title="coverage of the interval", better=0),
    },
}
_DRAWN = 4
_WATCHED = {
    Task.BINARY: ("roc_auc", "log_loss", "brier"),
    Task.MULTICLASS: ("f1_macro", "roc_auc_ovr", "log_loss"),
    Task.REGRESSION: ("rmse", "mae", "r2"),
}

METRICS: dict[str, Metric] = {name: metric for found in _TASKS.values() for name, metric in found.items()}
"""The metrics of all tasks; a name means the same in each."""

CALIBRATION: dict[str, Metric] = {
    "slope": Metric(title="calibration slope", better=0, low=-inf, high=inf),
    "ece": Metric(title="expected calibration error", better=-1),
}
"""What calibration is measured by, beside the metrics: `learning.scoring.reliability` says how."""

_CALIBRATED = {Task.BINARY: ("slope", "ece"), Task.MULTICLASS: ("ece",), Task.REGRESSION: ("slope",)}


def calibrations(task: Task) -> tuple[str, ...]:
    """Name what calibration of a task is measured by.

    >>> calibrations(Task.BINARY)
    ('slope', 'ece')
    """
    return _CALIBRATED[task]


def of(task: Task) -> dict[str, Metric]:
    """Return the metrics of a task, the headline first; those that say most come before the others.

    >>> list(of(Task.REGRESSION))
    ['rmse', 'mae', 'r2', 'median_absolute_error', 'mape', 'coverage']
    """
    return _TASKS[task]


def headline(task: Task) -> str:
    """Name the metric that models of a task are compared by.

    >>> [headline(task) for task in Task]
    ['roc_auc', 'f1_macro', 'rmse']
    """
    return next(iter(_TASKS[task]))


def drawn(task: Task) -> tuple[str, ...]:
    """Name the metrics of a task that are worth a panel of a figure.

    >>> drawn(Task.BINARY)
    ('roc_auc', 'average_precision', 'log_loss', 'brier')
    """
    return tuple(_TASKS[task])[:_DRAWN]


def watched(task: Task) -> tuple[str, ...]:
    """Name the metrics of a task that are followed over time: the headline, and how far predictions are off.

    >>> watched(Task.REGRESSION)
    ('rmse', 'mae', 'r2')
    """
    return _WATCHED[task]


def by_slice(task: Task) -> str:
    """Name the metric that slices are judged by: the headline, or one that small slices do not bias.

    A mean over classes changes where a slice has few rows of a rare class, or none, whoever predicts.

    >>> [by_slice(task) for task in Task]
    ['roc_auc', 'accuracy', 'rmse']
    """
    return "accuracy" if task is Task.MULTICLASS else headline(task)
