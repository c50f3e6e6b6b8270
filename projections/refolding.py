"""Views held against plain folds over the log: line by line in canonical form, by digest in the end.

Proved is that queries answer what the log says, and that the sheets, which are kept beside the log, have
not gone astray.  The folds (`projections.reference`) look at every row and
share no SQL with the views.  In memory are a school's records and the marks of one academic year.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import zip_longest
from operator import itemgetter
from sys import intern
from typing import Final, NamedTuple

from ledger.registers import attendance
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.schools import calendar
from ledger.schools.calendar import SESSIONS, Session, Span
from ledger.store.database import Connection
from projections import digests, reference, reference_totals
from projections.asof import AsOf
from projections.canonical import line
from projections.digests import Digest, Hashing
from projections.history import HistoryQuery, told_history
from projections.history_events import Told
from projections.history_texts import original
from projections.kept_histories.reading import Kept, of_school
from projections.log import LogRow
from projections.people import acts
from projections.register import RegisterQuery
from projections.roll import roll
from projections.school import Book, load
from projections.statements import fetch, statements
from projections.totals import TotalsQuery

VIEWS: Final = ("roll", "register", "totals", "sheets")
"""The views of which there is a plain fold."""
_MARKS: Final = {AttendanceEntered.topic, AttendanceAmended.topic}
_SQL: Final = statements("refolding")


class Difference(NamedTuple):
    """The first line in which a view and its fold differ; None where one of them has ended."""

    number: int
    view: str | None
    fold: str | None


@dataclass(frozen=True, slots=True)
class Comparison:
    """A view of a school, the plain fold, and where they differ first."""

    view: Digest
    fold: Digest
    difference: Difference | None


class _Pair:
    """A view and its fold, going along together."""

    def __init__(self, view: str, urn: str) -> None:
        self._sides = (Hashing(view, urn), Hashing(view, urn))
        self._difference: Difference | None = None
        self._number = 0

    def add(self, of_view: Iterator[bytes], of_fold: Iterator[bytes]) -> None:
        """Lines of both."""
        for pair in zip_longest(of_view, of_fold):
            self._number += 1
            for side, content in zip(self._sides, pair, strict=True):
                if content is not None:
                    side.add(content)
            if self._difference is None and pair[0] != pair[1]:
                self._difference = Difference(self._number, *map(_text, pair))

    @property
    def comparison(self) -> Comparison:
        """What came of it."""
        view, fold = self._sides
        return Comparison(view.digest, fold.digest, self._difference)


def compare(connection: Connection, urn: str, at: AsOf) -> Iterator[Comparison]:
    """Roll, register, totals and sheets of a school at a position, each with its plain fold."""
    book = load(connection, urn, at)
    pairs = {view: _Pair(view, urn) for view in VIEWS}
    fold = partial(reference.Registers, urn=urn, at=at, keys={})
    names = fold(_records(connection, urn, at))
    of_view = roll(connection, digests.CLOSED, book, at)
    pairs["roll"].add(digests.roll_lines(of_view), digests.roll_lines(reference.roll(names, None)))
    for year in digests.years(connection, book, at):
        records, marks = _records(connection, urn, at), _marks(connection, urn, year, at)
        registers = fold(sorted([*records, *marks], key=lambda row: row.position))
        _add_year(pairs, connection, book, year, registers)
    yield from (pair.comparison for pair in pairs.values())


def compare_kept(connection: Connection, urn: str, at: AsOf) -> Iterator[Comparison]:
    """What is kept of the histories of a school's pupils, with what the log tells of them, if any is kept."""
    pair = None
    for pupil, kept in of_school(connection, int(urn), at.position):
        pair = pair or _Pair("kept", urn)
        year = calendar.span_of_year(kept.year)
        query = HistoryQuery(pupil, frozenset({urn}), year.first, year.last)
        told = told_history(connection, digests.CLOSED, query, at)
        pair.add(_lines_kept(pupil, kept), _lines_told(pupil, told))
    if pair is not None:
        yield pair.comparison


def _lines_kept(pupil: str, kept: Kept) -> Iterator[bytes]:
    apart = [(place.day.isoformat(), SESSIONS[place.half]) for place in kept.apart]
    return _lines_of_year(pupil, apart, (one for _, one in kept.entries()))


