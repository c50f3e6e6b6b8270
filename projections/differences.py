"""What changed in an attendance register between two places in the log, and by which events.

Every entry that gained an event between them is shown, with what stood before and what stands after:
one amended there and back again as well, since somebody did so for a reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from ledger.registers import attendance
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.schools import calendar
from ledger.schools.calendar import Session
from ledger.store.database import Connection
from ledger.store.vault import Keys, Vault, scope_of
from projections.asof import AsOf
from projections.parts import EntryPlace, Part
from projections.people import Act, By, acts
from projections.school import Book
from projections.statements import fetch, statements
from projections.stored import is_sealed, opened, parsed

FIRST_DAY: Final = date(2005, 8, 1)
LAST_DAY: Final = date(2045, 7, 31)
"""The academic years that the log is divided into."""

_SQL: Final = statements("differences")


class Between(NamedTuple):
    """Two places in the log: what was recorded after the one, up to the other."""

    before: AsOf
    after: AsOf


class TwoBooks(NamedTuple):
    """The book of a school at each of two places."""

    before: Book
    after: Book


@dataclass(frozen=True, slots=True)
class DifferencesQuery:
    """Which part of a school's register: days of sessions, both included, and optionally less of it.

    Groups are meant as in force on the day of each session, as known at the later place.
    """

    urn: str
    first: date = FIRST_DAY
    last: date = LAST_DAY
    pupil: str | None = None
    year_group: str | None = None
    registration_group: str | None = None


class State(NamedTuple):
    """What stood of an entry."""

    code: str
    position: int
    detail: str | None
    arrived_at: str | None
    place: str | None
    supervision: str | None

    def says_as(self, other: "State | None") -> bool:
        """Whether both say the same of the pupil, whichever event said it."""
        return other is not None and self._replace(position=other.position) == other


class Change(NamedTuple):
    """An event of the entry."""

    position: int
    type: str
    recorded_at: datetime
    by: By
    client: str
    rules: str
    code: str
    replaces: str | None
    reason: str | None
    rule: str | None
    """The school's own rule that amended the entry; None for a person's own amendment."""


class EntryDifference(NamedTuple):
    """One entry that gained events."""

    pupil: str
    date: date
    session: Session
    before: State | None
    after: State
    net_change: bool
    """Whether what stands after says anything else than what stood before."""
    events: tuple[Change, ...]


def differences(
    connection: Connection,
    book: Book,
    query: DifferencesQuery,
    between: Between,
    part: Part,
    vault: Vault,
) -> list[EntryDifference]:
    """The entries that gained events between two places, by day, session and pupil.

    `book` is that of the later place.  Details and reasons are opened as in the register.
    """
    asked = _asked(query, between)
    chosen = {**asked, **_pupils(book, query), **part.columns(query.first)}
    places = list(map(EntryPlace._make, fetch(connection, _SQL["changed"], chosen)))
    if not places:
        return []
    days, halves, pupils = zip(*places, strict=True)
    named = {"days": list(days), "halves": list(halves), "of_pupils": list(pupils)}
    ends = {"first": places[0].day, "last": places[-1].day}
    rows = list(map(_Row._make, fetch(connection, _SQL["revisions"], {**asked, **named, **ends})))
    fields = _opened(connection, query.urn, rows, vault)
    made = acts(connection, (row.act for row in rows if row.position > between.before.position))
    entries = groupby(rows, key=lambda row: EntryPlace(row.day, row.half, row.pupil))
    return [_difference(place, list(of), fields, made, between) for place, of in entries]


class Counted(NamedTuple):
    """How many entries of a day, of a pupil or of both gained events; None where it was not asked."""

    day: date | None
    pupil: str | None
    entries: int


def changed_entries(
    connection: Connection, query: DifferencesQuery, between: Between, *by: str
) -> list[Counted]:
    """How many entries gained events, by "day", by "pupil", by both or in all."""
    asked = {**_asked(query, between), "by_day": "day" in by, "by_pupil": "pupil" in by}
    return list(map(Counted._make, fetch(connection, _SQL["counted"], asked)))


def place_of(difference: EntryDifference) -> EntryPlace:
    """Where in the list the entry stands."""
    half = calendar.SESSIONS.index(difference.session)
    return EntryPlace(difference.date, half, difference.pupil)


class _Row(NamedTuple):
    """A revision as it is stored."""

    day: date
    half: int
    pupil: str
    revision: int
    position: int
    act: int
    state: bytes


def _asked(query: DifferencesQuery, between: Between) -> dict[str, Any]:
    return {
        "school": int(query.urn),
        "first": query.first,
        "last": query.last,
        "before": between.before.position,
        "position": between.after.position,
    }


def _pupils(book: Book, query: DifferencesQuery) -> dict[str, Any]:
    """Whose entries, and of which days; None for everybody's."""
    if query.year_group is None and query.registration_group is None:
        # A mark imported for a day off the roll belongs to the pupil's register all the same.
        everywhen = [] if query.pupil is None else [(query.pupil, query.first, query.last)]
        return _columns(everywhen) if everywhen else dict.fromkeys(_CHOSEN)
    return _columns(
        [
            (stretch.pupil, stretch.first, stretch.last)
            for place in book.places.values()
            if query.pupil in (None, place.pupil)
            for stretch in place.stretches(query.first, query.last)
            if query.year_group in (None, stretch.year_group)
            and query.registration_group in (None, stretch.registration_group)
        ]
    )


