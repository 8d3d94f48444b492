"""Gates: what a model must reach before it may answer, and the verdict on it.

Declared in `[tool.pipeline.gates]`, by metric of the task, by rival on the same rows, or by what is counted:

    roc_auc = { low_at_least = 0.65 }              # the lower end of its interval
    brier = { high_at_most = 0.2 }                 # the upper end
    baseline = { roc_auc = 0.0 }                   # at most so much worse than the best baseline, beyond doubt
    champion = { roc_auc = 0.01 }                  # the same against the champion
    champion_slices = { roc_auc = 0.05 }           # on no slice clearly so much worse than the champion there
    slices = { roc_auc = 0.1 }                     # on no slice clearly so much worse than on all rows
    calibration = { slope_low_at_least = 0.8, ece_high_at_most = 0.05 }
    giveaways = { at_most = 0 }                    # columns that are the target itself, renamed, recoded or in parts
    leaks = { at_most = 0 }                        # all columns and rows that may give the answer away
    schema = { unsent_at_most = 0 }                # columns that clients of the champion do not send
    verified = { differing_at_most = 0 }           # rows that the model, loaded again, predicts otherwise
    latency_ms = { p99_at_most = 50 }              # of single rows
    size_mb = { at_most = 50 }                     # of the model's file
    card = { missing_at_most = 0 }                 # parts of [tool.pipeline.card] that nobody has written

Light on purpose: settings are checked with it before anything runs, when nobody knows the task yet. A metric that the
task does not have is an error where it is known.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from pipeline.errors import GateError, SettingsError, near
from pipeline.goal import Task
from pipeline.learning import metrics
from pipeline.learning.metrics import CALIBRATION, METRICS, Metric
from pipeline.models.contests import CHAMPION_SLICES, SLICES, NotWorse, SlicesNotWorse
from pipeline.models.evidence import (
    BASELINE,
    CHAMPION,
    RIVALS,
    Difference,
    Evidence,
    Gate,
    NoDifference,
    Said,
    Verdict,
)
from pipeline.models.limits import COUNTED, LIMITS, Limit, finite, number

Declared = Mapping[str, Mapping[str, float]]

MEANT = "calibration"
_USUAL = {"giveaways": {"at_most": 0}, "verified": {"differing_at_most": 0}}

DEFAULTS: Mapping[Task, Declared] = {
    Task.BINARY: {
        "roc_auc": {"low_at_least": 0.5},
        BASELINE: {"roc_auc": 0.01},
        CHAMPION: {"roc_auc": 0.01},
        CHAMPION_SLICES: {"roc_auc": 0.02},
        **_USUAL,
    },
    Task.MULTICLASS: {
        "roc_auc_ovr": {"low_at_least": 0.5},
        BASELINE: {"f1_macro": 0.01},
        CHAMPION: {"f1_macro": 0.01},
        CHAMPION_SLICES: {"accuracy": 0.02},
        **_USUAL,
    },
    Task.REGRESSION: {"r2": {"low_at_least": 0.0}, BASELINE: {"r2": 0.01}, CHAMPION: {"r2": 0.01}, **_USUAL},
}
"""Asked where nothing is declared: what holds for any table, and whose false alarms are rare and known.

Whether a slice is harder than the others, how well calibrated predictions must be, which suspected leaks are none, how
long one may wait: an application says so, or nobody. An error of a regression has the unit of its target, so that no
margin on slices is usual either.
"""


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


def judge(
    gates: Declared, task: Task, evidence: Evidence, *, model: str | None = None, against: str | None = None
) -> Verdict:
    """Ask every gate. A number that is missing, not finite or no number never passes, nor do too few rows.

    Parameters
    ----------
    gates
        As declared in settings.
    task
        Of the model.
    evidence
        What they look at.
    model
        Digest of the model; a champion of the same digest is no rival.
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
    if not isinstance(evidence.metrics, Mapping) or not evidence.metrics:
        raise GateError(
            f"there are no metrics to judge ({evidence.metrics!r}): no gate passes without. Score the model first."
        )
    fair = {rival: _fair(rival, evidence, same=model is not None and model == against) for rival in RIVALS}
    checked = replace(evidence, differences=fair)
    return Verdict(outcomes=tuple(gate.judge(checked) for gate in asked), against=against)


def _fair(rival: str, evidence: Evidence, *, same: bool) -> Difference | NoDifference:
    """Return the difference to a rival, if it is one to another model."""
    title, differences = RIVALS[rival], evidence.differences
    found = differences.get(rival) if isinstance(differences, Mapping) else None
    if not isinstance(found, Difference | NoDifference):
        raise GateError(
            f"the difference to the {title} is {found!r}: give a Difference on the same rows, "
            "or a NoDifference that says why there is none."
        )
    is_itself = same and rival == CHAMPION
    if isinstance(found, Difference) and (is_itself or _none_at_all(found)):
        told = f"the {title} predicts exactly as this model does: a model that is compared with itself shows nothing"
        cure = f"Promote another one, or leave {rival} out of [tool.pipeline.gates] once where this is meant."
        return NoDifference(said=Said.REFUSED, message=f"{told}. {cure}")
    return found


