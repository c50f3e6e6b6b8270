"""Totals counted from sheets: what `totals.sql` counts from the log, in the same words.

The sheets of the sessions that count alike are laid one behind the other; every so-many-th byte is then
one pupil's, cut out and counted without a look at each mark.  Pupils with equal entries and equal places
are counted once.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from projections.editions import ABSENCE, Editions
from projections.grid import OF_TIME, Grid
from projections.sheets.reading import Book, Sheets

Counted = tuple[int | None, str | None, str, int | None, int]
"""A number of a row, as `totals.sql` answers it: line and pupil, what was counted (`class`, `entered`,
`persistent` or `severe`), of a class which of the editions' readings it is, from 1, and how many.
"""


_NO_MARK: Final = (b"", b"\0")


class _Where(NamedTuple):
    """Where a pupil's marks are counted over some days."""

    line: int | None
    """The row, where rows are of groups."""
    who: str | None
    """The row, where rows are of pupils."""
    due: bool
    of_age: bool
    enrolment: tuple[str, int] | None
    """The pupil, and which of the pupil's enrolments it is."""


_Kind = tuple[int | None, str | None, bool, bool]
"""A place but for the enrolment: pupils with equal marks there are counted together."""
_Row = tuple[int | None, str | None]


class _Reading(NamedTuple):
    """How a code counts."""

    number: int
    possible: bool
    absence: bool


_POSSIBLE: Final = 1 << 32
"""Possible sessions and absences are added up as one number: so many of these, and the rest."""


def tally(
    grid: Grid, editions: Editions, sheets: Sheets, shares: Mapping[str, int]
) -> Iterator[Counted]:
    """The numbers of every row.  `shares`: in percent of the possible sessions, by measure."""
    counting = _Tally(grid, editions, sheets.codes)
    for book in sheets.books:
        counting.add(book)
    yield from counting.classes()
    yield from counting.absentees(shares)


class _Tally:
    def __init__(self, grid: Grid, editions: Editions, codes: Mapping[int, str]) -> None:
        self._grid = grid
        self._of_time = grid.query.by in OF_TIME
        self._places = _places(grid)
        self._unsteady = frozenset(grid.unsteady())
        calendar = grid.calendar(editions)
        self._sessions: list[int] = calendar["sessions"]
        self._periods: list[tuple[int | None, int]] = list(
            zip(calendar["period_lines"], calendar["period_editions"], strict=True)
        )
        self._readings = _readings(editions, codes)
        self._sums: defaultdict[_Row, defaultdict[int, int]]
        self._sums = defaultdict(lambda: defaultdict(int))
        self._entered: defaultdict[_Row, int] = defaultdict(int)
        self._enrolled: defaultdict[_Row, dict[tuple[str, int], int]] = defaultdict(dict)
        self._histograms: dict[bytes, list[tuple[int, int]]] = {}
        self._shares: dict[tuple[int, bool, bytes], int] = {}

    def add(self, book: Book) -> None:
        """Count the marks of a book."""
        first = self._grid.query.first
        together: defaultdict[int, list[tuple[date, bytes]]] = defaultdict(list)
        for (day, half), sheet in book.sheets.items():
            session = self._sessions[2 * (day - first).days + half]
            if session:
                together[session].append((day, sheet))
        a_day = self._grid.a_day
        steady = [
            (place, self._where(pupil, a_day))
            for place, pupil in enumerate(book.pupils)
            if a_day is not None and pupil not in self._unsteady
        ]
        others = [(n, p) for n, p in enumerate(book.pupils) if p in self._unsteady]
        for session, sheets in together.items():
            period, due = divmod(session, 2)
            if due:
                self._count(period, _columns(len(book.pupils), steady, sheets), due=True)
            apart = others if due else list(enumerate(book.pupils))
            if apart:
                self._count(period, self._one_by_one(apart, sheets), due=bool(due))

    def _one_by_one(
        self, pupils: Sequence[tuple[int, str]], sheets: Iterable[tuple[date, bytes]]
    ) -> Iterator[tuple[_Where, bytes]]:
        """Marks for which days are kept apart: of unsteady pupils, and where none are due."""
        for day, sheet in sheets:
            for place, pupil in pupils:
                mark = sheet[place : place + 1]
                if mark not in _NO_MARK:
                    yield self._where(pupil, day), mark

    def _where(self, pupil: str, day: date) -> _Where:
        for first, last, where in self._places.get(pupil, ()):
            if first <= day <= last:
                return where
        # Somebody whom the admission register does not know.
        who = pupil if self._grid.query.by == "pupil" else None
        return _Where(None, who, due=False, of_age=True, enrolment=None)

    def _count(self, period: int, found: Iterable[tuple[_Where, bytes]], *, due: bool) -> None:
        """Count marks of one period, given as places and columns."""
        line, edition = self._periods[period - 1]
        alike: dict[tuple[_Kind, bytes], int] = {}
        for where, column in found:
            key = where[:4], column
            alike[key] = alike.get(key, 0) + 1
            enrolment = where[4]
            if enrolment is not None:
                row = (line, None) if self._of_time else where[:2]
                of_row = self._enrolled[row]
                share = self._share(edition, where[3], column)
                of_row[enrolment] = of_row.get(enrolment, 0) + share
        for ((group, who, place_due, of_age), column), pupils in alike.items():
            row = (line if self._of_time else group), who
            readings, sums = self._readings[edition, of_age], self._sums[row]
            for code, n in self._histogram(column):
                if code in readings:
                    sums[readings[code].number] += n * pupils
            if due and place_due:
                self._entered[row] += (len(column) - column.count(0)) * pupils

    def _share(self, edition: int, of_age: bool, column: bytes) -> int:
        """Possible sessions and absences, as one number."""
        found = self._shares.get((edition, of_age, column))
        if found is None:
            readings = self._readings[edition, of_age]
            counted = [(readings[c], n) for c, n in self._histogram(column) if c in readings]
            found = sum(n * (_POSSIBLE * one.possible + one.absence) for one, n in counted)
            self._shares[edition, of_age, column] = found
        return found

    def _histogram(self, column: bytes) -> list[tuple[int, int]]:
        """How often each number of a code stands in a column."""
        found = self._histograms.get(column)
        if found is None:
            found = [(code, column.count(code)) for code in set(column) if code]
            self._histograms[column] = found
        return found

    # -- what came of it -------------------------------------------------------------------------

    def classes(self) -> Iterator[Counted]:
        """By class, and the marks entered where they were due."""
        for row, counted in self._sums.items():
            line, who = row
            for reading, n in counted.items():
                yield line, who, "class", reading, n
            yield line, who, "entered", None, self._entered[row]

    def absentees(self, shares: Mapping[str, int]) -> Iterator[Counted]:
        """By measure the enrolments that reach its share."""
        for row, enrolled in self._enrolled.items():
            parts = [divmod(share, _POSSIBLE) for share in enrolled.values()]
            for measure, percent in shares.items():
                n = sum(100 * absent >= percent * possible > 0 for possible, absent in parts)
                if n:
                    yield *row, measure, None, n


