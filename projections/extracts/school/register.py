"""`register`: the attendance register as it stood, one row for each pupil and session.

Written for registers of millions of marks: a piece of days is fetched while the one before is written,
and made into columns of a few keys, since one call of ours for each row would take longer than all the
rest of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any, Final, NamedTuple

from ledger.law.codes import Code
from ledger.schools.calendar import Span
from projections.births import births
from projections.classes import class_of
from projections.editions import Editions
from projections.extracts.ahead import ahead
from projections.extracts.columns import ITSELF, Keyed, Made, Same
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
from projections.extracts.school.standing import Reader, Said, Standing
from projections.people import Act, acts
from projections.sessions import Begun

MARKS_AT_ONCE: Final = 10_000
"""Marks in memory at a time, about; three times as many while pieces are fetched ahead."""


def _blocks(source: Source, question: Question) -> Iterator[Block]:
    for piece in ahead(_pieces(source, question)):
        yield from piece


def _pieces(source: Source, question: Question) -> Iterator[list[Block]]:
    """A block for each session, those of some days together."""
    pupil, counting = pupil_of(question), _Counting(question.span)
    for place in places(source, question):
        of_school = _OfSchool(source, place, Reader(source, place.urn, pupil), counting)
        for span in pieces(question.span, days_at_once(place.book, MARKS_AT_ONCE)):
            if found := of_school.blocks(span):
                yield found


def _rows(source: Source, question: Question) -> Iterator[Row]:
    for block in _blocks(source, question):
        yield from zip(*block, strict=True)


class Counts(NamedTuple):
    """How codes count on a day."""

    classes: Mapping[str | Said, str]
    """Of what an entry says, for pupils of compulsory school age."""
    by_age: frozenset[str]
    """Codes that count differently for others."""


class _OfSchool:
    """What is told of the entries of one school."""

    def __init__(self, source: Source, place: Place, reader: Reader, counting: "_Counting") -> None:
        self._source = source
        self._place = place
        self._reader = reader
        self._upns = Made(upns(source, place.book).get)
        self._begun = Begun(place.book.school, source.at.instant)
        self._said = [Made(partial(_member, at)) for at in range(len(Said._fields))]
        self._counting = counting

    def blocks(self, span: Span) -> list[Block]:
        """The columns of the sessions of some days."""
        found = self._reader.sessions(span)
        made = {act for standing in found for act in standing.acts}
        people = _People(acts(self._source.connection, made))
        return [self._block(standing, people) for standing in found]

    def _block(self, found: Standing, people: "_People") -> Block:
        day, session, pupils, said, positions, acted = found
        rows = len(positions)
        code, original, amended, detail, arrived_at = (Keyed(said, one) for one in self._said)
        return (
            Same(self._place.urn, rows),
            Same(self._place.laestab, rows),
            Keyed(pupils, ITSELF),
            Keyed(pupils, self._upns),
            Same(day, rows),
            Same(session, rows),
            code,
            self._counted(found),
            original,
            amended,
            detail,
            arrived_at,
            Keyed(acted, people.recorded_at),
            Keyed(acted, people.name),
            Keyed(acted, people.position),
            positions,
            Same(not self._begun(day, session), rows),
        )

    def _counted(self, found: Standing) -> Sequence[Any]:
        """How each code counts on the day; in 2020 to 2022 also by the age of the pupil."""
        day, source = found.day, self._source
        classes, by_age = self._counting.on(day)
        codes = list(Keyed(found.said, self._said[0])) if by_age else []
        if by_age.isdisjoint(codes):
            return Keyed(found.said, classes)
        marks = list(zip(found.pupils, codes, strict=True))
        whose = {pupil for pupil, code in marks if code in by_age}
        born = births(source.connection, source.vault, self._place.urn, whose, source.at)
        return [class_of(code, day, born.get(pupil)) for pupil, code in marks]


class _Counting:
    """How codes count over some days: for pupils of compulsory school age, and which ask for an age."""

    def __init__(self, span: Span) -> None:
        self._editions = Editions(span.first, span.last)
        codes: dict[tuple[int, bool], dict[str, Code]] = {}
        for code, edition, of_age in self._editions.readings:
            codes.setdefault((edition, of_age), {})[code.symbol] = code
        self._tables: dict[int, Counts] = {}
        for edition in {edition for edition, _ in codes}:
            usual, other = codes[edition, True], codes[edition, False]
            by_age = frozenset(symbol for symbol in usual if usual[symbol] is not other[symbol])
            self._tables[edition] = Counts(Made(partial(_class, usual)), by_age)

    def on(self, day: date) -> Counts:
        """What holds on a day of these."""
        return self._tables[self._editions.number(day)]


class _People:
    """What is told of each act."""

    def __init__(self, found: Mapping[int, Act]) -> None:
        self.recorded_at = {act: one.recorded_at for act, one in found.items()}
        self.name = {act: one.by.name for act, one in found.items()}
        self.position = {act: one.by.position for act, one in found.items()}


def _class(codes: Mapping[str, Code], said: str | Said) -> str:
    return codes[_member(0, said)].statistical_class


def _member(at: int, said: str | Said) -> Any:
    """A member of what an entry says, where it says nothing but its code too."""
    return (Said(said, said, False, None, None) if isinstance(said, str) else said)[at]


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
