"""Starting and stopping the server of a data directory.  The caller holds the `starting` lock."""

from pathlib import Path

import psycopg
from psycopg import pq

from ledger.store.embedded import (
    account,
    binaries,
    cluster,
    files,
    machine,
    passwords,
    postmaster,
    roles,
    settings,
    sockets,
)
from ledger.store.embedded.commands import Commands
from ledger.store.embedded.errors import (
    NotDurableError,
    PasswordsMissingError,
    StartFailedError,
    StillStartingError,
    StopFailedError,
)
from ledger.store.embedded.passwords import Passwords
from ledger.store.embedded.patience import OutOfPatienceError, Patience
from ledger.store.embedded.postmaster import Postmaster

LOG = "postgres.log"
_LOG_BYTES_MAX = 8 << 20
_LOG_LINES_SHOWN = 20
_OUR_SETTINGS = "ledger.conf"
_INCLUDE = f"include_if_exists = '{_OUR_SETTINGS}'"
# On the command line, where no settings file and no ALTER SYSTEM can take them back.  Not so
# synchronous_commit: those with a standby may want it stronger.
_UNDENIABLE = "-c fsync=on -c full_page_writes=on"


def bring_up(data_dir: Path, patience: Patience) -> tuple[Postmaster, Passwords]:
    """The running server of `data_dir`: the one that runs already, or else a new one.

    Makes the database, its roles and their passwords where missing, and whatever an interrupted
    start has left undone.  Raises the errors of `EmbeddedPostgres.open`.
    """
    pgdata = data_dir / cluster.FOLDER
    exists = cluster.exists(pgdata)
    keys = passwords.keep(data_dir, database_exists=exists)
    try:
        server = _join(pgdata, patience) if exists else None
        if server is None:
            server = _start(data_dir, keys, patience, exists=exists)
        _furnish(data_dir, server, keys, patience)
    except OutOfPatienceError as error:
        raise StillStartingError(data_dir, data_dir / LOG) from error
    return server, keys


def stop(data_dir: Path, patience: Patience) -> None:
    """Stop the server of `data_dir`, if one runs; StopFailedError when it does not stop."""
    pgdata = data_dir / cluster.FOLDER
    server = postmaster.running(pgdata)
    if server is None or not postmaster.is_ours(server.pid, pgdata):
        return
    commands = Commands(binaries.find(), account.for_database(pgdata), data_dir)
    seconds = str(int(patience.seconds_left()) + 1)
    try:
        finished = commands.run(
            *("pg_ctl", "stop", "-D", cluster.FOLDER, "-m", "fast", "-w", "-t", seconds),
            patience=patience,
            why="Stopping the database",
        )
    except OutOfPatienceError as error:
        raise StopFailedError(data_dir, "it takes too long") from error
    if finished.code != 0 and postmaster.is_ours(server.pid, pgdata):
        raise StopFailedError(data_dir, finished.output.strip())
    sockets.tidy(data_dir, server.socket_dir)


def _join(pgdata: Path, patience: Patience) -> Postmaster | None:
    """The server that runs, once it accepts connections; None when none runs (any more)."""
    while (server := postmaster.running(pgdata)) is not None:
        if server.answer() == pq.Ping.OK:
            return server
        patience.wait("The database is starting, stopping or repairing itself after a crash")
    return None


def _start(data_dir: Path, keys: Passwords, patience: Patience, *, exists: bool) -> Postmaster:
    pgdata = data_dir / cluster.FOLDER
    commands = Commands(binaries.find(), account.for_database(pgdata), data_dir)
    commands.account.let_through(data_dir)
    commands.check(patience)
    cluster.clear_drafts(data_dir)
    if not exists:
        cluster.make(commands, keys.superuser, patience)
    postmaster.clear_away(pgdata, patience)
    _configure(commands, pgdata, patience)
    log = _open_log(commands)
    seen = log.stat().st_size
    finished = commands.run(
        # Our patience ends the waiting, not that of pg_ctl: hence the minute more.
        *("pg_ctl", "start", "-D", cluster.FOLDER, "-l", LOG, "-o", _UNDENIABLE),
        *("-w", "-t", str(int(patience.seconds_left()) + 60)),
        patience=patience,
        why="Starting the database; after an unclean stop it first repairs itself",
    )
    # Whatever pg_ctl says: a start whose starter was killed may have come first.
    server = _join(pgdata, patience)
    if server is None:
        said = _tail(log, seen) or finished.output.strip()
        raise StartFailedError(data_dir, str(log), said)
    return server


def _furnish(data_dir: Path, server: Postmaster, keys: Passwords, patience: Patience) -> None:
    url = server.url(cluster.SUPERUSER, keys.superuser, "postgres")
    while True:
        try:
            refused = roles.ensure(url, keys)
            break
        except psycopg.Error as error:
            # The messages are in English: our settings say so.
            if "password authentication failed" in str(error):
                raise PasswordsMissingError(passwords.superuser_file(data_dir), error) from error
            if not roles.is_passing(error):
                raise StartFailedError(data_dir, "what PostgreSQL answered", str(error)) from error
            patience.wait("The database runs, but lets nobody in yet")
    if refused:
        raise NotDurableError(data_dir, refused[0])


def _configure(commands: Commands, pgdata: Path, patience: Patience) -> None:
    data_dir, ours = commands.data_dir, pgdata / _OUR_SETTINGS
    before = ours.read_text(encoding="utf-8") if ours.exists() else ""
    listen = sockets.choose(data_dir, commands.account, settings.port_in(before))
    found = machine.look(data_dir)
    text = settings.render(
        found,
        listen,
        lz4=_has_lz4(commands, patience),
        users_file=(pgdata / settings.USERS_FILE).exists(),
    )
    files.write(ours, text, commands.account)
    main = pgdata / "postgresql.conf"
    lines = main.read_text(encoding="utf-8")
    if _INCLUDE not in lines.splitlines():
        files.write(main, f"{lines}\n{_INCLUDE}\n", commands.account)


def _has_lz4(commands: Commands, patience: Patience) -> bool:
    asked = ("-D", cluster.FOLDER, "-c", "wal_compression=lz4", "-C", "wal_compression")
    return commands.run("postgres", *asked, patience=patience, why="Asking PostgreSQL").code == 0


def _open_log(commands: Commands) -> Path:
    log = commands.data_dir / LOG
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
    log.touch(mode=0o600)
    log.chmod(0o600)
    commands.account.own(log)
    return log


def _tail(log: Path, start: int) -> str:
    with log.open("rb") as file:
        file.seek(start)
        lines = file.read().decode("utf-8", "replace").splitlines()
    return "\n".join(lines[-_LOG_LINES_SHOWN:])
