"""Following: what the log gained since is entered in the sheets, with the position, in one transaction.

A follower polls the log behind its head, which has no holes and does not turn back, so nothing is
missed and nothing done twice, wherever it is cut off: sheets and position are stored together or not at
all.  Any process may follow; whoever holds the row of `sheet_head` does, and the others pass by.

Reads are exact however far behind the sheets are, so following is put off while registers pour in: what
it costs, it costs when the log is at leisure.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date
from math import inf
from struct import unpack
from threading import Event, Thread
from time import monotonic
from typing import Final, NamedTuple

import psycopg

from ledger.store.database import Connection, Database
from projections.sheets.reading import with_entries
from projections.statements import fetch, statements

POSITIONS_AT_ONCE: Final = 20_000
"""Positions that one transaction takes in."""
LEISURE_MAX: Final = 2_000
"""Positions a second up to which the log is at leisure, and is followed at once."""
LAG_MAX: Final = 12_000_000
"""Positions behind the log from which on it is followed at any pace that steps can keep up with: more than
England's registers of a morning, which are followed when they have all come."""
POLL_SECONDS: Final = 1.0
STAND_BY_SECONDS: Final = 5.0
"""Between two looks of a process whether the one that follows is gone."""
_PAUSE_SECONDS: Final = 0.05
"""Between two steps while catching up: others have their turn as well."""
_FOLLOWER: Final = 0x666F6C6C  # "foll": any number that nobody else takes

_SQL: Final = statements("sheets/keeping")


class _Gained(NamedTuple):
    """What the log gained for one sheet."""

    school: int
    day: date
    half: int
    placed: bool
    """Whether all of its pupils have their places."""
    places: bytes
    """In the order of the log, four bytes each."""
    listed: str
    """Codes in the same order, with commas between them."""

    @property
    def codes(self) -> list[str]:
        """Codes in the order of the log."""
        return self.listed.split(",")

    def entries(self, numbers: Mapping[str, int]) -> Iterator[tuple[int, int]]:
        """Places and the numbers of their codes."""
        codes = self.codes
        return zip(
            unpack(f">{len(codes)}i", self.places), (numbers[code] for code in codes), strict=True
        )


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
    gained = _gained(connection, build, after, upto)
    if not gained:
        return
    numbers = _numbers(connection, {code for one in gained for code in one.codes})
    keys = {
        "build": build,
        "schools": [one.school for one in gained],
        "days": [one.day for one in gained],
        "halves": [one.half for one in gained],
    }
    standing = {tuple(key): codes for *key, codes in fetch(connection, _SQL["sheets"], keys)}
    codes = [with_entries(standing.get(one[:3], b""), one.entries(numbers)) for one in gained]
    connection.execute(_SQL["put"], keys | {"codes": codes}, prepare=False)


def _gained(connection: Connection, build: int, after: int, upto: int) -> list[_Gained]:
    asked = {"build": build, "after": after, "upto": upto}
    gained = list(map(_Gained._make, fetch(connection, _SQL["gained"], asked)))
    if all(one.placed for one in gained):
        return gained
    # The first register of a pupil at a school in a year.
    connection.execute(_SQL["place_pupils"], asked, prepare=False)
    return list(map(_Gained._make, fetch(connection, _SQL["gained"], asked)))


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


def is_due(lag: int, pace: float) -> bool:
    """Whether to take a step, so many positions behind a log that gains so many a second.

    Not while registers pour in, unless the lag is great and steps can keep up: they would take from those
    who append what reads do not need.
    """
    return pace <= LEISURE_MAX or (lag > LAG_MAX and pace < POSITIONS_AT_ONCE / POLL_SECONDS)


class Follower:
    """A thread that follows the log while a service runs, in one process of all that serve."""

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
            # A database that was lost comes back; sheets that cannot be followed are read as they are.
            with suppress(psycopg.Error), self._database.writer() as connection:
                self._stand_by(connection)
                self._follow(connection)
            self._closing.wait(POLL_SECONDS)

    def _stand_by(self, connection: Connection) -> None:
        """Wait until nobody else follows: the lock goes with the connection of whoever holds it."""
        asked = {"number": _FOLLOWER}
        while not self._closing.is_set() and fetch(connection, _SQL["alone"], asked) != [(True,)]:
            self._closing.wait(STAND_BY_SECONDS)

    def _follow(self, connection: Connection) -> None:
        seen: int | None = None
        seen_at = 0.0
        while not self._closing.is_set():
            [(position, head)] = fetch(connection, _SQL["heads"], {})
            now = monotonic()
            # The pace of a log that is seen for the first time is not known yet.
            pace = inf if seen is None else (head - seen) / (now - seen_at)
            seen, seen_at = head, now
            behind = head > position and is_due(head - position, pace)
            left = follow(connection) if behind else 0
            at_leisure = left > 0 and pace <= LEISURE_MAX
            self._closing.wait(_PAUSE_SECONDS if at_leisure else POLL_SECONDS)
