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
from pipeline.serving.compiled import Compilation
from pipeline.store.objects import project_store

pytestmark = pytest.mark.slow
NEEDS = {"google-cloud-function": "functions_framework", "azure-function": "azure.functions"}


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return project(tmp_path, monkeypatch)


def packed(root: Path, covers: str = "all") -> Packed:
    """Pack a version that is compiled, or is not."""
    manifest, place = bundled(), str(root / "packed")
    assert manifest.compilation.covers == "all"
    if covers == "nothing":
        manifest = manifest.model_copy(update={"compilation": Compilation(covers="nothing", about="an example")})
    packing.pack(manifest, project_store(), place)
    return Packed(place=place, reference=packing.load(place))


def made(name: str, root: Path, **options: object) -> target.Target:
    kind = target.find(name, "a test")
    return kind(Home(root=root, folder=root / "deployments", model="m"), kind.options(**options))


COMMANDS = {
    "google-cloud-function": r"gcloud functions deploy m --gen2 --runtime=python3\d+ .* --no-allow-unauthenticated",
    "azure-function": r"cd .* && az functionapp .*PIPELINE_SERVE_ACCESS=outside .* && func azure functionapp publish m",
}


@pytest.mark.parametrize(("name", "covers"), [("google-cloud-function", "all"), ("azure-function", "nothing")])
def test_function_is_built_proven_and_left_to_its_user(name: str, covers: str, root: Path) -> None:
    pytest.importorskip(NEEDS[name])
    with (root / "pyproject.toml").open("a") as file:
        file.write('[tool.pipeline.serve]\nsensitive = { town = "hash" }\n')  # its key is known where it answers
    there, given = made(name, root), packed(root, covers)
    build = there.build(given)
    assert build.proof.golden == 30
    assert build.proof.refusals > 20
    pins = (Path(build.place) / "requirements.txt").read_text().splitlines()
    assert all("==" in line for line in pins)
    assert not [line for line in pins if line.startswith(("mlflow", "papermill", "pyarrow"))]
    assert any(line.startswith("scikit-learn==") for line in pins) == (covers == "nothing")
    assert json.loads((Path(build.place) / "serve.json").read_text())["sensitive"] == {"town": "hash"}
    if name == "google-cloud-function":
        under_the_framework(Path(build.place), given, build)
    with pytest.raises(DeployError, match=COMMANDS[name]):
        there.release(build)
    with pytest.raises(DeployError, match="no emulator"):
        there.withdraw()
    assert there.status() == ()


def under_the_framework(folder: Path, given: Packed, build: Build) -> None:
    """Let Google's own server of functions serve a build."""
    command = ("-m", "functions_framework", "--target", "predict", "--source", str(folder / "main.py"))
    path = os.pathsep.join([str(folder), os.environ.get("PYTHONPATH", "")])
    variables = {"PIPELINE_SERVE_ACCESS": "outside", "PYTHONPATH": path}
    where = ("--host", "127.0.0.1", "--port", "PORT")
    with listening(folder.parent, sys.executable, *command, *where, variables=variables) as url:
        assert conformance.require(conformance.over_http(url), given.reference, "the function") == build.proof
    said = (folder.parent / "server.log").read_text()
    assert '{"traffic": "prediction", ' in said


def test_build_that_does_not_start_says_why(root: Path) -> None:
    home, given = Home(root=root, folder=root / "deployments", model="m"), packed(root)
    folder = functions.folder(home, given)
    packages = functions.write(given, home, folder, ["mangum"], {"function.py": "import no_such_module"})
    with pytest.raises(
        DeployError, match=r"(?s)does not start with the packages that it names.*No module named 'no_such_"
    ):
        functions.prove(folder, "aws_lambda", packages, given)
    with pytest.raises(DeployError, match="cannot write /proc/x"):
        functions.write(given, home, Path("/proc/x"), [], {})
