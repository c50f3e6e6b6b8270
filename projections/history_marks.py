"""A child's marks: read year by year in columns, of many years by two readers at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache, partial
from itertools import chain
from typing import Any, Final, NamedTuple

from ledger.registers import attendance
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.schools import calendar
from ledger.schools.calendar import Span
from ledger.store.database import Connection, Database
from ledger.store.vault import Keys, scope_of
from projections.history_events import Leafed, PlainEntry, Told
from projections.people import said_in
from projections.statements import fetch, statements
from projections.stored import BARE_BYTES_MAX, is_sealed, opened, parsed

TWO_READERS_YEARS_MIN: Final = 3
"""Years from which on two readers are sooner done than one: a connection has to be had for the second."""

_SQL: Final = statements("history_marks")


class Marks(NamedTuple):
    """A pupil's marks of a year at one school, column by column, in no order."""

    stream: str
    """Of which all these marks are events."""
    plain: list[PlainEntry]
    """Each as if it were an original entry that says nothing but its code."""
    day: list[date]
    half: list[int]
    revision: list[int]
    more: dict[int, dict[str, Any]]
    """By position the fields of the marks that say more than their code, as they are stored."""

    def originals(self) -> dict[tuple[date, int], str]:
        """By day and half the codes first entered, where anything was amended."""
        if not any(self.revision):
            return {}
        every = zip(self.day, self.half, self.revision, self.plain, strict=True)
        return {(day, half): one.code for day, half, revision, one in every if not revision}

    def sealed_under(self) -> set[str]:
        """The data key that the sealed fields need, if any are sealed."""
        values = chain.from_iterable(fields.values() for fields in self.more.values())
        return {scope_of(self.stream)} if any(map(is_sealed, values)) else set()


class Days(NamedTuple):
    """Days of one academic year to look up at a school."""

    school: str
    span: Span

    @property
    def year(self) -> int:
        """The academic year."""
        return calendar.academic_year(self.span.first)


class Place(NamedTuple):
    """Where an entry is, and what was amended of it."""

    school: int
    day: date
    half: int


def days_of(school: str, span: Span) -> Iterator[Days]:
    """The days of a span year by year."""
    for year in range(calendar.academic_year(span.first), calendar.academic_year(span.last) + 1):
        whole = calendar.span_of_year(year)
        yield Days(school, Span(max(span.first, whole.first), min(span.last, whole.last)))


def read(
    connection: Connection,
    years: Sequence[Days],
    asked: Mapping[str, Any],
    beside: Database | None,
) -> list[Marks]:
    """What the schools hold of these days, `asked` being pupil, position and leaves.

    Two readers take every other year each, where there are some years to be read.  That is a matter of time
    alone: without `beside`, or where it has no connection free, one reads all.
    """
    if beside is None or len(years) < TWO_READERS_YEARS_MIN:
        return _of_years(connection, years, asked)
    others = begun(connection, years[::2], asked, beside)
    return _of_years(connection, years[1::2], asked) + others()


def begun(
    connection: Connection, years: Sequence[Days], asked: Mapping[str, Any], beside: Database | None
) -> Callable[[], list[Marks]]:
    """Have a second reader begin with these days; what is answered gives them, read here if need be."""
    here = partial(_of_years, connection, years, asked)
    if beside is None or not years:
        return here
    second = beside.read_beside(lambda other: _of_years(other, years, asked))

    def found() -> list[Marks]:
        marks = second.result()
        return here() if marks is None else marks

    return found


def _of_years(
    connection: Connection, years: Iterable[Days], asked: Mapping[str, Any]
) -> list[Marks]:
    found = (_of_days(connection, days, asked) for days in years)
    return [marks for marks in found if marks]


def read_places(
    connection: Connection, places: Sequence[Place], asked: Mapping[str, Any]
) -> list[Marks]:
    """What the schools hold of single entries, `asked` being pupil and position."""
    if not places:
        return []
    schools, days, halves = map(list, zip(*places, strict=True))
    within = {"first": min(days), "last": max(days), "bare": BARE_BYTES_MAX}
    wanted = {**asked, **within, "schools": schools, "days": days, "halves": halves}
    # Planned once a connection: by their key, whatever the days are, of which the plan knows nothing.
    rows = connection.execute(_SQL["marks_apart"], wanted, prepare=True, binary=True).fetchall()
    return [_of_row(f"{school:06d}", year, asked["pupil"], row) for school, year, *row in rows]


def _of_days(connection: Connection, days: Days, asked: Mapping[str, Any]) -> Marks | None:
    of_school = {
        **asked,
        "school": int(days.school),
        "first": days.span.first,
        "last": days.span.last,
        "bare": BARE_BYTES_MAX,
    }
    [row] = fetch(connection, _SQL["marks"], of_school, binary=True)
    if row[0] is None:
        return None
    # Made here and not when all years are there: of two readers one makes them while the server is at work
    # for the other.
    return _of_row(days.school, days.year, asked["pupil"], row)


def _of_row(school: str, year: int, pupil: str, row: Sequence[Any]) -> Marks:
    position, day, half, revision, code, client, said, *apart, leaf = row
    plain = _plain(school, position, (day, half, code, client, said), leaf)
    places, states = (found or () for found in apart)
    more = {place: parsed(state) for place, state in zip(places, states, strict=True)}
    return Marks(attendance.stream(school, pupil, year), plain, day, half, revision, more)


def _plain(
    school: str,
    position: list[int],
    columns: tuple[list[date], list[int], list[str], list[str], list[bytes]],
    leaf: list[bytes] | None,
) -> list[PlainEntry]:
    day, half, code, client, states = columns
    # Thousands of them are zipped from their columns in a third of the time that a loop takes.
    said, written_at = zip(*said_in(states), strict=True)
    alike = len(position)
    every = zip(
        *(position, map(_written, day), map(calendar.SESSIONS.__getitem__, half), code),
        *([school] * alike, client, said, written_at, leaf or [b""] * alike),
        strict=True,
    )
    return list(map(PlainEntry._make, every))


def told(found: Marks, keys: Keys) -> list[Told]:
    """Each mark of the columns as it is told."""
    entries: list[Told] = list(found.plain)
    originals = found.originals()
    for row, (plain, revision) in enumerate(zip(found.plain, found.revision, strict=True)):
        if revision or plain.position in found.more:
            original = originals[found.day[row], found.half[row]] if revision else None
            entries[row] = _with_more(found, row, original, keys)
    return entries


def _with_more(found: Marks, row: int, original: str | None, keys: Keys) -> Leafed:
    """A mark that says more than its code or, having an original entry, is an amended one."""
    plain, revision = found.plain[row], found.revision[row]
    session = calendar.SESSIONS[found.half[row]]
    fields: dict[str, Any] = {"date": plain.date, "session": session, "revision": revision}
    topic = AttendanceEntered.topic
    if original is not None:
        topic, fields["original"] = AttendanceAmended.topic, original
    version = calendar.version(found.day[row], session, revision)
    stored = found.more.get(plain.position, {"code": plain.code})
    more, erased = opened(found.stream, version, stored, keys)
    event = plain.event._replace(type=topic, fields=fields | more, erased=erased)
    return Leafed(event, plain.leaf)


@lru_cache(maxsize=8192)
def _written(day: date) -> str:
    return day.isoformat()
