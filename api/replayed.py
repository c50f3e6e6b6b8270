"""A child's record as it stood: history and register together, as rows ready to be written out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final, NamedTuple

from api.formats import Listing
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.requests import instant
from ledger.schools.calendar import LONDON
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.history import HistoryQuery, history
from projections.history_events import HistoryEvent
from projections.register import MissingEntry, RegisterEntry, RegisterQuery, register
from projections.roll import RollRow, roll
from projections.school import Book, load

MARKS: Final = frozenset({AttendanceEntered.topic, AttendanceAmended.topic})
COLUMNS: Final = (
    *("position", "recorded_at", "school", "type", "date", "session", "revision"),
    *("original", "replaces", "code", "reason", "detail", "by.name", "by.position"),
    *("client", "rules", "erased", "more"),
)
_MORE: Final = "more"


class Place(NamedTuple):
    """The child at one school: name and days on the roll, the register, what is missing in it."""

    urn: str
    school: str | None
    enrolments: list[RollRow]
    entries: list[RegisterEntry]
    missing: list[MissingEntry]


@dataclass(frozen=True)
class Replayed:
    """Everything that the log said of a child."""

    query: HistoryQuery
    at: AsOf
    events: list[HistoryEvent]
    places: list[Place]

    @property
    def marks(self) -> dict[tuple[str, str, str], list[HistoryEvent]]:
        """By date, session and school the original entry and every amended entry, in their order."""
        found: dict[tuple[str, str, str], list[HistoryEvent]] = {}
        for event in self.events:
            if event.type in MARKS:
                place = (event.fields["date"], event.fields["session"], event.school)
                found.setdefault(place, []).append(event)
        return dict(sorted(found.items()))


def replayed(connection: Connection, vault: Vault, query: HistoryQuery, at: AsOf) -> Replayed:
    """The record of a child as it stood, at the schools of the query."""
    events = list(history(connection, vault, query, at))
    places = [
        _place(connection, vault, load(connection, urn, at), query, events, at)
        for urn in sorted({event.school for event in events})
    ]
    return Replayed(query, at, events, places)


def _place(
    connection: Connection,
    vault: Vault,
    book: Book,
    query: HistoryQuery,
    events: list[HistoryEvent],
    at: AsOf,
) -> Place:
    pupil = query.pupil
    enrolments = [row for row in roll(connection, vault, book, at) if row.pupil == pupil]
    marked = [
        date.fromisoformat(event.fields["date"])
        for event in events
        if event.school == book.urn and event.type in MARKS
    ]
    days = [*marked, *(row.starting_day for row in enrolments)]
    today = at.instant.astimezone(LONDON).date()
    first = query.first or min(days, default=today)
    last = query.last or max([*marked, today])
    asked = RegisterQuery(book.urn, first, last, pupil=pupil)
    found = register(connection, book, asked, at, vault)
    described = book.school.described_on(today) or book.school.described_last
    name = described.name if described else None
    return Place(book.urn, name, enrolments, found.entries, found.missing_entries)


# -- rows --------------------------------------------------------------------------------------------


def event_row(event: HistoryEvent) -> dict[str, Any]:
    """An event of the history."""
    return {
        **event.fields,
        "position": event.position,
        "type": event.type,
        "recorded_at": instant(event.recorded_at),
        "school": event.school,
        "by": event.by._asdict(),
        "client": event.client,
        "rules": event.rules,
        "erased": list(event.erased),
    }


def entry_row(place: Place, entry: RegisterEntry) -> dict[str, Any]:
    """An entry that stands, its original beside it."""
    return {
        **entry._asdict(),
        "school": place.urn,
        "recorded_at": instant(entry.recorded_at),
        "by": entry.by._asdict(),
        "flags": list(entry.flags),
    }


def missing_row(place: Place, missing: MissingEntry) -> dict[str, Any]:
    """A mark that is due and was not entered."""
    return {"school": place.urn, **missing._asdict()}


def as_object(found: Replayed) -> dict[str, Any]:
    """The record as one object."""
    return {
        "pupil": found.query.pupil,
        "position": found.at.position,
        "as_of": instant(found.at.instant),
        "schools": [{"school": one.urn, "name": one.school} for one in found.places],
        "history": [event_row(event) for event in found.events],
        "register": [entry_row(one, entry) for one in found.places for entry in one.entries],
        "missing": [missing_row(one, entry) for one in found.places for entry in one.missing],
    }


def as_lines(found: Replayed) -> Iterator[dict[str, Any]]:
    """The same as objects one by one, each with what it is."""
    whole = as_object(found)
    for kind in ("history", "register", "missing"):
        yield from ({"is": kind, **row} for row in whole[kind])


def as_listing(found: Replayed) -> Listing:
    """The history as rows of columns; what has no column stands in the last one."""
    named = {column.partition(".")[0] for column in COLUMNS}
    rows = []
    for event in found.events:
        row = event_row(event)
        rest = {name: value for name, value in row.items() if name not in named}
        rows.append({**row, _MORE: rest or None})
    return Listing("history", rows, COLUMNS)


def json_text(value: Any) -> str:
    """Days and times as they are written everywhere."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(type(value).__name__)
