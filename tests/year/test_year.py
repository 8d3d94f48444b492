"""The loop closes on a table in the order of time that is none of the example's, through the real service."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytestmark = pytest.mark.scenario
HERE = Path(__file__).parent


def hours(path: Path) -> None:
    """Write counts of four months that double in the third."""
    drawn = np.random.default_rng(0)
    when = pd.date_range("2011-01-01", "2011-04-30 23:00", freq="h")
    level = np.where(when.month < 3, 1.0, 2.5) * (1 + 0.8 * np.sin(2 * np.pi * when.hour / 24))
    rows = pd.DataFrame(
        {
            "instant": np.arange(1, len(when) + 1),
            "dteday": [f"{day.month}/{day.day}/{day:%y}" for day in when],
            "season": when.quarter,
            "hr": when.hour,
            "temp": drawn.random(len(when)).round(2),
            "casual": 0,
            "registered": 0,
            "cnt": drawn.poisson(100 * level),
        }
    )
    rows.to_csv(path, index=False)


def test_model_is_trained_anew_when_the_world_has_changed_and_no_request_is_lost(tmp_path: Path) -> None:
    hours(tmp_path / "hours.csv")
    asked = ["--table", tmp_path / "hours.csv", "--folder", tmp_path / "year", "--only", "when the watch says so"]
    command = [sys.executable, str(HERE), *map(str, asked)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    facts = json.loads(next(tmp_path.glob("year/*/year.json")).read_text())["strategies"]["when the watch says so"]
    assert [attempt["result"] for attempt in facts["attempts"]] == ["promoted"]
    assert facts["attempts"][0]["causes"][0].startswith("performance: ")
    assert [swap["version"] for swap in facts["swaps"]] == [2]
    assert facts["refused"] == []
    assert "Means over 2 months" in next(tmp_path.glob("year/*/reports/latest/year.ipynb")).read_text()
