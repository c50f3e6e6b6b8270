"""The embedded PostgreSQL of a data directory, as those who use it see it."""

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from psycopg import pq

from ledger.store.embedded import cluster, launch, locks, postmaster, roles
from ledger.store.embedded.errors import (
    DirectoryNotWritableError,
    InUseError,
    StillStartingError,
)
from ledger.store.embedded.passwords import Passwords
from ledger.store.embedded.patience import Patience
from ledger.store.embedded.postmaster import Postmaster

# Stopping writes out what is in memory; on a slow disk that takes its time.
_STOP_SECONDS_MAX = 300.0


class EmbeddedPostgres:
    """A running PostgreSQL 18 of our own.  Get one by `open`; close it, or use it with `with`.

    Any number of processes, and of threads in them, may have the same directory open: they share
    one server.  The last to close stops it.  A process that is killed counts as closed, and leaves
    the server running for the next.
    """

    def __init__(
        self, data_dir: Path, start_seconds_max: float, on_wait: Callable[[str], None] | None
    ) -> None:
        self._data_dir = data_dir
        self._start_seconds_max = start_seconds_max
        self._on_wait = on_wait
        self._locks = locks.of(data_dir)
        self._closing = threading.Lock()
        self._closed = False
        self._server: Postmaster
        self._passwords: Passwords

    @classmethod
    def open(
        cls,
        data_dir: Path,
        *,
        start_seconds_max: float = 600,
        on_wait: Callable[[str], None] | None = None,
    ) -> Self:
        """Start the server of `data_dir`, or join the one that runs; made at first use.

        Waits up to `start_seconds_max`, also while the server repairs itself after a crash, telling
        `on_wait` now and then, in words for a person.  Raises a subclass of EmbeddedError whose
        message says what is wrong, where, and what to do.
        """
        self = cls(locks.usable(data_dir), start_seconds_max, on_wait)
        with self._locks.starting(patience := self._patience()):
            self._locks.join()
            try:
                self._bring_up(patience)
            except StillStartingError:
                # Stopped now, it would have to begin its repair again.
                self._locks.leave()
                raise
            except BaseException:
                self._locks.leave()
                self._stop_if_unused()
                raise
        return self

    @property
    def owner_url(self) -> str:
        """The libpq URL, with password, of the role that owns the database: for migrations."""
        return self._server.url(roles.OWNER, self._passwords.owner, roles.DATABASE)

    @property
    def service_url(self) -> str:
        """The libpq URL, with password, of the role the service works as."""
        return self._server.url(roles.SERVICE, self._passwords.service, roles.DATABASE)

    @property
    def pgdata(self) -> Path:
        """The directory of the database's files."""
        return self._data_dir / cluster.FOLDER

    @property
    def postmaster_pid(self) -> int:
        """The process id of the server."""
        return self._server.pid

    def lost(self) -> bool:
        """Whether the server process is gone, or is another one; told without knocking.

        A server that lives and recovers from a crash is not lost: it needs no help.
        """
        return postmaster.running(self.pgdata) != self._server

    def ensure_running(self) -> bool:
        """Start the server again if it has died; True if it is another one than before.

        Returns when the server accepts connections.  On Windows the URLs may change with it.
        Raises the errors of `open`.
        """
        found = postmaster.running(self.pgdata)
        if found == self._server and found.answer() == pq.Ping.OK:
            return False
        with self._locks.starting(patience := self._patience()):
            before = self._server
            self._bring_up(patience)
            return self._server != before

    def close(self) -> None:
        """Let the server go, and stop it if nobody else uses it; closing twice does no harm.

        Raises StopFailedError when it does not stop.
        """
        with self._closing:
            if self._closed:
                return
            self._closed = True
        # Left first: whoever holds `starting` just now may then be the last out in our place.
        self._locks.leave()
        with suppress(InUseError), self._locks.starting(Patience(_STOP_SECONDS_MAX)):
            self._stop_if_unused()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _bring_up(self, patience: Patience) -> None:
        try:
            self._server, self._passwords = launch.bring_up(self._data_dir, patience)
        except OSError as error:
            raise DirectoryNotWritableError(self._data_dir, error) from error

    def _stop_if_unused(self) -> None:
        if self._locks.unused():
            launch.stop(self._data_dir, Patience(_STOP_SECONDS_MAX, self._on_wait))

    def _patience(self) -> Patience:
        return Patience(self._start_seconds_max, self._on_wait)
