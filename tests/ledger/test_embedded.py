"""The embedded PostgreSQL, for real: every test starts servers of its own under a temporary path."""

import os
import re
import select
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psutil
import psycopg
import pytest

from ledger.store.embedded import (
    DirectoryNotWritableError,
    EmbeddedPostgres,
    InUseError,
    NotADatabaseError,
    NotDurableError,
    OtherVersionError,
    PasswordsMissingError,
    StartFailedError,
    StillStartingError,
    exclusive_service,
    postmaster,
    settings,
    sockets,
)
from ledger.store.embedded.machine import Machine

_ROLES = ("ledger_owner", "ledger_service", "postgres")
_GONE_SECONDS_MAX = 20

_USES_THE_SERVER = """
import sys
from pathlib import Path
from ledger.store.embedded import EmbeddedPostgres
with EmbeddedPostgres.open(Path(sys.argv[1])) as server:
    print(server.postmaster_pid, flush=True)
    sys.stdin.read()
"""
_SERVES = """
import os, sys
from pathlib import Path
from ledger.store.embedded import exclusive_service
with exclusive_service(Path(sys.argv[1])):
    print(os.getpid(), flush=True)
    sys.stdin.read()
"""
_BURIES_NOBODY = """
import ctypes, os, signal, sys
from pathlib import Path
import psutil
from ledger.store.embedded import EmbeddedPostgres
PR_SET_CHILD_SUBREAPER = 36
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
with EmbeddedPostgres.open(Path(sys.argv[1])) as server:
    print(server.postmaster_pid, flush=True)
    dead = psutil.Process(server.postmaster_pid)
    os.kill(dead.pid, signal.SIGKILL)
    while dead.status() != psutil.STATUS_ZOMBIE:
        pass
    assert server.ensure_running()
    print(server.postmaster_pid, flush=True)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a stopped database, to be copied."""
    data_dir = tmp_path_factory.mktemp("made")
    (data_dir / "postgres").mkdir()  # an empty one is as good as none
    EmbeddedPostgres.open(data_dir).close()
    return data_dir


@pytest.fixture(scope="module")
def server(made: Path) -> Iterator[EmbeddedPostgres]:
    """One server for the tests that only look at it."""
    with EmbeddedPostgres.open(_copied(made, made.with_name("shared"))) as server:
        yield server


@pytest.fixture
def data_dir(made: Path, tmp_path: Path) -> Path:
    """A data directory of the test's own, whose database has been used before."""
    return _copied(made, tmp_path / "data")


def _copied(made: Path, data_dir: Path) -> Path:
    subprocess.run(["cp", "-a", made, data_dir], check=True)
    return data_dir


