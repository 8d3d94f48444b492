import configparser
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(sys.executable).with_name("lint-imports")
CONTRACTS = configparser.ConfigParser()
CONTRACTS.read(ROOT / ".importlinter", encoding="utf-8")


def write(house: Path, module: str, *imported: str) -> None:
    """Add a module that imports others; a name with children is a package."""
    folder = house
    for part in module.split("."):
        folder /= part
        folder.mkdir(exist_ok=True)
        (folder / "__init__.py").touch()
    with (folder / "__init__.py").open("a", encoding="utf-8") as file:
        file.writelines(f"import {name}\n" for name in imported)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A package with every room that the contracts name, each importing just what it alone may."""
    shutil.copy(ROOT / ".importlinter", tmp_path)
    listed = CONTRACTS["importlinter:contract:floors"]["layers"]
    write(tmp_path, "pipeline")
    for room in listed.replace("|", " ").replace("(", " ").replace(")", " ").split():
        write(tmp_path, f"pipeline.{room}")
    for contract in CONTRACTS.values():
        for owner in contract.get("allowed_importers", "").split():
            write(tmp_path, owner, *contract["protected_modules"].split())
    return tmp_path


def broken(house: Path) -> list[str]:
    done = subprocess.run([PROGRAM, "--no-cache"], cwd=house, capture_output=True, text=True, check=False)
    assert "Contracts: " in done.stdout, done.stdout
    return [line.removesuffix(" BROKEN") for line in done.stdout.splitlines() if line.endswith(" BROKEN")]


def test_contracts_hold_where_each_room_imports_what_it_may(house: Path) -> None:
    assert broken(house) == []


@pytest.mark.parametrize(
    ("module", "imported"),
    [
        ("pipeline.store.objects", "pipeline.runs"),  # upwards
        ("pipeline.data.sources", "pipeline.learning"),  # a neighbour
        ("pipeline.attic", "pipeline.errors"),  # a room that nobody listed
    ],
)
def test_floors_are_broken_by_what_the_house_forbids(house: Path, module: str, imported: str) -> None:
    write(house, module, imported)
    assert broken(house) == ["A file imports only from floors below its own"]


@pytest.mark.parametrize(
    "dependency",
    [
        "papermill",
        "scrapbook",
        "mlflow",
        "optuna",
        "yaml",
        "matplotlib",
        "skops",
        "typer",
        "rich",
        "nbdime",
        "fairlearn",
    ],
)
def test_dependency_has_one_importer(house: Path, dependency: str) -> None:
    write(house, "pipeline.data.sources", dependency)
    (contract,) = broken(house)
    assert f" {dependency}" in contract