def _columns(
    width: int, pupils: Iterable[tuple[int, _Where]], sheets: Sequence[tuple[date, bytes]]
) -> Iterator[tuple[_Where, bytes]]:
    """The marks of each pupil who has any, cut out of the sheets laid one behind the other."""
    laid = b"".join(sheet.ljust(width, b"\0") for _, sheet in sheets)
    blank = bytes(len(sheets))
    for place, where in pupils:
        column = laid[place::width]
        if column != blank:
            yield where, column


def _places(grid: Grid) -> dict[str, list[tuple[date, date, _Where]]]:
    lines = {key: line for line, key in enumerate(grid.lines)} if _of_groups(grid) else {}
    by_pupil = grid.query.by == "pupil"
    found: dict[str, list[tuple[date, date, _Where]]] = {}
    for stretch, of_age in grid.pieces:
        line = lines.get(grid.key_of_stretch(stretch)) if lines else None
        pupil, period = stretch.pupil, stretch.period
        enrolment = None if period is None else (pupil, period)
        where = _Where(line, pupil if by_pupil else None, stretch.due, of_age, enrolment)
        found.setdefault(pupil, []).append((stretch.first, stretch.last, where))
    return found


def _of_groups(grid: Grid) -> bool:
    return grid.query.by not in {*OF_TIME, "school", "pupil"}


def _readings(
    editions: Editions, codes: Mapping[int, str]
) -> dict[tuple[int, bool], dict[int, _Reading]]:
    """By edition and age how each number counts; codes not in force there do not."""
    numbers = {code: number for number, code in codes.items()}
    found: defaultdict[tuple[int, bool], dict[int, _Reading]] = defaultdict(dict)
    for number, one in enumerate(editions.readings, start=1):
        if one.code.symbol in numbers:
            absence = one.code.statistical_class in ABSENCE
            reading = _Reading(number, one.code.in_possible, absence)
            found[one.edition, one.of_age][numbers[one.code.symbol]] = reading
    return found