def _lines_told(pupil: str, told: Iterable[Told]) -> Iterator[bytes]:
    """Entries alone: of a session with anything sealed or amended, that there is one."""
    entries = [one.event for one in told if one.type in _MARKS]
    place_of = itemgetter("date", "session")
    apart = {
        place_of(one.fields) for one in entries if one.erased or one.type != AttendanceEntered.topic
    }
    texts = (original(one) for one in entries if place_of(one.fields) not in apart)
    return _lines_of_year(pupil, sorted(apart), texts)


def _lines_of_year(
    pupil: str, apart: Iterable[tuple[str, str]], texts: Iterable[str]
) -> Iterator[bytes]:
    for day, session in apart:
        yield line({"apart": True, "date": day, "pupil": pupil, "session": session})
    yield from (f'{{"pupil":"{pupil}",{text[1:]}'.encode() for text in texts)


def _add_year(
    pairs: dict[str, _Pair],
    connection: Connection,
    book: Book,
    year: Span,
    registers: reference.Registers,
) -> None:
    at = registers.at
    days = RegisterQuery(book.urn, year.first, year.last)
    pairs["register"].add(
        digests.register_lines(connection, book, year, at),
        digests.lines_of_register(reference.register(registers, days)),
    )
    by_pupil = TotalsQuery(book.urn, year.first, year.last, "pupil")
    pairs["totals"].add(
        digests.totals_lines(year, digests.totals_of(connection, book, year, at)),
        digests.totals_lines(year, reference_totals.totals(registers, by_pupil)),
    )
    pairs["sheets"].add(
        digests.sheets_lines(digests.sheets_of(connection, book, year, at)),
        _sheet_lines(registers),
    )


def _sheet_lines(registers: reference.Registers) -> Iterator[bytes]:
    sessions: dict[tuple[date, Session], dict[str, str]] = {}
    for (day, session, pupil), entry in sorted(registers.entries.items()):
        sessions.setdefault((day, session), {})[pupil] = entry.revisions[-1].fields["code"]
    return (digests.sheet_line(*of_session, codes) for of_session, codes in sessions.items())


class _Place(NamedTuple):
    """Where a row stands and what it is."""

    pupil: str | None
    stream: str
    version: int
    topic: str


def _records(connection: Connection, urn: str, at: AsOf) -> Iterator[LogRow]:
    """What the log holds of a school besides marks."""
    asked = {"school": int(urn), "position": at.position}
    found = fetch(connection, _SQL["records"], asked)
    yield from _rows(connection, urn, [(*row[:2], _Place(*row[2:6]), row[6]) for row in found])


def _marks(connection: Connection, urn: str, year: Span, at: AsOf) -> Iterator[LogRow]:
    """Every entry and amended entry of a year."""
    asked = {
        "school": int(urn),
        "first": year.first,
        "last": year.last,
        "position": at.position,
    }
    found = fetch(connection, _SQL["marks"], asked)
    number = calendar.academic_year(year.first)
    places = (_mark(urn, number, *row[2:6]) for row in found)
    yield from _rows(
        connection,
        urn,
        [(*row[:2], place, row[6]) for row, place in zip(found, places, strict=True)],
    )


def _mark(urn: str, year: int, day: date, half: int, pupil: str, revision: int) -> _Place:
    return _Place(
        intern(pupil),
        intern(attendance.stream(urn, pupil, year)),
        calendar.version(day, SESSIONS[half], revision),
        AttendanceAmended.topic if revision else AttendanceEntered.topic,
    )


def _rows(
    connection: Connection, urn: str, found: list[tuple[int, int, _Place, bytes]]
) -> Iterator[LogRow]:
    people = acts(connection, (act for _, act, *_ in found))
    for position, act, place, state in found:
        made = people[act]
        yield LogRow(
            position=position,
            type=place.topic,
            stream=place.stream,
            version=place.version,
            school=urn,
            pupil=place.pupil,
            recorded_at=made.recorded_at,
            act=act,
            act_leaf=made.leaf,
            by=made.by,
            client=made.client,
            data=state.decode(),
            # The fold asks what was entered, not whether it is proven.
            salt=b"",
            leaf=b"",
        )


def _text(content: bytes | None) -> str | None:
    return None if content is None else content.decode()
