"""Leave of absence as it stood: what was asked, what was decided; refusals are kept."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from ledger.leave_of_absence.leave import Decision, Leave
from ledger.leave_of_absence.leave_extent import Extent
from ledger.schools.calendar import LONDON
from ledger.store.database import Connection
from ledger.store.vault import Vault, scope_of
from projections.asof import AsOf
from projections.people import Act, By, acts
from projections.school import Book
from projections.statements import fetch, statements
from projections.stored import Opened, opened, parsed

_SQL: Final = statements("leave")


@dataclass(frozen=True, slots=True)
class LeaveQuery:
    """Which requests: of a pupil, for a day (of the leave given, else of that asked), by decision."""

    pupil: str | None = None
    on: date | None = None
    decision: Decision | None = None


@dataclass(frozen=True, slots=True)
class LeaveRow:
    """One request for leave.  What was erased is None."""

    id: str
    pupil: str
    ground: str
    first: date
    last: date | None
    """None where no end was fixed."""
    sessions: list[Any] | None
    """`AM` and `PM`, or dated pairs; None for both sessions of each day."""
    asked_by: dict[str, Any] | None
    asked_on: date
    circumstances: str | None
    agreed_with: dict[str, Any] | None
    review_on: list[date]
    decision: Decision
    given_first: date | None
    given_last: date | None
    given_sessions: list[Any] | None
    """What is leave: of leave withdrawn from a day on, the part before."""
    licence: str | None
    withdrawn_from: date | None
    """None also where all of it was withdrawn."""
    reason: str | None
    """Reason of the latest decision."""
    decided_by: By | None
    """Who decided: the person named for it, else the one who entered the decision."""
    decision_entered_by: By | None
    """Who entered the decision."""
    decided_on: date | None
    """The day of the latest decision: the one claimed, else that of its recording."""
    decided_at: datetime | None
    recorded_at: datetime
    """When the request was recorded."""
    by: By
    """Who recorded it."""
    position: int
    """The latest event of the log that the row shows."""
    erased: tuple[str, ...]
    """Fields that were entered and cannot be read any more."""


def leave(
    connection: Connection, vault: Vault, book: Book, at: AsOf, query: LeaveQuery
) -> list[LeaveRow]:
    """The requests of a school as they stood, in the order of asking (regulation 11)."""
    statement = _SQL["of_school" if query.pupil is None else "of_pupil"]
    asked = {"school": int(book.urn), "pupil": query.pupil, "position": at.position}
    rows = fetch(connection, statement, asked)
    requests: defaultdict[str, list[_Event]] = defaultdict(list)
    for row in map(_Event._make, rows):
        requests[row.id].append(row)
    wanted = {
        leave_id: found
        for leave_id, found in requests.items()
        if _meant(book.leave[leave_id], query)
    }
    keys = vault.load_keys(connection, {scope_of(found[0].stream) for found in wanted.values()})
    people = acts(connection, (event.act for found in wanted.values() for event in found))
    return [
        _row(
            book.leave[leave_id],
            found,
            [opened(e.stream, e.version, parsed(e.state), keys) for e in found],
            people,
        )
        for leave_id, found in wanted.items()
    ]


class _Event(NamedTuple):
    """A row about a request."""

    position: int
    act: int
    pupil: str
    stream: str
    version: int
    topic: str
    state: bytes

    @property
    def id(self) -> str:
        """The request."""
        return self.stream.rpartition("/")[2]


def _meant(request: Leave, query: LeaveQuery) -> bool:
    if query.decision is not None and request.decision != query.decision:
        return False
    return query.on is None or (request.given or request.asked).on(query.on)


def _row(
    request: Leave, found: list[_Event], plain: list[Opened], people: dict[int, Act]
) -> LeaveRow:
    asked, decided = plain[0].fields, plain[-1].fields if len(found) > 1 else {}
    recorded = people[found[0].act]
    decision = people[found[-1].act] if decided else None
    asked_for, given = request.asked, request.given
    return LeaveRow(
        id=found[0].id,
        pupil=request.pupil,
        ground=request.ground,
        first=asked_for.first,
        last=_end_of(asked_for),
        sessions=asked_for.stored(),
        asked_by=asked["asked_by"],
        asked_on=date.fromisoformat(asked["asked_on"]),
        circumstances=asked["circumstances"],
        agreed_with=asked.get("agreed_with"),
        review_on=list(request.review_on),
        decision=request.decision,
        given_first=given.first if given else None,
        given_last=_end_of(given) if given else None,
        given_sessions=given.stored() if given else None,
        licence=next((one.fields["licence"] for one in plain if "licence" in one.fields), None),
        withdrawn_from=request.withdrawn_from,
        reason=decided.get("reason"),
        decided_by=_decided_by(decided, decision),
        decision_entered_by=decision.by if decision else None,
        decided_on=request.decided_on or (_local_day(decision) if decision else None),
        decided_at=decision.recorded_at if decision else None,
        recorded_at=recorded.recorded_at,
        by=recorded.by,
        position=found[-1].position,
        erased=tuple(sorted({name for one in plain for name in one.erased})),
    )


def _decided_by(decided: Mapping[str, Any], decision: Act | None) -> By | None:
    named = decided.get("decided_by")
    if named is not None:
        return By(**named)
    return decision.by if decision else None


def _local_day(act: Act) -> date:
    return act.recorded_at.astimezone(LONDON).date()


def _end_of(extent: Extent) -> date | None:
    return extent.last if extent.last < date.max else None
