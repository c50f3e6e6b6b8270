"""Several processes that serve side by side: a watcher, and workers forked from it.

One interpreter fills one core.  The watcher takes connections and gives them to the workers in turn; what keeps
two workers right is what keeps two services right, the head of the log.  The watcher starts no thread and
opens no database, so that it can fork at any time: a worker that dies is replaced.
"""

import os
import selectors
import signal
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from threading import Thread
from time import monotonic
from types import FrameType
from typing import Any, Final, NoReturn

import structlog
from uvicorn.server import HANDLED_SIGNALS

from api.cli.errors import CommandError, expected, message_of
from api.settings import Settings

BACKLOG: Final = 2_048
"""Connections that may wait to be taken: a morning's registers come all at once."""
_TAKEN_AT_ONCE: Final = 64
_READY: Final = b"\x06"
_MESSAGE_BYTES_MAX: Final = 4_096
"""A pipe takes so much in one piece."""
_PAUSE_SECONDS: Final = 1.0
"""Between the end of a worker that could not begin and the next try."""
_log = structlog.get_logger(__name__)

Work = Callable[[int, socket.socket, Callable[[], None]], None]
"""What a worker does until it is asked to end: given its number, the channel on which connections come to it, and
what to call when it is ready."""


def how_many(settings: Settings) -> int:
    """Processes that serve: those asked for, else one for each core that this one may use.

    One where processes cannot be forked, as on Windows.
    """
    if sys.platform == "win32":
        return 1
    return settings.processes or _cores()


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def supervise(
    count: int, listener: socket.socket, work: Work, on_ready: Callable[[], None]
) -> None:
    """Have `work` done by so many processes until SIGTERM or SIGINT; then let them finish.

    The first is ready before the others begin, since it may have a database to make; `on_ready` is called when
    all are.  Raises CommandError with the words of a worker that could not begin.
    """
    _Watcher(count, listener, work, on_ready).run()


def connections(channel: socket.socket) -> list[socket.socket]:
    """The connections that have come on a worker's channel; never waits."""
    try:
        _, handles, _, _ = socket.recv_fds(channel, 1, _TAKEN_AT_ONCE)
    except (BlockingIOError, ConnectionError):
        return []
    return [socket.socket(fileno=handle) for handle in handles]


@dataclass(slots=True)
class _Worker:
    """A process that serves."""

    number: int
    pid: int
    channel: socket.socket
    """Where it is given its connections."""
    ready: bool = False