def _ask(url: str, query: str) -> object:
    """The first value of the answer to `query`."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def _tell(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def _as_superuser(data_dir: Path, server: EmbeddedPostgres) -> str:
    password = (data_dir / "secrets" / "superuser").read_text().strip()
    place = re.sub(r"//[^@]*@", f"//postgres:{password}@", server.owner_url)
    return place.replace("/ledger?", "/postgres?")


@contextmanager
def _process(script: str, data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """Another Python process at work on `data_dir`; its standard input closed, it finishes."""
    process = subprocess.Popen(
        [sys.executable, "-c", script, str(data_dir)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with process:
        yield process


def _said(process: subprocess.Popen[str]) -> int:
    assert process.stdout is not None
    return int(process.stdout.readline())


def _wait_until_gone(pid: int) -> None:
    """Wait until a process has ended, buried by its parent or not; fail if it does not end."""
    if not hasattr(os, "pidfd_open"):
        with suppress(psutil.NoSuchProcess):
            psutil.Process(pid).wait(_GONE_SECONDS_MAX)
        return
    with suppress(ProcessLookupError):
        process = os.pidfd_open(pid)
        try:
            assert [process] == select.select([process], [], [], _GONE_SECONDS_MAX)[0]
        finally:
            os.close(process)


def _kill(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    _wait_until_gone(pid)


# --- A new database -----------------------------------------------------------------------------


def test_both_roles_can_log_in(server: EmbeddedPostgres) -> None:
    """The owner's and the service's URL each open the database `ledger` as that role."""
    for url, role in ((server.owner_url, "ledger_owner"), (server.service_url, "ledger_service")):
        assert f"{role} in ledger" == _ask(
            url, "SELECT current_user || ' in ' || current_database()"
        )


@pytest.mark.parametrize("role", _ROLES)
@pytest.mark.parametrize("password", ["", ":wrong"])
def test_nobody_logs_in_without_the_password(
    server: EmbeddedPostgres, role: str, password: str
) -> None:
    """No role of the database, its superuser least of all, gets in with no or a wrong password."""
    url = re.sub(r"//[^@]*@", f"//{role}{password}@", server.service_url)
    with pytest.raises(
        psycopg.OperationalError, match=r"no password supplied|authentication failed"
    ):
        psycopg.connect(url)


def test_no_way_in_is_by_trust(server: EmbeddedPostgres) -> None:
    """Each line of pg_hba.conf asks for a password by SCRAM-SHA-256."""
    lines = (server.pgdata / "pg_hba.conf").read_text().splitlines()
    methods = [line.split()[-1] for line in lines if line and not line.startswith("#")]
    assert {"scram-sha-256"} == set(methods)
    assert "trust" not in "".join(lines)


def test_the_roles_have_no_more_rights_than_they_need(server: EmbeddedPostgres) -> None:
    """Neither role is a superuser or makes databases; the owner alone makes roles and tables."""
    query = """SELECT array_agg(rolname::text ORDER BY rolname) FROM pg_roles
               WHERE rolname LIKE 'ledger%' AND """
    assert _ask(server.owner_url, f"{query} (rolsuper OR rolcreatedb OR rolbypassrls)") is None
    assert _ask(server.owner_url, f"{query} rolcreaterole") == ["ledger_owner"]
    _tell(server.owner_url, "CREATE TABLE owned (n int)", "CREATE ROLE ledger_made NOLOGIN")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _tell(server.service_url, "CREATE TABLE mine (n int)")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        _ask(server.service_url, "SELECT n FROM owned")


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("synchronous_commit", "on"),
        ("data_checksums", "on"),
        ("server_encoding", "UTF8"),
        ("listen_addresses", ""),
        ("log_min_error_statement", "panic"),
        ("wal_compression", "off"),  # the wheel is built without lz4
    ],
)
def test_it_is_set_up_to_keep_what_it_confirms(
    server: EmbeddedPostgres, setting: str, value: str
) -> None:
    """Confirmed entries are on disk and checked, no port is open, the log holds no statements."""
    assert value == _ask(server.service_url, f"SHOW {setting}")


def test_only_its_user_can_read_its_files(server: EmbeddedPostgres) -> None:
    """Passwords, settings, log and database files are closed to everybody but their owner."""
    data_dir = server.pgdata.parent
    secrets = data_dir / "secrets"
    assert {"superuser", "owner", "service"} == {file.name for file in secrets.iterdir()}
    files = [*secrets.iterdir(), data_dir / "postgres.log", server.pgdata / "ledger.conf"]
    assert {0o600} == {stat.S_IMODE(file.stat().st_mode) for file in files}
    folders = [secrets, server.pgdata]
    assert {0o700} == {stat.S_IMODE(folder.stat().st_mode) for folder in folders}
    assert 0 == stat.S_IMODE(data_dir.stat().st_mode) & 0o066


def test_passwords_are_long_and_all_different(server: EmbeddedPostgres) -> None:
    """Each role has a password of 256 random bits, and no log or settings file holds one."""
    data_dir = server.pgdata.parent
    passwords = {file.read_text().strip() for file in (data_dir / "secrets").iterdir()}
    assert 3 == len(passwords)
    assert all(43 == len(password) for password in passwords)
    texts = [
        data_dir / "postgres.log",
        *server.pgdata.glob("*.conf"),
        server.pgdata / "postmaster.opts",
    ]
    assert not any(password in text.read_text() for password in passwords for text in texts)


def test_the_log_repeats_nothing_that_was_sent(server: EmbeddedPostgres) -> None:
    """A failing statement leaves neither its text nor its values in the server's log."""
    with pytest.raises(psycopg.errors.InvalidTextRepresentation):
        _ask(server.service_url, "SELECT 'Ottoline'::int")
    assert "Ottoline" not in (server.pgdata.parent / "postgres.log").read_text()


