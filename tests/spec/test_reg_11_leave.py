"""Regulation 11: leave of absence asked, given, refused and withdrawn, all of it kept."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.leave_of_absence.leave import LeaveBook, apply, given_for
from ledger.requests import Answer
from tests.ledger.world import World, pupil, result
from tests.spec.leave_world import asked, given, refused


def _refusal(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.refused[0][1].problems[0].code


def _events(world: World, leave: str) -> list[Any]:
    return list(world.ledger.events.get(f"leave-of-absence/{world.urn}/{pupil(0)}/{leave}"))


def _covered(world: World, leave: str) -> str:
    """The sessions from Saturday 28 November 2026 for which leave is given, a letter a day: both (B),
    morning (A), afternoon (P), none (-).
    """
    book = LeaveBook()
    for event in _events(world, leave):
        apply(book, pupil(0), leave, event)
    letters = ""
    for day in (date.fromordinal(date(2026, 11, 28).toordinal() + n) for n in range(10)):
        am, pm = (bool(given_for(book, pupil(0), day, session)) for session in ("AM", "PM"))
        letters += "B" if am and pm else "A" if am else "P" if pm else "-"
    return letters


# -- what becomes of a request ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("decision", "topic"),
    [("given", "leave-given"), ("refused", "leave-refused"), ("withdrawn", "leave-withdrawn")],
)
def test_each_outcome_is_an_event(world: World, decision: str, topic: str) -> None:
    """Refused and withdrawn requests are kept like those that were given."""
    world.opened()
    leave = asked(world)
    result(world.decide_leave(leave, decision))
    assert ["leave-asked", topic] == [event.topic for event in _events(world, leave)]


@pytest.mark.parametrize("first", ["given", "refused"])
def test_a_request_is_decided_once(world: World, first: str) -> None:
    """A second decision is refused and told what stands."""
    world.opened()
    leave = asked(world)
    result(world.decide_leave(leave, first))
    answer = world.decide_leave(leave, "refused" if first == "given" else "given").result()
    assert (409, "leave-already-decided") == _refusal(answer)
    assert {"standing": first} == answer.refused[0][1].shows


def test_only_registered_pupils_are_given_leave(world: World) -> None:
    """Leave is of a pupil whose name is in the admission register."""
    world.opened()
    assert (422, "pupil-not-on-roll") == _refusal(world.ask_leave(99).result())


def test_an_unknown_request_is_not_found(world: World) -> None:
    """A decision needs a request to decide."""
    world.opened()
    answer = world.decide_leave("0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01", "given").result()
    assert (404, "leave-not-found") == _refusal(answer)


# -- which sessions are leave ----------------------------------------------------------------------

PAIRS = [
    {"date": "2026-11-30", "session": "PM"},
    {"date": "2026-12-02", "session": "AM"},
    {"date": "2026-12-04", "session": "PM"},
]


@pytest.mark.parametrize(
    ("sessions", "decided", "covered"),
    [
        (None, {}, "--BBBBB---"),
        (None, {"from": "2026-12-01", "to": "2026-12-02"}, "---BB-----"),
        (None, {"sessions": ["PM"]}, "--PPPPP---"),
        (None, {"to": "2026-12-01", "sessions": ["AM"]}, "--AA------"),
        (None, {"sessions": PAIRS[:2]}, "--P-A-----"),
        (["PM"], {}, "--PPPPP---"),
        (["PM"], {"to": "2026-11-30", "sessions": ["PM"]}, "--P-------"),
        (["PM"], {"sessions": [PAIRS[0], PAIRS[2]]}, "--P---P---"),
        (["AM", "PM"], {}, "--BBBBB---"),
        (PAIRS, {}, "--P-A-P---"),
        (PAIRS, {"from": "2026-12-01"}, "----A-P---"),
        (PAIRS, {"sessions": ["PM"]}, "--P---P---"),
        (PAIRS, {"sessions": PAIRS[1:2]}, "----A-----"),
    ],
)
def test_leave_is_given_for_what_was_asked_or_less(
    world: World, sessions: Any, decided: dict[str, Any], covered: str
) -> None:
    """Days and sessions of a decision choose among those asked for, and only what is given is leave."""
    world.opened()
    leave = asked(world, sessions=sessions)
    assert "----------" == _covered(world, leave)
    given(world, leave, **decided)
    assert covered == _covered(world, leave)


@pytest.mark.parametrize(
    ("sessions", "decided", "problem"),
    [
        (None, {"to": "2026-12-05"}, {"given-for-more-than-asked": "from"}),
        (None, {"from": "2026-11-29"}, {"given-for-more-than-asked": "from"}),
        (None, {"from": "2026-12-04", "to": "2026-12-03"}, {"given-for-more-than-asked": "from"}),
        (["PM"], {"sessions": ["AM"]}, {"given-for-more-than-asked": "sessions"}),
        (["PM"], {"sessions": ["AM", "PM"]}, {"given-for-more-than-asked": "sessions"}),
        (["PM"], {"sessions": PAIRS[1:]}, {"given-for-more-than-asked": "sessions"}),
        (
            None,
            {"to": "2026-12-03", "sessions": PAIRS},
            {"given-for-more-than-asked": "sessions"},
        ),
        (PAIRS[:1], {"sessions": PAIRS[1:]}, {"given-for-more-than-asked": "sessions"}),
        (PAIRS, {"from": "2026-12-03", "to": "2026-12-03"}, {"leave-of-no-session": "from"}),
        (PAIRS[1:2], {"sessions": ["PM"]}, {"leave-of-no-session": "sessions"}),
    ],
)
def test_but_not_for_more_nor_for_nothing(
    world: World, sessions: Any, decided: dict[str, Any], problem: dict[str, str]
) -> None:
    """What nobody asked for cannot be given on this request, nor can no session at all."""
    world.opened()
    leave = asked(world, sessions=sessions)
    assert problem == refused(world.decide_leave(leave, "given", **decided).result())
    assert "----------" == _covered(world, leave)


@pytest.mark.parametrize("decision", ["refused", "withdrawn"])
def test_what_is_not_given_is_no_leave(world: World, decision: str) -> None:
    """A request that is refused, or withdrawn before it was decided, covers nothing."""
    world.opened()
    leave = asked(world)
    result(world.decide_leave(leave, decision))
    assert "----------" == _covered(world, leave)


@pytest.mark.parametrize(
    ("sessions", "day", "covered"),
    [
        (None, None, "----------"),
        (None, "2026-12-02", "--BB------"),
        (None, "2026-12-01", "--B-------"),
        (None, "2026-11-30", "----------"),
        (None, "2026-12-04", "--BBBB----"),
        (PAIRS, "2026-12-02", "--P-------"),
    ],
)
def test_leave_is_withdrawn_from_a_day_on(
    world: World, sessions: Any, day: str | None, covered: str
) -> None:
    """Leave taken before the day stays leave; without a day all of it is withdrawn."""
    world.opened()
    leave = asked(world, sessions=sessions)
    given(world, leave)
    result(world.decide_leave(leave, "withdrawn", **({"from": day} if day else {})))
    assert covered == _covered(world, leave)
    answer = world.decide_leave(leave, "withdrawn").result()
    assert (409, "leave-already-decided") == _refusal(answer)


def test_leave_that_is_over_is_not_withdrawn(world: World) -> None:
    """From the day after the last there is nothing left to withdraw."""
    world.opened()
    leave = asked(world)
    given(world, leave)
    answer = world.decide_leave(leave, "withdrawn", **{"from": "2026-12-05"}).result()
    assert {"leave-already-taken": "from"} == refused(answer)


@pytest.mark.parametrize(("to", "status"), [("2026-12-03", 422), ("2026-12-04", 201)])
def test_leave_is_withdrawn_to_its_end(world: World, to: str, status: int) -> None:
    """Days in the middle are not taken out: what is withdrawn has no leave after it."""
    world.opened()
    leave = asked(world)
    given(world, leave)
    answer = world.decide_leave(leave, "withdrawn", **{"from": "2026-12-02", "to": to}).result()
    assert status == answer.status
    assert ("--BBBBB---" if answer.refused else "--BB------") == _covered(world, leave)


@pytest.mark.parametrize("decision", ["refused", "withdrawn"])
@pytest.mark.parametrize("more", [{"sessions": ["PM"]}, {"licence": "Leicester 2026/118"}])
def test_only_leave_given_has_sessions_and_a_licence(
    world: World, decision: str, more: dict[str, Any]
) -> None:
    """What would say nothing is not taken without a word."""
    world.opened()
    with pytest.raises(ValueError, match="belong to leave that is given"):
        world.decide_leave(asked(world), decision, **more)


def test_another_pupils_leave_is_nobody_elses(world: World) -> None:
    """Leave is found by pupil: of two leaves of a day each is its own pupil's."""
    world.opened()
    leave = asked(world)
    given(world, leave)
    book = LeaveBook()
    for event in _events(world, leave):
        apply(book, pupil(0), leave, event)
    day = date(2026, 11, 30)
    assert [leave] == [found.id for found in given_for(book, pupil(0), day, "AM")]
    assert [] == given_for(book, pupil(1), day, "AM")
    assert [leave] == [request.id for request in book.of(pupil(0))]


