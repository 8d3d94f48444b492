"""Targets are found by their files, and their settings are checked before anything is done."""

from pathlib import Path

import pytest

from pipeline import settings
from pipeline.deploy import target, targets
from pipeline.deploy.target import Home
from pipeline.errors import SettingsError

PLANTED = """
from pydantic import Field
from pipeline.deploy.target import Options

class Given(Options):
    port: int = Field(8080, ge=0, le=65535, description="where it listens")

class Here:
    options = Given
    def __init__(self, home, options):
        self.home, self.options = home, options
"""


@pytest.fixture(autouse=True)
def planted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a file of a target where targets are."""
    (tmp_path / "planted_here.py").write_text(PLANTED)
    monkeypatch.setattr(targets, "__path__", [*targets.__path__, str(tmp_path)])


def load(folder: Path, text: str) -> settings.Settings:
    (folder / "pyproject.toml").write_text(f"[tool.pipeline]\n{text}")
    return settings.load(folder, {}, set())


def test_target_is_found_by_its_file_and_has_its_options(tmp_path: Path) -> None:
    home = Home(root=tmp_path, folder=tmp_path, model="m")
    table = {"target": "planted-here", "planted-here": {"port": 9}}
    load(tmp_path, '[tool.pipeline.deploy]\ntarget = "planted-here"\n[tool.pipeline.deploy.planted-here]\nport = 9\n')
    assert target.declared(table).make(home).options.port == 9  # type: ignore[attr-defined] # the planted one's
    assert target.declared({}).make(home, "planted-here").options.port == 8080  # type: ignore[attr-defined] # as above
    assert target.declared({}).target == "local"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("deploy = 3", r"deploy in \[tool.pipeline\] is 3: write a table"),
        ('[tool.pipeline.deploy]\ntargt = "local"', r"unknown key 'targt': did you mean 'target'"),
        ('[tool.pipeline.deploy]\ntarget = "planted-her"', r"'planted-her' in .*: did you mean 'planted-here'"),
        ("[tool.pipeline.deploy]\ntarget = 3", r"target in \[tool.pipeline.deploy\] is 3: there are "),
        ("[tool.pipeline.deploy.planted-hare]\nport = 1", r"'planted-hare': did you mean 'planted-here'"),
        ("[tool.pipeline.deploy.planted-here]\nprot = 1", r"deploy.planted-here\] has .* 'prot': did you mean 'port'"),
        ('[tool.pipeline.deploy.planted-here]\nport = "1"', r"port \(where it listens\) is '1' in \[tool.pipeline.dep"),
        ("[tool.pipeline.deploy.planted-here]\nport = 70000", r"port .* is 70000 .* less than or equal to 65535"),
        ("[tool.pipeline.deploy]\nplanted-here = 3", r"\(a table\) is 3 in \[tool.pipeline.deploy.planted-here\]"),
    ],
)
def test_wrong_settings_are_refused_with_what_may_be_meant(tmp_path: Path, text: str, why: str) -> None:
    with pytest.raises(SettingsError, match=why):
        load(tmp_path, text)


def test_target_that_is_named_on_the_command_line_is_refused_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="'planted' in the command line is none: did you mean 'planted-here'"):
        target.declared({}).make(Home(root=tmp_path, folder=tmp_path, model="m"), "planted")
