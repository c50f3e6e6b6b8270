"""Half-days that are possible sessions at two schools: never right, and never put right by itself.

A pupil of two schools has a mark at the one where the session was due, and D at the other; D counts
nowhere.  Two marks that both count are shown to both schools (convention).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from ledger import events
from ledger.admissions import admission
from ledger.admissions.admission import NameDeleted, NameEntered, ParticularsAmended
from ledger.admissions.roll import OnRoll, Roll
from ledger.law.codes import last_counted
from ledger.schools.calendar import Session, Span
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.marks import StandingMark, of_pupils
from projections.school import Book
from projections.sessions import Begun
from projections.statements import fetch, statements
from projections.stored import parsed

_SQL: Final = statements("lists/two_schools")

Rolls = Mapping[str, Roll]
"""By school."""


@dataclass(frozen=True, slots=True)
class TwoSchoolsQuery:
    """Sessions of these days."""

    span: Span


class PossibleTwice(NamedTuple):
    """One half-day with a mark in possible sessions here and another elsewhere."""

    pupil: str
    day: date
    session: Session
    code: str
    other_school: str
    other_code: str | None
    """None where whoever looks does not see the other school."""
    position: int
    """Position of the mark at this school."""


def two_possible_sessions(
    connection: Connection, book: Book, query: TwoSchoolsQuery, at: AsOf
) -> list[PossibleTwice]:
    """Half-days possible at this school and at another, by session, pupil and other school.

    Looked for among pupils whose name is in both admission registers at some time of the span.
    """
    elsewhere = _elsewhere(connection, book, at)
    shared = {
        urn: pupils
        for urn, roll in elsewhere.items()
        if (pupils := [p for p in roll if _both_within(book.roll[p], roll[p], query.span)])
    }
    both = {pupil for pupils in shared.values() for pupil in pupils}
    begun = Begun(book.school, at.instant)
    here = {
        (mark.day, mark.session, mark.pupil): mark
        for mark in _possible(connection, book.urn, both, query.span, at)
        if begun(mark.day, mark.session)
    }
    found = [
        PossibleTwice(
            mark.pupil, mark.day, mark.session, here[key].code, urn, mark.code, here[key].position
        )
        for urn, theirs in shared.items()
        for mark in _possible(connection, urn, theirs, query.span, at)
        if (key := (mark.day, mark.session, mark.pupil)) in here
    ]
    return sorted(found, key=lambda one: (one.day, one.session, one.pupil, one.other_school))


def _elsewhere(connection: Connection, book: Book, at: AsOf) -> Rolls:
    """The rolls of other schools, as far as they hold pupils of this one."""
    asked = {"school": int(book.urn), "pupils": list(book.roll), "position": at.position}
    rolls: defaultdict[str, Roll] = defaultdict(dict)
    for school, pupil, _, stream, version, topic, state in fetch(
        connection, _SQL["registers_elsewhere"], asked
    ):
        event = events.read(stream, version, topic, parsed(state))
        assert isinstance(event, NameEntered | ParticularsAmended | NameDeleted)
        admission.apply(rolls[f"{school:06d}"], pupil, event)
    return rolls


def _both_within(one: OnRoll, other: OnRoll, span: Span) -> bool:
    """Whether some day of the span lies in a period on the roll of each."""
    return any(
        max(first, begun, span.first) <= span.last
        and (last is None or max(begun, span.first) < last)
        and (ended is None or max(first, span.first) < ended)
        for first, last in one.periods
        for begun, ended in other.periods
    )


def _possible(
    connection: Connection, urn: str, pupils: Collection[str], span: Span, at: AsOf
) -> list[StandingMark]:
    """The marks of some pupils that stand and count in possible sessions.

    X of 2020 to 2022 counts as for a pupil of compulsory school age.
    """
    marks = of_pupils(connection, urn, pupils, span, at)
    return [m for m in marks if (code := last_counted(m.code, m.day)) and code.in_possible]
