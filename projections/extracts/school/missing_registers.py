"""`missing-registers`: registers of sessions that were held and are not taken, or only partly."""

from collections.abc import Iterator
from typing import Final

from projections.extracts.extract import Column, Extract, Question, Row, Source
from projections.extracts.school.common import DATE, LAESTAB, SESSION, URN, places
from projections.lists.registers import RegistersQuery, registers
from projections.sessions import held

_MISSING: Final = frozenset({"not_taken", "partly_taken"})


def _rows(source: Source, question: Question) -> Iterator[Row]:
    span = question.span
    for place in places(source, question):
        sessions = held(place.book.school, span.first, span.last)
        for day in dict.fromkeys(day for day, _ in sessions):
            for one in registers(source.connection, place.book, RegistersQuery(day), source.at):
                if one.state in _MISSING:
                    yield (
                        place.urn,
                        place.laestab,
                        one.day,
                        one.session,
                        one.registration_group,
                        one.state,
                        one.due,
                        one.marked,
                        one.missing,
                        one.first_entry_at,
                        one.last_entry_at,
                    )


MISSING_REGISTERS: Final = Extract(
    name="missing-registers",
    version="1.0",
    title="Registers that are not taken, or only partly",
    receiver="School office",
    reference="SI 2024/208 reg 10(1); columns are a convention",
    columns=(
        URN,
        LAESTAB,
        DATE,
        SESSION,
        Column("registration_group", "text", "Blank for the pupils without one."),
        Column("state", "code", "not_taken or partly_taken."),
        Column("due", "integer", "Pupils of whom a mark is due."),
        Column("marked", "integer", "Of them those with an entry."),
        Column("missing", "integer", "Of them those without."),
        Column("first_entry_at", "instant", "When the first entry was recorded since it opened."),
        Column("last_entry_at", "instant", "When the last one was."),
    ),
    rows=_rows,
    key=("urn", "date", "session", "registration_group"),
)