def _none_at_all(found: Difference) -> bool:
    """Say whether no resample tells the two apart, by any metric."""
    if not isinstance(found.estimates, Mapping):
        return False
    ends = [number(found.estimates, metric, end) for metric in found.estimates for end in ("value", "low", "high")]
    known = [end for end in ends if end is not None]
    return bool(known) and not any(known)


def _require_of(task: Task | None, gate: Gate) -> None:
    metric = getattr(gate, "metric", None)
    if task is None or metric is None:
        return
    where = f"[tool.pipeline.gates] {gate.name}"
    known = [*metrics.of(task), *metrics.calibrations(task)]
    if metric not in known:
        raise SettingsError(
            f"{where} asks for {({**METRICS, **CALIBRATION})[metric].title}, which no {task} goal has: "
            f"there are {', '.join(known)}. Ask for one of these, or leave all gates out to get the usual ones."
        )
    if isinstance(gate, SlicesNotWorse) and metric != metrics.by_slice(task):
        raise SettingsError(f"{where}: slices are compared by {metrics.by_slice(task)} alone. Give that its margin.")


_EXAMPLE = "Write, for example, roc_auc = { low_at_least = 0.65 }."


def _gates(name: str, asked: Any) -> Iterator[Gate]:  # noqa: ANN401 - whatever stands in the file
    where = f"[tool.pipeline.gates] {name}"
    kinds = {
        **dict.fromkeys(METRICS, _limit),
        **dict.fromkeys((*RIVALS, SLICES, CHAMPION_SLICES), _margin),
        **dict.fromkeys(COUNTED, _count),
        MEANT: _calibration,
    }
    if name not in kinds:
        raise SettingsError(f"{where} is no metric: {near(name, kinds)} {_EXAMPLE}")
    if not isinstance(asked, Mapping) or not asked:
        raise SettingsError(f"{where} is {asked!r}: a table with at least one limit is needed. {_EXAMPLE}")
    kind: Callable[[str, str, str, Any], Gate] = kinds[name]
    for key, limit in asked.items():
        yield kind(where, name, key, limit)


def _count(where: str, name: str, key: str, most: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    kind = COUNTED[name]
    if key != kind.key:
        raise SettingsError(f"{where}.{key} is no limit: {near(key, [kind.key])} Write {name} = {{ {kind.key} = 0 }}.")
    found = _finite(f"{where}.{key}", most)
    if found < 0 or (kind.whole and found != int(found)):
        rule = f"{name} are counted, so it is a whole number, 0 or more" if kind.whole else "it is 0 or more"
        raise SettingsError(f"{where}.{key} is {found:g}: {rule}.")
    return kind(most=found)


def _margin(where: str, name: str, metric: str, margin: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    if metric not in METRICS:
        raise SettingsError(f"{where}.{metric} is no metric: {near(metric, METRICS)} Give each metric its margin.")
    found = _finite(f"{where}.{metric}", margin)
    if not METRICS[metric].better:
        raise SettingsError(
            f"{where}.{metric} can be no margin: neither more nor less of it is better. "
            f"Ask for what it should be instead: {metric} = {{ low_at_least = 0.85 }}."
        )
    if not 0 <= found < METRICS[metric].high:
        raise SettingsError(f"{where}.{metric} is {found:g}: a margin is by how much worse is still good, 0 or more.")
    if name in RIVALS:
        return NotWorse(rival=name, metric=metric, margin=found)
    return SlicesNotWorse(table=name, metric=metric, margin=found)


def _calibration(where: str, _: str, key: str, limit: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    metric, _, end = key.partition("_")
    if metric not in CALIBRATION:
        known = [f"{each}_{end}" for each in CALIBRATION for end in LIMITS]
        raise SettingsError(f"{where}.{key} is no limit: {near(key, known)}")
    return _within(f"{where}.{key}", CALIBRATION[metric], metric, end, limit)


def _limit(where: str, metric: str, key: str, limit: Any) -> Gate:  # noqa: ANN401 - whatever stands in the file
    return _within(f"{where}.{key}", METRICS[metric], metric, key, limit)


def _within(where: str, known: Metric, metric: str, key: str, limit: Any) -> Limit:  # noqa: ANN401 - as `_limit`
    if key not in LIMITS:
        raise SettingsError(f"{where} is no limit: {near(key, LIMITS)}")
    found = _finite(where, limit)
    if not known.low <= found <= known.high:
        raise SettingsError(f"{where} is {found:g}: {known.title} lies between {known.low:g} and {known.high:g}.")
    return LIMITS[key](metric=metric, limit=found)


def _finite(where: str, value: Any) -> float:  # noqa: ANN401 - whatever stands in the file
    found = finite(value)
    if found is None:
        raise SettingsError(f"{where} is {value!r}: a finite number is needed.")
    return found
