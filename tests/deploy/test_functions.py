"""Functions in clouds: what is built for each answers from nothing but its own folder and the packages it names."""

import json
from pathlib import Path

import pytest
from serving.served import bundled, project

from pipeline.deploy import target
from pipeline.deploy.target import Home, Packed
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
    with (tmp_path / "pyproject.toml").open("a") as file:
        file.write('[tool.pipeline.serve]\nsensitive = { town = "hash" }\n')  # its key is known where it answers
    there = made(name, tmp_path)
    build = there.build(packed)
    assert build.proof.golden == 30
    assert build.proof.refusals > 20
    pins = (Path(build.place) / "requirements.txt").read_text().splitlines()
    assert all("==" in line for line in pins)
    assert not [line for line in pins if line.startswith(("mlflow", "papermill"))]
    assert json.loads((Path(build.place) / "serve.json").read_text())["sensitive"] == {"town": "hash"}
    with pytest.raises(DeployError, match=COMMANDS[name]):
        there.release(build)
    with pytest.raises(DeployError, match="no emulator"):
        there.withdraw()
    assert there.status() == ()
