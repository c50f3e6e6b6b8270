"""Reading: a school's sheets as they stood at any position, however far from the one they stand at.

What the school's registers gained between the two positions is put over the sheets, or taken back from
them: an amended entry names the code that it replaces, and before an original entry there was none.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from typing import Any, Final, NamedTuple

from ledger.schools.calendar import Span, academic_year, span_of_year
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.statements import fetch, statements

CHANGES_MAX: Final = 20_000
"""Entries of the school, on the days asked for, between the sheets and the place in the log, beyond which
the log itself is read.  Those of other schools cost next to nothing: their number is not limited."""
CHANGES_OF_FEW: Final = 500
"""So many at least are put over where the days asked for hold few entries."""
_COST: Final = 8
"""To put an entry over costs as much as to read so many from the log."""
ANY_CHANGES: Final = 1 << 62
"""More entries than there are."""
YEARS: Final = range(2005, 2045)
"""The academic years that the register has room for."""

_SQL: Final = statements("sheets/reading")


@dataclass(slots=True)
class Book:
    """A school's sheets of one academic year, or of some of its days."""

    pupils: list[str]
    """By place."""
    sheets: dict[tuple[date, int], bytes]
    """By day and half, in order: at each pupil's place the number of the code that stands, or 0."""
    _places: dict[str, int] = field(default_factory=dict)

    def put(self, day: date, half: int, entries: Iterable[tuple[str, int]]) -> None:
        """Have codes stand for pupils, in their order; number 0 takes an entry away."""
        if not self._places:
            self._places = {known: place for place, known in enumerate(self.pupils)}
        placed = [(self._place(pupil), number) for pupil, number in entries]
        self.sheets[day, half] = with_entries(self.sheets.get((day, half), b""), placed)

    def _place(self, pupil: str) -> int:
        place = self._places.setdefault(pupil, len(self.pupils))
        if place == len(self.pupils):
            self.pupils.append(pupil)
        return place


def with_entries(codes: bytes, entries: Iterable[tuple[int, int]]) -> bytes:
    """A sheet with entries (place, number of the code) put over those that stood, in their order."""
    sheet = bytearray(codes)
    for place, number in entries:
        if place >= len(sheet):
            sheet.extend(bytes(place + 1 - len(sheet)))
        sheet[place] = number
    return bytes(sheet)


@dataclass(frozen=True, slots=True)
class Sheets:
    """Sheets of a school, and the codes that their numbers stand for."""

    codes: Mapping[int, str]
    books: list[Book]

    def entries(self) -> Iterator[tuple[date, int, dict[str, str]]]:
        """By day and half the code of each pupil who has an entry; sessions without any are left out."""
        for book in self.books:
            for (day, half), sheet in sorted(book.sheets.items()):
                named = zip(book.pupils, sheet, strict=False)
                codes = {pupil: self.codes[number] for pupil, number in named if number}
                if codes:
                    yield day, half, codes

    def pupils_with(self, codes: Collection[str]) -> set[str]:
        """The pupils of whom an entry with one of these codes stands."""
        wanted = bytes(number for number, code in self.codes.items() if code in codes)
        return {
            pupil
            for book in self.books
            for sheet in book.sheets.values()
            if any(number in sheet for number in wanted)
            for pupil, number in zip(book.pupils, sheet, strict=False)
            if number in wanted
        }


class _Change(NamedTuple):
    """An entry between the sheets and the place in the log."""

    day: date
    half: int
    pupil: str
    code: str
    replaced: str | None
    position: int


def read(
    connection: Connection, urn: str, days: Span, at: AsOf, changes_max: int | None = None
) -> Sheets | None:
    """The sheets of these days as they stood; None where the log is quicker to read.

    That is so where they are too many entries from that position: more than `changes_max`, if it is given.
    """
    [(build, position)] = fetch(connection, _SQL["head"], {})
    asked = {"build": build, "school": int(urn)}
    between = {"after": min(position, at.position), "upto": max(position, at.position)}
    books = {span: _book(connection, asked, span, days) for span in _years(days)}
    entries = _worthwhile(books.values()) if changes_max is None else changes_max
    changes = _changes(connection, {**asked, **_ends(days), **between, "entries": entries})
    if changes is None:
        return None
    numbers = {code: number for number, code in fetch(connection, _SQL["codes"], {})}
    backwards = at.position < position
    gained: defaultdict[tuple[date, int], list[tuple[str, int]]] = defaultdict(list)
    for one in sorted(changes, key=attrgetter("position"), reverse=backwards):
        code = one.replaced if backwards else one.code
        number = 0 if code is None else numbers.setdefault(code, len(numbers) + 1)
        gained[one.day, one.half].append((one.pupil, number))
    for (day, half), placed in gained.items():
        book = next(one for span, one in books.items() if span.first <= day <= span.last)
        book.put(day, half, placed)
    return Sheets({number: code for code, number in numbers.items()}, list(books.values()))


def _worthwhile(books: Iterable[Book]) -> int:
    """How many entries to put over at most."""
    held = sum(len(sheet) for book in books for sheet in book.sheets.values())
    return min(CHANGES_MAX, max(CHANGES_OF_FEW, held // _COST))


def _changes(connection: Connection, asked: Mapping[str, Any]) -> list[_Change] | None:
    """None where there are more than so many."""
    if asked["entries"] < 0:
        return None
    if asked["after"] == asked["upto"]:
        return []
    found = fetch(connection, _SQL["changes"], asked)
    too_many = any(position is None for *_, position in found[:1])
    return None if too_many else list(map(_Change._make, found))


def _book(connection: Connection, asked: Mapping[str, Any], year: Span, days: Span) -> Book:
    of_year = {**asked, "year": academic_year(year.first)}
    span = Span(max(year.first, days.first), min(year.last, days.last))
    sheets = fetch(connection, _SQL["sheets"], {**asked, **_ends(span)}, binary=True)
    places = fetch(connection, _SQL["places"], of_year)
    return Book([pupil for (pupil,) in places], {(day, half): codes for day, half, codes in sheets})


def _years(days: Span) -> list[Span]:
    """The academic years of some days, of those for which there are registers at all."""
    first, last = academic_year(days.first), academic_year(days.last)
    return [span_of_year(year) for year in YEARS if first <= year <= last]


def _ends(span: Span) -> dict[str, date]:
    return {"first": span.first, "last": span.last}
