"""Azure Functions: a folder that `func azure functionapp publish` takes as it is."""

import asyncio
import json
import shlex
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

from pydantic import Field

from pipeline.deploy import functions
from pipeline.deploy.target import Ask, Build, Deployment, Home, Options, Packed
from pipeline.errors import DeployError
from pipeline.serving.doors.packed import GUARD

NAME = "azure-function"
ENTRY = """from pathlib import Path

from pipeline.serving.doors import azure_function

app = azure_function.app(Path(__file__).parent)
"""
# Paths are the service's own: /predict, not /api/predict.
HOST = {
    "version": "2.0",
    "extensionBundle": {"id": "Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"},
    "extensions": {"http": {"routePrefix": ""}},
}


class AzureFunction(Options):
    """`[tool.pipeline.deploy.azure-function]`."""

    function: str = Field("", description="name of the function app, which exists; empty: the model's")
    group: str = Field("", description="its resource group; only the command that withdraws it needs that")
    guard: Literal["outside", "token"] = Field(
        "outside", description="who decides who may ask: the function's key (outside), or a token that callers send"
    )


class Here:
    """The target. Azure's side has no emulator, so nothing here was tried against it: a person runs the command."""

    options = AzureFunction

    def __init__(self, home: Home, options: AzureFunction) -> None:
        self._home, self._options = home, options

    def build(self, packed: Packed) -> Build:
        """Write the folder, and prove its function app."""
        folder = functions.folder(self._home, packed)
        files = {"function_app.py": ENTRY, "host.json": json.dumps(HOST, indent=2)}
        packages = functions.write(packed, self._home, folder, ["azure-functions"], files)
        return Build.of(packed, NAME, str(folder), functions.prove(folder, "azure_function", packages, packed))

    def release(self, build: Build) -> Deployment:
        """Refuse, and say how."""
        told = f"{GUARD}={self._options.guard}"
        settings = ("az", "functionapp", "config", "appsettings", "set", "--name", self._name, "--settings", told)
        publish = ("func", "azure", "functionapp", "publish", self._name, "--python", "--build", "remote")
        raise DeployError(
            f"{functions.NOT_TRIED.format('Azure')} Run: cd {shlex.quote(build.place)} && {shlex.join(settings)} "
            f"--resource-group {self._group} && {shlex.join(publish)}"
        )

    def status(self) -> Sequence[Deployment]:
        """Nothing is released from here."""
        return ()

    def withdraw(self) -> Deployment:
        """Refuse, and say how."""
        words = ("az", "functionapp", "stop", "--name", self._name, "--resource-group")
        raise DeployError(f"{functions.NOT_TRIED.format('Azure')} Run: {shlex.join(words)} {self._group}")

    @property
    def _name(self) -> str:
        return self._options.function or self._home.model

    @property
    def _group(self) -> str:
        return shlex.quote(self._options.group or "RESOURCE_GROUP")


def asking(folder: Path) -> Ask:
    """Say how a built folder is asked: as Azure's worker calls the function that the app declares."""
    azure = import_module("azure.functions")
    (function,) = import_module("function_app").app.get_functions()
    call, loop = function.get_user_function(), asyncio.new_event_loop()
    words = ("function_directory", "function_name", "invocation_id", "thread_local_storage", "trace_context")
    context = SimpleNamespace(**dict.fromkeys((*words, "retry_context"), str(folder)))

    def ask(body: object) -> tuple[int, object]:
        url, headers = "https://function.example/predict", {"content-type": "application/json"}
        request = azure.HttpRequest("POST", url, headers=headers, body=json.dumps(body).encode())
        answer = loop.run_until_complete(call(request, context))
        return answer.status_code, json.loads(answer.get_body())

    return ask
