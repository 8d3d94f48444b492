"""Functions in clouds: what is built for each answers from nothing but its own folder and the packages it names."""

import json
import os
import sys
from pathlib import Path

import pytest
from clouds import listening
from serving.served import bundled, project

from pipeline.deploy import conformance, functions, target
from pipeline.deploy.target import Build, Home, Packed
from pipeline.errors import DeployError
from pipeline.serving import packing
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow
NEEDS = {"google-cloud-function": "functions_framework", "azure-function": "azure.functions"}


@pytest.fixture
def packed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Packed:
    project(tmp_path, monkeypatch)
    place = str(tmp_path / "packed")
    packing.pack(bundled(), project_store(), place)
    return Packed(place=place, reference=packing.load(place))


def made(name: str, root: Path, **options: object) -> target.Target:
    kind = target.find(name, "a test")
    return kind(Home(root=root, folder=root / "deployments", model="m"), kind.options(**options))


COMMANDS = {
    "google-cloud-function": r"gcloud functions deploy m --gen2 --runtime=python3\d+ .* --no-allow-unauthenticated",
    "azure-function": r"cd .* && az functionapp .*PIPELINE_SERVE_ACCESS=outside .* && func azure functionapp publish m",
}


@pytest.mark.parametrize("name", COMMANDS)
def test_function_is_built_proven_and_left_to_its_user(name: str, packed: Packed, tmp_path: Path) -> None:
    pytest.importorskip(NEEDS[name])
    there = made(name, tmp_path)
    build = there.build(packed)
    assert build.proof.golden == 30
    assert build.proof.refusals > 20
    pins = (Path(build.place) / "requirements.txt").read_text().splitlines()
    assert all("==" in line for line in pins)
    assert not [line for line in pins if line.startswith(("mlflow", "papermill"))]
    assert json.loads((Path(build.place) / "serve.json").read_text())["sensitive"] == {}
    if name == "google-cloud-function":
        under_the_framework(Path(build.place), packed, build)
    with pytest.raises(DeployError, match=COMMANDS[name]):
        there.release(build)
    with pytest.raises(DeployError, match="no emulator"):
        there.withdraw()
    assert there.status() == ()


def under_the_framework(folder: Path, packed: Packed, build: Build) -> None:
    """Let Google's own server of functions serve a build."""
    command = ("-m", "functions_framework", "--target", "predict", "--source", str(folder / "main.py"))
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    variables = {"PIPELINE_SERVE_ACCESS": "outside", "PYTHONPATH": path}
    where = ("--host", "127.0.0.1", "--port", "PORT")
    with listening(folder.parent, sys.executable, *command, *where, variables=variables) as url:
        assert conformance.require(conformance.over_http(url), packed.reference, "the function") == build.proof
    said = (folder.parent / "server.log").read_text()
    assert '{"traffic": "prediction", ' in said


def test_build_that_does_not_start_says_why(packed: Packed, tmp_path: Path) -> None:
    home = Home(root=tmp_path, folder=tmp_path / "deployments", model="m")
    folder = functions.folder(home, packed)
    packages = functions.write(packed, home, folder, ["mangum"], {"function.py": "import no_such_module"})
    with pytest.raises(
        DeployError, match=r"(?s)does not start with the packages that it names.*No module named 'no_such_"
    ):
        functions.prove(folder, "aws_lambda", packages, packed)
    with pytest.raises(DeployError, match="cannot write /proc/x"):
        functions.write(packed, home, Path("/proc/x"), [], {})