# -- requests that cannot be ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"asked_on": "2026-11-23"}, {"asked-in-the-future": "asked_on"}),
        ({"to": None}, {"leave-without-end": "to"}),
        ({"to": "2029-12-04"}, {"leave-too-long": "to"}),
        (
            {"sessions": [{"date": "2026-12-05", "session": "AM"}]},
            {"leave-session-outside-dates": "sessions"},
        ),
        (
            {"sessions": [PAIRS[0], {"date": "2026-11-29", "session": "PM"}]},
            {"leave-session-outside-dates": "sessions"},
        ),
        ({"review_on": ["2026-12-05"]}, {"review-outside-leave": "review_on"}),
    ],
)
def test_a_request_that_cannot_be_is_refused(
    world: World, changes: dict[str, Any], problem: dict[str, str]
) -> None:
    """The clock of the world stands at 22 November 2026; leave is asked for from 30 November on."""
    world.opened()
    answer = world.ask_leave(0, **changes).result()
    assert (422, problem) == (answer.status, refused(answer))


@pytest.mark.parametrize("changes", [{"asked_on": "2026-11-22"}, {"to": "2029-12-03"}])
def test_up_to_its_limits_a_request_is_taken(world: World, changes: dict[str, Any]) -> None:
    """Asked today is asked, and 1,100 days are not too many."""
    world.opened()
    result(world.ask_leave(0, **changes))


