"""Google Cloud Functions: a folder that `gcloud functions deploy` takes as it is."""

import shlex
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Literal

from pydantic import Field

from pipeline.deploy import functions
from pipeline.deploy.target import Ask, Build, Deployment, Home, Options, Packed
from pipeline.errors import DeployError
from pipeline.serving.doors.packed import GUARD

NAME = "google-cloud-function"
ENTRY = """from pathlib import Path

from pipeline.serving.doors import google_function

predict = google_function.handler(Path(__file__).parent)
"""


class GoogleCloudFunction(Options):
    """`[tool.pipeline.deploy.google-cloud-function]`."""

    function: str = Field("", description="name of the function; empty: the model's")
    region: str = Field("europe-west1", min_length=1, description="where it runs")
    memory_mib: int = Field(1024, ge=512, le=32768, description="memory, MiB")
    timeout_s: int = Field(60, ge=1, le=3600, description="longest time for a request, seconds")
    guard: Literal["outside", "token"] = Field(
        "outside", description="who decides who may ask: Google's IAM (outside), or a token that callers send"
    )


class Here:
    """The target. Google's side has no emulator, so nothing here was tried against it: a person runs the command."""

    options = GoogleCloudFunction

    def __init__(self, home: Home, options: GoogleCloudFunction) -> None:
        self._home, self._options = home, options

    def build(self, packed: Packed) -> Build:
        """Write the folder, and prove it under the real functions framework."""
        folder = functions.folder(self._home, packed)
        packages = functions.write(packed, self._home, folder, ["functions-framework", "a2wsgi"], {"main.py": ENTRY})
        return Build.of(packed, NAME, str(folder), functions.prove(folder, "google_cloud_function", packages, packed))

    def release(self, build: Build) -> Deployment:
        """Refuse, and say how."""
        raise DeployError(f"{functions.NOT_TRIED.format('Google Cloud')} Run: {self._command(build.place)}")

    def status(self) -> Sequence[Deployment]:
        """Nothing is released from here."""
        return ()

    def withdraw(self) -> Deployment:
        """Refuse, and say how."""
        words = ("gcloud", "functions", "delete", self._name, f"--region={self._options.region}", "--gen2")
        raise DeployError(f"{functions.NOT_TRIED.format('Google Cloud')} Run: {shlex.join(words)}")

    def _command(self, folder: str) -> str:
        chosen, version = self._options, sys.version_info
        is_open = "no-" if chosen.guard == "outside" else ""
        token = ("--set-secrets=PIPELINE_SERVE_TOKEN=PIPELINE_SERVE_TOKEN:latest",) if chosen.guard == "token" else ()
        words = (
            *("gcloud", "functions", "deploy", self._name, "--gen2", f"--runtime=python{version.major}{version.minor}"),
            *(f"--region={chosen.region}", f"--source={folder}", "--entry-point=predict", "--trigger-http"),
            *(f"--memory={chosen.memory_mib}MiB", f"--timeout={chosen.timeout_s}s"),
            *(f"--set-env-vars={GUARD}={chosen.guard}", *token, f"--{is_open}allow-unauthenticated"),
        )
        return shlex.join(words)

    @property
    def _name(self) -> str:
        return self._options.function or self._home.model


def asking(folder: Path) -> Ask:
    """Say how a built folder is asked: as the functions framework serves it."""
    framework = import_module("functions_framework")
    client = framework.create_app("predict", str(folder / "main.py")).test_client()

    def ask(body: object) -> tuple[int, object]:
        answer = client.post("/predict", json=body)
        return answer.status_code, answer.get_json()

    return ask
