"""The attendance register: the entries that stand, with their originals, and what is missing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import compress, groupby
from operator import itemgetter
from typing import Any, Final, NamedTuple

from ledger.law.codes import StatisticalClass
from ledger.registers import attendance
from ledger.schools import calendar
from ledger.schools.calendar import Session, Span
from ledger.store.database import Connection
from ledger.store.vault import Vault, scope_of
from projections.asof import AsOf
from projections.births import births
from projections.classes import class_of, depends_on_age
from projections.people import Act, By, acts
from projections.places import Stretch
from projections.school import Book
from projections.sessions import Begun, between, held
from projections.statements import fetch, statements
from projections.stored import BARE_BYTES_MAX, bare, is_sealed, opened, parsed

_SQL: Final = statements("register")
_CODE_ALONE: Final = (None, None, (), None, None, None, None)
"""The last members of an entry that says nothing but its code, as nearly all do: `arrived_at` to `reason`."""


@dataclass(frozen=True, slots=True)
class RegisterQuery:
    """Which part of a school's register: days (both included), and optionally less of them.

    Groups are meant as in force on the day of each session.
    """

    urn: str
    first: date
    last: date
    session: Session | None = None
    pupil: str | None = None
    year_group: str | None = None
    registration_group: str | None = None


class RegisterEntry(NamedTuple):
    """The entry that stands for one pupil and one session."""

    pupil: str
    date: date
    session: Session
    code: str
    counts_as: StatisticalClass
    """Class of the code by the rule of the session's date; a retired code as it last counted."""
    original: str
    """The code first entered."""
    amended: bool
    planned: bool
    """Entered ahead of its session, which has not begun."""
    recorded_at: datetime
    by: By
    position: int
    arrived_at: str | None
    """Local time `HH:MM`."""
    entered_at: str | None
    """When the entry was made in the system it was imported from, as claimed (RFC 3339)."""
    flags: tuple[str, ...]
    """Warnings under which the mark was entered."""
    place: str | None
    supervision: str | None
    detail: str | None
    """Opened where a vault is at hand and its key was not destroyed, else None."""
    reason: str | None
    """Why the entry was amended; opened like `detail`."""


class MissingEntry(NamedTuple):
    """A mark that is due and has not been entered."""

    pupil: str
    date: date
    session: Session


@dataclass(frozen=True, slots=True)
class Register:
    """Entries by date, session and pupil; `missing` are the pupils of `missing_entries`."""

    entries: list[RegisterEntry]
    missing: list[str]
    missing_entries: list[MissingEntry]


def register(
    connection: Connection, book: Book, query: RegisterQuery, at: AsOf, vault: Vault | None = None
) -> Register:
    """The register as it stood (regulation 10).

    Missing are pupils on the roll, neither boarders nor guests, without an entry for a session that
    is held and whose register had opened.  Without a vault details and reasons stay closed, and code
    X of 2020 to 2022 counts as for a pupil of compulsory school age.
    """
    stretches = _stretches(book, query)
    sessions = _standing(connection, query, stretches, at)
    people = acts(connection, {act for session in sessions for act in session.act})
    special = [row for session in sessions for row in session.special()]
    more = details(connection, query.urn, special, vault)
    by_age = _counting_by_age(sessions)
    born = births(connection, vault, query.urn, by_age, at) if vault and by_age else {}
    begun = Begun(book.school, at.instant)
    told = _Told(born, begun)
    entries = [entry for session in sessions for entry in _entries(session, more, people, told)]
    absent = _missing(book, query, stretches, sessions, begun)
    return Register(entries, list(dict.fromkeys(m.pupil for m in absent)), absent)


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

    @property
    def session(self) -> Session:
        """AM or PM."""
        return calendar.SESSIONS[self.half]


