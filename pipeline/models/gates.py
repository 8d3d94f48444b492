"""Gates: what a model's metrics must reach before it may answer, and the verdict on it.

Declared in `[tool.pipeline.gates]`, by metric of the task or for the comparison with a rival on the same rows:

    roc_auc = { low_at_least = 0.65 }      # the lower end of its interval
    brier = { high_at_most = 0.2 }         # the upper end
    baseline = { roc_auc = 0.0 }           # at most so much worse than the best baseline, at the bad end of the
    champion = { roc_auc = 0.01 }          # difference's interval; the same against the champion
    leaks = { at_most = 0 }                # columns and rows that give the answer away

Light on purpose: settings are checked with it before anything runs, when nobody knows the task yet. A metric that the
task does not have is an error where it is known.
"""

from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from pipeline.errors import GateError, SettingsError, near
from pipeline.goal import Task
from pipeline.learning import metrics
from pipeline.learning.metrics import METRICS
from pipeline.models.evidence import BASELINE, CHAMPION, RIVALS, Estimates, Evidence, Gate, NoDifference, Verdict
from pipeline.models.limits import AT_MOST, LEAKS, LIMITS, FewLeaks, NotWorse

Declared = Mapping[str, Mapping[str, float]]

DEFAULTS: Mapping[Task, Declared] = {
    Task.BINARY: {"roc_auc": {"low_at_least": 0.5}, BASELINE: {"roc_auc": 0.0}, CHAMPION: {"roc_auc": 0.01}},
    Task.MULTICLASS: {BASELINE: {"f1_macro": 0.0}, CHAMPION: {"f1_macro": 0.01}},
    Task.REGRESSION: {BASELINE: {"rmse": 0.0}, CHAMPION: {"r2": 0.01}},
}
"""Asked where nothing is declared: better than chance, and not worse than the best baseline and the champion."""


def declared(gates: Declared, task: Task | None = None) -> tuple[Gate, ...]:
    """Read the gates of `[tool.pipeline.gates]`; where it is empty, those of `DEFAULTS` for a task.

    Parameters
    ----------
    gates
        As declared in settings.
    task
        None where nobody knows it yet: then gates of every task are taken, and nothing stands for none.

    Raises
    ------
    SettingsError
        If a metric or a limit is unknown, or not of the task, a number is none, or it can never (or not but) be met.
    """
    if not isinstance(gates, Mapping):
        raise SettingsError(f"[tool.pipeline.gates] is {gates!r}: a table is needed, by metric. {_EXAMPLE}")
    asked = gates or (DEFAULTS[task] if task else {})
    found = tuple(gate for name, limits in asked.items() for gate in _gates(name, limits))
    for gate in found:
        _require_of(task, gate)
    return found


def judge(  # noqa: PLR0913 - all that gates look at
    gates: Declared,
    task: Task,
    metrics: Estimates,
    differences: Mapping[str, Estimates | NoDifference],
    *,
    leaks: int | None = None,
    against: str | None = None,
) -> Verdict:
    """Ask every gate. A number that is missing, not finite or no number never passes.

    Parameters
    ----------
    gates
        As declared in settings.
    task
        Of the model.
    metrics
        By metric `value`, `low` and `high`.
    differences
        By rival (`baseline`, `champion`) the same of metric minus the rival's, on the same rows; or why there is none.
    leaks
        How many leaks were found; None where nobody has looked for them.
    against
        Digest of the present champion, None where there is none: the verdict holds while it stays that one.

    Raises
    ------
    SettingsError
        As in `declared`.
    GateError
        If there are no metrics at all, or a difference is missing.
    """
    asked = declared(gates, task)
    if not isinstance(metrics, Mapping) or not metrics:
        raise GateError(f"there are no metrics to judge ({metrics!r}): no gate passes without. Score the model first.")
    for rival, title in RIVALS.items():
        found = differences.get(rival) if isinstance(differences, Mapping) else None
        if not isinstance(found, Mapping | NoDifference):
            raise GateError(
                f"the difference to the {title} is {found!r}: give the paired differences by metric, "
                "or a NoDifference that says why there are none."
            )
    evidence = Evidence(metrics=metrics, differences=differences, leaks=leaks)
    return Verdict(outcomes=tuple(gate.judge(evidence) for gate in asked), against=against)


def _require_of(task: Task | None, gate: Gate) -> None:
    metric = getattr(gate, "metric", None)
    if task is not None and metric is not None and metric not in metrics.of(task):
        raise SettingsError(
            f"[tool.pipeline.gates] {gate.name} asks for {METRICS[metric].title}, which no {task} goal has: "
            f"there are {', '.join(metrics.of(task))}. "
            "Ask for one of these, or leave all gates out to get the usual ones."
        )


_EXAMPLE = "Write, for example, roc_auc = { low_at_least = 0.65 }."


def _gates(name: str, asked: Any) -> Iterator[Gate]:  # noqa: ANN401 - whatever stands in the file
    where = f"[tool.pipeline.gates] {name}"
    if name not in {*RIVALS, *METRICS, LEAKS}:
        raise SettingsError(f"{where} is no metric: {near(name, [*METRICS, *RIVALS, LEAKS])} {_EXAMPLE}")
    if not isinstance(asked, Mapping) or not asked:
        raise SettingsError(f"{where} is {asked!r}: a table with at least one limit is needed. {_EXAMPLE}")
    for key, number in asked.items():
        if name == LEAKS:
            yield _leaks(where, key, number)
        else:
            yield _margin(where, name, key, number) if name in RIVALS else _limit(where, name, key, number)


def _leaks(where: str, key: str, most: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    if key != AT_MOST:
        raise SettingsError(f"{where}.{key} is no limit: {near(key, [AT_MOST])}. Write {LEAKS} = {{ {AT_MOST} = 0 }}.")
    number = _finite(f"{where}.{key}", most)
    if number < 0 or number != int(number):
        raise SettingsError(f"{where}.{key} is {number:g}: leaks are counted, so it is a whole number, 0 or more.")
    return FewLeaks(most=int(number))


def _margin(where: str, rival: str, metric: str, margin: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    if metric not in METRICS:
        raise SettingsError(f"{where}.{metric} is no metric: {near(metric, METRICS)} Give each metric its margin.")
    number = _finite(f"{where}.{metric}", margin)
    if not METRICS[metric].better:
        raise SettingsError(
            f"{where}.{metric} can be no margin: neither more nor less of it is better. "
            f"Ask for what it should be instead: {metric} = {{ low_at_least = 0.85 }}."
        )
    if not 0 <= number < METRICS[metric].high:
        raise SettingsError(f"{where}.{metric} is {number:g}: a margin is by how much worse is still good, 0 or more.")
    return NotWorse(rival=rival, metric=metric, margin=number)


def _limit(where: str, metric: str, key: str, limit: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    if key not in LIMITS:
        raise SettingsError(f"{where}.{key} is no limit: {near(key, LIMITS)}")
    number, known = _finite(f"{where}.{key}", limit), METRICS[metric]
    if not known.low <= number <= known.high:
        raise SettingsError(
            f"{where}.{key} is {number:g}: {known.title} lies between {known.low:g} and {known.high:g}."
        )
    return LIMITS[key](metric=metric, limit=number)


def _finite(where: str, number: Any) -> float:  # noqa: ANN401 - whatever stands in the file
    if isinstance(number, bool) or not isinstance(number, int | float) or not isfinite(number):
        raise SettingsError(f"{where} is {number!r}: a finite number is needed.")
    return float(number)