# -- the day of a decision -----------------------------------------------------------------------


@pytest.mark.parametrize("decision", ["given", "refused", "withdrawn"])
def test_a_decision_keeps_the_day_it_was_made(world: World, decision: str) -> None:
    """The day claimed is kept beside the time of recording; left out, it is the day of recording."""
    world.opened()
    first, second = asked(world), asked(world)
    result(world.decide_leave(first, decision, decided_on="2026-11-03"))
    result(world.decide_leave(second, decision))
    days = [_events(world, leave)[-1].decided_on for leave in (first, second)]
    assert [date(2026, 11, 3), date(2026, 11, 22)] == days


def test_today_is_the_day_in_london(world: World) -> None:
    """At half past midnight of British summer time the day has begun, though not yet in UTC."""
    world.opened()
    world.clock.now = datetime(2027, 6, 1, 23, 30, tzinfo=UTC)
    later = {"from": "2027-06-14", "to": "2027-06-18"}
    result(world.ask_leave(0, asked_on="2027-06-02", **later))
    answer = world.ask_leave(0, asked_on="2027-06-03", **later).result()
    assert {"asked-in-the-future": "asked_on"} == refused(answer)


@pytest.mark.parametrize(
    ("decided_on", "problem"),
    [
        ("2026-11-01", {"decided-before-asked": "decided_on"}),
        ("2026-11-02", None),
        ("2026-11-22", None),
        ("2026-11-23", {"decided-in-the-future": "decided_on"}),
    ],
)
def test_a_decision_comes_after_the_request_and_before_tomorrow(
    world: World, decided_on: str, problem: dict[str, str] | None
) -> None:
    """Asked on 2 November and recorded on the 22nd: decided on one of these days or between."""
    world.opened()
    answer = world.decide_leave(asked(world), "refused", decided_on=decided_on).result()
    assert problem == (refused(answer) if answer.refused else None)


def test_leave_is_not_withdrawn_before_it_is_given(world: World) -> None:
    """Given on 10 November, it is not withdrawn on the 9th."""
    world.opened()
    leave = asked(world)
    given(world, leave, decided_on="2026-11-10")
    answer = world.decide_leave(leave, "withdrawn", decided_on="2026-11-09").result()
    assert {"decided-before-asked": "decided_on"} == refused(answer)