class StandingSession(NamedTuple):
    """The entries that stood in one session, or some of them, column by column, in the order of the pupils."""

    day: date
    half: int
    pupil: list[str]
    code: list[str]
    original: list[str]
    """The very list of codes where nothing was amended."""
    revision: list[int]
    position: list[int]
    act: list[int]
    more: dict[int, bytes]
    """By position what is stored of the entries that say more than their code."""

    def special(self) -> list[StandingRow]:
        """The entries that say more than their code, with what is stored of them."""
        return [
            StandingRow(
                self.day,
                self.half,
                self.pupil[row],
                self.code[row],
                self.revision[row],
                self.original[row],
                position,
                self.act[row],
                self.more[position],
            )
            for row, position in enumerate(self.position)
            if position in self.more
        ]


def _of_school(day: date, half: int, *columns: Any) -> StandingSession:
    """Of every revision of a session those that stand: each is followed by no other of its pupil."""
    pupil, code, revision, position, act, positions, states = columns
    more = dict(zip(positions or (), states or (), strict=True))
    amended = [row for row, number in enumerate(revision) if number]
    if not amended:
        return StandingSession(day, half, pupil, code, code, revision, position, act, more)
    original, stands = code.copy(), [True] * len(code)
    for row in amended:
        original[row] = original[row - 1]
        stands[row - 1] = False
        more.pop(position[row - 1], None)
    every = (pupil, code, original, revision, position, act)
    kept = [list(compress(column, stands)) for column in every]
    return StandingSession._make([day, half, *kept, more])


def _of_rows(rows: Iterable[StandingRow]) -> Iterator[StandingSession]:
    """Rows in order of their sessions, session by session."""
    for (day, half), found in groupby(rows, key=itemgetter(0, 1)):
        _, _, *listed, state = map(list, zip(*found, strict=True))
        pupil, code, revision, original, position, act = listed
        pairs = zip(position, state, strict=True)
        more = {place: stored for place, stored in pairs if len(stored) > BARE_BYTES_MAX}
        columns = pupil, code, original, revision, position, act
        yield StandingSession._make([day, half, *columns, more])


def _stretches(book: Book, query: RegisterQuery) -> list[Stretch]:
    """The places asked for, over the days asked for, whether on the roll or not."""
    if query.pupil is None:
        places = list(book.places.values())
    else:
        places = [book.places[query.pupil]] if query.pupil in book.places else []
    return [
        stretch
        for place in places
        for stretch in place.stretches(query.first, query.last)
        if query.year_group in (None, stretch.year_group)
        and query.registration_group in (None, stretch.registration_group)
    ]


def _standing(
    connection: Connection, query: RegisterQuery, stretches: Sequence[Stretch], at: AsOf
) -> list[StandingSession]:
    asked: dict[str, Any] = {
        "school": int(query.urn),
        "first": query.first,
        "last": query.last,
        "halves": [calendar.SESSIONS.index(session) for session in _sessions(query)],
        "position": at.position,
    }
    by_group = query.year_group is not None or query.registration_group is not None
    if not by_group and query.pupil is None:
        asked["bare"] = BARE_BYTES_MAX
        return [
            _of_school(*row) for row in fetch(connection, _SQL["of_school"], asked, binary=True)
        ]
    days = list(Span(query.first, query.last).days())
    # A mark that was imported for a day off the roll belongs to the pupil's register all the same.
    pupils = list({stretch.pupil for stretch in stretches}) if by_group else [query.pupil]
    found = fetch(connection, _SQL["of_pupils"], asked | {"days": days, "pupils": pupils})
    rows = map(StandingRow._make, found)
    return list(_of_rows(_while_in_group(rows, stretches) if by_group else rows))


