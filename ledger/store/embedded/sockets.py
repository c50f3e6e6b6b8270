"""Where the server can listen: a socket near the database, in a short path, or a local port."""

import os
import socket
import stat
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from ledger.store.embedded import files
from ledger.store.embedded.account import Account
from ledger.store.embedded.errors import EmbeddedError
from ledger.store.embedded.settings import Listen

FOLDER = "run"
_PORT = 5432
_LOCALHOST = "127.0.0.1"
# As long as the name PostgreSQL gives its socket: the path has a limit of about a hundred bytes.
_PROBE = ".s.PGSQL.prob"

# PostgreSQL has no sockets with permissions on Windows.
unix_sockets = os.name != "nt"


def choose(data_dir: Path, account: Account, port_before: int) -> Listen:
    """A place to listen that works here; on a local port, if possible the one used before.

    Raises EmbeddedError when no directory can hold a socket.
    """
    if not unix_sockets:
        return Listen(_free_port(port_before), None)
    tried = []
    for folder in _folders(data_dir):
        _make_private(folder, account)
        if _can_hold_socket(folder):
            return Listen(_PORT, str(folder))
        folder.rmdir()
        tried.append(str(folder))
    raise EmbeddedError(
        f"The database needs a directory for its socket, and none of {', '.join(tried)} can hold "
        "one. Name a data directory with a shorter path, on a local disk."
    )


def tidy(data_dir: Path, socket_dir: str) -> None:
    """Remove the directory of a stopped server's socket, where it was a temporary one."""
    if socket_dir and Path(socket_dir) != data_dir / FOLDER:
        with suppress(OSError):
            Path(socket_dir).rmdir()


def _folders(data_dir: Path) -> Iterator[Path]:
    yield data_dir / FOLDER
    name = f"ledger-{sha256(os.fsencode(data_dir)).hexdigest()[:16]}"
    for temporary in dict.fromkeys([tempfile.gettempdir(), "/tmp"]):  # noqa: S108  (made private)
        yield Path(temporary).resolve() / name


def _make_private(folder: Path, account: Account) -> None:
    with suppress(FileExistsError):
        folder.mkdir(mode=0o700)
        account.own(folder)
    # In a directory that all may write to, somebody else could have been there first.
    status = folder.lstat()
    owners = {os.geteuid(), account.uid if account.uid is not None else os.geteuid()}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
        raise EmbeddedError(
            f"{folder} is to hold the database's socket, but belongs to somebody else. Remove it."
        )
    files.private_folder(folder)
    account.own(folder)


def _can_hold_socket(folder: Path) -> bool:
    probe = folder / _PROBE
    with socket.socket(socket.AF_UNIX) as trial:
        try:
            probe.unlink(missing_ok=True)
            trial.bind(str(probe))
        except OSError:
            return False
    probe.unlink()
    return True


def _free_port(preferred: int) -> int:
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET) as trial, suppress(OSError):
            if os.name != "nt":  # there it would let us take a port in use
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((_LOCALHOST, port))
            return int(trial.getsockname()[1])
    raise EmbeddedError(f"The database found no free port on {_LOCALHOST}: restart the machine.")
