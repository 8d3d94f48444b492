"""Flask: the service as a blueprint of somebody's site. The one importer of flask."""

from flask import Blueprint, Request, Response, request

from pipeline.serving.doors.bridge import METHODS, Bridge
from pipeline.serving.doors.packed import Guard
from pipeline.serving.terms import Terms


def blueprint(
    place: str, *, log: str, guard: Guard = "token", terms: Terms | None = None, name: str = "model"
) -> Blueprint:
    """Make a blueprint that answers `/predict`, `/labels`, `/model`, `/health/ready`, ... below its prefix.

    Parameters
    ----------
    place
        Folder or URL where `pipeline pack` put a version.
    log
        Where predictions are written down: a file of SQLite, a PostgreSQL database, or empty: lines on standard output.
    guard
        `token`: callers send the one in PIPELINE_SERVE_TOKEN; `outside`: the site decides who may ask.
    name
        Of the blueprint.

    Raises
    ------
    SettingsError
        If a token shall guard it and there is none.
    ModelError, StoreError, ScrapError
        If the version cannot be loaded, or does not prove itself.
    """
    bridge = Bridge.to(place, log=log, guard=guard, terms=terms)
    found = Blueprint(name, __name__)

    @found.route("/<path:path>", methods=METHODS, provide_automatic_options=False)
    def answer(path: str) -> Response:
        return answered(bridge, request, f"/{path}")

    return found


def answered(bridge: Bridge, asked: Request, path: str) -> Response:
    """Let the service answer a request of Flask's."""
    said = bridge.ask(asked.environ, path, asked.get_data())
    return Response(said.body, said.status, said.headers)
