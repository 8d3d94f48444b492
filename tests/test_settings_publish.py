"""How runs are kept for good is checked before anything runs."""

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.errors import SettingsError


def load(folder: Path, text: str) -> settings.Settings:
    (folder / "pyproject.toml").write_text(f"[tool.pipeline]\n{text}")
    return settings.load(folder, {}, set())


def test_runs_are_published_to_git_by_hand_where_nothing_is_said(tmp_path: Path) -> None:
    chosen = load(tmp_path, "").publish
    assert (chosen.to, chosen.promoted, chosen.limit_mb) == ("git", False, 20.0)


def test_settings_say_where_runs_are_published(tmp_path: Path) -> None:
    chosen = load(tmp_path, '[tool.pipeline.publish]\nto = "s3://bucket/runs"\npromoted = true\nlimit_mb = 5\n').publish
    assert (chosen.to, chosen.promoted, chosen.limit_mb) == ("s3://bucket/runs", True, 5.0)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('too = "git"', r"\[tool.pipeline.publish\] has the unknown key 'too': did you mean 'to'"),
        ('to = ""', r"publish.to \(how runs are kept for good\) is ''"),
        ('promoted = "yes"', r"publish.promoted .* is 'yes' in \[tool.pipeline\]"),
        ("limit_mb = 0", r"publish.limit_mb .* is 0"),
        ("limit_mb = nan", r"publish.limit_mb .* is nan"),
    ],
)
def test_wrong_value_is_refused(tmp_path: Path, line: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        load(tmp_path, f"[tool.pipeline.publish]\n{line}\n")


def test_value_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"publish \(how runs are kept for good\) is 'git'"):
        load(tmp_path, 'publish = "git"\n')


@pytest.mark.parametrize("to", ["sftp://me:s3cr3t@host/runs", "https://host/runs?sig=s3cr3t"])
def test_password_in_settings_is_refused_and_not_repeated(tmp_path: Path, to: str) -> None:
    with pytest.raises(SettingsError, match=r"publish.to .* is '\w+://host/runs' with a user, a password") as caught:
        load(tmp_path, f'[tool.pipeline.publish]\nto = "{to}"\n')
    assert "s3cr3t" not in str(caught.value)
