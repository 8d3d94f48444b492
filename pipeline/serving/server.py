"""Server: the service at an address, until somebody says stop. The one importer of uvicorn."""

import asyncio
import gc
import os
import socket
import sys
from collections.abc import Callable

import uvicorn
from uvicorn.protocols.http.auto import AutoHTTPProtocol

from pipeline.errors import SettingsError
from pipeline.serving import logs, patience, sharing
from pipeline.serving.app import Service
from pipeline.serving.exchange import Response, last_words

_DRAIN_S = 20
_LINGER_S = 5.0  # whoever keeps a connection and asks within this time is answered, and told that it ends
_MADE = 20_000  # objects, after which those in circles are looked for: what one request makes goes without
_OPEN, _END = b"open\n", b""
_CLOSES = (b"connection", b"close")


class _Safe(AutoHTTPProtocol):  # type: ignore[misc, valid-type] # one of two classes, whichever is installed
    """A connection on which even what is no request is answered with the headers that every answer has."""

    def send_400_response(self, msg: str) -> None:
        self.transport.write(last_words(Response(status=400, content={"error": msg})))
        self.transport.close()


class _Told(uvicorn.Server):
    """A server that tells when it listens, and where, and lets whoever is connected finish."""

    def __init__(
        self, config: uvicorn.Config, tell: Callable[[str], None], patience_s: float, door: "_Door | None"
    ) -> None:
        super().__init__(config)
        self._tell, self._patience_s, self._door = tell, patience_s, door

    async def startup(self, sockets: "list[socket.socket] | None" = None) -> None:
        await super().startup(sockets)
        self._watching = asyncio.create_task(patience.watch(self.server_state.connections, self._patience_s))
        if self.started and self.servers:
            if sockets:
                sharing.follow(sockets[0])
            if self._door:
                self._door.watch(self)
            self._tell(_url(self.servers[0].sockets[0]))

    async def listen(self, at: socket.socket) -> None:
        """Listen at one more socket."""

        def protocol() -> asyncio.Protocol:
            kind = self.config.http_protocol_class
            return kind(config=self.config, server_state=self.server_state, app_state=self.lifespan.state)  # type: ignore[call-arg] # as uvicorn itself does

        self.servers.append(await asyncio.get_running_loop().create_server(protocol, sock=at))

    async def shutdown(self, sockets: "list[socket.socket] | None" = None) -> None:
        for server in self.servers:
            server.close()
        self.server_state.default_headers = [*self.server_state.default_headers, _CLOSES]
        ends = _now() + _LINGER_S
        while self.server_state.connections and _now() < ends and not self.force_exit:  # noqa: ASYNC110 - uvicorn tells nobody
            await asyncio.sleep(0.05)
        await super().shutdown(sockets)


class _Door:
    """A socket that listens already and that others answer at too, until they are told to stop.

    Whoever started this process holds the other end of standard input: it writes `open` once it has seen that all is
    well, and when it dies, this process ends. Until then nothing that is answered is written down.
    """

    def __init__(self, socket_number: int, service: Service) -> None:
        self._number, self._service = socket_number, service
        service.rehearses = True

    def watch(self, server: _Told) -> None:
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._heard, server)

    def _heard(self, server: _Told) -> None:
        word = os.read(sys.stdin.fileno(), 100)
        if word == _OPEN:
            self._service.rehearses = False
            self._opening = asyncio.ensure_future(server.listen(socket.socket(fileno=self._number)))
        elif word == _END:
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            server.should_exit = True


def serve(  # noqa: PLR0913 - where it listens
    service: Service,
    host: str,
    port: int,
    tell: Callable[[str, str], None],
    *,
    door: int = 0,
    shared: bool = False,
) -> None:
    """Answer requests until SIGTERM or SIGINT; what was begun by then is finished.

    Parameters
    ----------
    service
        Who answers.
    host, port
        Where to listen; port 0: any that is free.
    tell
        Told, once it listens, which version answers and at which address.
    door
        Number of an open socket that listens at `host` for several processes; 0: there is none. It is answered at once
        `open` comes on standard input. Until then this process is asked at this machine's own address alone.
    shared
        Whether another process may listen at the port, in whose place this one is asked from now on.

    Raises
    ------
    SettingsError
        If the address is taken.
    """
    title = service.champion.predictor.manifest.title

    def begun(url: str) -> None:
        logs.started(title, url)
        tell(title, url)

    config = _config(service, "127.0.0.1" if door else host, port)
    gc.freeze()  # what is loaded stays: to look through all of it again and again would stop every answer meanwhile
    gc.set_threshold(_MADE)
    server = _Told(config, begun, service.terms.request_timeout_s, _Door(door, service) if door else None)
    try:
        server.run([sharing.bound(host, port)] if shared else None)
    except KeyboardInterrupt:
        return
    except SystemExit as error:  # it has logged why
        raise SettingsError(
            f"cannot listen at {host}:{port}. Choose another port, or 0 for any that is free."
        ) from error


def _config(service: Service, host: str, port: int) -> uvicorn.Config:
    return uvicorn.Config(
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


def _url(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _now() -> float:
    return asyncio.get_running_loop().time()
