"""`register-history`: every entry and amended entry, with the leaf by which its row can be verified."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final, NamedTuple

from ledger.registers import attendance
from ledger.schools import calendar
from ledger.schools.calendar import SESSIONS, Span
from ledger.store.vault import scope_of
from projections.extracts.extract import Column, Document, Extract, Question, Row, Source
from projections.extracts.school.common import (
    DATE,
    LAESTAB,
    OF_PUPIL,
    PUPIL,
    SESSION,
    URN,
    Place,
    days_at_once,
    pieces,
    places,
    pupil_of,
)
from projections.extracts.school.history_page import pages
from projections.people import acts
from projections.statements import fetch, statements
from projections.stored import Opened, bare, is_sealed, opened, parsed

MARKS_AT_ONCE: Final = 20_000
"""Marks in memory at a time, about."""

_SQL: Final = statements("extracts/school/register_history")
_NOTHING_MORE: Final = Opened({}, ())


class _Revision(NamedTuple):
    """An entry or amended entry, as it is stored."""

    day: Any
    half: int
    pupil: str
    code: str
    revision: int
    replaced: str | None
    position: int
    act: int
    state: bytes
    leaf: str


def _rows(source: Source, question: Question) -> Iterator[Row]:
    pupil = pupil_of(question)
    for place in places(source, question):
        days = days_at_once(place.book, MARKS_AT_ONCE)
        for span in pieces(question.span, days):
            yield from _written(source, place, _revisions(source, place, span, pupil))


def _revisions(source: Source, place: Place, span: Span, pupil: str | None) -> list[_Revision]:
    asked = {
        "school": int(place.urn),
        "first": span.first,
        "last": span.last,
        "position": source.at.position,
        "pupil": pupil,
    }
    name = "of_school" if pupil is None else "of_pupil"
    return list(map(_Revision._make, fetch(source.connection, _SQL[name], asked)))


def _written(source: Source, place: Place, found: Sequence[_Revision]) -> Iterator[Row]:
    people = acts(source.connection, (row.act for row in found))
    more = _opened(source, place.urn, found)
    for row in found:
        act = people[row.act]
        held = more.get(row.position, _NOTHING_MORE)
        said = held.fields
        yield (
            place.urn,
            place.laestab,
            row.pupil,
            row.day,
            SESSIONS[row.half],
            row.revision,
            row.replaced,
            row.code,
            said.get("reason"),
            said.get("detail"),
            said.get("rule"),
            said.get("entered_at"),
            act.recorded_at,
            act.by.name,
            act.by.position,
            row.position,
            row.leaf,
            bool(held.erased),
        )


def _opened(source: Source, urn: str, found: Sequence[_Revision]) -> dict[int, Opened]:
    """By position what an entry holds besides its code, opened as far as it can be."""
    fields = {row: parsed(row.state) for row in found if row.state != bare(row.code)}
    streams = {
        row: attendance.stream(urn, row.pupil, calendar.academic_year(row.day)) for row in fields
    }
    sealed = {scope_of(streams[row]) for row in fields if any(map(is_sealed, fields[row].values()))}
    keys = source.vault.load_keys(source.connection, sealed)
    return {
        row.position: opened(
            streams[row],
            calendar.version(row.day, SESSIONS[row.half], row.revision),
            stored,
            keys,
        )
        for row, stored in fields.items()
    }


_COLUMNS: Final = (
    URN,
    LAESTAB,
    PUPIL,
    DATE,
    SESSION,
    Column("revision", "integer", "0 is the original entry, 1 the first amended entry."),
    Column("from", "code", "The code that was amended; blank for an original entry."),
    Column("code", "code", "The code entered."),
    Column("reason", "text", "Why the entry was amended; blank where it was erased."),
    Column("detail", "text", "What was entered beside the code; blank where it was erased."),
    Column("rule", "text", "The school's own rule that amended it, if it was no person."),
    Column("entered_at", "text", "When it was entered in another system, as that claims."),
    Column("recorded_at", "instant", "When it was recorded."),
    Column("by_name", "text", "Whose entry it is."),
    Column("by_position", "text", "That person's position."),
    Column("log_position", "integer", "Position in the log."),
    Column("leaf_hash", "text", "Leaf of the row in the log, hexadecimal."),
    Column("erased", "flag", "Whether something was entered that cannot be read any more."),
)
REGISTER_HISTORY: Final = Extract(
    name="register-history",
    version="1.0",
    title="Every entry and amended entry of the attendance register",
    receiver="Auditors, tribunals, courts",
    reference="SI 2024/208 reg 6; columns are a convention",
    columns=_COLUMNS,
    rows=_rows,
    options=(OF_PUPIL,),
    documents=(Document("html", partial(pages, _rows, tuple(column.name for column in _COLUMNS))),),
    key=("urn", "pupil", "date", "session", "revision"),
)
