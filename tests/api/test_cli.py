"""The command line as its users meet it: processes, their output and their exit codes."""

import json
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import structlog
from typer.main import get_command

from api.cli import main, program
from api.console import set_up_logging
from api.opening import open_key_file, open_service
from api.settings import Settings, SettingsError, flag, load, unknown_variables, variable
from ledger.store.database import Addresses
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.vault import KeyFile, KeyFileError, Vault
from ledger.store.wire import Wire
from tests.api.program import COMMAND, SECONDS_MAX, Running, environment, started
from tests.house import checkout

ALL = ("--scope", "all", "--school", "all")


def _run(*arguments: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """A command run to its end."""
    return subprocess.run(
        [COMMAND, *map(str, arguments)],
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )


Told = Callable[..., tuple[int, str, str]]


@pytest.fixture
def told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], logging_restored: None
) -> Told:
    """A command run to its end in this process: its exit code, output and errors."""
    for name in (name for name in os.environ if name.startswith("LEDGER_")):
        monkeypatch.delenv(name)

    def run(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["attendance-ledger", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data directory of the service that most tests share."""
    return tmp_path_factory.mktemp("service") / "not made yet"


@pytest.fixture(scope="module")
def first_key(data_dir: Path) -> str:
    """A key made before the service's first start."""
    made = _run("keys", "create", "--name", "First", *ALL, "--data-dir", data_dir)
    assert 0 == made.returncode, made.stderr
    return made.stdout


@pytest.fixture(scope="module")
def metrics_port() -> int:
    """A port for the measures alone."""
    return _free_port()


@pytest.fixture(scope="module")
def service(data_dir: Path, first_key: str, metrics_port: int) -> Iterator[Running]:
    """The service, whose first log line is still to be read."""
    options = ("--port", "0", "--metrics-port", str(metrics_port), "--data-dir", data_dir)
    with started("serve", *options) as running:
        yield running
        assert 0 == running.ended_by(signal.SIGTERM)[0]


@pytest.fixture(scope="module")
def ready(service: Running) -> dict[str, object]:
    """The service's line that it is ready."""
    return service.logged("ready")


@pytest.fixture(scope="module")
def address(ready: dict[str, object]) -> str:
    """Where the service is."""
    return str(ready["address"])


# -- serve -----------------------------------------------------------------------------------------


def test_one_line_is_logged_when_the_service_is_ready(ready: dict[str, object]) -> None:
    """The first thing the service logs, unless it has to wait, is its address and version."""
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+", str(ready["address"]))
    assert re.fullmatch(r"\d+\.\d+\.\d+", str(ready["version"]))


def test_the_service_is_ready_from_then_on(address: str) -> None:
    """/readyz answers 200 once the line was logged."""
    assert 200 == httpx.get(f"{address}/readyz").status_code


def test_measures_have_a_port_of_their_own(address: str, metrics_port: int) -> None:
    """With a port for /metrics it is served there and not on the main one."""
    assert "ledger_log_position" in httpx.get(f"http://127.0.0.1:{metrics_port}/metrics").text
    assert 404 == httpx.get(f"{address}/metrics").status_code


def test_a_second_service_on_one_directory_is_refused(
    service: Running, address: str, data_dir: Path
) -> None:
    """It ends with exit code 2 and names the process that has the directory."""
    second = _run("serve", "--port", "0", "--data-dir", data_dir)
    assert (2, "") == (second.returncode, second.stdout)
    assert f"(process {service.pid})" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_taken_port_is_told_before_anything_is_made(address: str, tmp_path: Path) -> None:
    """The port is named with the setting for another, and no database is made."""
    port = address.rpartition(":")[2]
    refused = _run("serve", "--port", port, "--data-dir", tmp_path / "other")
    assert 2 == refused.returncode
    assert re.search(rf"port {port}: .*--port or LEDGER_PORT", refused.stderr)
    assert not (tmp_path / "other" / "postgres").exists()


def test_sigterm_ends_the_service_and_its_database(tmp_path: Path) -> None:
    """It ends with exit code 0, and its database with it (Ctrl-C: see the demonstration below)."""
    with started("serve", "--port", "0", "--data-dir", tmp_path) as running:
        where = running.logged("ready")["address"]
        with httpx.Client(base_url=str(where)) as client:
            assert 200 == client.get("/readyz").status_code
            # With a client's connection still open.
            code, errors = running.ended_by(signal.SIGTERM)
    assert 0 == code
    assert {"request", "waiting"} >= {json.loads(line)["event"] for line in errors.splitlines()}
    assert not (tmp_path / "postgres" / "postmaster.pid").exists()


def test_a_signal_ends_a_start_that_waits(tmp_path: Path) -> None:
    """A start that waits for another process to finish with the database can be ended, too."""
    with EmbeddedPostgres.open(tmp_path) as server:
        # Stopped in its tracks: it neither answers nor goes away.
        os.kill(server.postmaster_pid, signal.SIGSTOP)
        try:
            with started("serve", "--port", "0", "--data-dir", tmp_path) as running:
                running.logged("waiting")
                assert 0 == running.ended_by(signal.SIGTERM)[0]
        finally:
            os.kill(server.postmaster_pid, signal.SIGCONT)


def test_a_database_that_dies_is_started_again(
    service: Running, address: str, data_dir: Path
) -> None:
    """Nobody has to ask: after the database was killed the service becomes ready by itself."""
    pid = int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    service.logged("database_restarted")
    assert 200 == httpx.get(f"{address}/readyz", timeout=SECONDS_MAX).status_code


def test_a_directory_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The directory is named, what is wrong with it, and there is no traceback."""
    (tmp_path / "file").touch()
    refused = _run("serve", "--port", "0", "--data-dir", tmp_path / "file" / "data")
    assert (2, "") == (refused.returncode, refused.stdout)
    assert refused.stderr.startswith(f"attendance-ledger: The data directory {tmp_path}/file/data")
    assert "Traceback" not in refused.stderr


def test_a_database_that_cannot_be_reached_is_told_without_its_password(tmp_path: Path) -> None:
    """The message names the setting and never holds the password."""
    refused = _run(
        "serve",
        "--port",
        "0",
        LEDGER_DATABASE_URL=f"postgresql://ledger:hidden@127.0.0.1:{_free_port()}/ledger",
        LEDGER_KEY_FILE=str(tmp_path / "ledger.key"),
    )
    assert 2 == refused.returncode
    assert "LEDGER_DATABASE_URL" in refused.stderr
    assert "hidden" not in refused.stderr
    assert "Traceback" not in refused.stderr


# -- keys ------------------------------------------------------------------------------------------


def test_a_new_key_is_all_that_is_printed(first_key: str) -> None:
    """Before the first start `keys create` prints the key, one line, and nothing else."""
    assert re.fullmatch(r"atl_[A-Za-z0-9_-]{43}\n", first_key)


def test_a_key_made_before_the_first_start_opens_the_service(address: str, first_key: str) -> None:
    """The service knows the keys that were made before it ran."""
    assert 200 == _codes(address, first_key.strip())


def test_keys_are_made_listed_and_revoked_while_the_service_runs(
    address: str, data_dir: Path
) -> None:
    """A key works at once, is listed by its beginning only, and once revoked is refused."""
    options = ("--data-dir", data_dir)
    made = _run("keys", "create", "--name", "Second", *ALL, *options)
    key = made.stdout.strip()
    assert (0, f"{key}\n") == (made.returncode, made.stdout)
    assert 200 == _codes(address, key)
    listed = _run("keys", "list", *options).stdout
    assert key[:12] in listed
    assert key not in listed
    assert "The key of Second is revoked.\n" == _run("keys", "revoke", key[:12], *options).stdout
    assert re.search(r"Second.*revoked", _run("keys", "list", *options).stdout)


def _codes(address: str, key: str) -> int:
    answer = httpx.get(f"{address}/v1/codes", headers={"Authorization": f"Bearer {key}"})
    return answer.status_code


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--name", "/", "--scope", "all", "--school", "all"), "A client's name"),
        (("--name", "A", "--scope", "everything", "--school", "all"), "Scopes are: school:read"),
        (("--name", "A", "--scope", "all", "--school", "Ashfield"), "Schools are URNs"),
    ],
)
def test_a_key_that_cannot_be_is_refused(
    told: Told, tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    """What is wrong is told, nothing is printed on standard output, and no database is made."""
    code, output, errors = told("keys", "create", *arguments, "--data-dir", tmp_path / "new")
    assert (2, "") == (code, output)
    assert errors.startswith(f"attendance-ledger: {said}")
    assert not (tmp_path / "new").exists()


# -- migrate and verify ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def own_server(
    server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """The variables of a service on a database server of one's own."""
    password = (server.pgdata.parent / "secrets" / "superuser").read_text().strip()
    superuser = re.sub(r"//[^@]*@", f"//postgres:{password}@", server.owner_url)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CREATE DATABASE of_ones_own OWNER ledger_owner")
    return {
        "LEDGER_DATABASE_URL": server.service_url.replace("/ledger?", "/of_ones_own?"),
        "LEDGER_OWNER_DATABASE_URL": server.owner_url.replace("/ledger?", "/of_ones_own?"),
        "LEDGER_KEY_FILE": str(tmp_path_factory.mktemp("keys") / "made" / "ledger.key"),
    }


def test_migrations_are_applied_once(own_server: dict[str, str]) -> None:
    """`migrate` names what it applied; the second time there is nothing to do."""
    assert "Applied 0001_the_log\n" in _run("migrate", **own_server).stdout
    assert "The database is up to date.\n" == _run("migrate", **own_server).stdout
    assert _run("verify", **own_server).stdout.startswith("All is well: 0 rows")


def test_a_service_runs_on_a_server_of_ones_own(own_server: dict[str, str]) -> None:
    """It makes the key file where there is none, and leaves the server running when it ends."""
    with started("serve", "--port", "0", **own_server) as running:
        assert "own" == running.logged("ready")["database"]
        assert 0 == running.ended_by(signal.SIGTERM)[0]
    assert Path(own_server["LEDGER_KEY_FILE"]).exists()
    with psycopg.connect(own_server["LEDGER_DATABASE_URL"]) as connection:
        assert (1,) == connection.execute("SELECT 1").fetchone()


def test_a_server_of_ones_own_needs_a_key_file(
    own_server: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without one named the service does not start: keys never lie beside what they open."""
    monkeypatch.setenv("LEDGER_DATABASE_URL", own_server["LEDGER_DATABASE_URL"])
    with pytest.raises(SettingsError, match="LEDGER_KEY_FILE"), open_service(load()):
        pytest.fail("it was opened")


def test_particulars_are_never_left_behind_a_new_key_file(
    addresses: Addresses, vault: Vault, tmp_path: Path
) -> None:
    """Where particulars were sealed, a missing key file is not made anew, and another is refused."""
    with psycopg.connect(addresses.owner) as connection:
        wire = Wire(connection)
        vault.make_keys(wire, ["137172/sealed"])
        wire.settle()
    missing = load(data_dir=tmp_path, key_file=tmp_path / "missing.key")
    with pytest.raises(KeyFileError, match="is missing"):
        open_key_file(missing, addresses)
    assert not missing.key_file_path.exists()
    KeyFile.open_or_create(tmp_path / "another.key")
    with pytest.raises(KeyFileError, match="is not the one"):
        open_key_file(load(data_dir=tmp_path, key_file=tmp_path / "another.key"), addresses)


def test_verify_names_the_first_bad_position(address: str, data_dir: Path) -> None:
    """Exit code 0 while all is well, 1 with the position when something was changed."""
    well = _run("verify", "--data-dir", data_dir)
    assert (0, "All is well") == (well.returncode, well.stdout[:11])
    _set_head(data_dir, 5)
    bad = _run("verify", "--data-dir", data_dir)
    _set_head(data_dir, 0)
    assert (1, "Position 1: the row is missing.") == (bad.returncode, bad.stdout.splitlines()[0])


def _set_head(data_dir: Path, position: int) -> None:
    with EmbeddedPostgres.open(data_dir) as server, psycopg.connect(server.owner_url) as connection:
        connection.execute("UPDATE log_head SET position = %s", (position,))


@pytest.mark.parametrize(
    "command", [("verify",), ("keys", "list"), ("keys", "revoke", "atl_abcdefgh")]
)
def test_no_ledger_is_made_by_looking_for_one(
    told: Told, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """Where there is no ledger, looking into it is refused and makes none."""
    code, output, errors = told(*command, "--data-dir", tmp_path / "misspelt")
    assert (2, "") == (code, output)
    assert "There is no ledger in" in errors
    assert not (tmp_path / "misspelt").exists()


# -- demo ------------------------------------------------------------------------------------------


def test_the_demonstration_fills_a_service_that_answers_meanwhile(tmp_path: Path) -> None:
    """All figures agree, three requests are shown with their answers, and a second run replays."""
    options = ("--serve", "--port", "0", "--data-dir", tmp_path)
    with started("demo", *options) as running:
        where = running.said("ready").split()[-1].rstrip(".")
        assert 200 == httpx.get(f"{where}/readyz", timeout=5).status_code
        said = running.said("keeps running")
        code, errors = running.ended_by(signal.SIGINT)
    assert 0 == code
    assert re.search(r"All \d+ figures agree\.", said), errors
    assert 3 == said.count("$ curl -s -H")
    assert 1 == said.count('"rows": [')
    assert "0 of them already in the record" in _one_line(said)
    with started("demo", *options) as running:
        said = _one_line(running.said("keeps running"))
        assert 0 == running.ended_by(signal.SIGINT)[0]
    assert re.search(r"(\d+) requests, \1 of them already in the record", said)
    well = _run("verify", "--data-dir", tmp_path)
    assert (0, "All is well") == (well.returncode, well.stdout[:11])


def test_the_demonstration_stays_out_of_a_real_ledger(tmp_path: Path) -> None:
    """Where others have made entries and no demonstration has, it refuses to begin."""
    assert 0 == _run("migrate", "--data-dir", tmp_path).returncode
    _set_head(tmp_path, 1)
    refused = _run("demo", "--serve", "--port", "0", "--data-dir", tmp_path)
    assert (2, "") == (refused.returncode, refused.stdout)
    assert f"{tmp_path} holds a ledger that is no demonstration" in refused.stderr
    assert "Traceback" not in refused.stderr


def _one_line(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.parametrize("arguments", [(), ("--serve", "--url", "http://127.0.0.1:1")])
def test_the_demonstration_needs_one_service(told: Told, arguments: tuple[str, ...]) -> None:
    """It is told whether to start a service or to use one, and not both."""
    message = "attendance-ledger: Give either --serve, or --url of a running service.\n"
    assert (2, "", message) == told("demo", *arguments)


def test_an_area_without_figures_is_answered_with_those_there_are(told: Told) -> None:
    """An unknown local authority is refused before anything is started."""
    code, _, errors = told("demo", "--serve", "--la", "Atlantis")
    assert 2 == code
    assert "There are: " in errors


# -- log lines -------------------------------------------------------------------------------------


@pytest.fixture
def log(logging_restored: None) -> StringIO:
    """Where log lines go, as JSON."""
    stream = StringIO()
    set_up_logging("json", stream)
    return stream


def _failed() -> Exception:
    try:
        int("Ada Okafor, 1 High Street")
    except ValueError as error:
        return error
    raise AssertionError


def test_of_an_exception_its_kind_and_place_are_logged(log: StringIO) -> None:
    """The message of an exception, which may repeat what was sent, is in no log line."""
    structlog.get_logger().error("failed", exc_info=_failed())
    logging.getLogger("some.package").error("Cannot read %s", "Ada Okafor", exc_info=_failed())
    ours, theirs = map(json.loads, log.getvalue().splitlines())
    assert "Ada" not in log.getvalue()
    assert "ValueError" == ours["exception"] == theirs["exception"]
    assert ours["at"][-1].endswith("_failed")
    assert ("Cannot read %s", "some.package") == (theirs["event"], theirs["logger"])


def test_fields_that_are_not_on_the_list_are_left_out(log: StringIO) -> None:
    """Whatever a line of code hands to the log, only fields of the list are written."""
    structlog.get_logger().info("request", status=200, surname="Okafor")
    entry = json.loads(log.getvalue())
    assert ["time", "level", "event", "status"] == list(entry)


def test_of_a_warning_its_place_and_category_are_logged(log: StringIO) -> None:
    """Python's warnings are log lines too, without their text."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        # The context has put the usual way of showing warnings back.
        logging.captureWarnings(capture=False)
        logging.captureWarnings(capture=True)
        warnings.warn("unexpected value: Ada Okafor", stacklevel=1)
    entry = json.loads(log.getvalue())
    assert entry["event"].endswith("UserWarning")
    assert "Ada" not in log.getvalue()


# -- settings, help and the pages about them -------------------------------------------------------


def test_the_version_is_said(told: Told) -> None:
    """--version prints the name and the version."""
    code, output, _ = told("--version")
    assert 0 == code
    assert re.fullmatch(r"attendance-ledger \d+\.\d+\.\d+\n", output)


@pytest.mark.parametrize("field", Settings.model_fields)
def test_help_has_a_line_for_every_setting(field: str) -> None:
    """`serve --help` names each setting's flag and variable, and says what it is."""
    option = next(p for p in _parameters("serve") if p.name == field)
    assert [flag(field)] == option.opts
    assert variable(field) == option.envvar
    assert Settings.model_fields[field].description == option.help


def test_settings_come_from_flag_then_variable_then_default(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A flag comes before the environment, the environment before the default; empty is not set."""
    assert 8080 == load().port
    monkeypatch.setenv("LEDGER_PORT", "9000")
    assert 9000 == load(port=None).port
    assert 9001 == load(port=9001).port
    monkeypatch.setenv("LEDGER_PORT", "")
    assert 8080 == load().port


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"port": 70000}, "LEDGER_PORT (--port)"),
        ({"owner_database_url": "postgresql://x:hidden@y/z"}, "set both, or neither"),
        ({"jwt_issuer": "https://issuer.example"}, "set all three, or none"),
        ({"database_url": ["hidden"]}, "LEDGER_DATABASE_URL (--database-url)"),
    ],
)
def test_settings_that_cannot_be_are_named(given: dict[str, object], said: str) -> None:
    """What is wrong is told by the setting's names, without repeating its value."""
    with pytest.raises(SettingsError) as error:
        load(**given)
    assert said in str(error.value)
    assert "hidden" not in str(error.value)


def test_a_misspelt_setting_is_noticed() -> None:
    """A variable that looks like a setting and is none is found, whatever its case."""
    environment = {"LEDGER_PROT": "1", "LEDGER_PORT": "1", "ledger_host": "x", "PATH": "/bin"}
    assert ["LEDGER_PROT"] == unknown_variables(environment)


def test_the_page_of_settings_is_true() -> None:
    """docs/reference/settings.md has a row for each setting, with its default and description."""
    expected = [
        f"| `{variable(field)}` | `{flag(field)}` | "
        f"{'' if info.default is None else f'`{info.default}`'} | {info.description} |"
        for field, info in Settings.model_fields.items()
    ]
    page = (checkout.ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    assert expected == [line for line in page.splitlines() if line.startswith("| `LEDGER_")]


def test_the_page_of_commands_is_complete() -> None:
    """docs/reference/command-line.md has a heading for each command and names its own options."""
    page = (checkout.ROOT / "docs/reference/command-line.md").read_text(encoding="utf-8")
    sections = {part.partition("\n")[0]: part for part in page.split("\n## ")}
    assert set(_commands()) <= set(sections)
    settings = {flag(field) for field in Settings.model_fields}
    missing = [
        f"{name} {option}"
        for name in _commands()
        for parameter in _parameters(name)
        for option in parameter.opts
        if option.startswith("--") and option not in {*settings, "--help"}
        if option not in sections[name]
    ]
    assert [] == missing


def _commands() -> dict[str, Any]:
    group: Any = get_command(program.program)
    return dict(group.commands)


def _parameters(name: str) -> list[Any]:
    """The parameters of a command, and of its subcommands."""
    command = _commands()[name]
    below = getattr(command, "commands", {}).values()
    return [parameter for one in (command, *below) for parameter in one.params]
