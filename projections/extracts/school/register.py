"""`register`: the attendance register as it stood, one row for each pupil and session.

Written for registers of millions of marks: a piece of days is fetched at a time and made into columns by
look-ups alone, since one call of ours for each row would take longer than all the rest of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from ledger.schools.calendar import SESSIONS
from projections.births import births
from projections.classes import class_of, depends_on_age
from projections.extracts.extract import Block, Column, Extract, Question, Row, Source
from projections.extracts.school.common import (
    DATE,
    LAESTAB,
    OF_PUPIL,
    PUPIL,
    SESSION,
    UPN,
    URN,
    Place,
    days_at_once,
    pieces,
    places,
    pupil_of,
    upns,
)
from projections.people import acts
from projections.register import RegisterQuery, StandingColumns, details, standing_columns
from projections.sessions import Begun

MARKS_AT_ONCE: Final = 20_000
"""Marks in memory at a time, about."""


def _blocks(source: Source, question: Question) -> Iterator[Block]:
    pupil = pupil_of(question)
    for place in places(source, question):
        numbers = upns(source, place.book)
        begun = Begun(place.book.school, source.at.instant)
        for span in pieces(question.span, days_at_once(place.book, MARKS_AT_ONCE)):
            query = RegisterQuery(place.urn, span.first, span.last, pupil=pupil)
            if found := standing_columns(source.connection, query, source.at):
                yield _block(source, place, numbers, found, begun)


def _rows(source: Source, question: Question) -> Iterator[Row]:
    for block in _blocks(source, question):
        yield from zip(*block, strict=True)


def _block(
    source: Source,
    place: Place,
    numbers: Mapping[str, str],
    found: StandingColumns,
    begun: Begun,
) -> Block:
    """The columns of some entries: each is looked up as a whole, by what was asked once."""
    made, positions = found.act, found.position
    people = acts(source.connection, made)
    said = details(source.connection, place.urn, found.special(), source.vault)
    rows = len(positions)
    return (
        [place.urn] * rows,
        [place.laestab] * rows,
        found.pupil,
        list(map(numbers.get, found.pupil)),
        found.day,
        list(map(SESSIONS.__getitem__, found.half)),
        found.code,
        _classes(source, place.urn, found),
        found.original,
        list(map(bool, found.revision)),
        _said(said, positions, "detail"),
        _said(said, positions, "arrived_at"),
        _of_acts(made, {act: one.recorded_at for act, one in people.items()}),
        _of_acts(made, {act: one.by.name for act, one in people.items()}),
        _of_acts(made, {act: one.by.position for act, one in people.items()}),
        positions,
        _planned(found.day, found.half, begun),
    )


def _of_acts(made: Sequence[int], told: Mapping[int, Any]) -> list[Any]:
    return list(map(told.__getitem__, made))


def _said(said: Mapping[int, Mapping[str, Any]], positions: Sequence[int], name: str) -> list[Any]:
    """What some of the entries hold beside their code."""
    by_position = {position: fields.get(name) for position, fields in said.items()}
    return list(map(by_position.get, positions))


def _planned(days: Sequence[date], halves: Sequence[int], begun: Begun) -> list[bool]:
    """Whether each entry was made ahead of its session: rows come by day, so the last tells of all."""
    if days[-1] < begun.today:
        return [False] * len(days)
    return [not begun(day, SESSIONS[half]) for day, half in zip(days, halves, strict=True)]


def _classes(source: Source, urn: str, found: StandingColumns) -> list[str]:
    """How each code counts on its day; in 2020 to 2022 also by the age of the pupil."""
    marks = list(zip(found.code, found.day, strict=True))
    distinct = set(marks)
    by_age = {mark for mark in distinct if depends_on_age(*mark)}
    if not by_age:
        classes = {mark: class_of(*mark, None) for mark in distinct}
        return list(map(classes.__getitem__, marks))
    whose = {pupil for pupil, mark in zip(found.pupil, marks, strict=True) if mark in by_age}
    born = births(source.connection, source.vault, urn, whose, source.at)
    return [
        class_of(*mark, born.get(pupil)) for pupil, mark in zip(found.pupil, marks, strict=True)
    ]


REGISTER: Final = Extract(
    name="register",
    version="1.0",
    title="Attendance register as it stood",
    receiver="School office, auditors",
    reference="SI 2024/208 reg 10; columns are a convention",
    columns=(
        URN,
        LAESTAB,
        PUPIL,
        UPN,
        DATE,
        SESSION,
        Column("code", "code", "The code that stands."),
        Column("counts_as", "code", "Statistical class of the code on that day."),
        Column("original", "code", "The code first entered."),
        Column("amended", "flag", "Whether the entry was amended."),
        Column("detail", "text", "What was entered beside the code; blank where it was erased."),
        Column("arrived_at", "text", "Local time of arrival, HH:MM."),
        Column("recorded_at", "instant", "When the entry that stands was recorded."),
        Column("by_name", "text", "Who made the entry that stands."),
        Column("by_position", "text", "That person's position."),
        Column("log_position", "integer", "Position in the log of the entry that stands."),
        Column("planned", "flag", "Entered ahead of its session, which had not begun."),
    ),
    rows=_rows,
    options=(OF_PUPIL,),
    particulars=True,
    key=("urn", "pupil", "date", "session"),
    blocks=_blocks,
)
