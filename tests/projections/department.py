"""What the tests of the Department's extracts share: a school of 2024/25, and its extracts."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from lxml import etree

import projections.extracts.department
from ledger.schools.calendar import Span, span_of_year
from projections.asof import AsOf, head
from projections.extracts.extract import Extract, Format, Question, Source
from tests.projections.world import Mark, World

HERE = Path(projections.extracts.department.__file__).parent
AUTUMN_TERM: dict[str, Any] = {"census": "spring", "year": 2025}
"""The census of January 2025: sessions from 1 August to 31 December 2024."""
SPRING_TERM: dict[str, Any] = {"census": "summer", "year": 2025}
SUMMER_TERM: dict[str, Any] = {"census": "autumn", "year": 2025}
"""The census of October 2025: 21 April to 25 May 2025, and apart 26 May to 31 July."""
UPN = "H801200001001"
BORN = {
    3: "2020-09-01",
    4: "2019-09-01",
    5: "2019-08-31",
    12: "2012-05-14",
    15: "2008-09-01",
    16: "2008-08-31",
}
"""Dates of birth by age on 31 August 2024: the last day of the year of birth, but for 12."""


def opened(world: World, **changes: Any) -> World:
    """A school with its days of 2024/25, and with the changes of its description."""
    world.describe(**changes)
    world.set_year(2024)
    return world


def enter(world: World, number: int, age: int = 12, **changes: Any) -> None:
    """Enter a name on the roll of 2024/25, of a pupil of that age on 31 August 2024."""
    told = {"starting_day": "2024-09-02", "date_of_birth": BORN[age], "surname": f"Pupil {number}"}
    world.enter(number, **told | changes)


def mark(world: World, number: int, marks: str, first: str = "2024-09-02") -> None:
    """Import a pupil's marks for consecutive half-days from a Monday on, weekends left out."""
    days = [day for day in Span(_day(first), _day("2025-07-31")).days() if day.weekday() < 5]
    halves = [(day.isoformat(), session) for day in days for session in ("AM", "PM")]
    pairs = zip(halves, marks.split(), strict=False)
    world.import_marks([(number, day, session, _as_mark(code)) for (day, session), code in pairs])


def asked(world: World, *others: World, **options: Any) -> Question:
    """A question about 2024/25."""
    urns = tuple(sorted(one.urn for one in (world, *others)))
    return Question(urns, span_of_year(2024), options)


def rows_of(
    world: World,
    extract: Extract,
    question: Question,
    position: int | None = None,
    instant: datetime | None = None,
) -> list[dict[str, Any]]:
    """The rows of an extract by the names of its columns."""
    names = [column.name for column in extract.columns]
    with world.database.reading() as connection:
        where = head(connection).position if position is None else position
        at = AsOf(where, instant or world.clock.now)
        rows = list(extract.rows(Source(connection, world.vault, at), question))
    return [dict(zip(names, row, strict=True)) for row in rows]


def document_of(world: World, extract: Extract, question: Question, form: Format = "xml") -> bytes:
    """A document that the extract's receiver defines."""
    [write] = [one.write for one in extract.documents if one.format == form]
    with world.database.reading() as connection:
        at = AsOf(head(connection).position, world.clock.now)
        return b"".join(write(Source(connection, world.vault, at), question))


def schema(name: str) -> etree.XMLSchema:
    """One of the schemas that stand beside the extracts."""
    return etree.XMLSchema(etree.parse(str(HERE / name)))


def by_pupil(world: World, rows: Sequence[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Rows by the number of their pupil; one row a pupil."""
    numbers = {world.pupil(number): number for number in range(100)}
    found = {numbers[row["pupil"]]: row for row in rows}
    assert len(found) == len(rows)
    return found


def texts(elements: Iterator[Any]) -> list[str]:
    """What elements hold."""
    return [element.text for element in elements]


def _day(text: str) -> Any:
    return datetime.fromisoformat(text).date()


def _as_mark(code: str) -> Mark:
    # The detail that these codes need.
    return {"code": code, "detail": "Swimming"} if code in ("B", "K", "Y7") else code
