"""Leave of absence as a view: asked, given, refused and withdrawn; nothing is lost of any of them."""

from copy import copy
from dataclasses import replace
from datetime import date, datetime

import pytest

from ledger.leave_of_absence.leave import LeaveBook
from projections.leave import LeaveQuery
from projections.leave import leave as leave_of
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


def test_a_decision_shows_both_who_made_it_and_who_entered_it(world: World) -> None:
    """An office enters what the headteacher decided: both are named, and who recorded the request."""
    leave_id = world.opened(pupils=1).ask_leave(0)
    head = {"name": "B Deputy", "position": "Deputy headteacher"}
    world.decide_leave(leave_id, "refused", reason="Not exceptional", decided_by=head)
    [row] = world.leave()
    assert By("B Deputy", "Deputy headteacher") == row.decided_by
    assert By("A Head", "Headteacher") == row.decision_entered_by == row.by


def test_a_decision_shows_the_day_it_was_made(world: World) -> None:
    """The day claimed, else the local day of recording; what was seen of a licence is opened."""
    world.opened(pupils=2)
    for number, decided in enumerate(({"decided_on": "2025-11-21"}, {})):
        leave_id = world.ask_leave(number, ground="regulated_performance")
        world.decide_leave(leave_id, "given", licence="Leicester 2025/9", **decided)
    rows = world.leave()
    assert [date(2025, 11, 21), date(2025, 11, 24)] == [row.decided_on for row in rows]
    assert ["Leicester 2025/9"] * 2 == [row.licence for row in rows]


def test_a_decision_of_an_older_log_was_made_when_it_was_recorded(world: World) -> None:
    """An event that names no day of decision, as the first ones did not, shows the day of recording."""
    world.opened(pupils=1)
    world.decide_leave(world.ask_leave(0), "given")
    with world.looking() as (connection, book, at):
        [request] = book.leave
        # Books are shared by readers: this one is a copy.
        older = copy(book)
        older.leave = LeaveBook()
        older.leave.put(replace(request, decided_on=None))
        [row] = leave_of(connection, world.vault, older, at, LeaveQuery())
    assert row.decided_on == date(2025, 11, 24)


def test_leave_withdrawn_from_a_day_shows_what_is_left(world: World) -> None:
    """The part before is leave still, with its sessions; a licence seen stays shown."""
    leave_id = world.opened(pupils=1).ask_leave(0, ground="regulated_performance")
    world.decide_leave(leave_id, "given", sessions=["PM"], licence="Leicester 2025/9")
    world.decide_leave(leave_id, "withdrawn", **{"from": "2025-12-03"})
    [row] = world.leave()
    assert (row.decision, row.withdrawn_from) == ("withdrawn", date(2025, 12, 3))
    assert (row.given_first, row.given_last) == (date(2025, 12, 1), date(2025, 12, 2))
    assert (row.given_sessions, row.licence) == (["PM"], "Leicester 2025/9")
    assert [leave_id] == [row.id for row in world.leave(on=date(2025, 12, 2))]
    assert [] == world.leave(on=date(2025, 12, 3))


def test_a_timetable_shows_its_agreement(world: World) -> None:
    """Who agreed and when it is reviewed; without an end there is no last day."""
    sam = {"name": "Sam Okafor", "relationship": "parent"}
    world.opened(pupils=1).ask_leave(
        0,
        ground="part_time_timetable",
        to=None,
        sessions=[{"date": "2025-12-01", "session": "PM"}],
        agreed_with=sam,
        review_on=["2025-12-01"],
    )
    [row] = world.leave()
    assert (row.last, row.agreed_with, row.review_on) == (None, sam, [date(2025, 12, 1)])
    assert [{"date": "2025-12-01", "session": "PM"}] == row.sessions
    assert 1 == len(world.leave(on=date(2025, 12, 1)))
    assert [] == world.leave(on=date(2025, 12, 2))


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
