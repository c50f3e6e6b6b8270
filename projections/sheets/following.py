"""Following: what the log gained since is entered in the sheets, with the position, in one transaction.

A follower polls the log behind its head, which has no holes and does not turn back, so nothing is
missed and nothing done twice, wherever it is cut off: sheets and position are stored together or not at
all.  Any process may follow; whoever holds the row of `sheet_head` does, and the others pass by.
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from threading import Event, Thread
from typing import Final

import psycopg

from ledger.store.database import Connection, Database
from projections.statements import fetch, statements

POSITIONS_AT_ONCE: Final = 20_000
"""Positions that one transaction takes in."""
POLL_SECONDS: Final = 1.0
_PAUSE_SECONDS: Final = 0.02
"""Between two steps while catching up: others have their turn as well."""

_SQL: Final = statements("sheets/keeping")
_Key = tuple[int, date, int]
"""School, day and half of a sheet."""


def follow(connection: Connection) -> int:
    """Take in what the log gained, a step at most; how many positions are left.

    0 also where another process follows just now.  The connection must not be in a transaction.
    """
    with connection.transaction():
        # Nothing is lost when the server is: what was not flushed is followed again.
        connection.execute("SET LOCAL synchronous_commit = off")
        held = fetch(connection, _SQL["follow"], {})
        if not held:
            return 0
        [(build, position)] = held
        [(head,)] = fetch(connection, _SQL["log_head"], {})
        upto = min(position + POSITIONS_AT_ONCE, head)
        if upto > position:
            take_in(connection, build, position, upto)
            stand_at(connection, build, upto)
    return int(head - upto)


def take_in(connection: Connection, build: int, after: int, upto: int) -> None:
    """Enter in a build of the sheets what the log holds after a position, up to another."""
    asked = {"build": build, "after": after, "upto": upto}
    connection.execute(_SQL["place_pupils"], asked, prepare=False)
    found = fetch(connection, _SQL["gained"], asked)
    numbers = _numbers(connection, {code for *_, code in found})
    gained: dict[_Key, list[tuple[int, int]]] = {}
    for school, day, half, place, code in found:
        gained.setdefault((school, day, half), []).append((place, numbers[code]))
    if not gained:
        return
    keys = {
        "build": build,
        "schools": [school for school, _, _ in gained],
        "days": [day for _, day, _ in gained],
        "halves": [half for _, _, half in gained],
    }
    standing = {
        (school, day, half): codes
        for school, day, half, codes in fetch(connection, _SQL["sheets"], keys)
    }
    codes = [with_entries(standing.get(key, b""), entries) for key, entries in gained.items()]
    connection.execute(_SQL["put"], keys | {"codes": codes}, prepare=False)


def with_entries(codes: bytes, entries: Iterable[tuple[int, int]]) -> bytes:
    """A sheet with entries (place, number of the code) put over those that stood, in their order."""
    sheet = bytearray(codes)
    for place, number in entries:
        if place >= len(sheet):
            sheet.extend(bytes(place + 1 - len(sheet)))
        sheet[place] = number
    return bytes(sheet)


def stand_at(connection: Connection, build: int, position: int) -> None:
    """Say which build of the sheets is read, and where it stands."""
    connection.execute(_SQL["stand_at"], {"build": build, "position": position})


def number_codes(connection: Connection, codes: Iterable[str]) -> None:
    """Give each of these codes a number that has none yet."""
    connection.execute(_SQL["number_codes"], {"codes": sorted(codes)}, prepare=False)


def _numbers(connection: Connection, codes: set[str]) -> dict[str, int]:
    numbers = dict(fetch(connection, _SQL["codes"], {}))
    if codes - numbers.keys():
        number_codes(connection, codes)
        numbers = dict(fetch(connection, _SQL["codes"], {}))
    return numbers


class Follower:
    """A thread that follows the log while a service runs."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._closing = Event()
        self._thread = Thread(target=self._run, name="sheets-follower", daemon=True)

    def start(self) -> None:
        """Begin to follow."""
        self._thread.start()

    def close(self) -> None:
        """End with the step under way."""
        self._closing.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._closing.is_set():
            # A database that was lost comes back; sheets that cannot be followed are not read.
            with suppress(psycopg.Error), self._database.writer() as connection:
                before = 0
                while not self._closing.is_set():
                    left = follow(connection)
                    # A log that gains faster than a step a second is left to those who append.
                    catching_up = 0 < left <= before
                    self._closing.wait(_PAUSE_SECONDS if catching_up else POLL_SECONDS)
                    before = left
            self._closing.wait(POLL_SECONDS)
