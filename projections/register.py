"""The attendance register: the entries that stand, with their originals, and what is missing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, Final, NamedTuple

from ledger.law.codes import StatisticalClass
from ledger.schools import calendar
from ledger.schools.calendar import Session, Span
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.births import births
from projections.classes import class_of, depends_on_age
from projections.people import Act, By, acts
from projections.places import Stretch
from projections.register_columns import (
    Asked,
    StandingRow,
    StandingSession,
    details,
    in_columns,
    of_pupils,
    of_school,
)
from projections.school import Book
from projections.sessions import Begun, between, held


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

    @property
    def of_groups(self) -> bool:
        """Whether less is asked for than the school's, by the groups of its pupils."""
        return self.year_group is not None or self.registration_group is not None


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


CODE_ALONE: Final = (None, None, (), None, None, None, None)
"""The last members of an entry that says nothing but its code, as nearly all do: `arrived_at` to `reason`."""

_COUNTS_AS: Final = RegisterEntry._fields.index("counts_as")
_PLANNED: Final = RegisterEntry._fields.index("planned")
_ARRIVED_AT: Final = RegisterEntry._fields.index("arrived_at")


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """What plain entries of a session have in common that have the same code."""

    date: date
    session: Session
    code: str
    counts_as: StatisticalClass
    planned: bool


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """What plain entries have in common that were made at once."""

    recorded_at: datetime
    by: By


class PlainMark(NamedTuple):
    """An original entry that says nothing but its code.

    Nearly all entries are such, thousands of them in a school's day: what is the same for many of them is
    shared, and a whole entry is made of one where somebody asks for it.
    """

    pupil: str
    position: int
    marked: Marked
    made: Made

    @property
    def date(self) -> date:
        """The day of its session."""
        return self.marked.date

    @property
    def entry(self) -> RegisterEntry:
        """The entry like any other."""
        pupil, position, of, made = self
        seen = of.date, of.session, of.code, of.counts_as, of.code, False, of.planned
        return RegisterEntry._make((pupil, *seen, made.recorded_at, made.by, position, *CODE_ALONE))


Told = RegisterEntry | PlainMark
"""The entries of a register as they are told."""


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
    found, absent = told(connection, book, query, at, vault)
    entries = list(map(whole, found))
    return Register(entries, list(dict.fromkeys(m.pupil for m in absent)), absent)


def whole(entry: Told) -> RegisterEntry:
    """The entry as any other."""
    return entry.entry if isinstance(entry, PlainMark) else entry


def told(
    connection: Connection, book: Book, query: RegisterQuery, at: AsOf, vault: Vault | None = None
) -> tuple[list[Told], list[MissingEntry]]:
    """The same entries, those that say nothing but a code in short, and the marks that are missing."""
    stretches = _stretches(book, query) if query.of_groups else None
    sessions = _standing(connection, query, stretches, at)
    people = acts(connection, {act for session in sessions for act in session.act})
    more = details(connection, query.urn, sessions, vault)
    by_age = _counting_by_age(sessions)
    born = births(connection, vault, query.urn, by_age, at) if vault and by_age else {}
    begun = Begun(book.school, at.instant)
    making = _Making(people, more, born, begun)
    entries = [entry for session in sessions for entry in making.entries(session)]
    return entries, _missing(book, query, stretches, sessions, begun)


def _stretches(
    book: Book, query: RegisterQuery, but_of: Collection[str] = frozenset()
) -> list[Stretch]:
    """The places asked for but those of some pupils, over the days asked for, whether on the roll or not."""
    pupils = book.places if query.pupil is None else [query.pupil]
    places = [book.places[one] for one in pupils if one in book.places and one not in but_of]
    return [
        stretch
        for place in places
        for stretch in place.stretches(query.first, query.last)
        if query.year_group in (None, stretch.year_group)
        and query.registration_group in (None, stretch.registration_group)
    ]


def _standing(
    connection: Connection, query: RegisterQuery, stretches: Sequence[Stretch] | None, at: AsOf
) -> list[StandingSession]:
    days = Span(query.first, query.last)
    asked = Asked(query.urn, days, _sessions(query), at.position)
    if stretches is not None:
        # A mark that was imported for a day off the roll belongs to the pupil's register all the same.
        rows = of_pupils(connection, asked, list({stretch.pupil for stretch in stretches}))
        return list(in_columns(_while_in_group(rows, stretches)))
    if query.pupil is not None:
        return list(in_columns(of_pupils(connection, asked, [query.pupil])))
    return of_school(connection, asked)


