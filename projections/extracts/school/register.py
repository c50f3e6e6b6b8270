"""`register`: the attendance register as it stood, one row for each pupil and session.

Written for registers of millions of marks: a piece of days is fetched while the one before is written,
and made into columns by look-ups alone, since one call of ours for each row would take longer than all the
rest of it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final

from ledger.schools.calendar import SESSIONS
from projections.births import births
from projections.classes import class_of, depends_on_age
from projections.extracts.ahead import ahead
from projections.extracts.columns import Keyed, Same
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
from projections.people import Act, acts
from projections.register import RegisterQuery, StandingSession, details, standing_sessions
from projections.sessions import Begun

MARKS_AT_ONCE: Final = 10_000
"""Marks in memory at a time, about; three times as many while pieces are fetched ahead."""
_NOTHING: Final[Mapping[str, Any]] = {}


def _blocks(source: Source, question: Question) -> Iterator[Block]:
    for piece in ahead(_pieces(source, question)):
        yield from piece


def _pieces(source: Source, question: Question) -> Iterator[list[Block]]:
    """A block for each session, those of some days together."""
    pupil = pupil_of(question)
    for place in places(source, question):
        of_school = _OfSchool(source, place)
        for span in pieces(question.span, days_at_once(place.book, MARKS_AT_ONCE)):
            query = RegisterQuery(place.urn, span.first, span.last, pupil=pupil)
            if found := standing_sessions(source.connection, query, source.at):
                yield of_school.blocks(found)


def _rows(source: Source, question: Question) -> Iterator[Row]:
    for block in _blocks(source, question):
        yield from zip(*block, strict=True)


class _OfSchool:
    """What is told of the entries of one school."""

    def __init__(self, source: Source, place: Place) -> None:
        self._source = source
        self._place = place
        pupils = dict.fromkeys(place.book.places)
        self._upns = _Known(pupils | upns(source, place.book))
        self._begun = Begun(place.book.school, source.at.instant)
        self._classes: dict[date, _Classes] = {}

    def blocks(self, found: Sequence[StandingSession]) -> list[Block]:
        """The columns of some sessions, looked up in what is asked once for all of them."""
        source = self._source
        made = {act for session in found for act in session.act}
        people = _People(acts(source.connection, made))
        special = [row for session in found if session.more for row in session.special()]
        said = details(source.connection, self._place.urn, special, source.vault)
        return [self._block(session, people, said) for session in found]

    def _block(
        self, found: StandingSession, people: "_People", said: Mapping[int, Mapping[str, Any]]
    ) -> Block:
        rows = len(found.position)
        amended = found.original is not found.code
        session = SESSIONS[found.half]
        return (
            Same(self._place.urn, rows),
            Same(self._place.laestab, rows),
            found.pupil,
            Keyed(found.pupil, self._upns),
            Same(found.day, rows),
            Same(session, rows),
            found.code,
            self._counted(found),
            found.original,
            list(map(bool, found.revision)) if amended else Same(False, rows),
            _said(said, found, "detail"),
            _said(said, found, "arrived_at"),
            Keyed(found.act, people.recorded_at),
            Keyed(found.act, people.name),
            Keyed(found.act, people.position),
            found.position,
            Same(not self._begun(found.day, session), rows),
        )

    def _counted(self, found: StandingSession) -> Sequence[Any]:
        """How each code counts on the day; in 2020 to 2022 also by the age of the pupil."""
        day = found.day
        if not any(depends_on_age(code, day) for code in set(found.code)):
            return Keyed(found.code, self._classes.setdefault(day, _Classes(day)))
        source, marks = self._source, list(zip(found.pupil, found.code, strict=True))
        whose = {pupil for pupil, code in marks if depends_on_age(code, day)}
        born = births(source.connection, source.vault, self._place.urn, whose, source.at)
        return [class_of(code, day, born.get(pupil)) for pupil, code in marks]


class _Known(dict[Any, Any]):
    """A table that says nothing of what it does not know."""

    def __missing__(self, key: Any) -> None:
        return None


class _Classes(dict[str, str]):
    """How codes count on a day on which none depends on age."""

    def __init__(self, day: date) -> None:
        super().__init__()
        self._day = day

    def __missing__(self, code: str) -> str:
        made = self[code] = class_of(code, self._day, None)
        return made


class _People:
    """What is told of each act."""

    def __init__(self, found: Mapping[int, Act]) -> None:
        self.recorded_at = {act: one.recorded_at for act, one in found.items()}
        self.name = {act: one.by.name for act, one in found.items()}
        self.position = {act: one.by.position for act, one in found.items()}


def _said(
    said: Mapping[int, Mapping[str, Any]], found: StandingSession, name: str
) -> Sequence[Any]:
    """What some of the entries hold beside their code."""
    by_position = {at: value for at in found.more if (value := said.get(at, _NOTHING).get(name))}
    if not by_position:
        return Same(None, len(found.position))
    return list(map(by_position.get, found.position))


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
