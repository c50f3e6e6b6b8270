"""Returns about absence and illness, and the watch on penalty notices: each episode once, and what changed."""

from datetime import date

import pytest

from ledger.schools.calendar import Span
from tests.projections.returns_world import (
    believe,
    head,
    made,
    mark,
    present,
    school_days,
    send,
)
from tests.projections.world import NotTakenError, World

ATTENDANCE = "la-attendance-return"
SICKNESS = "la-sickness-return"
WATCH = "penalty-watch"
HOME = {"address": "1 High Street, Coalville", "upn": "H801200001001"}


# --- Ten continuous school days ---------------------------------------------------------------------


def test_the_tenth_school_day_brings_a_pupil_on_the_return(world: World) -> None:
    """Nine days are none; ten are told with name, address, UPN, and each session with its code."""
    world.opened(pupils=2, **HOME)
    run = school_days(world, "2025-10-20", 10)
    mark(world, 0, "O", run)
    mark(world, 1, "O", run[:9])
    (row,) = made(world, ATTENDANCE)
    assert (world.pupil(0), "Okafor", "Ada", HOME["upn"], HOME["address"]) == (
        row["pupil"],
        row["surname"],
        row["forenames"],
        row["upn"],
        row["address"],
    )
    assert (date(2025, 10, 20), "AM", date(2025, 11, 7), "PM") == (
        row["first_date"],
        row["first_session"],
        row["last_date"],
        row["last_session"],
    )
    assert ("ten-days", 1, 20, 10, date(2025, 11, 7)) == (
        row["why"],
        row["episode"],
        row["sessions"],
        row["school_days"],
        row["due_since"],
    )
    assert row["codes"].startswith("2025-10-20 AM O, 2025-10-20 PM O, ")
    assert (True, True, "to-send") == (
        row["of_compulsory_school_age"],
        row["on_roll"],
        row["status"],
    )


@pytest.mark.parametrize("kind", ["planned", "unplanned"])
def test_closures_between_are_no_days(world: World, kind: str) -> None:
    """An INSET day or a day of snow within the run is no school day: ten others are needed."""
    world.opened(pupils=2)
    world.close("2025-11-05", "2025-11-05", kind=kind)
    run = school_days(world, "2025-11-03", 10)
    assert "2025-11-05" not in run
    mark(world, 0, "G", run)
    mark(world, 1, "G", run[:9])
    assert [(world.pupil(0), date(2025, 11, 17))] == [
        (row["pupil"], row["due_since"]) for row in made(world, ATTENDANCE)
    ]


def test_a_run_is_looked_at_from_before_the_days_asked_about(world: World) -> None:
    """Asked about November alone, a run from October is told whole; one that ended before it is not."""
    world.opened(pupils=2)
    mark(world, 0, "O", school_days(world, "2025-10-20", 10))
    mark(world, 1, "O", school_days(world, "2025-10-06", 10))
    november = Span(date(2025, 11, 1), date(2025, 11, 24))
    assert [(world.pupil(0), 10)] == [
        (row["pupil"], row["school_days"]) for row in made(world, ATTENDANCE, november)
    ]


def test_a_run_goes_on_over_the_summer_holiday(world: World) -> None:
    """Six days to the end of July and four of September are ten, asked about the new year alone."""
    world.opened(pupils=1, years=(2024, 2025))
    july = [f"2025-07-{day}" for day in (14, 15, 16, 17, 18, 21)]
    mark(world, 0, "O", [*july, *school_days(world, "2025-09-02", 4)])
    assert [(date(2025, 7, 14), 10, date(2025, 9, 5))] == [
        (row["first_date"], row["school_days"], row["due_since"]) for row in made(world, ATTENDANCE)
    ]


def test_who_is_not_of_compulsory_school_age_is_left_out(world: World) -> None:
    """The duty is about pupils of that age."""
    world.opened(pupils=1, date_of_birth="2021-01-10")
    mark(world, 0, "O", school_days(world, "2025-11-03", 10))
    assert [] == made(world, ATTENDANCE)


def test_an_episode_that_was_sent_is_told_once(world: World) -> None:
    """Left out of the next return; with `all` it says when, to whom, and at which position it was made."""
    world.opened(pupils=1)
    mark(world, 0, "O", school_days(world, "2025-11-03", 10))
    before = head(world)
    receipt = send(world, ATTENDANCE, sent_to="Leicestershire")
    (result,) = receipt["results"]
    assert ("recorded", world.pupil(0), "ten-days", "2025-11-03", "2025-11-14") == tuple(
        result[name] for name in ("status", "pupil", "why", "from", "to")
    )
    assert [] == made(world, ATTENDANCE)
    (row,) = made(world, ATTENDANCE, all=True)
    assert ("sent", date(2025, 11, 24), "Leicestershire", result["position"], before, None) == (
        row["status"],
        row["sent_on"],
        row["sent_to"],
        row["sent_position"],
        row["made_at"],
        row["changes"],
    )
    assert ["to-send"] == [row["status"] for row in made(world, ATTENDANCE, position=before)]


