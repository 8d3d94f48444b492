# %% [markdown]
# # Eda
#
# What is in this table?

# %% setup
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.feature_selection import mutual_info_classif

from pipeline.handoff import glue

# %% parameters
source: str = "data/rows.parquet"  # the table
sample: int = 10_000  # rows that the slower measures look at

# %% [markdown]
# ## Rows

# %% rows
frame = pd.read_parquet(source)
assert frame["id"].is_unique
print(frame.dtypes)
print(frame.describe().round(2).to_string())

# %% [markdown]
# ## Columns

# %% profile
numbers = [name for name in frame if name.startswith("number")]
words = [name for name in frame if name.startswith("word")]
profile = (
    pd.DataFrame({"missing": frame.isna().mean(), "distinct": frame.nunique()}).rename_axis("column").reset_index()
)
print(profile.to_string())

# %% numbers
figure, axes = plt.subplots(3, 4, figsize=(12, 8), layout="constrained")
for axis, name in zip(axes.flat, numbers, strict=True):
    axis.hist(frame[name].dropna(), bins=60)
    axis.set_title(name)

# %% words
figure, axes = plt.subplots(2, 3, figsize=(12, 6), layout="constrained")
for axis, name in zip(axes.flat, words, strict=True):
    frame[name].value_counts().head(10).plot.barh(ax=axis, title=name)

# %% [markdown]
# ## Relations

# %% correlation
correlation = frame[[*numbers, "target"]].corr(method="spearman")
figure, axis = plt.subplots(figsize=(7, 6), layout="constrained")
axis.imshow(correlation, vmin=-1, vmax=1, cmap="coolwarm")
axis.set_xticks(range(len(correlation)), correlation.columns, rotation=90)

# %% information
some = frame.sample(sample, random_state=0)
information = mutual_info_classif(some[numbers].fillna(0), some["target"], random_state=0)
ranking = pd.DataFrame({"column": numbers, "information": information}).sort_values("information", ascending=False)
assert np.isfinite(information).all()
print(ranking.to_string())

# %% outputs
glue("profile", profile)
glue("ranking", ranking.reset_index(drop=True))
