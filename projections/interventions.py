"""Legal intervention as it stood: penalty notices, notices to improve, contracts, decisions to consider."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from ledger.intervention import issued_notices
from ledger.intervention.considerations import PenaltyConsidered
from ledger.intervention.improvement import (
    AttendanceContractEnded,
    AttendanceContractMade,
    NoticeToImproveEnded,
    NoticeToImproveGiven,
)
from ledger.intervention.interventions import Kind
from ledger.intervention.issued_notices import PenaltyNoticeIssued, payment_of
from ledger.intervention.penalty_notices import counts_until
from ledger.store.database import Connection
from ledger.store.vault import Keys, Vault, scope_of
from projections.asof import AsOf
from projections.people import Act, By, acts
from projections.school import Book
from projections.statements import fetch, statements
from projections.stored import opened, parsed

_SQL: Final = statements("interventions")
_TOPICS: Final = [
    *issued_notices.TOPICS,
    NoticeToImproveGiven.topic,
    NoticeToImproveEnded.topic,
    AttendanceContractMade.topic,
    AttendanceContractEnded.topic,
    PenaltyConsidered.topic,
]
_KINDS: Final[Mapping[str, Kind]] = {
    PenaltyNoticeIssued.topic: "penalty_notice",
    NoticeToImproveGiven.topic: "notice_to_improve",
    AttendanceContractMade.topic: "attendance_contract",
    PenaltyConsidered.topic: "penalty_consideration",
}


@dataclass(frozen=True, slots=True)
class InterventionsQuery:
    """Which interventions: of a pupil, of a kind, in effect on a day."""

    pupil: str | None = None
    kind: Kind | None = None
    on: date | None = None


@dataclass(frozen=True, slots=True)
class InterventionRow:
    """One intervention.  What was erased is None."""

    id: str
    kind: Kind
    pupil: str
    first: date
    """When it was issued, given, made or considered."""
    last: date | None
    """The last day that was set for it, or on which a penalty notice counts as an earlier one."""
    fields: dict[str, Any]
    """What its first event says, opened, ready for JSON."""
    outcome: str | None
    """The latest, such as `paid`; None until there is one."""
    outcome_fields: dict[str, Any]
    """What the latest outcome's event says."""
    notice: dict[str, Any]
    """Of a penalty notice: day of receipt, payment, and until when it counts."""
    recorded_at: datetime
    by: By
    """Who recorded it."""
    outcome_at: datetime | None
    outcome_by: By | None
    position: int
    """The latest event of the log that the row shows."""
    erased: tuple[str, ...]
    """Fields that were entered and cannot be read any more."""

    def in_effect(self, day: date) -> bool:
        """Whether it is in effect: open, agreed or counting on that day.

        Notices to improve and contracts from their first day to their last, or to the day on which they
        ended; a penalty notice while it counts as an earlier one, or on its day alone where it never
        does; a decision on its day.
        """
        last = self.last
        if self.kind == "penalty_consideration":
            last = self.first
        elif self.kind == "penalty_notice":
            last = self.last or self.first
        elif self.outcome is not None:
            ended = date.fromisoformat(self.outcome_fields["on"])
            last = min(ended, last) if last else ended
        return self.first <= day and (last is None or day <= last)


def interventions(
    connection: Connection, vault: Vault, book: Book, at: AsOf, query: InterventionsQuery
) -> list[InterventionRow]:
    """The interventions of a school as they stood, in the order of recording."""
    statement = _SQL["of_school" if query.pupil is None else "of_pupil"]
    asked = {
        "school": int(book.urn),
        "pupil": query.pupil,
        "position": at.position,
        "topics": _TOPICS,
    }
    found: defaultdict[str, list[_Event]] = defaultdict(list)
    for row in map(_Event._make, fetch(connection, statement, asked)):
        found[row.stream].append(row)
    wanted = [events for events in found.values() if query.kind in (None, _KINDS[events[0].topic])]
    keys = vault.load_keys(connection, {scope_of(events[0].stream) for events in wanted})
    people = acts(connection, (event.act for events in wanted for event in events))
    rows = [_row(book, events, keys, people) for events in wanted]
    return [row for row in rows if query.on is None or row.in_effect(query.on)]


class _Event(NamedTuple):
    """A row about an intervention."""

    position: int
    act: int
    pupil: str
    stream: str
    version: int
    topic: str
    state: bytes


def _row(
    book: Book, events: Sequence[_Event], keys: Keys, people: Mapping[int, Act]
) -> InterventionRow:
    begun, latest = events[0], events[-1]
    plain = [opened(e.stream, e.version, parsed(e.state), keys) for e in events]
    fields = plain[0].fields
    intervention = begun.stream.rpartition("/")[2]
    is_over = len(events) > 1
    act, last_act = people[begun.act], people[latest.act]
    first, last, outcome, notice = _standing(book, _KINDS[begun.topic], intervention, fields)
    return InterventionRow(
        id=intervention,
        kind=_KINDS[begun.topic],
        pupil=begun.pupil,
        first=first,
        last=last,
        fields=fields,
        outcome=outcome,
        outcome_fields=plain[-1].fields if is_over else {},
        notice=notice,
        recorded_at=act.recorded_at,
        by=act.by,
        outcome_at=last_act.recorded_at if is_over else None,
        outcome_by=last_act.by if is_over else None,
        position=latest.position,
        erased=tuple(sorted({name for one in plain for name in one.erased})),
    )


def _standing(
    book: Book, kind: Kind, intervention: str, fields: Mapping[str, Any]
) -> tuple[date, date | None, str | None, dict[str, Any]]:
    """First and last day, latest outcome, and what stands of a penalty notice."""
    if kind == "penalty_consideration":
        day = date.fromisoformat(fields["considered_on"])
        return day, None, None, {}
    if kind != "penalty_notice":
        improvement = book.improvements[intervention]
        return improvement.first, improvement.last, improvement.outcome, {}
    found = book.notices[intervention]
    last = counts_until(found.issued_on) if found.counts else None
    standing = {
        "received_on": found.received_on,
        "payment": payment_of(found.notice, found.issued_on, found.received_on),
        "counts_until": last,
        "guilty": found.guilty,
    }
    return found.issued_on, last, found.outcome, standing
