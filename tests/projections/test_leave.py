"""Leave of absence as a view: asked, given, refused and withdrawn; nothing is lost of any of them."""

from datetime import date, datetime

import pytest

from projections.people import By
from tests.projections.world import World


def test_a_request_shows_what_was_asked(world: World) -> None:
    """A request has its ground, days, sessions, who asked when, and circumstances, opened."""
    leave_id = world.opened(pupils=1).ask_leave(0, sessions=["PM"])
    [row] = world.leave()
    assert (row.id, row.pupil, row.ground) == (
        leave_id,
        world.pupil(0),
        "exceptional_circumstances",
    )
    assert (row.first, row.last, row.sessions) == (date(2025, 12, 1), date(2025, 12, 5), ["PM"])
    assert row.asked_by == {"name": "Ngozi Okafor", "relationship": "parent"}
    assert (row.asked_on, row.circumstances) == (
        date(2025, 11, 20),
        "Funeral of a grandparent abroad",
    )
    assert (row.decision, row.given_first, row.given_last) == ("asked", None, None)
    assert (row.reason, row.decided_by, row.decided_at, row.erased) == (None, None, None, ())
    assert row.by == By("A Head", "Headteacher")


def test_a_decision_shows_who_made_it_when_and_why(world: World) -> None:
    """Leave given for less than was asked shows the days given, the reason, and who decided."""
    leave_id = world.opened(pupils=1).ask_leave(0)
    receipt = world.decide_leave(leave_id, "given", reason="Two days only", to="2025-12-02")
    [row] = world.leave()
    assert (row.decision, row.reason) == ("given", "Two days only")
    assert (row.given_first, row.given_last) == (date(2025, 12, 1), date(2025, 12, 2))
    assert row.decided_by == By("A Head", "Headteacher")
    assert row.decided_at == datetime.fromisoformat(receipt["recorded_at"])
    assert row.position == receipt["last"]


def test_leave_is_seen_as_it_stood(world: World) -> None:
    """Asked, then given, then withdrawn: at each position the decision is the one of then."""
    world.opened(pupils=1)
    leave_id = world.ask_leave(0)
    given = world.decide_leave(leave_id, "given")
    withdrawn = world.decide_leave(leave_id, "withdrawn")
    positions = [given["first"] - 1, given["last"], withdrawn["last"]]
    assert [world.leave(position=p)[0].decision for p in positions] == [
        "asked",
        "given",
        "withdrawn",
    ]
    assert world.leave()[0].given_first is None


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["given", "refused", "asked"]),
        ({"decision": "refused"}, ["refused"]),
        ({"decision": "withdrawn"}, []),
        ({"on": date(2025, 12, 1)}, ["given", "refused"]),
        ({"on": date(2025, 12, 3)}, ["refused"]),
        ({"on": date(2026, 1, 12)}, ["asked"]),
        ({"pupil": 1}, ["refused", "asked"]),
        ({"pupil": 1, "on": date(2025, 12, 3), "decision": "asked"}, []),
    ],
)
def test_requests_are_chosen_by_pupil_day_and_decision(world: World, filters, expected) -> None:
    """A day is meant of the leave given where it was given, else of what was asked."""
    world.opened(pupils=2)
    world.decide_leave(world.ask_leave(0), "given", to="2025-12-02")
    world.decide_leave(world.ask_leave(1), "refused")
    world.ask_leave(1, **{"from": "2026-01-12", "to": "2026-01-12"})
    if "pupil" in filters:
        filters = filters | {"pupil": world.pupil(filters["pupil"])}
    assert [row.decision for row in world.leave(**filters)] == expected
