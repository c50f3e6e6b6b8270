"""Running the service in the foreground: from the first lock to the last connection closed."""

import asyncio
import gc
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from importlib.metadata import version
from types import FrameType
from typing import Any, Final

import structlog
import uvicorn
from fastapi import FastAPI
from prometheus_client import CollectorRegistry, start_http_server
from uvicorn.server import HANDLED_SIGNALS

from api.app import create_app
from api.cli import listening, processes
from api.cli.errors import CommandError
from api.opening import open_service
from api.service import Service
from api.settings import Settings, flag, variable
from ledger.store.embedded import exclusive_service

KEEP_ALIVE_SECONDS: Final = 75
"""Longer than proxies keep theirs, so that it is they who close, never we under a request."""
HEADER_BYTES_MAX: Final = 64 << 10
SWITCH_SECONDS: Final = 0.0005
GC_ALLOCATIONS: Final = 200_000

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

    Logs one line when every process is ready.  `on_open` is called in the first of them.  Raises CommandError,
    and where one process serves, what `open_service` raises.
    """
    count = processes.how_many(settings)
    with suppress(_EndedError), _signals_end_the_start(), ExitStack() as stack:
        if settings.embedded:
            stack.enter_context(exclusive_service(settings.data_dir))
        listener = stack.enter_context(listening.bound(settings))

        def ready() -> None:
            _announce(settings, listener, count)
            on_ready(listening.address_here(listener))

        def work(number: int, door: socket.socket, ready: Callable[[], None]) -> None:
            with suppress(_EndedError), _signals_end_the_start(), ExitStack() as stack:
                service = stack.enter_context(open_service(settings))
                # What has begun to close closes, however often Ctrl-C is pressed.
                stack.callback(_ignore_signals)
                app = create_app(service)
                if number == 0:
                    on_open(service)
                    stack.enter_context(_metrics(app, settings))
                _Server(app, service, door, ready).run(sockets=[])

        if count == 1:
            work(0, listener, ready)
        else:
            processes.supervise(count, listener, work, ready)


def _announce(settings: Settings, listener: socket.socket, count: int) -> None:
    _log.info(
        "ready",
        address=listening.address_of(listener),
        processes=count,
        version=version("attendance-ledger"),
        database="embedded" if settings.embedded else "own",
        data_dir=str(settings.data_dir.absolute()) if settings.embedded else None,
    )


def prepare_interpreter() -> None:
    """Set Python for a writer beside an event loop, and for registers by the thousand."""
    # Both share one interpreter.  At the usual 5 ms a writer that comes back from the database waits that
    # long for its turn, with every request behind it.
    sys.setswitchinterval(SWITCH_SECONDS)
    # Nothing here makes rings in number, but registers make objects by the thousand, and each thousand set
    # the collector to walk through every book at hand: half of the time in all.
    gc.freeze()
    gc.set_threshold(GC_ALLOCATIONS, 50, 100)


class _Server(uvicorn.Server):
    """uvicorn, with a word when it is ready and a quiet end."""

    def __init__(
        self,
        app: FastAPI,
        service: Service,
        door: socket.socket,
        on_ready: Callable[[], None],
    ) -> None:
        """`door` is a socket to listen on, or the channel on which connections are handed over."""
        prepare_interpreter()
        super().__init__(_config(app, service.settings))
        self._service = service
        self._door = door
        self._on_ready = on_ready
        self._taking: set[asyncio.Task[Any]] = set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the door, and say so."""
        if self._door.family == getattr(socket, "AF_UNIX", None):
            await super().startup([])
            asyncio.get_running_loop().add_reader(self._door, self._take)
        else:
            await super().startup([self._door])
        if self.started:
            self._on_ready()

    def _take(self) -> None:
        """Serve the connections that were handed over."""
        loop = asyncio.get_running_loop()
        for connection in processes.connections(self._door):
            task = loop.create_task(loop.connect_accepted_socket(self._protocol, connection))
            # A task that nobody holds may be collected before it is done.
            self._taking.add(task)
            task.add_done_callback(self._taking.discard)

    def _protocol(self) -> asyncio.Protocol:
        # uvicorn makes it in the same words, but keeps the making to itself.
        protocol: Any = self.config.http_protocol_class
        state = self.lifespan.state
        made: asyncio.Protocol = protocol(self.config, self.server_state, state)
        return made

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
        backlog=processes.BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=settings.shutdown_seconds_max,
        h11_max_incomplete_event_size=HEADER_BYTES_MAX,
    )


@contextmanager
def _metrics(app: FastAPI, settings: Settings) -> Iterator[None]:
    """Serve the measures on the port of their own, where one is set."""
    port = settings.metrics_port
    if port is None:
        yield
        return
    registry: CollectorRegistry = app.state.metrics.registry
    try:
        server, thread = start_http_server(port, addr=settings.host, registry=registry)
    except OSError as error:
        raise CommandError(
            f"Cannot listen on {settings.host} port {port} for metrics: {error.strerror}. Choose "
            f"another with {flag('metrics_port')} or {variable('metrics_port')}."
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
