"""Reading: what is kept of a child, where it is what the log says.

The log only grows: a year is as it was made where the log holds as many marks of it as then.  They are
counted in the snapshot that is read, so that nothing has to be told to the view when a mark is appended.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final, NamedTuple

from ledger.schools import calendar
from ledger.store.database import Connection
from projections.history_events import Written
from projections.history_marks import Place
from projections.kept_histories.form import FORM, unpacked, unpacked_slots
from projections.statements import fetch, statements

_SQL: Final = statements("kept_histories/reading")


class Kept(NamedTuple):
    """A child's year at one school."""

    school: int
    year: int
    apart: list[Place]
    """Where the entries are that the log tells."""
    told: bytes
    """The others, as they are stored."""

    def entries(self) -> Iterator[tuple[int, Written]]:
        """In the order of the log, with their positions."""
        return unpacked(self.told, self.year)


def read(
    connection: Connection, years: Collection[tuple[int, int]], asked: Mapping[str, Any]
) -> dict[tuple[int, int], Kept]:
    """What is kept of these schools' years, `asked` being pupil and position."""
    if not years:
        return {}
    schools, numbers = (sorted(set(column)) for column in zip(*years, strict=True))
    wanted = {**asked, "schools": schools, "years": numbers, "form": FORM}
    # Planned once a connection: it is found by its key, whatever is asked.
    rows = connection.execute(_SQL["kept"], wanted, prepare=True, binary=True).fetchall()
    return {(school, year): _kept(school, year, *row) for school, year, *row in rows}


def of_school(connection: Connection, school: int, position: int) -> Iterator[tuple[str, Kept]]:
    """What is read of a school's pupils at a position, pupil by pupil and year by year."""
    asked = {"school": school, "position": position, "form": FORM}
    for pupil, year, *row in fetch(connection, _SQL["of_school"], asked, binary=True):
        yield pupil, _kept(school, year, *row)


def _kept(school: int, year: int, apart: bytes, told: bytes) -> Kept:
    places = [
        Place(school, calendar.session_of_slot(year, slot)[0], slot % 2)
        for slot in unpacked_slots(apart)
    ]
    return Kept(school, year, places, told)