def test_an_absence_that_goes_on_is_the_same_episode(world: World) -> None:
    """More days after it was sent bring no second return: they are changes of the first."""
    world.opened(pupils=1)
    run = school_days(world, "2025-11-03", 12)
    mark(world, 0, "O", run[:10])
    send(world, ATTENDANCE)
    mark(world, 0, "O", run[10:])
    assert [] == made(world, ATTENDANCE)
    (row,) = made(world, ATTENDANCE, all=True)
    assert ("changed", 12) == (row["status"], row["school_days"])
    assert 4 == row["changes"].count("no mark to O")


def test_a_return_to_school_begins_a_new_episode(world: World) -> None:
    """Ten days, a day at school, ten days: the second is told though the first was sent; unlike a day ill."""
    world.opened(pupils=2)
    days = school_days(world, "2025-10-13", 21)
    for number in (0, 1):
        mark(world, number, "O", days[:10])
    send(world, ATTENDANCE)
    present(world, 0, days[10:11])
    mark(world, 1, "I", days[10:11])
    for number in (0, 1):
        mark(world, number, "O", days[11:])
    assert [(world.pupil(0), 2)] == [
        (row["pupil"], row["episode"]) for row in made(world, ATTENDANCE)
    ]
    assert ["sent", "to-send"] == [
        row["status"] for row in made(world, ATTENDANCE, all=True) if row["pupil"] == world.pupil(0)
    ]


def test_an_amended_mark_takes_a_sent_episode_away(world: World) -> None:
    """N that turns out to be I after the return was sent: told with `all`, as no longer so, with what changed."""
    world.opened(pupils=1)
    run = school_days(world, "2025-11-03", 10)
    mark(world, 0, "N", run)
    send(world, ATTENDANCE)
    sent_at = head(world)
    world.amend(0, "N", "I", run[4])
    assert [] == made(world, ATTENDANCE)
    (row,) = made(world, ATTENDANCE, all=True)
    assert ("no-longer", None, 19) == (row["status"], row["school_days"], row["sessions"])
    assert row["changes"].startswith("2025-11-07 AM N to I (position ")
    assert ["sent"] == [
        row["status"] for row in made(world, ATTENDANCE, all=True, position=sent_at)
    ]


def test_of_episodes_that_were_sent_and_are_gone_the_latest_is_told(world: World) -> None:
    """Two absences of ten days each, sent, and a day of each amended to I."""
    world.opened(pupils=1)
    days = school_days(world, "2025-10-13", 21)
    mark(world, 0, "N", days[:10])
    present(world, 0, days[10:11])
    mark(world, 0, "N", days[11:])
    send(world, ATTENDANCE)
    for day in (days[4], days[15]):
        world.amend(0, "N", "I", day)
    (row,) = made(world, ATTENDANCE, all=True)
    assert "no-longer" == row["status"]
    assert row["changes"].startswith(f"{days[15]} AM N to I")


def test_what_was_amended_and_amended_back_is_no_change(world: World) -> None:
    """What was sent says what stands."""
    world.opened(pupils=1)
    run = school_days(world, "2025-11-03", 10)
    mark(world, 0, "O", run)
    send(world, ATTENDANCE)
    world.amend(0, "O", "I", run[4])
    world.amend(0, "I", "O", run[4])
    assert [("sent", None)] == [
        (row["status"], row["changes"]) for row in made(world, ATTENDANCE, all=True)
    ]


def test_an_amended_end_leaves_the_episode_the_same(world: World) -> None:
    """Its first day amended to I: ten days are left, told already, and changed."""
    world.opened(pupils=1)
    run = school_days(world, "2025-11-03", 11)
    mark(world, 0, "N", run)
    send(world, ATTENDANCE)
    for session in ("AM", "PM"):
        world.amend(0, "N", "I", run[0], session)
    assert [] == made(world, ATTENDANCE)
    assert [("changed", 10)] == [
        (row["status"], row["school_days"]) for row in made(world, ATTENDANCE, all=True)
    ]


