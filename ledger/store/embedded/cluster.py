"""The database's files: what stands there, and how they are made."""

import secrets
import shutil
from contextlib import suppress
from pathlib import Path

from ledger.store.embedded import files
from ledger.store.embedded.binaries import MAJOR
from ledger.store.embedded.commands import Commands
from ledger.store.embedded.errors import (
    NotADatabaseError,
    OtherVersionError,
    StartFailedError,
    WrongOwnerError,
)
from ledger.store.embedded.patience import OutOfPatienceError, Patience

FOLDER = "postgres"
SUPERUSER = "postgres"
_DRAFT = "postgres.init-"

# The whole of it: passwords for everybody, by socket, from this machine, and for backups.
_ENTRANCE = """\
# Written by the attendance ledger.
# TYPE  DATABASE     USER  ADDRESS       METHOD
local   all          all                 scram-sha-256
local   replication  all                 scram-sha-256
host    all          all   127.0.0.1/32  scram-sha-256
host    replication  all   127.0.0.1/32  scram-sha-256
"""


def exists(pgdata: Path) -> bool:
    """Whether the database has been made.

    Raises OtherVersionError, NotADatabaseError or WrongOwnerError when it cannot be ours to use.
    """
    try:
        if not pgdata.exists() or not any(pgdata.iterdir()):
            return False
        version = (pgdata / "PG_VERSION").read_text(encoding="ascii").strip()
    except PermissionError as error:
        raise WrongOwnerError(pgdata) from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise NotADatabaseError(pgdata) from error
    if version != str(MAJOR):
        raise OtherVersionError(pgdata, version, MAJOR)
    return True


def clear_drafts(data_dir: Path) -> None:
    """Remove what a killed `make` has left."""
    for leftover in data_dir.glob(f"{_DRAFT}*"):
        shutil.rmtree(leftover, ignore_errors=True)


def make(commands: Commands, password: str, patience: Patience) -> None:
    """Make the database, whole or not at all: in a directory aside that is renamed at the end."""
    data_dir = commands.data_dir
    # A fresh name each time: an initdb that outlived its killed parent cleans up after itself, and
    # must not clean up what we are making.
    draft = files.private_folder(data_dir / f"{_DRAFT}{secrets.token_hex(4)}")
    try:
        commands.account.own(draft)
        files.write(draft / "password", password, commands.account)
        _initdb(commands, draft, patience)
        files.write(draft / FOLDER / "pg_hba.conf", _ENTRANCE, commands.account)
        pgdata = data_dir / FOLDER
        if pgdata.exists():  # and is empty
            pgdata.rmdir()
        (draft / FOLDER).rename(pgdata)
        files.sync_folder(data_dir)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _initdb(commands: Commands, draft: Path, patience: Patience) -> None:
    arguments = [
        f"--pgdata={draft.name}/{FOLDER}",
        f"--username={SUPERUSER}",
        f"--pwfile={draft.name}/password",
        "--auth-local=scram-sha-256",
        "--auth-host=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        # Code point order, the same on every machine and for ever: no index breaks when an
        # operating system changes its mind about sorting.
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--data-checksums",
        "--no-instructions",
    ]
    said = "it takes too long"
    with suppress(OutOfPatienceError):
        finished = commands.run("initdb", *arguments, patience=patience, why="Making the database")
        if finished.code == 0:
            return
        said = finished.output.strip()
    raise StartFailedError(commands.data_dir, "the output of initdb", said)
