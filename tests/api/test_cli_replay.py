"""Digests, replay, export and import as their users meet them: commands, their output, their exit codes."""

import csv
import gzip
import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from api.cli import main
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from ledger.store.vault import KeyFile, Vault
from projections import digests
from projections.refolding import VIEWS
from tests.api.program import COMMAND, SECONDS_MAX, environment
from tests.ledger.world import Clock, World, ledger_on, pupil, result

URN = "137172"
CHILD = pupil(1)
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def variables(server: EmbeddedPostgres, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of a ledger in a database of its own, with a small school in it."""
    found = _database(server, "replayed", tmp_path_factory.mktemp("replay") / "ledger.key")
    vault = Vault(KeyFile.open_or_create(Path(found["LEDGER_KEY_FILE"])))
    addresses = _addresses(found)
    migrate(addresses)
    _fill(addresses, vault)
    return found


def _database(server: EmbeddedPostgres, name: str, key_file: Path) -> dict[str, str]:
    password = (server.pgdata.parent / "secrets" / "superuser").read_text().strip()
    superuser = re.sub(r"//[^@]*@", f"//postgres:{password}@", server.owner_url)
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} OWNER ledger_owner".encode())
    return {
        "LEDGER_DATABASE_URL": server.service_url.replace("/ledger?", f"/{name}?"),
        "LEDGER_OWNER_DATABASE_URL": server.owner_url.replace("/ledger?", f"/{name}?"),
        "LEDGER_KEY_FILE": str(key_file),
    }


def _addresses(variables: dict[str, str]) -> Addresses:
    return Addresses(variables["LEDGER_DATABASE_URL"], variables["LEDGER_OWNER_DATABASE_URL"])


def _fill(addresses: Addresses, vault: Vault) -> None:
    database = Database(addresses)
    database.open()
    clock = Clock(datetime(2026, 11, 20, 12, tzinfo=UTC))
    with ledger_on(database, vault, clock) as ledger:
        world = World(ledger, URN, clock).opened(pupils=3)
        result(world.take({0: "/", 1: "N", 2: "/"}))
        result(world.take({0: "\\", 1: "\\", 2: "\\"}, session="PM"))
        result(world.amend(1, "N", "I"))
        result(world.ask_leave(1))
    database.close()


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    variables: dict[str, str],
    logging_restored: None,
) -> Run:
    """Runs a command to its end in this process: its exit code, output and errors."""
    for name in (name for name in os.environ if name.startswith("LEDGER_")):
        monkeypatch.delenv(name)

    def told(*arguments: str | Path, **others: str) -> tuple[int, str, str]:
        for name, value in (variables | others).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(sys, "argv", ["attendance-ledger", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        said = capfdbinary.readouterr()
        return int(ended.value.code or 0), said.out.decode(), said.err.decode()

    return told


# -- digest ----------------------------------------------------------------------------------------


def test_every_view_has_a_digest(run: Run) -> None:
    """As lines and as JSON the same: the log, each view of each school, and all of these."""
    code, text, _ = run("digest")
    assert 0 == code
    _, said, _ = run("digest", "--json")
    shown = json.loads(said)
    assert ["log", *digests.VIEWS] == [one["view"] for one in shown["digests"]]
    assert "sheets" in digests.VIEWS
    expected = [*(one["sha256"] for one in shown["digests"]), shown["sha256"]]
    assert expected == [line.split()[0] for line in text.splitlines()[1:]]
    assert text.startswith(f"Position {shown['position']}, {shown['recorded_at']}, rules ")


def test_digests_depend_on_neither_zone_nor_seed_nor_machine(
    run: Run, variables: dict[str, str]
) -> None:
    """Three processes under three time zones, locales and hash seeds: the same, byte for byte."""
    expected = run("digest", "--json")[1]
    found = [
        subprocess.run(
            [COMMAND, "digest", "--json"],
            env=environment(**variables, TZ=zone, PGTZ=other, PYTHONHASHSEED=seed, LC_ALL=locale),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS_MAX,
            check=True,
        ).stdout
        for zone, other, seed, locale in (
            ("UTC", "Pacific/Kiritimati", "0", "C"),
            ("America/St_Johns", "UTC", "1", "C.UTF-8"),
            ("Pacific/Kiritimati", "Europe/London", "4294967295", "POSIX"),
        )
    ]
    assert [expected] * 3 == found


def test_an_instant_has_the_digests_of_its_position(run: Run) -> None:
    """As of an instant is as of the position it means."""
    at = json.loads(run("digest", "--json")[1])
    by_instant = run("digest", "--json", "--as-of", at["recorded_at"])
    assert by_instant == run("digest", "--json", "--as-of", str(at["position"]))
    assert at == json.loads(by_instant[1])


def test_one_school_has_the_digests_it_has_among_all(run: Run) -> None:
    """With --school the views of that school alone, and not the log."""
    alone = json.loads(run("digest", "--json", "--school", URN)[1])["digests"]
    among = json.loads(run("digest", "--json")[1])["digests"]
    assert [one for one in among if one["school"] == URN] == alone


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--as-of", "yesterday"), "--as-of is a position of the log, or an instant"),
        (("--as-of", "999999"), "The log has not reached"),
        (("--as-of", "2999-01-01T00:00:00Z"), "The log has not reached"),
        (("--school", "1"), "A URN is six digits"),
        (("--school", "999999"), "The ledger knew no school 999999 then"),
    ],
)
@pytest.mark.parametrize("command", [("digest",), ("rebuild", "--check")], ids=lambda c: c[0])
def test_what_cannot_be_looked_at_is_told(
    run: Run, command: tuple[str, ...], arguments: tuple[str, ...], said: str
) -> None:
    """Exit code 2 and words; nothing on standard output."""
    code, output, errors = run(*command, *arguments)
    assert (2, "") == (code, output)
    assert errors.startswith(f"attendance-ledger: {said}")


# -- rebuild ---------------------------------------------------------------------------------------


def test_what_is_kept_is_made_anew(run: Run) -> None:
    """It is said where sheets stand and what histories hold, of both or of one; no digest of any view is another."""
    before = run("digest", "--json")[1]
    code, output, _ = run("rebuild")
    position = json.loads(before)["position"]
    assert 0 == code
    sheets = rf"Sheets of 1 schools' years stand at position {position}: [\d.]+ s\.\n"
    histories = r"Histories of 0 schools' settled years hold 0 marks: [\d.]+ s\.\n"
    assert re.fullmatch(sheets + histories, output)
    assert re.fullmatch(sheets, run("rebuild", "--only", "sheets")[1])
    assert re.fullmatch(histories, run("rebuild", "--only", "histories")[1])
    assert before == run("digest", "--json")[1]
    assert 2 == run("rebuild", "--school", URN)[0]
    assert 2 == run("rebuild", "--check", "--only", "sheets")[0]


def test_views_are_what_the_log_says(run: Run) -> None:
    """Four views of the school, each with the digest that `digest` gives it."""
    code, output, _ = run("rebuild", "--check")
    assert 0 == code
    shown = {
        one["view"]: one["sha256"] for one in json.loads(run("digest", "--json")[1])["digests"]
    }
    lines = [line.split() for line in output.splitlines()]
    assert [shown[view] for view in VIEWS] == [w[0] for w in lines[:-1]]
    assert lines[-1][:2] == ["All", "views"]


def test_a_view_that_differs_ends_with_exit_code_1(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both lines are printed, and how many views differ."""
    whole = digests.register_lines
    monkeypatch.setattr(digests, "register_lines", lambda *asked: iter([*whole(*asked), b"{}"]))
    code, output, _ = run("rebuild", "--check")
    assert 1 == code
    assert re.search(r"line \d+, the view: \{\}\n  line \d+, the fold: has ended\n", output)
    assert "1 views differ" in output


# -- replay ----------------------------------------------------------------------------------------


def test_original_and_amended_entries_stand_side_by_side(run: Run) -> None:
    """The text names child, codes, reason, when, by whom and at which position."""
    code, text, _ = run("replay", "--pupil", CHILD)
    assert 0 == code
    assert f"Record of the child {CHILD}" in text
    assert "Ada Okafor, born 2012-05-14, on the roll from 2026-09-02" in text
    assert "Attendance register of school 137172" in text
    assert re.search(r"2026-10-01 AM . N .*C Tutor, Form tutor", text)
    assert re.search(
        r" N +. I +. reason: Parent telephoned: .*2026-11-20 12:00:00 GMT .*D Officer", text
    )
    assert re.search(r"Leave asked", text)
    assert re.search(r"\n  N   .*\n", text)
    assert re.search(r"2026-10-01 PM.*\\", text)
    assert max(map(len, text.splitlines())) <= 132


def test_as_it_stood_before_the_amendment(run: Run) -> None:
    """At the position before the amendment there is no trace of it."""
    whole = json.loads(run("replay", "--pupil", CHILD, "--format", "json")[1])
    (amended,) = (e for e in whole["history"] if e["type"] == "attendance-amended")
    before = run("replay", "--pupil", CHILD, "--as-of", str(amended["position"] - 2))[1]
    assert "Parent telephoned" not in before
    assert re.search(r"2026-10-01 AM.* N ", before)


def test_each_format_has_the_whole_history(run: Run) -> None:
    """JSON, JSON lines and CSV hold the same events."""
    whole = json.loads(run("replay", "--pupil", CHILD, "--format", "json")[1])
    lines = [
        json.loads(line)
        for line in run("replay", "--pupil", CHILD, "--format", "ndjson")[1].splitlines()
    ]
    assert whole["history"] == [_without_is(row) for row in lines if row["is"] == "history"]
    assert whole["register"] == [_without_is(row) for row in lines if row["is"] == "register"]
    assert whole["missing"] == [_without_is(row) for row in lines if row["is"] == "missing"]
    rows = list(csv.DictReader(io.StringIO(run("replay", "--pupil", CHILD, "--format", "csv")[1])))
    assert [str(event["position"]) for event in whole["history"]] == [r["position"] for r in rows]
    (asked,) = (row for row in rows if row["type"] == "leave-asked")
    assert "Funeral" in json.loads(asked["more"])["circumstances"]


def _without_is(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "is"}


def test_days_choose_sessions(run: Run) -> None:
    """--from and --to choose marks by the day of their session."""
    asked = ("replay", "--pupil", CHILD, "--format", "json", "--from", "2026-10-02")
    whole = json.loads(run(*asked)[1])
    assert [] == [e for e in whole["history"] if e["type"].startswith("attendance")]
    assert "2026-10-02" == whole["missing"][0]["date"]


def test_without_the_key_file_particulars_stay_sealed(run: Run, tmp_path: Path) -> None:
    """Codes, people and positions are shown all the same."""
    code, text, _ = run("replay", "--pupil", CHILD, LEDGER_KEY_FILE=str(tmp_path / "none"))
    assert 0 == code
    assert "(sealed, or erased), born (sealed, or erased)" in text
    assert "Okafor" not in text
    assert re.search(r" N +. I +. reason: \(sealed, or erased\)", text), text
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--pupil", pupil(99)), "The log says nothing of this child"),
        (("--pupil", CHILD, "--school", "999999"), "The log says nothing of this child at that"),
        (("--pupil", CHILD, "--as-of", "1"), "The log says nothing of this child"),
        (("--pupil", CHILD, "--from", "2026-10-02", "--to", "2026-10-01"), "--to is before"),
    ],
)
def test_nothing_to_replay_is_told(run: Run, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2 and words; nothing on standard output."""
    code, output, errors = run("replay", *arguments)
    assert (2, "") == (code, output)
    assert errors.startswith(f"attendance-ledger: {said}")


# -- export and import -----------------------------------------------------------------------------


def test_an_imported_ledger_has_the_same_digests(
    run: Run, server: EmbeddedPostgres, variables: dict[str, str], tmp_path: Path
) -> None:
    """Export, import elsewhere: the same digests, `verify` passes, and a second import is refused."""
    code, output, _ = run("log", "export", tmp_path / "export")
    assert (0, "Wrote ") == (code, output[:6])
    assert re.search(r"^[0-9a-f]{64}$", output, re.MULTILINE)
    other = _database(server, "imported", tmp_path / "not yet.key")
    code, output, _ = run("log", "import", tmp_path / "export", **other)
    assert (0, "Made ") == (code, output[:5])
    assert "until the key file of the ledger that was exported is at" in output
    assert run("digest", "--json", **variables)[1] == run("digest", "--json", **other)[1]
    assert "All is well" in run("verify", **other)[1]
    code, output, errors = run("log", "import", tmp_path / "export", **other)
    assert (2, "") == (code, output)
    assert "The ledger is not empty" in errors


def test_digests_are_the_same_after_an_import_and_a_restart(
    run: Run, variables: dict[str, str], tmp_path: Path
) -> None:
    """An embedded ledger is made by the import; each command starts and stops its database anew."""
    run("log", "export", tmp_path / "export", **variables)
    expected = run("digest", "--json", **variables)[1]
    here = {"LEDGER_DATABASE_URL": "", "LEDGER_OWNER_DATABASE_URL": "", "LEDGER_KEY_FILE": ""}
    there = ("--data-dir", tmp_path / "data")
    assert 0 == run("log", "import", tmp_path / "export", *there, **here)[0]
    assert [expected] * 2 == [run("digest", "--json", *there, **here)[1] for _ in range(2)]


def test_a_changed_export_is_refused_before_a_database_is_made(run: Run, tmp_path: Path) -> None:
    """Where there is no manifest, no data directory is made either."""
    (tmp_path / "export").mkdir()
    here = {"LEDGER_DATABASE_URL": "", "LEDGER_OWNER_DATABASE_URL": "", "LEDGER_KEY_FILE": ""}
    arguments = ("log", "import", tmp_path / "export", "--data-dir", tmp_path / "data")
    code, output, errors = run(*arguments, **here)
    assert (2, "") == (code, output)
    assert errors.startswith("attendance-ledger: There is no manifest.json in")
    assert not (tmp_path / "data").exists()


def test_an_export_as_of_a_position_is_of_that_position(run: Run, tmp_path: Path) -> None:
    """`--as-of` cuts the export, and refuses to cut a request in two."""
    assert 0 == run("log", "export", tmp_path / "past", "--as-of", "2")[0]
    manifest = json.loads((tmp_path / "past" / "manifest.json").read_bytes())
    assert 2 == manifest["head"]["position"]
    code, _, errors = run("log", "export", tmp_path / "half", "--as-of", "1")
    assert (2, True) == (code, "lies within a request: name 0, before it, or 2" in errors)


def test_a_changed_byte_is_told_with_its_position(
    run: Run, server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """Exit code 2, the file and the position; the ledger stays empty."""
    run("log", "export", tmp_path / "export")
    (part,) = (tmp_path / "export").glob("log-*")
    content = gzip.decompress(part.read_bytes())
    part.write_bytes(gzip.compress(content.replace(b'\\"code\\":\\"I\\"', b'\\"code\\":\\"/\\"')))
    other = _database(server, "changed", tmp_path / "key")
    code, output, errors = run("log", "import", tmp_path / "export", **other)
    assert (2, "") == (code, output)
    assert re.search(r"log-000001.ndjson.gz, position \d+: the leaf is not the hash", errors)
    with connect_as_owner(_addresses(other)) as owner:
        assert (0,) == owner.execute("SELECT position FROM log_head").fetchone()