def _while_in_group(rows: Iterable[StandingRow], stretches: Sequence[Stretch]) -> list[StandingRow]:
    spans: defaultdict[str, list[Stretch]] = defaultdict(list)
    for stretch in stretches:
        spans[stretch.pupil].append(stretch)
    return [
        row for row in rows if any(one.first <= row.day <= one.last for one in spans[row.pupil])
    ]


def _sessions(query: RegisterQuery) -> tuple[Session, ...]:
    return (query.session,) if query.session else calendar.SESSIONS


def _counting_by_age(sessions: Iterable[StandingSession]) -> set[str]:
    """Pupils of whom an entry counts by age."""
    found: set[str] = set()
    for one in sessions:
        by_age = {code for code in set(one.code) if depends_on_age(code, one.day)}
        if by_age:
            pairs = zip(one.pupil, one.code, strict=True)
            found.update(pupil for pupil, code in pairs if code in by_age)
    return found


class _Making:
    """Makes the entries of a session from its columns."""

    def __init__(
        self,
        people: Mapping[int, Act],
        more: Mapping[int, Mapping[str, Any]],
        born: Mapping[str, date],
        begun: Begun,
    ) -> None:
        """`more` is by position what entries hold besides their codes; `born` of pupils who count by age."""
        self._made = {place: Made(act.recorded_at, act.by) for place, act in people.items()}
        self._more = more
        self._born = born
        self._begun = begun

    def entries(self, session: StandingSession) -> list[Told]:
        """The entries of a session, in its order."""
        day, name = session.day, session.session
        planned = not self._begun(day, name)
        marked = {
            code: Marked(day, name, code, class_of(code, day, None), planned)
            for code in set(session.code)
        }
        # Thousands of them are zipped from their columns in a fraction of the time that a loop takes, or
        # `_make`, which is a function of Python's.
        every = zip(
            *(session.pupil, session.position),
            *(map(marked.__getitem__, session.code), map(self._made.__getitem__, session.act)),
            strict=True,
        )
        plain: list[PlainMark] = list(map(partial(tuple.__new__, PlainMark), every))
        entries: list[Told] = [*plain]
        rows = set(session.more)
        if self._born:
            rows |= {row for row, pupil in enumerate(session.pupil) if pupil in self._born}
        for row in rows:
            entries[row] = self._with_more(session, row, plain[row].entry)
        return entries

    def _with_more(self, session: StandingSession, row: int, plain: RegisterEntry) -> RegisterEntry:
        """An entry that was amended, says more than its code, or counts by age."""
        more, born = session.more.get(row), self._born.get(plain.pupil)
        counts_as = class_of(plain.code, plain.date, born) if born else plain.counts_as
        original, amended = (more.original, more.revision > 0) if more else (plain.original, False)
        rest = _said_besides(self._more.get(plain.position, {}))
        before, after = plain[:_COUNTS_AS], plain[_PLANNED:_ARRIVED_AT]
        return RegisterEntry._make((*before, counts_as, original, amended, *after, *rest))


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
    stretches: Sequence[Stretch] | None,
    standing: Iterable[StandingSession],
    begun: Begun,
) -> list[MissingEntry]:
    sessions = [
        (day, session)
        for day, session in held(book.school, query.first, query.last)
        if session in _sessions(query) and begun(day, session)
    ]
    if not sessions:
        return []
    entered: dict[tuple[date, Session], Collection[str]] = {
        (one.day, one.session): frozenset(one.pupil) for one in standing
    }
    if stretches is None:
        # Nearly everyone has an entry in every session of a few days: nothing of theirs is looked at.
        throughout = frozenset.intersection(*(frozenset(entered.get(one, ())) for one in sessions))
        stretches = _stretches(book, query, throughout)
    missing = [
        MissingEntry(stretch.pupil, day, session)
        for stretch in stretches
        if stretch.due
        for day, session in between(sessions, stretch.first, stretch.last)
        if stretch.pupil not in entered.get((day, session), ())
    ]
    return sorted(missing, key=lambda entry: (entry.date, entry.session, entry.pupil))
