"""Server: the service at an address, until somebody says stop. The one importer of uvicorn."""

import asyncio
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from pipeline.errors import SettingsError
from pipeline.serving import logbook, logs, patience
from pipeline.serving.access import Access
from pipeline.serving.app import Service
from pipeline.serving.exchange import Response, last_words
from pipeline.serving.following import Champion
from pipeline.serving.terms import Terms

_DRAIN_S = 20


class _Safe(AutoHTTPProtocol):  # type: ignore[misc, valid-type] # one of two classes, whichever is installed
    """A connection on which even what is no request is answered with the headers that every answer has."""

    def send_400_response(self, msg: str) -> None:
        self.transport.write(last_words(Response(status=400, content={"error": msg})))
        self.transport.close()


class _Told(uvicorn.Server):
    """A server that tells when it listens, and where."""

    def __init__(self, config: uvicorn.Config, tell: Callable[[str], None], terms: Terms) -> None:
        super().__init__(config)
        self._tell, self._terms = tell, terms

    async def startup(self, sockets: "list[object] | None" = None) -> None:  # type: ignore[override] # theirs are sockets
        await super().startup(sockets)  # type: ignore[arg-type] # as above
        connections, longest_s = self.server_state.connections, self._terms.request_timeout_s
        self._watching = asyncio.create_task(patience.watch(connections, longest_s))
        if self.started and self.servers:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._tell(f"http://{f'[{host}]' if ':' in host else host}:{port}")


def serve(name: str, host: str, port: int, tell: Callable[[str, str], None], terms: Terms) -> None:
    """Answer requests until SIGTERM or SIGINT; what was begun by then is finished.

    Parameters
    ----------
    name
        Registered model whose champion answers.
    host, port
        Where to listen; port 0: any that is free.
    tell
        Told, once it listens, which version answers and at which address.
    terms
        How the log is kept, and what is taken from whom.

    Raises
    ------
    SettingsError
        If others can reach the address and no token is set, or the address is taken.
    ModelError
        If there is no champion, or it does not prove itself.
    """
    access = Access.from_environment(host)
    champion = Champion(name)
    service = Service(champion, logbook.writing(champion.predictor, terms), access, terms)
    config = uvicorn.Config(
        service,
        host=host,
        port=port,
        http=_Safe,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=_DRAIN_S,
    )

    def begun(url: str) -> None:
        title = champion.predictor.manifest.title
        logs.started(title, url)
        tell(title, url)

    server = _Told(config, begun, terms)
    try:
        server.run()
    except KeyboardInterrupt:
        return
    except SystemExit as error:  # it has logged why
        raise SettingsError(
            f"cannot listen at {host}:{port}. Choose another port, or 0 for any that is free."
        ) from error
