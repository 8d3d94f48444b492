import subprocess
from pathlib import Path

import pytest
from rules.every import RULES
from rules.tree import Rule, Tree
from samples import BAD, GOOD


def plant(root: Path, files: dict[str, str]) -> Tree:
    subprocess.run(["git", "init", "--quiet", root], check=True)
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, encoding="utf-8")
    return Tree(root)


def test_every_rule_has_a_bad_sample() -> None:
    assert set(BAD) == {type(rule) for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_rule_finds_what_breaks_it_and_nothing_else(rule: Rule, tmp_path: Path) -> None:
    files, expected = BAD[type(rule)]
    found = list(rule.findings(plant(tmp_path, files)))
    assert [finding.detail for finding in found] == expected


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_rule_says_what_it_asks_in_one_sentence(rule: Rule) -> None:
    assert rule.__doc__
    assert rule.__doc__.strip().endswith(".")
    assert "\n" not in rule.__doc__.strip()


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: type(rule).__name__)
def test_rule_finds_nothing_in_a_good_project(rule: Rule, tmp_path: Path) -> None:
    assert list(rule.findings(plant(tmp_path, GOOD))) == []


def test_ignored_files_are_not_looked_at(tmp_path: Path) -> None:
    tree = plant(tmp_path, {".gitignore": "/env/\n", "env/utils.py": "", "a.py": ""})
    assert tree.files == (".gitignore", "a.py")
