"""A child's history: everything the log holds about one pupil, in its order."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter, itemgetter
from typing import Any, Final, NamedTuple

from ledger.schools import calendar
from ledger.schools.calendar import LONDON, Span
from ledger.store.database import Connection, Database
from ledger.store.settled_years import is_settled
from ledger.store.vault import Keys, Vault, scope_of
from projections import history_marks
from projections.asof import AsOf
from projections.history_events import HistoryEvent, Leafed, Placed, Told
from projections.history_marks import Days, Marks
from projections.kept_histories import reading as kept_histories
from projections.people import said_in
from projections.statements import statements
from projections.stored import opened, parsed

_SQL: Final = statements("history")
_SEALED: Final = b'"sealed"'


@dataclass(frozen=True, slots=True)
class HistoryQuery:
    """Whose history, at which schools (None: all), and of which days (both included).

    Marks are chosen by the day of their session, everything else by the local day of recording.
    """

    pupil: str
    schools: frozenset[str] | None = None
    first: date | None = None
    last: date | None = None


def history(
    connection: Connection, vault: Vault, query: HistoryQuery, at: AsOf
) -> Iterator[HistoryEvent]:
    """Every event about the child as it stood, in log order.

    Marks are sought at the schools whose registers have held the name, and, where the query names
    one school alone, at that one in any case.
    """
    return (one.event for one in told_history(connection, vault, query, at))


def told_history(
    connection: Connection,
    vault: Vault,
    query: HistoryQuery,
    at: AsOf,
    beside: Database | None = None,
    *,
    leaves: bool = False,
) -> list[Told]:
    """The same as it is told; with the leaves of marks where these are asked for.

    `beside` is where a second reader may be had: long histories then take little more than half as long.
    """
    asked = {"pupil": query.pupil, "position": at.position}
    records = _records(connection, query, asked)
    years = _years(connection, query, records)
    marks = history_marks.read(connection, years, asked | {"leaves": leaves}, beside)
    told = _told(connection, vault, _recorded_within(records, query), marks)
    told.sort(key=attrgetter("position"))
    return told


def written_history(
    connection: Connection,
    vault: Vault,
    query: HistoryQuery,
    at: AsOf,
    beside: Database | None = None,
) -> list[Placed]:
    """The same for who writes it as JSON: entries of settled years that are kept so come as they are kept."""
    asked = {"pupil": query.pupil, "position": at.position}
    records = _records(connection, query, asked)
    years = _years(connection, query, records)
    unkept, today = asked | {"leaves": False}, datetime.now(LONDON).date()
    # Years that are not settled are never kept: a second reader is at them while the others are put together.
    open_years = [days for days in years if not is_settled(days.year, today)]
    rest = history_marks.begun(connection, open_years, unkept, beside)
    settled = [days for days in years if is_settled(days.year, today)]
    whole = [(int(days.school), days.year) for days in settled if _is_whole(query, days)]
    kept = kept_histories.read(connection, whole, asked)
    others = [days for days in settled if (int(days.school), days.year) not in kept]
    marks = history_marks.read(connection, others, unkept, beside)
    apart = [place for one in kept.values() for place in one.apart]
    marks += history_marks.read_places(connection, apart, asked)
    told: list[Placed] = []
    for one in kept.values():
        told += one.entries()
    others_told = _told(connection, vault, _recorded_within(records, query), marks + rest())
    told += [(one.position, one) for one in others_told]
    told.sort(key=itemgetter(0))
    return told


def _told(
    connection: Connection, vault: Vault, records: Sequence["_Record"], marks: Sequence[Marks]
) -> list[Told]:
    """Events that are no marks and events that are, in no order."""
    scopes = {scope_of(record.stream) for record in records if _SEALED in record.state}
    scopes.update(*(found.sealed_under() for found in marks))
    keys = vault.load_keys(connection, scopes)
    told: list[Told] = []
    told += _recorded(records, keys)
    for found in marks:
        told += history_marks.told(found, keys)
    return told


class _Record(NamedTuple):
    """An event that is no mark, as it is stored, with its act."""

    position: int
    school: int
    stream: str
    version: int
    topic: str
    state: bytes
    leaf: bytes
    client: str
    recorded_at: datetime
    said: bytes


def _records(
    connection: Connection, query: HistoryQuery, asked: Mapping[str, Any]
) -> list[_Record]:
    """All that is no mark, at the schools of the query, on whatever day."""
    # Planned once a connection: they are found by the pupil, whatever else is asked.
    found = connection.execute(_SQL["records"], asked, prepare=True).fetchall()
    return [
        record
        for record in map(_Record._make, found)
        if query.schools is None or f"{record.school:06d}" in query.schools
    ]


def _recorded_within(records: Iterable[_Record], query: HistoryQuery) -> list[_Record]:
    return [one for one in records if _recorded_in(one.recorded_at, query)]


def _is_whole(query: HistoryQuery, days: Days) -> bool:
    """Whether the query leaves no day of the academic year out."""
    year = calendar.span_of_year(days.year)
    return (query.first is None or query.first <= year.first) and (
        query.last is None or year.last <= query.last
    )


def _years(connection: Connection, query: HistoryQuery, records: Iterable[_Record]) -> list[Days]:
    """The days to look up, year by year, at each school where marks are sought."""
    one_alone = query.schools if query.schools and len(query.schools) == 1 else frozenset()
    schools = {f"{record.school:06d}" for record in records} | one_alone
    spans = {school: _span(connection, query, school) for school in sorted(schools)}
    return [
        days
        for school, span in spans.items()
        if span
        for days in history_marks.days_of(school, span)
    ]


def _span(connection: Connection, query: HistoryQuery, school: str) -> Span | None:
    """The days to look up at a school: those its register holds, as far as they are asked for."""
    # Planned once a connection: looking into every year there may be takes longer to plan than to do,
    # and no days are asked for by which a plan could leave years out.
    asked = {"school": int(school)}
    [(earliest, latest)] = connection.execute(_SQL["days"], asked, prepare=True).fetchall()
    if earliest is None:
        return None
    first, last = max(earliest, query.first or earliest), min(latest, query.last or latest)
    return Span(first, last) if first <= last else None


def _recorded_in(recorded_at: datetime, query: HistoryQuery) -> bool:
    if query.first is None and query.last is None:
        return True
    day = recorded_at.astimezone(LONDON).date()
    return (query.first is None or query.first <= day) and (query.last is None or day <= query.last)


def _recorded(records: Sequence[_Record], keys: Keys) -> Iterator[Leafed]:
    said_of_each = said_in(record.said for record in records)
    for record, (said, _) in zip(records, said_of_each, strict=True):
        plain = opened(record.stream, record.version, parsed(record.state), keys)
        event = HistoryEvent(
            record.position,
            record.topic,
            record.recorded_at,
            f"{record.school:06d}",
            said.by,
            record.client,
            said.rules,
            *plain,
        )
        yield Leafed(event, record.leaf)
