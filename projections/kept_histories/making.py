"""Making: a school's year is read at once, told child by child, and kept.

Rows are made of the log alone.  Made of a log that has gained since, they are not read until they are made
again; so nothing has to be held while they are made, and it may end anywhere.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache, partial
from itertools import chain, islice
from struct import unpack
from typing import Any, Final, NamedTuple

from ledger.schools.calendar import Span, span_of_year
from ledger.store.database import Connection
from ledger.store.settled_years import indexed_by_pupil
from projections import history_texts
from projections.kept_histories.form import APART_MAX, FORM, Columns, packed, packed_slots
from projections.people import said_in
from projections.statements import fetch, statements
from projections.stored import BARE_BYTES_MAX

PUPILS_AT_ONCE: Final = 100
"""That are kept in one transaction."""
_SQL: Final = statements("kept_histories/keeping")
_SCHOOLS: Final = statements("sheets/keeping")["schools"]


class SchoolYear(NamedTuple):
    """What is made at once."""

    school: int
    year: int


class _Gained(NamedTuple):
    """What the log holds of a child's year, columns in its order."""

    pupil: Any
    positions: bytes
    acts: bytes
    slots: bytes
    listed: str
    """Line by line what entries say; nothing of an entry that is told from the log."""

    def rows(self) -> Iterator[tuple[int, int, int, str]]:
        """Position, act and slot of each mark, and what it says."""
        said = self.listed.split("\n")
        columns = (self._numbers(self.positions), self._numbers(self.acts))
        return zip(*columns, unpack(f">{len(said)}h", self.slots), said, strict=True)

    def of_acts(self) -> tuple[int, ...]:
        """The acts of all marks."""
        return self._numbers(self.acts)

    @staticmethod
    def _numbers(column: bytes) -> tuple[int, ...]:
        return unpack(f">{len(column) // 8}q", column)


class _Kept(NamedTuple):
    """A row."""

    pupil: Any
    marks: int
    position: int
    apart: bytes
    told: bytes


def due(connection: Connection) -> list[SchoolYear]:
    """The settled years of schools that were not made yet, or of which the log has gained marks since."""
    return [one for year in indexed_by_pupil(connection) for one in _due(connection, year)]


def held(connection: Connection) -> list[SchoolYear]:
    """All settled years of schools."""
    return [
        SchoolYear(school, year)
        for year in indexed_by_pupil(connection)
        for school in _schools(connection, year)
    ]


def forget(connection: Connection) -> None:
    """Remove what is kept of years that the log does not hold any more."""
    years = {"years": indexed_by_pupil(connection)}
    with connection.transaction():
        connection.execute(_SQL["forget"], years)
        connection.execute(_SQL["forget_years"], years)


def keep(connection: Connection, of: SchoolYear, between: Callable[[], None] = lambda: None) -> int:
    """Make what is kept of a school's year, of so many marks.

    `between` is called child by child, and may raise to end it.  The connection must not be in a transaction.
    """
    # First, so that what comes meanwhile is after it.
    [(position,)] = fetch(connection, _SQL["head"], {})
    span = span_of_year(of.year)
    asked = {"school": of.school, "bare": BARE_BYTES_MAX, **_days(span)}
    found = connection.execute(_SQL["marks"], asked, prepare=False, binary=True).fetchall()
    gained = list(map(_Gained._make, found))
    made = _each(gained, _acts(connection, of.school, gained), between)
    stored = {"school": of.school, "year": of.year, "form": FORM}
    while some := list(islice(made, PUPILS_AT_ONCE)):
        names = ("pupils", "marks", "positions", "aparts", "tolds")
        columns = dict(zip(names, map(list, zip(*some, strict=True)), strict=True))
        connection.execute(_SQL["put"], stored | columns, prepare=False)
    connection.execute(_SQL["put_year"], stored | {"position": position})
    return sum(len(one.of_acts()) for one in gained)


def _due(connection: Connection, year: int) -> Iterator[SchoolYear]:
    schools = _schools(connection, year)
    made = dict(fetch(connection, _SQL["made"], {"year": year, "form": FORM}))
    after = _days(span_of_year(year)) | {"after": min(made.values(), default=0)}
    gained = dict(fetch(connection, _SQL["gained"], after)) if made else {}
    for school in schools:
        if school not in made or gained.get(school, 0) > made[school]:
            yield SchoolYear(school, year)


def _schools(connection: Connection, year: int) -> list[int]:
    return [school for (school,) in fetch(connection, _SCHOOLS, _days(span_of_year(year)))]


def _days(span: Span) -> dict[str, date]:
    return {"first": span.first, "last": span.last}


class _Act(NamedTuple):
    """What entries say of the act they were made under."""

    written_at: str
    behind: str


def _acts(connection: Connection, school: int, gained: Iterable[_Gained]) -> Mapping[int, _Act]:
    wanted = set(chain.from_iterable(one.of_acts() for one in gained))
    # Thousands of numbers are written out in a tenth of the time that the driver takes over a list.
    asked = {"positions": f"{{{','.join(map(str, wanted))}}}"}
    found = connection.execute(_SQL["acts"], asked, prepare=False, binary=True).fetchall()
    said_of_each = said_in(state for *_, state in found)
    behind = cache(partial(history_texts.behind_instant, f"{school:06d}"))
    return {
        position: _Act(written_at, behind(said, client))
        for (position, client, _), (said, written_at) in zip(found, said_of_each, strict=True)
    }


def _each(
    gained: Iterable[_Gained], acts: Mapping[int, _Act], between: Callable[[], None]
) -> Iterator[_Kept]:
    for one in gained:
        rows = list(one.rows())
        apart = {slot for _, _, slot, said in rows if not said}
        if len(apart) <= APART_MAX:
            told = packed(_columns((row for row in rows if row[2] not in apart), acts))
            yield _Kept(one.pupil, len(rows), rows[-1][0], packed_slots(apart), told)
        between()


def _columns(rows: Iterable[tuple[int, int, int, str]], acts: Mapping[int, _Act]) -> Columns:
    every = [(position, slot, said, *acts[act]) for position, act, slot, said in rows]
    return Columns(*zip(*every, strict=True)) if every else Columns((), (), (), (), ())