def test_one_pupil_of_a_return_can_be_sent_alone(world: World) -> None:
    """The other is still to be told; a pupil whom the return does not tell of is refused."""
    world.opened(pupils=3)
    for number in (0, 1):
        mark(world, number, "O", school_days(world, "2025-11-03", 10))
    with pytest.raises(NotTakenError, match="pupil-not-in-return"):
        send(world, ATTENDANCE, pupils=[0, 2])
    send(world, ATTENDANCE, pupils=[0])
    assert [world.pupil(1)] == [row["pupil"] for row in made(world, ATTENDANCE)]


def test_nothing_to_send_and_days_to_come_are_refused(world: World) -> None:
    """A return of nobody was not sent, and none was sent tomorrow."""
    world.opened(pupils=1)
    with pytest.raises(NotTakenError, match="return-empty"):
        send(world, ATTENDANCE)
    mark(world, 0, "O", school_days(world, "2025-11-03", 10))
    with pytest.raises(NotTakenError, match="dated-ahead"):
        send(world, ATTENDANCE, sent_on="2025-11-25")


def test_not_regular_is_told_when_it_is_asked_for(world: World) -> None:
    """Half of the sessions missed, ill or not: once a school year, and remembered apart from ten days."""
    world.opened(pupils=2)
    days = school_days(world, "2025-11-03", 12)
    mark(world, 0, "O", days[::2])
    present(world, 0, days[1::2])
    present(world, 1, days)
    assert [] == made(world, ATTENDANCE)
    (row,) = made(world, ATTENDANCE, not_regular="severe")
    assert (world.pupil(0), "not-regular", 12) == (row["pupil"], row["why"], row["sessions"])
    mark(world, 0, "O", school_days(world, "2025-09-02", 10))
    assert ["not-regular", "ten-days"] == [
        row["why"] for row in made(world, ATTENDANCE, not_regular="persistent")
    ]


# --- Fifteen school days of illness -----------------------------------------------------------------


def test_a_belief_brings_the_sickness_return_about(world: World) -> None:
    """AC-035: twelve days coded I and a letter that says two weeks more: due on the day of the letter."""
    world.opened(pupils=2, **HOME)
    for number in (0, 1):
        mark(world, number, "I", school_days(world, "2025-11-03", 12))
    assert [] == made(world, SICKNESS)
    believe(world, 0, "2025-11-19", 10, grounds="Letter of the hospital")
    (row,) = made(world, SICKNESS)
    assert (world.pupil(0), HOME["upn"], 2025, 12, 10) == (
        row["pupil"],
        row["upn"],
        row["academic_year"],
        row["school_days_this_year"],
        row["expected_days"],
    )
    assert (date(2025, 11, 19), "A Head", "Headteacher", date(2025, 11, 19)) == (
        row["believed_on"],
        row["believed_by_name"],
        row["believed_by_position"],
        row["due_since"],
    )


@pytest.mark.parametrize(
    ("ill", "expected", "due"), [(14, 0, 0), (15, 0, 1), (12, 2, 0), (12, 3, 1)]
)
def test_fourteen_and_fifteen_days(world: World, ill: int, expected: int, due: int) -> None:
    """Missed, or believed to be missed, or both together; a day of snow between is none."""
    world.opened(pupils=1)
    world.close("2025-11-04", "2025-11-04")
    mark(world, 0, "I", school_days(world, "2025-10-20", ill))
    if expected:
        believe(world, 0, "2025-11-19", expected)
    assert due == len(made(world, SICKNESS))


def test_an_illness_to_come_is_told_before_its_first_day(world: World) -> None:
    """An operation that is announced: due at once; when the illness comes it is the same episode."""
    world.opened(pupils=1)
    days = school_days(world, "2025-11-03", 14)
    present(world, 0, days[:8])
    believe(world, 0, days[5], 20)
    (row,) = made(world, SICKNESS)
    assert (date.fromisoformat(days[5]), 0, 20) == (
        row["due_since"],
        row["school_days"],
        row["expected_days"],
    )
    send(world, SICKNESS)
    mark(world, 0, "I", days[8:])
    assert [] == made(world, SICKNESS)
    assert [("changed", 6)] == [
        (row["status"], row["school_days"]) for row in made(world, SICKNESS, all=True)
    ]


def test_a_belief_that_is_given_up_brings_no_return(world: World) -> None:
    """The latest belief about an illness is the one that counts."""
    world.opened(pupils=1)
    mark(world, 0, "I", school_days(world, "2025-11-03", 5))
    believe(world, 0, "2025-11-07", 12)
    before = head(world)
    believe(world, 0, "2025-11-07", 0)
    assert [] == made(world, SICKNESS)
    assert 1 == len(made(world, SICKNESS, position=before))


