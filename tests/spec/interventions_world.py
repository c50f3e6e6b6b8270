"""What the specifications of legal intervention ask of a ledger: commands with usual values filled in."""

from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from ledger.intervention.considerations import ConsiderPenalty
from ledger.intervention.improvement import (
    EndAttendanceContract,
    EndNoticeToImprove,
    GiveNoticeToImprove,
    MakeAttendanceContract,
)
from ledger.intervention.issued_notices import RecordNoticeOutcome, RecordPenaltyNotice
from ledger.requests import Answer
from tests.ledger.world import HEAD, OFFICER, World, pupil, request, result

WEEK = [f"2026-10-{day}" for day in range(12, 17)]
"""The days of AC-022."""


def parent(world: World, number: int = 0) -> str:
    """The id of a parent whom no other test knows: pupils are the same in all of them."""
    return str(UUID(int=(2 << 100) + (int(world.urn) << 32) + number))


def until(world: World, year: int) -> None:
    """Let it be the end of a year, so that what is dated in it is past."""
    world.clock.now = datetime(year, 12, 31, 12, tzinfo=UTC)


def notice(
    world: World, issued_on: str, child: int = 0, to: int = 0, **changes: Any
) -> Future[Answer]:
    """Record a penalty notice to a parent for a child."""
    asked = {
        "pupil": pupil(child),
        "parent": {"id": parent(world, to), "name": "Ngozi Okafor"},
        "issued_on": issued_on,
        "issued_by": {"name": "E Officer", "position": "Education welfare officer"},
        "by": OFFICER,
    } | changes
    command = RecordPenaltyNotice.model_validate(asked)
    return world.ledger.intervene(world.urn, command, request())


def outcome(world: World, notice_id: str, became: str, on: str, **changes: Any) -> Future[Answer]:
    """Record what became of a penalty notice."""
    asked = {"outcome": became, "on": on, "by": OFFICER} | changes
    command = RecordNoticeOutcome.model_validate(asked)
    return world.ledger.record_outcome(world.urn, UUID(notice_id), command, request())


def improve(world: World, first: str, last: str, **changes: Any) -> Future[Answer]:
    """Record a notice to improve."""
    asked = _agreed(world) | {"from": first, "to": last} | changes
    command = GiveNoticeToImprove.model_validate(asked)
    return world.ledger.intervene(world.urn, command, request())


def contract(world: World, first: str, **changes: Any) -> Future[Answer]:
    """Record an attendance contract."""
    asked = _agreed(world) | {"from": first} | changes
    command = MakeAttendanceContract.model_validate(asked)
    return world.ledger.intervene(world.urn, command, request())


def end_improvement(world: World, notice_id: str, became: str, on: str) -> Future[Answer]:
    """Record how a notice to improve ended."""
    asked = {"outcome": became, "on": on, "reason": "Reviewed", "by": HEAD}
    command = EndNoticeToImprove.model_validate(asked)
    return world.ledger.record_outcome(world.urn, UUID(notice_id), command, request())


def end_contract(world: World, contract_id: str, on: str) -> Future[Answer]:
    """Record the end of an attendance contract."""
    command = EndAttendanceContract.model_validate({"outcome": "ended", "on": on, "by": HEAD})
    return world.ledger.record_outcome(world.urn, UUID(contract_id), command, request())


def consider(world: World, on: str, decision: str, **changes: Any) -> Future[Answer]:
    """Record a decision to consider."""
    asked = {
        "pupil": pupil(0),
        "considered_on": on,
        "decision": decision,
        "reason": "First absence of the year",
        "by": HEAD,
    } | changes
    command = ConsiderPenalty.model_validate(asked)
    return world.ledger.intervene(world.urn, command, request())


def absent(world: World, days: list[str], code: str = "G", child: int = 0) -> None:
    """Mark a child with one code for both sessions of the days."""
    for day in days:
        for session in ("AM", "PM"):
            result(world.take({child: code}, day, session))


def shown(future: Future[Answer]) -> dict[str, Any]:
    """The one result of a receipt."""
    (one,) = result(future)["results"]
    return dict(one)


def kind(future: Future[Answer]) -> str:
    """The kind of a notice that must have been recorded."""
    return str(shown(future)["kind"])


def warned(future: Future[Answer]) -> list[tuple[str, str]]:
    """Rule and path of each warning under which something was recorded."""
    return [(one["rule"], one["path"]) for one in shown(future).get("warnings", ())]


def refused(future: Future[Answer]) -> tuple[int, list[tuple[str, str]]]:
    """Status, and code and path of each problem, of what must have been refused."""
    answer = future.result(timeout=30)
    ((_, refusal),) = answer.refused
    return answer.status, [(problem.code, problem.path) for problem in refusal.problems]


def _agreed(world: World) -> dict[str, Any]:
    return {
        "pupil": pupil(0),
        "parent": {"id": parent(world), "name": "Ngozi Okafor"},
        "terms": "Support by the family worker",
        "by": HEAD,
    }
