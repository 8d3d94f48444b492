"""Extension: what the toolbar in JupyterLab asks of its server. Only Jupyter imports this, by its name in `launch`."""

import asyncio
from pathlib import Path
from typing import Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler
from jupyter_server.extension.application import ExtensionApp
from tornado import web

from pipeline.errors import BusyError
from pipeline.lab.folders import folders
from pipeline.lab.running import Desk


class _Handler(APIHandler):
    """A handler that knows the project."""

    desk: Desk

    def initialize(self, desk: Desk) -> None:
        """Take what tornado was given for each request."""
        self.desk = desk

    def stage(self, path: str) -> str:
        """Name the stage whose notebook stands at a path; empty where it is none."""
        root = self.desk.root
        return Path(path).stem if folders(root).is_stage(path) and (root / path.strip("/")).is_file() else ""


class StageHandler(_Handler):
    """`GET stagebook/stage?path=NOTEBOOK`: how a stage stands, and what runs."""

    auth_resource = "contents"

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Answer."""
        if stage := self.stage(self.get_query_argument("path")):
            found = await asyncio.get_running_loop().run_in_executor(self.desk.asker, self.desk.standing, stage)
        else:
            found = {"stage": ""}
        self.finish(found | {"running": self.desk.running})


class RunHandler(_Handler):
    """`stagebook/run`: start a run (POST), follow it (GET `?from=LINE`), stop it (DELETE)."""

    auth_resource = "kernels"  # who may run cells may run this

    @web.authenticated
    @authorized
    async def get(self) -> None:
        """Say how the newest run goes."""
        try:
            first = max(0, int(self.get_query_argument("from", "0")))
        except ValueError as error:
            raise web.HTTPError(400, "`from` is the number of a line.") from error
        self.finish({"stage": "", "running": False} if self.desk.run is None else self.desk.run.state(first))

    @web.authenticated
    @authorized
    async def post(self) -> None:
        """Run the stage of a notebook, and what it needs."""
        path = (self.get_json_body() or {}).get("path")
        if not isinstance(path, str) or not (stage := self.stage(path)):
            raise web.HTTPError(404, f"{path!r} is no stage of this project: stages are the notebooks in its folder.")
        try:
            run = self.desk.start(stage)
        except BusyError as error:
            raise web.HTTPError(409, str(error)) from error
        self.set_status(202)
        self.finish(run.state())

    @web.authenticated
    @authorized
    async def delete(self) -> None:
        """Stop what runs."""
        self.desk.stop()
        self.set_status(204)
        self.finish()


class Stagebook(ExtensionApp):
    """The part of Jupyter's server that knows stages."""

    name = "stagebook"
    extension_url = "/lab"

    def initialize_handlers(self) -> None:
        """Say who answers to which address."""
        self.desk = Desk(Path(self.serverapp.root_dir))  # type: ignore[union-attr] # it is set before this is called
        given = {"desk": self.desk}
        self.handlers.extend([("/stagebook/stage", StageHandler, given), ("/stagebook/run", RunHandler, given)])

    async def stop_extension(self) -> None:
        """Stop what runs with the server: nobody would see it any more."""
        await asyncio.to_thread(self.desk.leave)


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    return [{"module": __name__, "app": Stagebook}]
