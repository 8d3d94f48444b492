# %% [markdown]
# # Deploy
#
# Does the model that is served do what this one does?

# %% setup
import time

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd

from pipeline.handoff import Upstream, glue, read

# %% parameters
prep: Upstream = "reports/latest/prep.ipynb"  # rows to ask about
train: Upstream = "reports/latest/train.ipynb"  # the model
evaluate: Upstream = "reports/latest/evaluate.ipynb"  # what it is worth
least: float = 0.6  # area under the curve, the lower end of its interval

# %% [markdown]
# ## Inputs

# %% inputs
prepared, model, judged = read(prep), read(train)["model"], read(evaluate)
rows = prepared["test"][prepared["features"]].head(2_000)
approved = judged["interval"][0] >= least
assert approved

# %% [markdown]
# ## Same answers

# %% answers
whole = model.predict_proba(rows)[:, 1]
parts = np.concatenate([model.predict_proba(part)[:, 1] for _, part in rows.groupby(np.arange(len(rows)) // 50)])
assert np.allclose(whole, parts)

# %% latency
taken = []
for number in range(30):
    started = time.perf_counter()
    model.predict_proba(rows.iloc[[number]])
    taken.append(time.perf_counter() - started)
print("one row at a time:", "slow" if np.median(taken) > 1 else "fast enough")

# %% shape
figure, axis = plt.subplots(figsize=(6, 3), layout="constrained")
axis.hist(whole, bins=50)

# %% outputs
glue("approved", bool(approved))
glue("served", model)
glue("answers", pd.DataFrame({"chance": whole}))