_CHOSEN: Final = ("pupils", "firsts", "lasts")


def _columns(chosen: Sequence[tuple[str, date, date]]) -> dict[str, Any]:
    return {name: [one[at] for one in chosen] for at, name in enumerate(_CHOSEN)}


def _opened(
    connection: Connection, urn: str, rows: Sequence[_Row], vault: Vault
) -> dict[int, Mapping[str, Any]]:
    """By position what each revision says."""
    stored = {row.position: parsed(row.state) for row in rows}
    streams = {row.position: _stream(urn, row) for row in rows}
    sealed = {
        scope_of(streams[position])
        for position, fields in stored.items()
        if any(map(is_sealed, fields.values()))
    }
    keys: Keys = vault.load_keys(connection, sealed)
    return {
        row.position: opened(
            streams[row.position],
            calendar.version(row.day, calendar.SESSIONS[row.half], row.revision),
            stored[row.position],
            keys,
        ).fields
        for row in rows
    }


def _stream(urn: str, row: _Row) -> str:
    return attendance.stream(urn, row.pupil, calendar.academic_year(row.day))


def _difference(
    place: EntryPlace,
    rows: Sequence[_Row],
    fields: Mapping[int, Mapping[str, Any]],
    made: Mapping[int, Act],
    between: Between,
) -> EntryDifference:
    earlier = [row for row in rows if row.position <= between.before.position]
    before = _state(earlier[-1], fields) if earlier else None
    after = _state(rows[-1], fields)
    return EntryDifference(
        place.pupil,
        place.day,
        calendar.SESSIONS[place.half],
        before,
        after,
        not after.says_as(before),
        tuple(_changes(rows[len(earlier) :], fields, made)),
    )


def _state(row: _Row, fields: Mapping[int, Mapping[str, Any]]) -> State:
    said = fields[row.position]
    return State(
        said["code"],
        row.position,
        said.get("detail"),
        said.get("arrived_at"),
        said.get("place"),
        said.get("supervision"),
    )


def _changes(
    rows: Sequence[_Row], fields: Mapping[int, Mapping[str, Any]], made: Mapping[int, Act]
) -> Iterator[Change]:
    for row in rows:
        said, act = fields[row.position], made[row.act]
        yield Change(
            row.position,
            AttendanceAmended.topic if row.revision else AttendanceEntered.topic,
            act.recorded_at,
            act.by,
            act.client,
            act.rules,
            said["code"],
            said.get("replaces"),
            said.get("reason"),
            said.get("rule"),
        )
