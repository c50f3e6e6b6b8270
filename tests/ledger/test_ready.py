"""Registers made ready before the head is taken: decided and stored as any other, never on stale facts."""

from datetime import UTC, datetime
from json import loads
from typing import Any

import pytest

from ledger.proof.verify_rows import verify_window
from ledger.schools import school
from ledger.schools.calendar import Session
from ledger.store.database import Addresses, Database, connect_as_owner
from ledger.store.vault import Vault
from tests.ledger.world import HEAD, Clock, World, ledger_on, request, result

SYMBOLS = (
    *("/", "\\", "B", "C", "C1", "C2", "D", "E", "G", "I", "J1", "K", "L", "M", "N", "O", "P", "Q"),
    *("R", "S", "T", "U", "V", "W", "X", "Y1", "Y7", "Z", "#", "H", "J", "??"),
)
SAYING: tuple[dict[str, Any], ...] = ({}, {"arrived_at": "09:20"}, {"detail": "At the college"})
FIRST, SECOND, THIRD = "2026-10-06", "2026-10-07", "2026-10-08"


def one_by_one(world: World) -> None:
    """A collision: for 64 batches the writer looks what stands first, and makes nothing ready."""
    for code in "/L":
        world.take({0: code}, THIRD).result()


def said(world: World, marks: dict[int, Any], day: str, session: Session) -> Any:
    """The answer to a register, its positions left out."""
    answer = world.take(marks, day, session).result()
    if answer.status != 201:
        return answer.status, answer.refused
    results = loads(answer.receipt)["results"]
    return [{**each, "position": "position" in each} for each in results]


@pytest.mark.parametrize("session", ["AM", "PM"])
@pytest.mark.parametrize("saying", SAYING, ids=["nothing", "arrival", "detail"])
def test_what_is_made_ready_is_what_would_be_decided(
    world: World, session: Session, saying: dict[str, Any]
) -> None:
    """Two ways to one answer, for every code: the usual one, and mark by mark under the head."""
    world.opened(pupils=2 * len(SYMBOLS))
    present = {"AM": "/", "PM": "\\"}[session]
    asked = {
        symbol: {2 * n: {"code": symbol, **saying}, 2 * n + 1: present}
        for n, symbol in enumerate(SYMBOLS)
    }
    ready = {symbol: said(world, marks, FIRST, session) for symbol, marks in asked.items()}
    one_by_one(world)
    decided = {symbol: said(world, marks, SECOND, session) for symbol, marks in asked.items()}
    assert decided == ready
    assert {True, False} == {isinstance(answer, list) for answer in ready.values()}


def test_a_pupil_with_leave_is_asked_about(world: World) -> None:
    """Where leave is in force an absence for another cause is no plain mark: both ways say so."""
    now, world.clock.now = world.clock.now, datetime(2026, 9, 23, 12, tzinfo=UTC)
    world.opened(pupils=2)
    leave = result(world.ask_leave(0, **{"from": FIRST, "to": SECOND, "asked_on": "2026-09-20"}))
    result(world.decide_leave(leave["id"], "given"))
    world.clock.now = now
    ready = said(world, {0: "I", 1: "I"}, FIRST, "AM")
    one_by_one(world)
    assert ready == said(world, {0: "I", 1: "I"}, SECOND, "AM")
    assert ["leave-in-force"] == [warning["rule"] for warning in ready[0]["warnings"]]
    assert "warnings" not in ready[1]


def test_rows_made_ready_are_those_of_the_recorder(
    world: World, database: Database, addresses: Addresses
) -> None:
    """Columns, bytes and leaves verify, plain marks among others; states are those of the usual way."""
    world.opened(pupils=5)
    marks: dict[int, Any] = {
        0: "/",
        1: {"code": "L", "arrived_at": "08:58:30"},
        2: "I",
        4: "E",
        3: {"code": "B", "detail": "Taster day at the college"},
    }
    receipt = result(world.take(marks, FIRST))
    one_by_one(world)
    usual = result(world.take(marks, SECOND))
    with connect_as_owner(addresses) as owner:
        for each in receipt, usual:
            assert verify_window(owner, each["first"], each["last"]) is None
    with database.reading() as connection:
        stored = [
            connection.execute(
                "SELECT position - %(first)s, half, pupil, revision, code, replaced,"
                " CASE WHEN code <> 'B' THEN state END FROM mark"
                " WHERE position BETWEEN %(first)s AND %(last)s ORDER BY position",
                {"first": each["first"], "last": each["last"]},
            ).fetchall()
            for each in (receipt, usual)
        ]
    assert stored[0] == stored[1]
    assert 5 == len(stored[0])


def test_a_register_made_ready_on_a_stale_book_is_decided_anew(
    world: World, database: Database, vault: Vault, clock: Clock
) -> None:
    """A closure made by another process is seen, though the register was made ready without it."""
    world.opened(pupils=2)
    assert 201 == world.take({0: "/"}, FIRST).result().status
    closure = school.MakeClosure.model_validate(
        {"from": FIRST, "to": FIRST, "sessions": ["AM", "PM"], "reason": "Snow", "by": HEAD}
    )
    with ledger_on(database, vault, clock) as other:
        result(other.make_closure(world.urn, closure, request()))
    answer = world.take({1: "/"}, FIRST).result()
    assert 422 == answer.status
    assert "school-closed" == answer.refused[0][1].problems[0].code