def _while_in_group(rows: Iterable[StandingRow], stretches: Sequence[Stretch]) -> list[StandingRow]:
    spans: defaultdict[str, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        spans[stretch.pupil].append(stretch)
    return [
        row for row in rows if any(one.first <= row.day <= one.last for one in spans[row.pupil])
    ]


def _sessions(query: RegisterQuery) -> tuple[Session, ...]:
    return (query.session,) if query.session else calendar.SESSIONS


def details(
    connection: Connection, urn: str, rows: Iterable[StandingRow], vault: Vault | None
) -> dict[int, Mapping[str, Any]]:
    """By position what an entry holds besides its code, opened as far as it can be."""
    fields = {row: parsed(row.state) for row in rows if row.state != bare(row.code)}
    streams = {
        row: attendance.stream(urn, row.pupil, calendar.academic_year(row.day)) for row in fields
    }
    sealed = {scope_of(streams[row]) for row in fields if any(map(is_sealed, fields[row].values()))}
    keys = vault.load_keys(connection, sealed) if vault else {}
    return {
        row.position: opened(
            streams[row],
            calendar.version(row.day, row.session, row.revision),
            stored,
            keys,
        ).fields
        for row, stored in fields.items()
    }


def _counting_by_age(sessions: Iterable[StandingSession]) -> set[str]:
    """Pupils of whom an entry counts by age."""
    found: set[str] = set()
    for one in sessions:
        by_age = {code for code in set(one.code) if depends_on_age(code, one.day)}
        if by_age:
            pairs = zip(one.pupil, one.code, strict=True)
            found.update(pupil for pupil, code in pairs if code in by_age)
    return found


class _Told:
    """What is told of a session, and of a code on its day once for all entries."""

    def __init__(self, born: Mapping[str, date], begun: Begun) -> None:
        self._born = born
        self._begun = begun
        self._classes: dict[tuple[str, date], StatisticalClass] = {}

    def planned(self, day: date, session: Session) -> bool:
        """Whether the session has not begun."""
        return not self._begun(day, session)

    def counts_as(self, code: str, day: date, pupil: str) -> StatisticalClass:
        """The class of a code that day, for that pupil where it depends on age."""
        born = self._born.get(pupil)
        if born is not None:
            return class_of(code, day, born)
        found = self._classes.get((code, day))
        if found is None:
            found = self._classes[code, day] = class_of(code, day, None)
        return found


def _entries(
    session: StandingSession,
    more: Mapping[int, Mapping[str, Any]],
    people: Mapping[int, Act],
    told: _Told,
) -> Iterator[RegisterEntry]:
    day, name = session.day, calendar.SESSIONS[session.half]
    planned = told.planned(day, name)
    for pupil, code, original, revision, position, of_act in zip(*session[2:8], strict=True):
        act = people[of_act]
        seen = told.counts_as(code, day, pupil), original, revision > 0, planned
        rest = _said_besides(more[position]) if position in session.more else _CODE_ALONE
        made = pupil, day, name, code, *seen, act.recorded_at, act.by, position, *rest
        yield RegisterEntry._make(made)


def _said_besides(more: Mapping[str, Any]) -> tuple[Any, ...]:
    """The last members of an entry: `arrived_at` to `reason`."""
    return (
        more.get("arrived_at"),
        more.get("entered_at"),
        tuple(more.get("flags", ())),
        more.get("place"),
        more.get("supervision"),
        more.get("detail"),
        more.get("reason"),
    )


def _missing(
    book: Book,
    query: RegisterQuery,
    stretches: Sequence[Stretch],
    standing: Iterable[StandingSession],
    begun: Begun,
) -> list[MissingEntry]:
    sessions = [
        (day, session)
        for day, session in held(book.school, query.first, query.last)
        if session in _sessions(query) and begun(day, session)
    ]
    entered: dict[tuple[date, Session], Collection[str]] = {
        (one.day, calendar.SESSIONS[one.half]): frozenset(one.pupil) for one in standing
    }
    missing = [
        MissingEntry(stretch.pupil, day, session)
        for stretch in stretches
        if stretch.due
        for day, session in between(sessions, stretch.first, stretch.last)
        if stretch.pupil not in entered.get((day, session), ())
    ]
    return sorted(missing, key=lambda entry: (entry.date, entry.session, entry.pupil))
