"""Rebuilt, followed and folded sheets have one digest, wherever and however often they were cut off."""

import json
import os
import subprocess
import sys
from contextlib import suppress
from math import ceil
from pathlib import Path
from threading import Event
from time import monotonic

import pytest

from ledger.application import AttendanceLedger
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.vault import Vault
from projections.refolding import compare
from tests.projections.world import Clock, World, another_log

ROOT = Path(__file__).parents[2]
PLACES = (("Pacific/Kiritimati", "4294967295"), ("America/St_Johns", "1"), ("UTC", "0"))
"""Time zones and hash seeds of the processes."""
HISTORIES_A_PLACE = 3
WAITS_SECONDS_MAX = 60
_WAITING = "SELECT FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted"

Elsewhere = tuple[Addresses, list[World], int]


@pytest.fixture(scope="module")
def filled(addresses: Addresses, vault: Vault) -> Elsewhere:
    """Two schools with entries and amended entries in two years; the position is some way from the end."""
    own = another_log(addresses, "sheets_elsewhere")
    database = Database(own)
    database.open()
    with AttendanceLedger(database, vault, Clock()) as ledger:
        worlds = [World(ledger, database, vault, urn, Clock()) for urn in ("500001", "500002")]
        for world in worlds:
            world.opened(pupils=5, years=(2024, 2025))
            world.import_marks([(n, "2025-06-10", "AM", "/") for n in range(5)])
            for day in ("2025-11-17", "2025-11-18", "2025-11-19"):
                world.take({0: "/", 1: "N", 2: "I", 3: "L"}, day=day)
                world.amend(1, "N", "I", day=day)
        position = worlds[0].log(0).upto
        for world in worlds:
            world.take({4: "\\", 0: "U"}, day="2025-11-20", session="PM")
            world.amend(2, "I", "M", day="2025-11-18")
    return own, worlds, position


def _process(filled: Elsewhere, place: tuple[str, str]) -> "subprocess.Popen[str]":
    own, worlds, position = filled
    zone, seed = place
    arguments = [own.service, own.owner, str(position), *(world.urn for world in worlds)]
    return subprocess.Popen(
        [sys.executable, "-m", "tests.projections.sheets_elsewhere", *arguments],
        cwd=ROOT,
        env={**os.environ, "TZ": zone, "PGTZ": zone, "PYTHONHASHSEED": seed},
        stdout=subprocess.PIPE,
        text=True,
    )


def _digests(filled: Elsewhere, place: tuple[str, str]) -> list[list[str]]:
    """Of the sheets followed to the head, and of those rebuilt then."""
    with _process(filled, place) as process:
        said, _ = process.communicate(timeout=WAITS_SECONDS_MAX)
    assert 0 == process.returncode
    found: list[list[str]] = json.loads(said)
    return found


def _folded(filled: Elsewhere) -> list[str]:
    """The digests of the plain folds."""
    _, worlds, position = filled
    found = []
    for world in worlds:
        with world.looking(position) as (connection, _, at):
            *_, sheets = compare(connection, world.urn, at)
            assert "sheets" == sheets.fold.view
            assert sheets.fold.lines >= 4
            found.append(sheets.fold.sha256)
    return found


def _emptied(own: Addresses) -> None:
    """As if nothing had ever been followed."""
    with connect_as_owner(own) as connection:
        connection.execute("DELETE FROM sheet; DELETE FROM sheet_place; DELETE FROM sheet_code")
        connection.execute("UPDATE sheet_head SET position = 0")


class _UndoneError(Exception):
    """Ends a transaction whose work is not wanted."""


def _kill_half_way(filled: Elsewhere, place: tuple[str, str]) -> None:
    """Start a follower and kill it in the middle of a step, with some of the log taken in."""
    own, worlds, _ = filled
    with connect_as_owner(own) as connection:
        with suppress(_UndoneError), connection.transaction():
            # It comes as far as the second school's first sheet and waits to see whether this one stays.
            connection.execute(
                "INSERT INTO sheet SELECT build, %s, '2025-06-10', 0, '' FROM sheet_head",
                (int(worlds[1].urn),),
            )
            with _process(filled, place) as process:
                _wait_until_it_waits(own)
                process.kill()
            raise _UndoneError
        assert -9 == process.returncode
        found = connection.execute("SELECT school, position FROM sheet, sheet_head").fetchall()
    assert {int(worlds[0].urn)} == {school for school, _ in found}
    assert 0 < found[0][1] < worlds[0].log(0).upto


def _wait_until_it_waits(own: Addresses) -> None:
    deadline = monotonic() + WAITS_SECONDS_MAX
    with connect_as_owner(own) as looking:
        while not looking.execute(_WAITING).fetchall():
            assert monotonic() < deadline
            Event().wait(0.02)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The first place is tried always, the others where `--histories` asks for more than the usual few."""
    if "place" in metafunc.fixturenames:
        number = ceil(metafunc.config.getoption("--histories") / HISTORIES_A_PLACE)
        metafunc.parametrize("place", PLACES[: max(1, number)], ids=lambda place: place[0])


def test_rebuilt_followed_and_folded_are_one(filled: Elsewhere, place: tuple[str, str]) -> None:
    """In each time zone and with each hash seed: followed after a cut half-way, rebuilt, folded."""
    own, _, _ = filled
    expected = _folded(filled)
    _emptied(own)
    _kill_half_way(filled, place)
    assert [expected, expected] == _digests(filled, place)
    assert expected == _folded(filled)
