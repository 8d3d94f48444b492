# %% [markdown]
# # Monitor
#
# Does the model still hold?

# %% setup
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from pipeline.handoff import Upstream, glue, read

# %% parameters
prep: Upstream = "reports/latest/prep.ipynb"  # the rows that came later
deploy: Upstream = "reports/latest/deploy.ipynb"  # the model that is served
bins: int = 20  # of each column

# %% [markdown]
# ## Inputs

# %% inputs
prepared, deployed = read(prep), read(deploy)
before, later, features = prepared["train"], prepared["later"], prepared["features"]
model = deployed["served"]


# %% [markdown]
# ## Drift


# %% drift
def shares(values, edges):
    return np.clip(np.histogram(values, edges)[0] / len(values), 1e-6, None)


def shift(name):
    known = before[name].dropna()
    edges = np.unique(np.quantile(known, np.linspace(0, 1, bins + 1)))
    edges[0], edges[-1] = -np.inf, np.inf
    was, now = shares(known, edges), shares(later[name].dropna(), edges)
    return float(((now - was) * np.log(now / was)).sum())


numbers = [name for name in features if name.startswith("number")]
drift = pd.DataFrame({"column": numbers, "shift": [shift(name) for name in numbers]})
print(drift.to_string())

# %% shapes
figure, axes = plt.subplots(3, 4, figsize=(12, 8), layout="constrained")
for axis, name in zip(axes.flat, numbers, strict=True):
    axis.hist([before[name].dropna(), later[name].dropna()], bins=bins, density=True)
    axis.set_title(name)

# %% [markdown]
# ## Performance

# %% performance
scored = later.assign(chance=model.predict_proba(later[features])[:, 1])
weeks = scored.groupby(pd.Grouper(key="time", freq="W"))
windows = pd.DataFrame(
    [(week, roc_auc_score(part["target"], part["chance"])) for week, part in weeks if part["target"].nunique() == 2],
    columns=["week", "auc"],
)
figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
axis.plot(windows["week"], windows["auc"], marker="o")

# %% outputs
glue("drift", drift)
glue("windows", windows)
glue("result", float(windows["auc"].mean() + drift["shift"].sum()))
