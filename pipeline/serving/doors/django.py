"""Django: the service as a view of somebody's site. The one importer of django."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from pipeline.serving.doors.bridge import Bridge
from pipeline.serving.doors.packed import Guard
from pipeline.serving.terms import Terms


def view(
    place: str, *, log: str, guard: Guard = "token", terms: Terms | None = None
) -> Callable[[HttpRequest, str], HttpResponse]:
    """Make a view that answers `predict`, `labels`, `model`, ...: `path("model/<path:path>", view(...))`.

    What it takes and raises is what `doors.flask.blueprint` takes and raises. Where the site decides who may ask
    (`guard="outside"`) by cookies, wrap it with `csrf_protect`; with a token no other page can ask in a visitor's name.
    """
    bridge = Bridge.to(place, log=log, guard=guard, terms=terms)

    def answer(request: HttpRequest, path: str) -> HttpResponse:
        said = bridge.ask(request.META, f"/{path}", request.body)
        return HttpResponse(said.body, status=said.status, headers=dict(said.headers))

    answer.csrf_exempt = True  # type: ignore[attr-defined] # what Django looks for
    return answer