def test_each_continuous_illness_is_told_once(world: World) -> None:
    """Fifteen days, sent; a week at school; another day ill is another illness, and told."""
    world.opened(pupils=1)
    days = school_days(world, "2025-10-13", 22)
    mark(world, 0, "I", days[:15])
    send(world, SICKNESS)
    assert [] == made(world, SICKNESS)
    present(world, 0, days[15:20])
    mark(world, 0, "I", days[20:21])
    (row,) = made(world, SICKNESS)
    assert (2, 1, 16) == (row["episode"], row["school_days"], row["school_days_this_year"])


def test_who_is_believed_ill_is_in_the_register(world: World) -> None:
    """A belief about a name that was never entered is refused, and one of tomorrow."""
    world.opened(pupils=1)
    with pytest.raises(NotTakenError, match="pupil-not-on-roll"):
        believe(world, 5, "2025-11-19", 10)
    with pytest.raises(NotTakenError, match="dated-ahead"):
        believe(world, 0, "2025-11-25", 10)


# --- The watch on penalty notices -------------------------------------------------------------------


def test_each_counted_session_is_shown_with_its_evidence(world: World) -> None:
    """Ten sessions: codes, who entered them and when, how they were amended, and the weeks counted."""
    world.opened(pupils=2, **HOME)
    days = school_days(world, "2025-10-20", 5)
    mark(world, 0, "O", days[:4])
    mark(world, 0, "N", days[4:])
    mark(world, 1, "O", days[:4])
    world.import_marks([(1, days[4], "AM", "O")])
    world.amend(0, "N", "U", days[4], "PM", reason="Came after the register closed")
    rows = made(world, WATCH)
    assert [world.pupil(0)] * 10 == [row["pupil"] for row in rows]
    assert [*"OOOOOOOONU"] == [row["code"] for row in rows]
    last = rows[-1]
    assert (10, date(2025, 10, 24), "PM") == (last["counted"], last["met_on"], last["met_session"])
    assert ("C Tutor", "Form tutor") == (last["by_name"], last["by_position"])
    assert last["amendments"].startswith("N to U, 2025-11-24T")
    assert last["amendments"].endswith(
        "D Officer (Attendance officer): Came after the register closed"
    )
    weeks = last["school_weeks"].split(", ")
    assert (date(2025, 9, 1), "2025-09-01", "2025-10-20", 8) == (
        last["window_from"],
        weeks[0],
        weeks[-1],
        len(weeks),
    )
    assert {None} == {row["amendments"] for row in rows[:-1]}


def test_the_next_window_begins_after_the_one_that_was_sent(world: World) -> None:
    """Nine further sessions are none; the tenth is another window, and the first is not told again."""
    world.opened(pupils=1)
    days = school_days(world, "2025-10-13", 10)
    mark(world, 0, "O", days[:5])
    send(world, WATCH)
    mark(world, 0, "O", days[5:9])
    world.import_marks([(0, days[9], "AM", "O")])
    assert [] == made(world, WATCH)
    world.import_marks([(0, days[9], "PM", "O")])
    assert [days[9]] == list({row["met_on"].isoformat() for row in made(world, WATCH)})


def test_windows_are_the_same_whatever_days_are_asked_about(world: World) -> None:
    """Asked about from a day within the first window on: it is told whole, and so is the second."""
    world.opened(pupils=1)
    mark(world, 0, "O", school_days(world, "2025-10-13", 10))
    asked = Span(date(2025, 10, 15), date(2025, 11, 24))
    assert [date(2025, 10, 17), date(2025, 10, 24)] == sorted(
        {row["met_on"] for row in made(world, WATCH, asked)}
    )


def test_a_window_that_was_sent_and_is_gone_is_told_as_gone(world: World) -> None:
    """An N amended to I un-counts."""
    world.opened(pupils=1)
    mark(world, 0, "N", school_days(world, "2025-11-03", 5))
    send(world, WATCH)
    world.amend(0, "N", "I", "2025-11-05")
    assert [] == made(world, WATCH)
    (row,) = made(world, WATCH, all=True)
    assert ("no-longer", None) == (row["status"], row["code"])
    assert row["changes"].startswith("2025-11-05 AM N to I (")


def test_days_before_the_duties_bring_no_return(world: World) -> None:
    """Before August 2006 there was none, and before August 2024 no national threshold."""
    world.opened(pupils=1)
    early = Span(date(2005, 8, 1), date(2006, 7, 31))
    for name in (ATTENDANCE, SICKNESS, WATCH):
        assert [] == made(world, name, early, all=True)
