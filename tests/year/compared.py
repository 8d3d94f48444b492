"""What a report on a year shows: how good each way to keep a model was in each month, what it cost, what it did."""

from typing import Any

import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import log_loss, mean_absolute_error, roc_auc_score, root_mean_squared_error

from pipeline.figures.style import COLOURS, Sheet, sheet

BINARY, NUMBER = ("ROC AUC", "log loss"), ("RMSE", "MAE")
MORE_IS_BETTER = {"ROC AUC"}
_MARKS = "os^D"


def metrics(told: pd.DataFrame) -> tuple[str, str]:
    """Name the metrics of what was predicted: of two classes or of a number."""
    return BINARY if set(told["truth"]) <= {0.0, 1.0} else NUMBER


def by_month(told: pd.DataFrame) -> pd.DataFrame:
    """Score every month of each strategy: `strategy`, `month`, `metric`, `value`."""
    found = []
    for (strategy, month), rows in told.groupby(["strategy", "month"], sort=False):
        values = _scores(rows["truth"].to_numpy(), rows["said"].to_numpy(), metrics(told))
        found += [
            {"strategy": strategy, "month": month, "metric": name, "value": each} for name, each in values.items()
        ]
    return pd.DataFrame(found)


def _scores(truth: NDArray[Any], said: NDArray[Any], names: tuple[str, str]) -> dict[str, float]:
    if names == BINARY:
        return {"ROC AUC": float(roc_auc_score(truth, said)), "log loss": float(log_loss(truth, said))}
    return {
        "RMSE": float(root_mean_squared_error(truth, said)),
        "MAE": float(mean_absolute_error(truth, said)),
    }


def costs(facts: dict[str, Any]) -> pd.DataFrame:
    """Say what each strategy cost after its first training."""
    rows = {}
    for name, each in facts["strategies"].items():
        done = [attempt for attempt in each["attempts"] if attempt["result"] != "stopped"]
        steps = [step for step in each["steps"] if step["month"] != "founded"]
        rows[name] = {
            "retrains": len(done),
            "new champions": len(each["swaps"]),
            "seconds": sum(step["seconds"] for step in steps),
            "CPU seconds": sum(step["cpu_s"] for step in steps),
            "requests": each["requests"],
            "not answered": len(each["refused"]),
        }
    return pd.DataFrame(rows).T


def timeline(facts: dict[str, Any]) -> pd.DataFrame:
    """Say what each strategy did at the end of each month."""
    rows = []
    for name, each in facts["strategies"].items():
        version = {swap["month"]: swap["version"] for swap in each["swaps"]}
        for step in each["steps"]:
            decided = [line for line in step["printed"] if not line.startswith("reports:")]
            told = {"kept": name, "after": step["month"], "new version": version.get(step["month"])}
            alarms = "; ".join(step["alarms"][:2]) if name != "never" else ""
            rows.append({**told, "alarms": alarms, "what happened": " ".join(" ".join(decided).split())})
    return pd.DataFrame(rows)


def chart(scored: pd.DataFrame, metric: str, finding: str) -> Sheet:
    """Draw a metric by month, a line a strategy."""
    figure = sheet(finding, height_in=3.2)
    axes = figure.subplots()
    table = scored[scored["metric"] == metric].pivot_table(
        index="month", columns="strategy", values="value", sort=False
    )
    for place, (name, line) in enumerate(table.items()):
        axes.plot(table.index, line, f"{_MARKS[place]}-", color=COLOURS[place], label=str(name))
    axes.set(xlabel="month", ylabel=f"{metric} ({'more' if metric in MORE_IS_BETTER else 'less'} is better)")
    axes.tick_params(axis="x", rotation=45)
    axes.legend(ncols=3, loc="upper left", bbox_to_anchor=(0, 1.18), borderaxespad=0)
    return figure
