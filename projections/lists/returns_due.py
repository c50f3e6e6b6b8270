"""Returns to the local authority that fall due (SI 2024/208 reg 13): ten-day absence, and illness.

Both are for pupils of compulsory school age; the list says of each whether that is so, and hides
nobody.  The sickness return is due as soon as the school believes that the days will be missed: here are
those of whom it recorded such a belief, who have reached the days, or who come `near`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Final, Literal, NamedTuple

from ledger.authority_returns.returns import Illness, sickness_return_due
from ledger.authority_returns.returns_sent import ReturnName, Sent, latest_of_each
from ledger.schools.calendar import LONDON, Span
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.births import births
from projections.lists.ages import always_of_age
from projections.returns import Absent, SchoolSessions, absences, illness
from projections.school import Book

Kind = Literal["attendance", "sickness"]

_ATTENDANCE: Final[ReturnName] = "la-attendance-return"
_SICKNESS: Final[ReturnName] = "la-sickness-return"


@dataclass(frozen=True, slots=True)
class ReturnsQuery:
    """Sessions of these days; `near` lists those as well who lack so many days of illness."""

    span: Span
    near: int = 0


class ReturnDue(NamedTuple):
    """One pupil whom a return is due about, or nearly."""

    pupil: str
    kind: Kind
    due: bool
    since: date | None
    """The school day on which it fell due."""
    first: date
    """The first day of the absence; of illness, the first day counted."""
    last: date
    school_days: int
    has_late: bool = False
    """Whether U is among the codes: the pupil was in school for part of it, so a person should look
    (convention)."""
    of_compulsory_school_age: bool | None = None
    on_roll: bool = False
    """Whether the name is on the roll at the instant of the view."""
    sent_on: date | None = None
    """The day on which the return about it was last sent; None where none is recorded."""
    sent_position: int | None = None
    """The position of the log at which that was recorded."""


def returns_due(
    connection: Connection, book: Book, query: ReturnsQuery, at: AsOf, vault: Vault
) -> list[ReturnDue]:
    """Attendance returns by the day they fell due, then sickness returns, those with most days first.

    An absence may run from one academic year into the next; illness is counted in each by itself.
    """
    sessions = SchoolSessions(book, query.span, at)
    rows = [
        *sorted(_of_absence(connection, sessions, at), key=lambda row: (row.since, row.pupil)),
        *sorted(
            _of_illness(connection, sessions, at, query.near),
            key=lambda row: (-row.school_days, row.pupil, row.first),
        ),
    ]
    born = births(connection, vault, book.urn, {row.pupil for row in rows}, at)
    today = at.instant.astimezone(LONDON).date()
    return [
        row._replace(
            of_compulsory_school_age=always_of_age(born, row.pupil, [row.since or row.last]),
            on_roll=row.pupil in book.roll and book.roll[row.pupil].on(today),
        )
        for row in rows
    ]


def _of_absence(connection: Connection, sessions: SchoolSessions, at: AsOf) -> Iterator[ReturnDue]:
    """The runs that bring a pupil on the attendance return."""
    for pupil, of in groupby(absences(connection, sessions, at), key=attrgetter("pupil")):
        found = list(of)
        days = [(one.run.first[0], one.run.last[0]) for one in found]
        sent, _ = latest_of_each(sessions.book.returns.about(pupil, _ATTENDANCE, "ten-days"), days)
        for one, before in zip(found, sent, strict=True):
            yield _absence(one, before)


def _absence(one: Absent, sent: Sent | None) -> ReturnDue:
    return ReturnDue(
        one.pupil,
        "attendance",
        due=True,
        since=one.due_since,
        first=one.run.first[0],
        last=one.run.last[0],
        school_days=len(one.run.school_days),
        has_late=one.run.has_late,
        sent_on=sent.event.sent_on if sent else None,
        sent_position=sent.position if sent else None,
    )


def _of_illness(
    connection: Connection, sessions: SchoolSessions, at: AsOf, near: int
) -> Iterator[ReturnDue]:
    """Who has missed enough days of a school year by illness or is believed to, or lacks no more than `near`.

    One row a school year; sent is what was sent about the latest illness of which the return is due.
    """
    ill = illness(connection, sessions, at, near)
    for (pupil, _), of in groupby(ill, key=lambda one: (one.pupil, one.year)):
        found = [one.illness for one in of]
        days = [day for one in found for day in one.days]
        due = [one for one in found if one.due_since is not None]
        if due or (days and sickness_return_due(len(days), near, days[-1])):
            yield _illness(sessions.book, pupil, found, due)


def _illness(book: Book, pupil: str, found: Sequence[Illness], due: Sequence[Illness]) -> ReturnDue:
    spans = [(one.first, one.last) for one in due]
    sent, _ = latest_of_each(book.returns.about(pupil, _SICKNESS), spans)
    latest = sent[-1] if sent else None
    days = [day for one in found for day in one.days]
    return ReturnDue(
        pupil,
        "sickness",
        due=bool(due),
        since=min((one.due_since for one in due if one.due_since), default=None),
        first=days[0] if days else found[0].first,
        last=days[-1] if days else found[-1].last,
        school_days=len(days),
        sent_on=latest.event.sent_on if latest else None,
        sent_position=latest.position if latest else None,
    )
