"""Owns handing over by files, for contenders that bring nothing of their own: a folder a stage, a file a value."""

import json
from pathlib import Path

import joblib
import pandas as pd

Upstream = str
INTO = [Path()]
READERS = {".parquet": pd.read_parquet, ".joblib": joblib.load, ".json": lambda path: json.loads(path.read_text())}


def begin(folder: str) -> None:
    """Say where this stage leaves its values."""
    INTO[0] = Path(folder)
    INTO[0].mkdir(parents=True, exist_ok=True)


def glue(name: str, value: object) -> None:
    if isinstance(value, pd.DataFrame):
        value.to_parquet(INTO[0] / f"{name}.parquet", index=False)
    elif hasattr(value, "predict"):
        joblib.dump(value, INTO[0] / f"{name}.joblib")
    else:
        (INTO[0] / f"{name}.json").write_text(json.dumps(value), encoding="utf-8")


class Left:
    """What a stage left, decoded when it is asked for."""

    def __init__(self, folder: str) -> None:
        self._folder = Path(folder)

    def __getitem__(self, name: str) -> object:
        [path] = self._folder.glob(f"{name}.*")
        return READERS[path.suffix](path)


read = Left
