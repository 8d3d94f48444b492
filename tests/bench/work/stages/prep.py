# %% [markdown]
# # Prep
#
# What may a model learn from?

# %% setup
import matplotlib.pyplot as plt
import pandas as pd

from pipeline.handoff import glue

# %% parameters
source: str = "data/rows.parquet"  # the table
learn: float = 0.6  # share of the rows to learn from
judge: float = 0.2  # share of the rows to judge on

# %% [markdown]
# ## Rows

# %% rows
frame = pd.read_parquet(source).sort_values("time", ignore_index=True)
print(f"{len(frame):,} rows, {frame.shape[1]} columns")

# %% [markdown]
# ## Features

# %% features
rolling = frame.rolling("7D", on="time")["number_00"].mean()
frame = frame.assign(
    hour=frame["time"].dt.hour,
    weekday=frame["time"].dt.day_of_week,
    lately=rolling,
    frequency=frame["word_5"].map(frame["word_5"].value_counts(normalize=True)),
)
usual = frame.groupby("word_2")["number_05"].transform("median")
frame = frame.assign(unusual=frame["number_05"] - usual)

# %% shape
figure, axis = plt.subplots(figsize=(9, 3), layout="constrained")
frame.set_index("time")["target"].resample("W").mean().plot(ax=axis, title="share of positives")

# %% [markdown]
# ## Split

# %% split
first, second = int(len(frame) * learn), int(len(frame) * (learn + judge))
train, test, later = frame.iloc[:first], frame.iloc[first:second], frame.iloc[second:]
assert train["time"].max() <= test["time"].min() <= later["time"].min()

# %% outputs
glue("train", train.reset_index(drop=True))
glue("test", test.reset_index(drop=True))
glue("later", later.reset_index(drop=True))
glue("features", [name for name in frame if name not in ("id", "time", "target")])