class _Watcher:
    """Takes connections, keeps the workers going, and ends them."""

    def __init__(
        self, count: int, listener: socket.socket, work: Work, on_ready: Callable[[], None]
    ) -> None:
        self._count = count
        self._listener = listener
        self._work = work
        self._on_ready = on_ready
        self._workers: dict[int, _Worker] = {}
        self._again: dict[int, float] = {}
        """Numbers of workers that are to begin again, and when."""
        self._turn = 0
        self._listening = False
        self._ending = False
        self._fault = ""
        self._selector = selectors.DefaultSelector()
        # Nobody ever writes to it: when this process is gone, however it went, its end is closed, and
        # the workers, who wait for that, go too.
        self._lifeline, self._held = os.pipe()

    def run(self) -> None:
        """Begin, watch, end."""
        with _waking(self._selector, self._reap), _handling(self._pass_on):
            self._begin(0)
            while self._workers or (self._again and not self._ending):
                self._begin_again()
                for key, _ in self._selector.select(_PAUSE_SECONDS if self._again else None):
                    key.data()
        self._selector.close()
        if self._fault:
            raise CommandError(self._fault)

    # -- connections -----------------------------------------------------------------------------

    def _listen(self) -> None:
        self._listener.setblocking(False)
        self._listener.listen(BACKLOG)
        self._selector.register(self._listener, selectors.EVENT_READ, self._take)
        self._listening = True
        self._on_ready()

    def _take(self) -> None:
        """Give what waits at the door to the workers, in turn."""
        for _ in range(_TAKEN_AT_ONCE):
            try:
                connection, _ = self._listener.accept()
            except OSError:  # none is left, or one is gone again
                return
            with connection:
                self._give(connection)

    def _give(self, connection: socket.socket) -> None:
        """To the next worker that can take it; where none can, the client finds the door closed."""
        ready = [worker for worker in self._workers.values() if worker.ready]
        for _ in ready:
            self._turn += 1
            channel = ready[self._turn % len(ready)].channel
            with suppress(BlockingIOError, ConnectionError):
                socket.send_fds(channel, [b"c"], [connection.fileno()])
                return

    # -- workers ---------------------------------------------------------------------------------

    def _begin(self, number: int) -> None:
        with _signals_held():
            if self._ending:
                return
            words, told = os.pipe()
            ours, theirs = socket.socketpair()
            pid = os.fork()
            if pid == 0:
                self._be_worker(number, theirs, told)
            worker = self._workers[pid] = _Worker(number, pid, ours)
        os.close(told)
        theirs.close()
        ours.setblocking(False)
        self._selector.register(words, selectors.EVENT_READ, partial(self._hear, worker, words))

    def _hear(self, worker: _Worker, words: int) -> None:
        """A worker is ready, or says why it cannot be."""
        said = os.read(words, _MESSAGE_BYTES_MAX)
        self._selector.unregister(words)
        os.close(words)
        if said == _READY:
            worker.ready = True
            ready = sum(worker.ready for worker in self._workers.values())
            if ready == 1 and not self._listening:
                for number in range(1, self._count):
                    self._begin(number)
            if ready == self._count and not self._listening and not self._ending:
                self._listen()
        elif not self._listening and not self._ending:
            self._fault = said.decode(errors="replace") or "A process of the service ended at once."
            self._pass_on(signal.SIGTERM, None)

    def _reap(self) -> None:
        """Take note of workers that are gone, and have them replaced."""
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            worker = self._workers.pop(pid)
            worker.channel.close()
            if self._listening and not self._ending:
                code = os.waitstatus_to_exitcode(status)
                _log.error("process_ended", number=worker.number, exit_code=code)
                self._again[worker.number] = monotonic() + (0 if worker.ready else _PAUSE_SECONDS)

    def _begin_again(self) -> None:
        due = [number for number, when in self._again.items() if when <= monotonic()]
        for number in due:
            del self._again[number]
            self._begin(number)

    def _be_worker(self, number: int, channel: socket.socket, told: int) -> NoReturn:
        """Serve, in a process of its own; nothing of what the watcher holds is unwound here."""
        code = 1
        try:
            os.setpgid(0, 0)  # Ctrl-C is for the watcher, which passes it on
            signal.set_wakeup_fd(-1)
            for handled in (*HANDLED_SIGNALS, signal.SIGCHLD):
                signal.signal(handled, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED_SIGNALS)
            os.close(self._held)
            self._listener.close()
            Thread(target=_end_with, args=(self._lifeline,), daemon=True).start()
            channel.setblocking(False)
            self._work(number, channel, lambda: _say(told, _READY))
            code = 0
        except Exception as error:
            if isinstance(error, expected()):
                _say(told, message_of(error).encode()[:_MESSAGE_BYTES_MAX])
            else:
                traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _pass_on(self, number: int, _frame: FrameType | None) -> None:
        """End: take no more, and have every worker finish what it has begun."""
        self._ending = True
        for pid in tuple(self._workers):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


@contextmanager
def _waking(selector: selectors.BaseSelector, reap: Callable[[], None]) -> Iterator[None]:
    """Have the selector woken by signals, those of ended children among them."""
    woken, waker = socket.socketpair()

    def wake() -> None:
        with suppress(BlockingIOError):
            while woken.recv(_MESSAGE_BYTES_MAX):
                pass
        reap()

    with woken, waker:
        woken.setblocking(False)
        waker.setblocking(False)
        selector.register(woken, selectors.EVENT_READ, wake)
        descriptor = signal.set_wakeup_fd(waker.fileno(), warn_on_full_buffer=False)
        # With no handler at all, the end of a child would not wake anybody.
        before = signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        try:
            yield
        finally:
            signal.signal(signal.SIGCHLD, before)
            signal.set_wakeup_fd(descriptor)


@contextmanager
def _handling(handler: Callable[[int, FrameType | None], Any]) -> Iterator[None]:
    before = {number: signal.signal(number, handler) for number in HANDLED_SIGNALS}
    try:
        yield
    finally:
        for number, handled in before.items():
            signal.signal(number, handled)


@contextmanager
def _signals_held() -> Iterator[None]:
    """Let no signal come between a fork and the note of it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED_SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED_SIGNALS)


def _say(pipe: int, words: bytes) -> None:
    with suppress(BrokenPipeError):
        os.write(pipe, words)


def _end_with(lifeline: int) -> None:
    """End at once when the watcher is gone: another service may want its port and its place."""
    os.read(lifeline, 1)
    os._exit(1)
