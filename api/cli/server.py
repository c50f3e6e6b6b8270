"""Running the service in the foreground: from the first lock to the last connection closed."""

import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from importlib.metadata import version
from types import FrameType
from typing import Final

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, start_http_server
from uvicorn.server import HANDLED_SIGNALS

from api.app import create_app
from api.cli.errors import CommandError
from api.opening import open_service
from api.service import Service
from api.settings import Settings, flag, variable
from ledger.store.embedded import exclusive_service

BACKLOG: Final = 2_048
"""Connections that may wait to be taken: a morning's registers come all at once."""
KEEP_ALIVE_SECONDS: Final = 75
"""Longer than proxies keep theirs, so that it is they who close, never we under a request."""
HEADER_BYTES_MAX: Final = 64 << 10
SWITCH_SECONDS: Final = 0.0005
GC_ALLOCATIONS: Final = 200_000

_EVERY_ADDRESS: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- recognised, not bound
_log = structlog.get_logger(__name__)


class _EndedError(BaseException):
    """Asked to end before the service was ready."""


OnOpen = Callable[[Service], None]
"""Given the service before it serves; what it raises ends the service."""
OnReady = Callable[[str], None]
"""Told the address under which this machine reaches the service, once it answers."""


def run(
    settings: Settings, on_open: OnOpen = lambda _: None, on_ready: OnReady = lambda _: None
) -> None:
    """Serve until SIGTERM or SIGINT; then finish what was begun, and return.

    Logs one line when ready.  Raises CommandError, and what `open_service` raises.
    """
    try:
        with _signals_end_the_start(), ExitStack() as stack:
            if settings.embedded:
                stack.enter_context(exclusive_service(settings.data_dir))
            listener = stack.enter_context(_bound(settings))
            service = stack.enter_context(open_service(settings))
            # What has begun to close closes, however often Ctrl-C is pressed.
            stack.callback(_ignore_signals)
            on_open(service)
            app = create_app(service)
            if settings.metrics_port is not None:
                registry: CollectorRegistry = app.state.metrics.registry
                stack.enter_context(_metrics(registry, settings.host, settings.metrics_port))
            _Server(app, service, listener, on_ready).run(sockets=[listener])
    except _EndedError:
        return


class _Server(uvicorn.Server):
    """uvicorn, with a word when it is ready and a quiet end."""

    def __init__(
        self, app: FastAPI, service: Service, listener: socket.socket, on_ready: OnReady
    ) -> None:
        # The writer's thread and the event loop share one interpreter.  At the usual 5 ms a writer that
        # comes back from the database waits that long for its turn, with every request behind it.
        sys.setswitchinterval(SWITCH_SECONDS)
        # Nothing here makes rings of objects in number, but registers make objects by the thousand, and
        # each thousand set the collector to walk through every book at hand: half of the time in all.
        gc.freeze()
        gc.set_threshold(GC_ALLOCATIONS, 50, 100)
        super().__init__(_config(app, service.settings))
        self._service = service
        self._listener = listener
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, and say so."""
        await super().startup(sockets)
        if self.started:
            settings = self._service.settings
            host, port = self._listener.getsockname()[:2]
            _log.info(
                "ready",
                address=_url(host, port),
                version=version("attendance-ledger"),
                database="embedded" if settings.embedded else "own",
                data_dir=str(settings.data_dir.absolute()) if settings.embedded else None,
            )
            self._on_ready(_url(_EVERY_ADDRESS.get(host, host), port))

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End: be no longer ready, take no more, finish what was begun."""
        self._service.closing.set()
        super().handle_exit(sig, frame)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Handle signals while serving; unlike uvicorn's own, do not raise them again afterwards.

        A service that was asked to end and ended has succeeded: its exit code is 0.
        """
        before = {number: signal.signal(number, self.handle_exit) for number in HANDLED_SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    # uvicorn takes uvloop and httptools by itself where they are installed.
    return uvicorn.Config(
        app,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds_max,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
    )


@contextmanager
def _bound(settings: Settings) -> Iterator[socket.socket]:
    """A socket bound to the address, before anything else is begun: a taken port is told at once."""
    host, port = settings.host, settings.port
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise CommandError(
            f"{host} is no address of this machine ({error.strerror}). Set {flag('host')} or "
            f"{variable('host')}."
        ) from error
    with listener:
        if sys.platform != "win32":  # there it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
        except OSError as error:
            raise CommandError(
                f"Cannot listen on {host} port {port}: {error.strerror}. Choose another with "
                f"{flag('port')} or {variable('port')}."
            ) from error
        yield listener


@contextmanager
def _metrics(registry: CollectorRegistry, host: str, port: int) -> Iterator[None]:
    try:
        server, thread = start_http_server(port, addr=host, registry=registry)
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {host} port {port} for metrics: {error.strerror}. Choose another with "
            f"{flag('metrics_port')} or {variable('metrics_port')}."
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def _signals_end_the_start() -> Iterator[None]:
    """Let a signal unwind a start that may take minutes, when the database repairs itself."""

    def end(_number: int, _frame: FrameType | None) -> None:
        _ignore_signals()
        raise _EndedError

    before = {number: signal.signal(number, end) for number in HANDLED_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _ignore_signals() -> None:
    for number in HANDLED_SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
