"""The server process: is it running, is it ours, where does it listen, what did a dead one leave."""

import contextlib
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psutil
from psycopg import pq

from ledger.store.embedded.patience import Patience

_NAME = "postgres"
# Processes of a dead postmaster leave by themselves when idle; the others are asked to after this.
_ORPHANS_LEAVE_SECONDS = 5.0


@dataclass(frozen=True)
class Postmaster:
    """A server process as its postmaster.pid describes it; `port` is 0 before it listens."""

    pid: int
    port: int
    socket_dir: str

    def url(self, role: str, password: str, database: str) -> str:
        """A libpq URL by which `role` comes to `database`."""
        place = f"?host={quote(self.socket_dir, safe='')}&port={self.port}"
        host = ""
        if not self.socket_dir:
            place, host = "", f"127.0.0.1:{self.port}"
        return f"postgresql://{role}:{quote(password, safe='')}@{host}/{database}{place}"

    def answer(self) -> pq.Ping:
        """What the server says to whoever knocks; NO_RESPONSE when nobody is there."""
        if not self.port:
            return pq.Ping.NO_RESPONSE
        url = f"{self.url('postgres', '', 'postgres')}{'&' if self.socket_dir else '?'}"
        return pq.Ping(pq.PGconn.ping(f"{url}connect_timeout=2".encode()))


def recorded(pgdata: Path) -> Postmaster | None:
    """The server that last wrote postmaster.pid, dead or alive."""
    try:
        lines = (pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()
        pid = int(lines[0])
    except (FileNotFoundError, ValueError, IndexError):
        return None
    # While the server starts, the later lines are not there yet.
    _, _, _, port, socket_dir, *_ = [*lines, *[""] * 5]
    return Postmaster(pid, int(port) if port.strip().isdigit() else 0, socket_dir.strip())


def running(pgdata: Path) -> Postmaster | None:
    """The live server of `pgdata`, or None."""
    found = recorded(pgdata)
    if found is None or is_ours(found.pid, pgdata):
        return found
    # A server in another container with the same directory has no process here, but it answers.
    if found.socket_dir and found.answer() != pq.Ping.NO_RESPONSE:
        return found
    return None


def is_ours(pid: int, pgdata: Path) -> bool:
    """Whether process `pid` lives and is a PostgreSQL at work in `pgdata`."""
    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE:
            _bury(pid)
            return False
        return _is_at_work_in(process, pgdata)
    except psutil.Error:
        return False


def clear_away(pgdata: Path, patience: Patience) -> None:
    """Make room for a new server after one that died; OutOfPatienceError when that takes too long.

    Waits until the last process of the dead server has gone: while one is left, its shared memory
    is in use and a new server could not start.
    """
    asked = False
    before = patience.seconds_left()
    while (left := _orphans(pgdata)) and running(pgdata) is None:
        if not asked and before - patience.seconds_left() > _ORPHANS_LEAVE_SECONDS:
            asked = True
            for process in left:
                with contextlib.suppress(psutil.Error):
                    process.terminate()
        patience.wait("Waiting for the rest of a database server that died")
    found = recorded(pgdata)
    if found is not None:
        _remove_if_misleading(pgdata / "postmaster.pid", found.pid)
        if found.socket_dir:
            socket_lock = Path(found.socket_dir, f".s.PGSQL.{found.port}.lock")
            _remove_if_misleading(socket_lock, found.pid)


def _orphans(pgdata: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and _is_at_work_in(process, pgdata):
                found.append(process)
    return found


def _is_at_work_in(process: psutil.Process, pgdata: Path) -> bool:
    if not process.name().startswith(_NAME):
        return False
    folder = process.cwd()
    return bool(folder) and Path(folder) == pgdata.resolve()


def _remove_if_misleading(lock_file: Path, pid: int) -> None:
    # PostgreSQL itself sees through the lock file of a process that is gone.  It does not when the
    # number belongs to another process by now, as after a restart of the machine or container, or
    # to a dead one that nobody has buried.  We know that it is no server of ours.
    if psutil.pid_exists(pid):
        lock_file.unlink(missing_ok=True)


def _bury(pid: int) -> None:
    # A dead server is left as a zombie when its parent does not look after it: in a container
    # without an init process that parent is us.
    if hasattr(os, "WNOHANG"):
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
