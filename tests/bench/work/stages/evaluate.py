# %% [markdown]
# # Evaluate
#
# Is it good enough?

# %% setup
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.calibration import calibration_curve
from sklearn.inspection import permutation_importance
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from pipeline.handoff import Upstream, glue, read

# %% parameters
prep: Upstream = "reports/latest/prep.ipynb"  # the rows to judge on
train: Upstream = "reports/latest/train.ipynb"  # the model
resamples: int = 60  # of the rows, for the interval

# %% [markdown]
# ## Inputs

# %% inputs
prepared, trained = read(prep), read(train)
test, features, model = prepared["test"], prepared["features"], trained["model"]
truth = test["target"].to_numpy()
chance = model.predict_proba(test[features])[:, 1]

# %% [markdown]
# ## Scores

# %% scores
auc, brier = roc_auc_score(truth, chance), brier_score_loss(truth, chance)
random = np.random.default_rng(0)
draws = [random.integers(0, len(truth), len(truth)) for _ in range(resamples)]
low, high = np.quantile([roc_auc_score(truth[draw], chance[draw]) for draw in draws], [0.025, 0.975])
assert low < auc < high
print(f"area {auc:.4f} ({low:.4f} to {high:.4f}), Brier score {brier:.4f}")

# %% curves
figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
left.plot(*roc_curve(truth, chance)[:2])
right.plot(*calibration_curve(truth, chance, n_bins=20)[::-1], marker=".")

# %% [markdown]
# ## Features

# %% importance
some = test.sample(3_000, random_state=0)
found = permutation_importance(model, some[features], some["target"], scoring="roc_auc", n_repeats=1, random_state=0)
importance = pd.DataFrame({"feature": features, "loss": found.importances_mean}).sort_values("loss")
figure, axis = plt.subplots(figsize=(6, 6), layout="constrained")
axis.barh(importance["feature"], importance["loss"])

# %% outputs
glue("auc", float(auc))
glue("interval", [float(low), float(high)])
glue("brier", float(brier))
glue("importance", importance.reset_index(drop=True))
