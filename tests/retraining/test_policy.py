"""When a model is trained anew by itself is checked before anything runs, and an error says what was meant."""

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.errors import SettingsError
from pipeline.retraining.policy import Policy, policy


def test_empty_table_is_the_usual_policy() -> None:
    assert policy({}) == Policy()


def test_values_are_taken() -> None:
    found = policy({"traffic": True, "new_rows": 50, "every_days": 7, "cooldown_h": 0})
    assert (found.traffic, found.new_rows, found.every_days, found.cooldown_h) == (True, 50, 7, 0)


def test_unknown_key_is_answered_with_near_ones() -> None:
    with pytest.raises(SettingsError, match=r"retrain\] has the unknown key 'cooldown': did you mean 'cooldown_h'"):
        policy({"cooldown": 3})


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"bad": 0}, r"bad \(windows that must show the same critical finding\) is 0"),
        ({"test_share": 1.0}, r"test_share .* is 1.0 in \[tool.pipeline.retrain\]: Input should be less than 1"),
        ({"traffic": "yes"}, "Input should be a valid boolean"),
        ({"bad": 4}, "bad is 4, more than the 3 windows"),
    ],
)
def test_wrong_value_is_refused_with_its_rule(table: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        policy(table)


def test_settings_check_the_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline.retrain]\nnew_row = 5\n")
    with pytest.raises(SettingsError, match="did you mean 'new_rows'"):
        settings.load(tmp_path, {}, set())
    (tmp_path / "pyproject.toml").write_text("[tool.pipeline.retrain]\nnew_rows = 5\n")
    assert settings.load(tmp_path, {}, set()).retrain.new_rows == 5
