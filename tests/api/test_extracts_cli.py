"""Extracts from the command line: the same bytes in every process, and the statement beside the file."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from api.cli import main
from ledger.application import AttendanceLedger
from ledger.store.database import Addresses, Database
from ledger.store.vault import KeyFile, Vault
from projections.extracts.catalogue import EXTRACTS
from tests.api.program import SECONDS_MAX, environment
from tests.projections.world import Clock, World, another_log

URN = "200900"
Run = Callable[..., tuple[int, str, str]]
ASKED = ("--school", URN, "--from", "2025-09-01", "--to", "2025-12-19")


@pytest.fixture(scope="module")
def variables(addresses: Addresses, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The settings of a ledger of its own, with a school, an entry and an amended one."""
    own = another_log(addresses, "extracts")
    path = tmp_path_factory.mktemp("extracts") / "ledger.key"
    clock, vault, database = Clock(), Vault(KeyFile.open_or_create(path)), Database(own)
    database.open()
    with AttendanceLedger(database, vault, clock) as ledger:
        world = World(ledger, database, vault, URN, clock).opened()
        world.take(
            {0: "N", 1: {"code": "B", "detail": "=Taster day"}, 2: "\\"},
            session="PM",
            day="2025-11-20",
        )
        world.amend(0, "N", "I", "2025-11-20", "PM")
    database.close()
    return {
        "LEDGER_DATABASE_URL": own.service,
        "LEDGER_OWNER_DATABASE_URL": own.owner,
        "LEDGER_KEY_FILE": str(path),
    }


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    variables: dict[str, str],
    logging_restored: None,
) -> Run:
    """Runs the command to its end in this process: its exit code, output and errors."""
    for name in (name for name in os.environ if name.startswith("LEDGER_")):
        monkeypatch.delenv(name)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    def told(*arguments: str | Path) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["attendance-ledger", "extract", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        sys.stdout.flush()
        said = capfdbinary.readouterr()
        return int(ended.value.code or 0), said.out.decode(), said.err.decode()

    return told


@pytest.fixture
def head(run: Run) -> str:
    """The position of the log's head."""
    return str(json.loads(run("codes", "--format", "json")[1])["position"])


def test_two_machines_make_the_same_bytes(
    run: Run, variables: dict[str, str], head: str, tmp_path: Path
) -> None:
    """Wherever the clock, the time zone and the order of hashes: one position, one file, one statement."""
    forms, asked = ("csv", "xlsx", "parquet"), ("register", *ASKED, "--as-of", head)
    for form in forms:
        code, said, _ = run(*asked, "--format", form, "--to-file", tmp_path / "here")
        assert (0, True) == (code, "3 rows" in said)
    elsewhere = environment(
        **variables, TZ="Asia/Tokyo", PGTZ="America/New_York", PYTHONHASHSEED="7"
    )
    # One process makes all of them: to start it takes longer than the files.
    subprocess.run(
        [sys.executable, "-c", _ALL, str(tmp_path / "there"), *forms, "--", *asked],
        env=elsewhere,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS_MAX,
        check=True,
    )
    here, there = (
        {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}
        for name in ("here", "there")
    )
    assert here == there
    files = {f"register.{form}" for form in forms}
    assert files | {f"{name}.meta.json" for name in files} == set(here)
    for name in files:
        stated = json.loads(here[f"{name}.meta.json"])
        assert sha256(here[name]).hexdigest() == stated["file_sha256"]
        assert (3, [URN]) == (stated["row_count"], stated["schools"])


_ALL = """
import sys
from contextlib import suppress
from api.cli import main

folder, *forms = sys.argv[1 : (at := sys.argv.index("--"))]
asked = sys.argv[at + 1 :]
for form in forms:
    sys.argv = ["attendance-ledger", "extract", *asked, "--format", form, "--to-file", folder]
    with suppress(SystemExit):
        main()
"""


def test_schools_of_an_authority_and_of_a_trust(run: Run, head: str) -> None:
    """All schools under an authority come as they would one by one; where there are none it is said."""
    asked = ("register", "--from", "2025-09-01", "--as-of", head, "--format", "json")
    named = json.loads(run(*asked, "--school", URN)[1])
    authority = named["rows"][0]["laestab"][:3]
    under = json.loads(run(*asked, "--local-authority", authority)[1])
    assert (named["rows"], [URN]) == (under["rows"], under["schools"])
    for wrong in (
        ("--local-authority", "999"),
        ("--trust", "No Trust"),
        ("--trust", "One", "--school", URN),
        ("--trust", "One", "--local-authority", authority),
    ):
        code, printed, told = run(*asked, *wrong)
        assert (2, "") == (code, printed)
        assert "school" in told


def test_what_is_of_no_school_is_the_same_for_all(run: Run, head: str) -> None:
    """The codes are of no school unless one is named, as over HTTP."""
    made = json.loads(run("codes", "--as-of", head, "--format", "json")[1])
    assert ([], "1.0.0") == (made["schools"], made["version"])


def test_what_changed_since(run: Run, head: str) -> None:
    """The rows that changed since a place in the log come as lines of JSON."""
    code, said, _ = run("register", *ASKED, "--changed-since", str(int(head) - 2))
    (change,) = map(json.loads, said.splitlines())
    assert (0, "changed") == (code, change["what"])
    assert ("N", "I") == (change["before"]["code"], change["after"]["code"])


def test_the_list_names_every_extract(run: Run) -> None:
    """`--list` names every extract with its formats and options."""
    code, said, _ = run("--list")
    assert 0 == code
    assert all(name in said for name in EXTRACTS)
    assert "--option by=" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nothing",), "--list"),
        (("register", "--format", "pdf"), "csv"),
        (("register", "--option", "pupil"), "NAME=VALUE"),
        (("register", "--option", "pupil=Ada"), "--option pupil"),
        (("register", "--school", "299999"), "299999"),
        (("register", "--as-of", "99999999"), "not reached"),
        (("register", "--changed-since", "99999999"), "not reached"),
    ],
)
def test_what_cannot_be_done_is_told_in_words(
    run: Run, arguments: tuple[str, ...], said: str
) -> None:
    """Exit code 2 and a message."""
    code, printed, told = run(*arguments)
    assert (2, "") == (code, printed)
    assert said in told