def test_the_server_is_never_root(server: EmbeddedPostgres) -> None:
    """The server runs as an ordinary user, who owns the database's files and not the passwords."""
    running_as = psutil.Process(server.postmaster_pid).uids().effective
    assert 0 != running_as
    assert server.pgdata.stat().st_uid == running_as
    assert (server.pgdata.parent / "secrets" / "owner").stat().st_uid == os.geteuid()


def test_ctrl_c_does_not_reach_the_server(server: EmbeddedPostgres) -> None:
    """The server is in a session of its own, where no key of our terminal can stop it."""
    assert os.getsid(0) != os.getsid(server.postmaster_pid)


def test_the_server_keeps_none_of_our_sockets(data_dir: Path) -> None:
    """A port we listened on while the server started is free again when we close it."""
    with socket.create_server(("127.0.0.1", 0)) as ours:
        ours.set_inheritable(True)
        port = ours.getsockname()[1]
        server = EmbeddedPostgres.open(data_dir)
    with server, socket.socket() as again:
        again.bind(("127.0.0.1", port))


def test_our_environment_is_kept_from_the_server(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables meant for other PostgreSQL servers do not lead ours astray, and ours stay ours."""
    monkeypatch.setenv("PGDATA", "/nowhere")
    monkeypatch.setenv("PGPORT", "1")
    monkeypatch.setenv("LEDGER_SECRET", "kept")
    with EmbeddedPostgres.open(data_dir) as server:
        assert 1 == _ask(server.service_url, "SELECT 1")
        inherited = psutil.Process(server.postmaster_pid).environ()
    assert not {"PGPORT", "LEDGER_SECRET"} & set(inherited)
    assert "/nowhere" not in inherited.values()


# --- Sharing, stopping, starting ------------------------------------------------------------------


def test_a_restart_keeps_everything(data_dir: Path) -> None:
    """After close and open, data and passwords are what they were, and the server is a new one."""
    with EmbeddedPostgres.open(data_dir) as server:
        first, url = server.postmaster_pid, server.owner_url
        _tell(url, "CREATE TABLE kept AS SELECT 7 AS n")
    _wait_until_gone(first)
    server.close()  # a second time, which does no harm
    with EmbeddedPostgres.open(data_dir) as server:
        assert first != server.postmaster_pid
        assert url == server.owner_url
        assert 7 == _ask(url, "SELECT n FROM kept")


def test_the_last_one_out_stops_the_server(data_dir: Path) -> None:
    """One server for everybody, in this process or another; it stops when the last has left."""
    with _process(_USES_THE_SERVER, data_dir) as other, EmbeddedPostgres.open(data_dir) as server:
        pid = _said(other)
        assert pid == server.postmaster_pid
        with EmbeddedPostgres.open(data_dir) as second:
            assert pid == second.postmaster_pid
        assert 1 == _ask(server.service_url, "SELECT 1")
        other.communicate()
        assert 1 == _ask(server.service_url, "SELECT 1")
    _wait_until_gone(pid)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.service_url)


def test_many_may_come_at_once(tmp_path: Path) -> None:
    """Processes that all open a new directory in the same moment make one database between them."""
    data_dir = tmp_path / "a $new 'one'"
    with (
        _process(_USES_THE_SERVER, data_dir) as one,
        _process(_USES_THE_SERVER, data_dir) as two,
        _process(_USES_THE_SERVER, data_dir) as three,
    ):
        pids = {_said(process) for process in (one, two, three)}
        assert 1 == len(pids)
        for process in (one, two, three):
            process.communicate()
            assert 0 == process.returncode
    _wait_until_gone(pids.pop())


def test_a_killed_user_leaves_the_server_to_the_next(data_dir: Path) -> None:
    """When the only process using the server is killed, the next one finds it and later stops it."""
    with _process(_USES_THE_SERVER, data_dir) as other:
        pid = _said(other)
        other.kill()
    with EmbeddedPostgres.open(data_dir) as server:
        assert pid == server.postmaster_pid
    _wait_until_gone(pid)


def test_a_killed_server_is_started_again(data_dir: Path) -> None:
    """After kill -9 of the server, with sessions at work, `ensure_running` brings the data back."""
    with EmbeddedPostgres.open(data_dir) as server:
        assert not server.ensure_running()
        _tell(server.owner_url, "CREATE TABLE kept AS SELECT 7 AS n")
        first, url = server.postmaster_pid, server.owner_url
        with psycopg.connect(url) as session:
            session.execute("SELECT n FROM kept FOR UPDATE")
            _kill(first)
            assert server.ensure_running()
            session.close()
        assert not server.ensure_running()
        assert first != server.postmaster_pid
        assert 7 == _ask(url, "SELECT n FROM kept")


def test_the_rest_of_a_killed_server_is_asked_to_leave(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A session too busy to notice that its server was killed does not hold up the next one."""
    monkeypatch.setattr(postmaster, "_ORPHANS_LEAVE_SECONDS", 0.2)
    with (
        EmbeddedPostgres.open(data_dir, start_seconds_max=20) as server,
        psycopg.connect(server.service_url, autocommit=True) as busy,
    ):
        session = busy.info.backend_pid
        busy.pgconn.send_query(
            b"DO $$ BEGIN WHILE clock_timestamp() < now() + interval '1 minute' LOOP END LOOP; END $$"
        )
        query = f"SELECT wait_event IS NULL FROM pg_stat_activity WHERE pid = {session}"
        while not _ask(server.service_url, query):
            assert psutil.pid_exists(session)
        _kill(server.postmaster_pid)
        assert psutil.pid_exists(session)
        assert server.ensure_running()
        assert 1 == _ask(server.service_url, "SELECT 1")
        busy.close()
    _wait_until_gone(session)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux gives orphans to a chosen parent")
def test_a_killed_server_is_started_again_where_nobody_buries_it(data_dir: Path) -> None:
    """As in a container without an init process, where the dead server becomes our own zombie."""
    with _process(_BURIES_NOBODY, data_dir) as other:
        assert _said(other) != _said(other)
    assert 0 == other.returncode


def test_a_stale_process_number_does_not_stop_the_start(data_dir: Path) -> None:
    """After a crash whose server's number now belongs to another process, the database starts."""
    with EmbeddedPostgres.open(data_dir) as server:
        _tell(server.owner_url, "CREATE TABLE kept AS SELECT 7 AS n")
        _kill(server.postmaster_pid)
    # Nothing ran any more when it was closed: as after a power cut.
    owner = server.pgdata.stat()
    as_the_server: dict[str, Any] = {"user": owner.st_uid, "group": owner.st_gid}
    if os.geteuid() != 0:
        as_the_server = {}
    with subprocess.Popen(["sleep", "60"], **as_the_server) as stranger:
        try:
            for file in (
                server.pgdata / "postmaster.pid",
                _socket_dir(server) / ".s.PGSQL.5432.lock",
            ):
                _, rest = file.read_text().split("\n", 1)
                file.write_text(f"{stranger.pid}\n{rest}")
            with EmbeddedPostgres.open(data_dir) as again:
                assert stranger.pid != again.postmaster_pid
                assert 7 == _ask(again.owner_url, "SELECT n FROM kept")
            assert stranger.poll() is None
        finally:
            stranger.kill()


def _socket_dir(server: EmbeddedPostgres) -> Path:
    return Path(parse_qs(urlsplit(server.owner_url).query)["host"][0])


def test_waiting_ends_with_a_word_and_without_harm(data_dir: Path) -> None:
    """A server that does not answer in time is reported and left at work, and later found."""
    told: list[str] = []
    with EmbeddedPostgres.open(data_dir) as server:
        os.kill(server.postmaster_pid, signal.SIGSTOP)
        try:
            with pytest.raises(StillStartingError, match="wait, and start again"):
                EmbeddedPostgres.open(data_dir, start_seconds_max=1, on_wait=told.append)
        finally:
            os.kill(server.postmaster_pid, signal.SIGCONT)
        assert told
        assert 1 == _ask(server.service_url, "SELECT 1")


# --- Interrupted starts ---------------------------------------------------------------------------


def test_a_killed_first_start_leaves_nothing_half_made(tmp_path: Path) -> None:
    """Killed while the database is being made, the next open makes it whole and clears away."""
    with _process(_USES_THE_SERVER, tmp_path) as other:
        while not list(tmp_path.glob("postgres.init-*/postgres/PG_VERSION")):
            assert other.poll() is None
        other.kill()
    assert not (tmp_path / "postgres").exists()
    with EmbeddedPostgres.open(tmp_path) as server:
        assert 1 == _ask(server.service_url, "SELECT 1")
    # An initdb that outlived the killed process may have written on for a moment.
    with EmbeddedPostgres.open(tmp_path):
        assert [] == list(tmp_path.glob("postgres.init-*"))


def test_missing_roles_and_database_are_made_at_the_next_open(data_dir: Path) -> None:
    """Whatever of roles, database and their passwords is missing, the next open makes."""
    with EmbeddedPostgres.open(data_dir) as server:
        superuser = _as_superuser(data_dir, server)
        _tell(
            superuser, "DROP DATABASE ledger", "DROP ROLE ledger_service", "DROP ROLE ledger_owner"
        )
        with EmbeddedPostgres.open(data_dir) as mended:
            assert 1 == _ask(mended.owner_url, "SELECT 1")
            assert 1 == _ask(mended.service_url, "SELECT 1")
        (data_dir / "secrets" / "service").unlink()
        with EmbeddedPostgres.open(data_dir) as mended:
            assert server.service_url != mended.service_url
            assert 1 == _ask(mended.service_url, "SELECT 1")
        (data_dir / "secrets" / "superuser").rename(data_dir / "superuser")
        with pytest.raises(PasswordsMissingError, match="Restore the directory secrets/"):
            EmbeddedPostgres.open(data_dir)
        (data_dir / "secrets" / "superuser").write_text("wrong\n")
        with pytest.raises(PasswordsMissingError, match="Restore the directory secrets/"):
            EmbeddedPostgres.open(data_dir)
        assert 1 == _ask(server.owner_url, "SELECT 1")


# --- What is in the way -----------------------------------------------------------------------------


def test_one_service_serves_a_directory(tmp_path: Path) -> None:
    """A second service is refused with the first one's number, until the first is gone."""
    with _process(_SERVES, tmp_path) as other:
        pid = _said(other)
        with (
            pytest.raises(InUseError, match=rf"{tmp_path} .* \(process {pid}\)"),
            exclusive_service(tmp_path),
        ):
            pass
        other.kill()
    with (
        exclusive_service(tmp_path),
        pytest.raises(InUseError, match=rf"\(process {os.getpid()}\)"),
        exclusive_service(tmp_path),
    ):
        pass
    with exclusive_service(tmp_path):
        assert not (tmp_path / "postgres").exists()


def test_a_file_is_no_data_directory(tmp_path: Path) -> None:
    """Where a file stands in place of the data directory, the message says so and names it."""
    (tmp_path / "data").write_text("")
    with pytest.raises(DirectoryNotWritableError, match=rf"{tmp_path / 'data'} cannot be used"):
        EmbeddedPostgres.open(tmp_path / "data")
    with pytest.raises(DirectoryNotWritableError), exclusive_service(tmp_path / "data" / "below"):
        pass


def test_a_directory_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    """A data directory that this user may not write to is refused by name."""
    closed = tmp_path
    if os.geteuid() == 0:  # whom no mode stops: a place where even root makes no files
        closed = Path("/sys/kernel")
    closed.chmod(0o500 if closed is tmp_path else stat.S_IMODE(closed.stat().st_mode))
    with pytest.raises(DirectoryNotWritableError, match=rf"{closed}.* cannot be used"):
        EmbeddedPostgres.open(closed / "data")


def test_another_version_is_left_alone(tmp_path: Path) -> None:
    """A database of PostgreSQL 16 is refused by its number, and not touched."""
    pgdata = tmp_path / "postgres"
    pgdata.mkdir()
    (pgdata / "PG_VERSION").write_text("16\n")
    with pytest.raises(OtherVersionError, match=rf"{pgdata} .*PostgreSQL 16.*PostgreSQL 18"):
        EmbeddedPostgres.open(tmp_path)
    assert [pgdata / "PG_VERSION"] == list(pgdata.iterdir())


def test_something_else_is_left_alone(tmp_path: Path) -> None:
    """A directory `postgres` with other things in it is refused, and they are not touched."""
    (tmp_path / "postgres").mkdir()
    (tmp_path / "postgres" / "holiday.jpg").write_text("")
    with pytest.raises(NotADatabaseError, match="Move it away"):
        EmbeddedPostgres.open(tmp_path)
    assert (tmp_path / "postgres" / "holiday.jpg").exists()


def test_any_name_will_do_for_the_directory(made: Path, tmp_path: Path) -> None:
    """A path too long for a socket, with quotes, blanks, `$` and accents, works like any other."""
    data_dir = tmp_path / f'it\'s "$HOME" `50%`, ü\\{"x" * 120}'
    with EmbeddedPostgres.open(data_dir) as server:
        place = _socket_dir(server)
        assert not place.is_relative_to(data_dir)
        assert 0o700 == stat.S_IMODE(place.stat().st_mode)
        assert 1 == _ask(server.service_url, "SELECT 1")
    assert not place.exists()


def test_settings_of_ones_own_come_last(data_dir: Path) -> None:
    """postgres.conf in the data directory is obeyed, and named when wrong or a danger to entries."""
    own = data_dir / "postgres.conf"
    own.write_text("work_mem = 'lots'\n")
    with pytest.raises(StartFailedError, match=r'(?s)postgres\.log.*"work_mem": "lots"'):
        EmbeddedPostgres.open(data_dir)
    own.write_text("synchronous_commit = off\n")
    with pytest.raises(NotDurableError, match="synchronous_commit = off"):
        EmbeddedPostgres.open(data_dir)
    own.write_text("work_mem = '7MB'\nfsync = off\nfull_page_writes = off\n")
    with EmbeddedPostgres.open(data_dir) as server:
        shown = [_ask(server.service_url, f"SHOW {name}") for name in ("work_mem", "fsync")]
        assert ["7MB", "on"] == shown


def test_without_sockets_it_listens_on_this_machine_alone(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows: a port on 127.0.0.1, kept as long as it is free, and no way in unasked."""
    monkeypatch.setattr(sockets, "unix_sockets", False)
    with EmbeddedPostgres.open(data_dir) as server:
        url = server.service_url
        port = urlsplit(url).port
        assert port is not None
        assert "127.0.0.1" == _ask(server.service_url, "SHOW listen_addresses")
        with pytest.raises(psycopg.OperationalError, match="no password supplied"):
            psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/ledger")
        _kill(server.postmaster_pid)
        assert server.ensure_running()
        assert url == server.service_url
    with socket.create_server(("127.0.0.1", port)), EmbeddedPostgres.open(data_dir) as server:
        assert port != urlsplit(server.service_url).port
        assert 1 == _ask(server.service_url, "SELECT 1")


# --- Settings ---------------------------------------------------------------------------------------

_GB = 1 << 30
_SOCKET = settings.Listen(5432, "/run/ledger")


@pytest.mark.parametrize(
    ("memory", "expected"),
    [(_GB // 4, "64MB"), (4 * _GB, "1024MB"), (256 * _GB, "8192MB")],
)
def test_a_quarter_of_the_memory_is_the_servers(memory: int, expected: str) -> None:
    """Shared buffers are a quarter of the memory, and never more than 8 GB."""
    machine = Machine(memory=memory, cores=2, disk_free=100 * _GB, shared_memory=None)
    text = settings.render(machine, _SOCKET, lz4=True, users_file=False)
    assert f"shared_buffers = '{expected}'" in text
    assert "wal_compression = 'lz4'" in text


def test_a_small_container_gets_what_fits() -> None:
    """Little disk means little write-ahead log, all of it kept; a tiny /dev/shm is not used."""
    machine = Machine(memory=_GB, cores=1, disk_free=4 * _GB, shared_memory=64 << 20)
    text = settings.render(machine, _SOCKET, lz4=False, users_file=True)
    assert "max_wal_size = '1024MB'" in text
    assert "min_wal_size = '1024MB'" in text
    assert "dynamic_shared_memory_type = 'sysv'" in text
    assert text.endswith("include = '../postgres.conf'\n")
