"""AWS Lambda: the service behind a function's URL, an API Gateway or a load balancer. The one importer of mangum."""

from pathlib import Path

from mangum import Mangum

from pipeline.serving.doors import packed


def handler(folder: Path) -> Mangum:
    """Make what Lambda calls with each event; see `packed.prepared`."""
    service = packed.function(folder)
    service.start()
    return Mangum(service, lifespan="off")
