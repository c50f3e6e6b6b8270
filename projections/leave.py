"""Leave of absence as it stood: what was asked, what was decided; refusals are kept."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple

from ledger.leave import Leave
from ledger.store.database import Connection
from ledger.store.vault import Vault, scope_of
from projections.asof import AsOf
from projections.people import Act, By, acts
from projections.school import Book
from projections.statements import fetch, statements
from projections.stored import Opened, opened, parsed

Decision = Literal["asked", "given", "refused", "withdrawn"]

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
    last: date
    sessions: list[Any] | None
    """`AM` and `PM`, or dated pairs; None for both sessions of each day."""
    asked_by: dict[str, Any] | None
    asked_on: date
    circumstances: str | None
    decision: Decision
    given_first: date | None
    given_last: date | None
    reason: str | None
    """Reason of the latest decision."""
    decided_by: By | None
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
    first, last = request.given or (request.first, request.last)
    return query.on is None or first <= query.on <= last


def _row(
    request: Leave, found: list[_Event], plain: list[Opened], people: dict[int, Act]
) -> LeaveRow:
    asked, decided = plain[0].fields, plain[-1].fields if len(found) > 1 else {}
    recorded = people[found[0].act]
    decision = people[found[-1].act] if decided else None
    first, last = request.given or (None, None)
    return LeaveRow(
        id=found[0].id,
        pupil=request.pupil,
        ground=request.ground,
        first=request.first,
        last=request.last,
        sessions=request.sessions,
        asked_by=asked["asked_by"],
        asked_on=date.fromisoformat(asked["asked_on"]),
        circumstances=asked["circumstances"],
        decision=request.decision,
        given_first=first,
        given_last=last,
        reason=decided.get("reason"),
        decided_by=decision.by if decision else None,
        decided_at=decision.recorded_at if decision else None,
        recorded_at=recorded.recorded_at,
        by=recorded.by,
        position=found[-1].position,
        erased=tuple(sorted({name for one in plain for name in one.erased})),
    )
