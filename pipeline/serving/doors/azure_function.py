"""Azure Functions: the service behind an HTTP trigger. The one importer of azure.functions."""

import os
from pathlib import Path

from azure.functions import AsgiFunctionApp, AuthLevel

from pipeline.serving.doors import packed


def app(folder: Path) -> AsgiFunctionApp:
    """Make the function app; see `packed.prepared`.

    Where `PIPELINE_SERVE_ACCESS` leaves that to the platform, callers need the function's key; else only the token.
    """
    level = AuthLevel.FUNCTION if os.environ.get(packed.GUARD) == "outside" else AuthLevel.ANONYMOUS
    return AsgiFunctionApp(packed.function(folder), http_auth_level=level)
