"""Who uses a data directory: locks that the system itself releases when a process dies.

Three files, never removed: `start.lock`, held alone while the server is started, joined or stopped;
`users.lock`, shared by every process that uses the server, so that the last one out knows it is the
last; `serve.lock`, held by the one service of the directory.

These locks belong to a process, not to a file handle: two holders in one process would not see each
other, and the first to close its file would drop the lock of both.  Hence one object per process and
directory, with its own count of holders.
"""

import os
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import fasteners

from ledger.store.embedded.errors import DirectoryNotWritableError, InUseError
from ledger.store.embedded.patience import OutOfPatienceError, Patience


class DirectoryLocks:
    """The locks of one data directory, for all threads of this process."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._thread_starting = threading.Lock()
        self._start = fasteners.InterProcessLock(data_dir / "start.lock")
        self._counting = threading.Lock()
        self._users = fasteners.InterProcessReaderWriterLock(data_dir / "users.lock")
        self._count = 0
        self._thread_serving = threading.Lock()
        self._serve = fasteners.InterProcessLock(data_dir / "serve.lock")
        for name in ("start.lock", "users.lock", "serve.lock"):
            # Whoever can open such a file can hold it, and so hold us up.
            if not (data_dir / name).exists():
                (data_dir / name).touch(mode=0o600)

    @contextmanager
    def starting(self, patience: Patience) -> Iterator[None]:
        """Hold the server alone, to start, join or stop it; InUseError when patience runs out."""
        why = "Another process is starting or stopping the database; waiting for it"
        try:
            while not self._thread_starting.acquire(blocking=False):
                patience.wait(why)
        except OutOfPatienceError as error:
            raise self._busy() from error
        try:
            self._wait_for_start_lock(patience, why)
            try:
                yield
            finally:
                self._start.release()
        finally:
            self._thread_starting.release()

    def join(self) -> None:
        """Count in one user of the server.  The caller holds `starting`."""
        with self._counting:
            if self._count == 0:
                # Held alone only for a moment by a last one out, who holds `starting`: not now.
                self._users.acquire_read_lock()
            self._count += 1

    def leave(self) -> None:
        """Count out one user of the server."""
        with self._counting:
            self._count -= 1
            if self._count == 0:
                self._users.release_read_lock()

    def unused(self) -> bool:
        """Whether no process uses the server.  The caller holds `starting`."""
        with self._counting:
            if self._count > 0:
                return False
            if not self._users.acquire_write_lock(blocking=False):
                self._users.lockfile.close()
                self._users.lockfile = None
                return False
            self._users.release_write_lock()
            return True

    @contextmanager
    def serving(self) -> Iterator[None]:
        """Be the one service of the directory; InUseError, naming the other, when there is one."""
        # Beside the lock and not in it: on Windows nobody else can read a locked file.
        note = self._data_dir / "serve.pid"
        if not self._thread_serving.acquire(blocking=False):
            raise self._served(note)
        try:
            if not self._acquire(self._serve):
                raise self._served(note)
            try:
                note.write_text(f"{os.getpid()}\n", encoding="ascii")
                yield
            finally:
                with suppress(OSError):
                    note.unlink()
                self._serve.release()
        finally:
            self._thread_serving.release()

    def _wait_for_start_lock(self, patience: Patience, why: str) -> None:
        try:
            while not self._acquire(self._start):
                patience.wait(why)
        except OutOfPatienceError as error:
            raise self._busy() from error

    def _busy(self) -> InUseError:
        return InUseError(
            f"Another process has been starting or stopping the database in {self._data_dir} "
            f"for too long. See {self._data_dir / 'postgres.log'}, then try again."
        )

    def _served(self, note: Path) -> InUseError:
        pid = ""
        with suppress(OSError):
            pid = note.read_text(encoding="ascii").strip()
        who = f"process {pid}" if pid.isdigit() else "another process"
        return InUseError(
            f"The data directory {self._data_dir} is in use by another running attendance-ledger "
            f"serve ({who}). Stop that one first, or name another data directory."
        )

    def _acquire(self, lock: fasteners.InterProcessLock) -> bool:
        try:
            if lock.acquire(blocking=False):
                return True
        except RuntimeError as error:  # what fasteners makes of a file system without locks
            raise DirectoryNotWritableError(self._data_dir, error) from error
        lock.lockfile.close()
        return False


_known: dict[tuple[int, Path], DirectoryLocks] = {}
_knowing = threading.Lock()


def of(data_dir: Path) -> DirectoryLocks:
    """The locks of `data_dir` (absolute, existing) in this process."""
    # By process as well: a forked child inherits these objects, but not the locks.
    key = (os.getpid(), data_dir)
    with _knowing:
        if key not in _known:
            _known[key] = DirectoryLocks(data_dir)
        return _known[key]


@contextmanager
def exclusive_service(data_dir: Path) -> Iterator[None]:
    """Be the one `attendance-ledger serve` of `data_dir`, made where missing.

    Raises InUseError, naming the other process where known, or DirectoryNotWritableError.
    """
    with of(usable(data_dir)).serving():
        yield


def usable(data_dir: Path) -> Path:
    """`data_dir` made absolute, made where missing (for its owner alone), and shown writable.

    Raises DirectoryNotWritableError.
    """
    folder = data_dir.absolute()
    try:
        folder = data_dir.resolve()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise DirectoryNotWritableError(folder, error) from error
