# %% [markdown]
# # Train
#
# Which model predicts best?

# %% setup
import matplotlib.pyplot as plt
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

from pipeline.handoff import Upstream, glue, read

# %% parameters
prep: Upstream = "reports/latest/prep.ipynb"  # the tables
rates: list[float] = [0.05, 0.1, 0.2]  # learning rates to try
trees: int = 60  # of each model

# %% [markdown]
# ## Inputs

# %% inputs
prepared = read(prep)
train, features = prepared["train"], prepared["features"]
held = train.iloc[int(len(train) * 0.8) :]
early = train.iloc[: int(len(train) * 0.8)]

# %% [markdown]
# ## Baseline

# %% baseline
words = [name for name in features if name.startswith("word")]
numbers = [name for name in features if name not in words]
scaled = make_pipeline(SimpleImputer(), StandardScaler())
logistic = make_pipeline(
    make_column_transformer((OneHotEncoder(handle_unknown="ignore"), words), (scaled, numbers)),
    LogisticRegression(max_iter=200),
)
logistic.fit(early[features], early["target"])
baseline = roc_auc_score(held["target"], logistic.predict_proba(held[features])[:, 1])
print(f"logistic regression {baseline:.4f}")


# %% candidates
def candidate(rate):
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    boosting = HistGradientBoostingClassifier(learning_rate=rate, max_iter=trees, early_stopping=False, random_state=0)
    return make_pipeline(make_column_transformer((encoder, words), remainder="passthrough"), boosting)


# %% [markdown]
# ## Search

# %% search
scores = {}
for rate in rates:
    fitted = candidate(rate).fit(early[features], early["target"])
    scores[rate] = roc_auc_score(held["target"], fitted.predict_proba(held[features])[:, 1])
trials = pd.DataFrame({"rate": list(scores), "auc": list(scores.values())})
print(trials.to_string())

# %% chosen
best = max(scores, key=scores.get)
model = candidate(best).fit(train[features], train["target"])
figure, axis = plt.subplots(figsize=(6, 3), layout="constrained")
axis.plot(trials["rate"], trials["auc"], marker="o")
axis.axhline(baseline, linestyle=":")
assert scores[best] > 0.6

# %% outputs
glue("model", model)
glue("trials", trials)
glue("baseline", float(baseline))
