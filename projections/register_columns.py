"""The entries of a register as they are read: session by session, a column each.

Nearly all entries say nothing but a code, so what is done here for a single entry is done for those alone
that say more.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from operator import itemgetter
from struct import unpack
from typing import Any, Final, NamedTuple

from ledger.registers import attendance
from ledger.schools import calendar
from ledger.schools.calendar import Session, Span
from ledger.store.database import Connection
from ledger.store.vault import Vault, scope_of
from projections.statements import fetch, statements
from projections.stored import BARE_BYTES_MAX, bare, is_sealed, opened, parsed

_SQL: Final = statements("register")


class More(NamedTuple):
    """An entry that was amended, or says more than its code."""

    revision: int
    original: str
    """The code first entered."""
    state: bytes
    """What is stored of it."""


class StandingSession(NamedTuple):
    """The entries that stood in one session, or some of them, column by column, in the order of the pupils."""

    day: date
    half: int
    pupil: list[str]
    code: list[str]
    position: list[int]
    act: list[int]
    more: dict[int, More]
    """By row."""

    @property
    def session(self) -> Session:
        """AM or PM."""
        return calendar.SESSIONS[self.half]


class StandingRow(NamedTuple):
    """The revision that stands, as it is stored."""

    day: date
    half: int
    pupil: str
    code: str
    revision: int
    original: str
    position: int
    act: int
    state: bytes


class Asked(NamedTuple):
    """Which sessions of a school, and up to which position."""

    school: str
    days: Span
    sessions: Iterable[Session]
    position: int

    def columns(self) -> dict[str, Any]:
        """What the statements are given of it."""
        return {
            "school": int(self.school),
            "first": self.days.first,
            "last": self.days.last,
            "halves": [calendar.SESSIONS.index(session) for session in self.sessions],
            "position": self.position,
        }


def of_school(connection: Connection, asked: Asked) -> list[StandingSession]:
    """The entries of all pupils."""
    given = asked.columns() | {"bare": BARE_BYTES_MAX}
    return [_standing(*row) for row in fetch(connection, _SQL["of_school"], given, binary=True)]


def of_pupils(
    connection: Connection, asked: Asked, pupils: Sequence[str | None]
) -> Iterator[StandingRow]:
    """The entries of some pupils, a row each, by day, session and pupil."""
    given = asked.columns() | {"days": list(asked.days.days()), "pupils": pupils}
    return map(StandingRow._make, fetch(connection, _SQL["of_pupils"], given))


def in_columns(rows: Iterable[StandingRow]) -> Iterator[StandingSession]:
    """Rows in order of their sessions, session by session."""
    for (day, half), found in groupby(rows, key=itemgetter(0, 1)):
        _, _, *listed, state = map(list, zip(*found, strict=True))
        pupil, code, revision, original, position, act = listed
        said = zip(revision, original, state, strict=True)
        more = {
            row: More._make(one)
            for row, one in enumerate(said)
            if one[0] or len(one[2]) > BARE_BYTES_MAX
        }
        yield StandingSession(day, half, pupil, code, position, act, more)


def _standing(day: date, half: int, pupils: str, codes: str, *columns: Any) -> StandingSession:
    """Of every revision of a session those that stand: each is followed by no other of its pupil."""
    positions, acts, *apart = columns
    pupil, code = pupils.split(" "), codes.split(" ")
    numbers = f">{len(code)}q"
    position, act = list(unpack(numbers, positions)), list(unpack(numbers, acts))
    places, revisions, states = (found or () for found in apart)
    rows = {place: row for row, place in enumerate(position)} if places else {}
    more: dict[int, More] = {}
    removed = 0
    for place, revision, state in zip(places, revisions, states, strict=True):
        row = rows[place] - removed
        original = code[row]
        if revision:
            # The row before is the revision before, which does not stand any more.
            row, removed = row - 1, removed + 1
            original = more[row].original if row in more else code[row]
            for column in (pupil, code, position, act):
                del column[row]
        more[row] = More(revision, original, state)
    return StandingSession(day, half, pupil, code, position, act, more)


def details(
    connection: Connection, urn: str, sessions: Iterable[StandingSession], vault: Vault | None
) -> dict[int, Mapping[str, Any]]:
    """By position what an entry holds besides its code, opened as far as it can be."""
    found: dict[int, Mapping[str, Any]] = {}
    sealed = []
    read: dict[bytes, dict[str, Any]] = {}
    for session in sessions:
        for row, one in session.more.items():
            if one.state == bare(session.code[row]):
                continue
            # Those who come late at the same minute say the same.
            fields = read.get(one.state) or read.setdefault(one.state, parsed(one.state))
            found[session.position[row]] = fields
            if any(map(is_sealed, fields.values())):
                year = calendar.academic_year(session.day)
                stream = attendance.stream(urn, session.pupil[row], year)
                version = calendar.version(session.day, session.session, one.revision)
                sealed.append((session.position[row], stream, version, fields))
    scopes = {scope_of(stream) for _, stream, _, _ in sealed}
    keys = vault.load_keys(connection, scopes) if vault else {}
    for position, stream, version, fields in sealed:
        found[position] = opened(stream, version, fields, keys).fields
    return found
