"""Regulation 11 by paragraph: a must refuses leave where the regulation binds and warns elsewhere.

A request may always be recorded, with a warning: a school must be able to refuse it and keep that.
Leave is asked from Monday 30 November to Friday 4 December 2026, today is the 22nd.
"""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from ledger.admissions.admission import AmendParticulars
from ledger.admissions.ages import compulsory_school_age_to
from ledger.law import statute
from tests.ledger.world import HEAD, World, pupil, request, result
from tests.spec.leave_world import BOUND, NOT_BOUND, TIMETABLE, asked, opened, refused, warned

ALL_TYPES = [*BOUND, *NOT_BOUND]


def _giving(world: World, leave: str, **changes: Any) -> tuple[str, dict[str, str]]:
    """The outcome of giving leave, tried once."""
    future = world.decide_leave(leave, "given", **changes)
    answer = future.result()
    return ("refused", refused(answer)) if answer.refused else ("recorded", warned(result(future)))


def _breach(type_: str, problem: dict[str, str]) -> tuple[str, dict[str, str]]:
    return ("refused" if type_ in BOUND else "recorded"), problem


# -- 11(2): employment -----------------------------------------------------------------------------


def test_employment_rests_on_a_licence(world: World) -> None:
    """A regulated performance or employment abroad is given leave with a licence; without one named
    it is recorded with a warning.  No other ground is for employment.
    """
    opened(world)
    with_licence, without = (asked(world, ground="regulated_performance") for _ in range(2))
    assert ("recorded", {}) == _giving(world, with_licence, licence="Leicester 2026/118")
    assert ("recorded", {"licence-not-recorded": "licence"}) == _giving(world, without)
    assert ("recorded", {}) == _giving(world, asked(world))


# -- 11(4), (5), (7) on: in advance ----------------------------------------------------------------


@pytest.mark.parametrize("type_", ALL_TYPES)
@pytest.mark.parametrize("ground", ["interview", "study", "exceptional_circumstances"])
def test_leave_is_asked_for_in_advance(world: World, type_: str, ground: str) -> None:
    """Asked on the day after it began: recorded with a warning, and given only where nothing binds."""
    opened(world, type_)
    week = {"from": "2026-11-09", "to": "2026-11-13", "ground": ground}
    receipt = result(world.ask_leave(0, asked_on="2026-11-10", **week))
    assert {"leave-not-asked-in-advance": "asked_on"} == warned(receipt)
    outcome = _giving(world, receipt["id"], decided_on="2026-11-10")
    assert outcome == _breach(
        type_,
        {"leave-not-asked-in-advance": "decision", "leave-given-after-it-began": "decided_on"},
    )


@pytest.mark.parametrize("asked_on", ["2026-11-06", "2026-11-09"])
def test_asked_by_its_first_day_is_in_advance(world: World, asked_on: str) -> None:
    """The day before is in advance; on the day itself it may have been, and nothing is refused."""
    opened(world)
    week = {"from": "2026-11-09", "to": "2026-11-13", "ground": "interview"}
    receipt = result(world.ask_leave(0, asked_on=asked_on, **week))
    assert {} == warned(receipt)
    assert ("recorded", {}) == _giving(world, receipt["id"], decided_on="2026-11-09")


def test_the_first_session_is_what_leave_begins_with(world: World) -> None:
    """Of a timetable it is the first session named, not the first day of the span."""
    opened(world)
    sessions = [{"date": "2026-11-11", "session": "PM"}]
    week = {"from": "2026-11-09", "to": "2026-11-13", "sessions": sessions}
    receipt = result(world.ask_leave(0, asked_on="2026-11-11", **week))
    assert {} == warned(receipt)
    assert ("recorded", {}) == _giving(world, receipt["id"], decided_on="2026-11-11")


def test_leave_asked_late_is_given_for_the_days_to_come(world: World) -> None:
    """What was asked too late for Monday was asked in time for Wednesday on."""
    opened(world)
    leave = asked(world, **{"from": "2026-11-09", "to": "2026-11-13", "asked_on": "2026-11-11"})
    outcome, problems = _giving(world, leave, decided_on="2026-11-11")
    assert "refused" == outcome
    assert {"leave-not-asked-in-advance", "leave-given-after-it-began"} == problems.keys()
    late = {"from": "2026-11-11", "decided_on": "2026-11-11"}
    assert ("recorded", {}) == _giving(world, leave, **late)


@pytest.mark.parametrize("ground", ["regulated_performance", "medical_appointment"])
def test_where_it_is_not_stated_nothing_is_asked_in_advance(world: World, ground: str) -> None:
    """Whether a performance or an appointment is asked in advance is not confirmed: nothing is said."""
    opened(world)
    week = {"from": "2026-11-09", "to": "2026-11-13", "ground": ground}
    assert {} == warned(result(world.ask_leave(0, asked_on="2026-11-12", **week)))


@pytest.mark.parametrize(
    ("first", "expected"),
    [("2024-08-16", {}), ("2024-08-19", {"leave-not-asked-in-advance": "asked_on"})],
)
def test_study_is_agreed_in_advance_since_19_august_2024(
    world: World, first: str, expected: dict[str, str]
) -> None:
    """The 2006 Regulations said so of exceptional circumstances alone; the law of its first day counts."""
    opened(world)
    day = (date.fromisoformat(first) + timedelta(days=1)).isoformat()
    days = {"from": first, "to": day, "ground": "study", "asked_on": day}
    assert expected == warned(result(world.ask_leave(0, **days)))


@pytest.mark.parametrize(
    ("first", "expected"),
    [("2013-08-31", {}), ("2013-09-01", {"leave-not-asked-in-advance": "asked_on"})],
)
def test_exceptional_circumstances_since_1_september_2013(
    world: World, first: str, expected: dict[str, str]
) -> None:
    """SI 2013/756 brought it in: leave of the day before is judged by nothing we know."""
    opened(world)
    day = (date.fromisoformat(first) + timedelta(days=1)).isoformat()
    assert expected == warned(
        result(world.ask_leave(0, **{"from": first, "to": day, "asked_on": day}))
    )


# -- no retrospective leave ------------------------------------------------------------------------


@pytest.mark.parametrize("type_", ALL_TYPES)
@pytest.mark.parametrize(
    ("decided_on", "late"), [("2026-11-06", False), ("2026-11-09", False), ("2026-11-10", True)]
)
def test_leave_is_not_given_for_days_past(
    world: World, type_: str, decided_on: str, late: bool
) -> None:
    """The day of the decision counts, not that of its recording; on the first day it is in time."""
    opened(world, type_)
    leave = asked(world, **{"from": "2026-11-09", "to": "2026-11-13"})
    expected = (
        _breach(type_, {"leave-given-after-it-began": "decided_on"}) if late else ("recorded", {})
    )
    assert expected == _giving(world, leave, decided_on=decided_on)


def test_recorded_today_is_decided_today(world: World) -> None:
    """Without a day of its own a decision on leave of last week comes too late."""
    opened(world)
    leave = asked(world, **{"from": "2026-11-09", "to": "2026-11-13"})
    assert ("refused", {"leave-given-after-it-began": "decided_on"}) == _giving(world, leave)
    result(world.decide_leave(leave, "refused"))


@pytest.mark.parametrize("ground", ["medical_appointment", "regulated_performance"])
def test_on_no_ground_is_leave_retrospective(world: World, ground: str) -> None:
    """A late explanation is no leave: the code may be right all the same."""
    opened(world)
    leave = asked(world, ground=ground, **{"from": "2026-11-09", "to": "2026-11-13"})
    _, problems = _giving(world, leave, licence="Leicester 2026/118")
    assert {"leave-given-after-it-began": "decided_on"} == problems


# -- 11(6): temporary part-time education -----------------------------------------------------------


@pytest.mark.parametrize("type_", ALL_TYPES)
def test_a_part_time_timetable_in_order_is_given(world: World, type_: str) -> None:
    """Of compulsory school age, asked for, with times, an end and a review: nothing is said."""
    opened(world, type_)
    receipt = result(world.ask_leave(0, **TIMETABLE))
    assert {} == warned(receipt)
    assert ("recorded", {}) == _giving(world, receipt["id"])


@pytest.mark.parametrize("type_", ALL_TYPES)
def test_its_times_and_dates_are_agreed(world: World, type_: str) -> None:
    """Whole days from one to another are no timetable (regulation 11(6)(c))."""
    opened(world, type_)
    receipt = result(world.ask_leave(0, **TIMETABLE | {"sessions": None}))
    assert {"leave-times-not-agreed": "sessions"} == warned(receipt)
    outcome = _giving(world, receipt["id"])
    assert _breach(type_, {"leave-times-not-agreed": "sessions"}) == outcome


def test_times_may_be_agreed_in_the_decision(world: World) -> None:
    """Asked without times, given for some sessions: these are the times."""
    opened(world)
    leave = asked(world, **TIMETABLE | {"sessions": None})
    assert ("recorded", {}) == _giving(world, leave, sessions=["PM"])


@pytest.mark.parametrize("type_", ["maintained", "academy"])
def test_an_end_and_reviews_are_guidance(world: World, type_: str) -> None:
    """A timetable without a proposed end or a review is recorded with warnings everywhere."""
    opened(world, type_)
    receipt = result(world.ask_leave(0, **TIMETABLE | {"to": None, "review_on": []}))
    assert {"part-time-without-end": "to", "part-time-without-review": "review_on"} == warned(
        receipt
    )
    outcome = _giving(world, receipt["id"], to="2027-01-15")
    assert ("recorded", {"part-time-without-review": "decision"}) == outcome


def test_the_last_of_dated_sessions_is_an_end(world: World) -> None:
    """Dated sessions end by themselves."""
    opened(world)
    sessions = [{"date": "2026-12-02", "session": "PM"}]
    receipt = result(world.ask_leave(0, **TIMETABLE | {"to": None, "sessions": sessions}))
    assert {} == warned(receipt)


LAST_OF_AGE = date(2027, 6, 25)
"""The last Friday in June of the school year in which those born on 1 May 2011 turn sixteen."""


@pytest.mark.parametrize("type_", ["maintained", "academy"])
@pytest.mark.parametrize(
    ("last", "fits"), [(LAST_OF_AGE, True), (LAST_OF_AGE + timedelta(days=1), False)]
)
def test_part_time_is_for_compulsory_school_age_throughout(
    world: World, type_: str, last: date, fits: bool
) -> None:
    """Regulation 11(6)(a): up to the last Friday in June it may last, and not a day longer."""
    opened(world, type_, date_of_birth="2011-05-01")
    assert LAST_OF_AGE == compulsory_school_age_to(date(2011, 5, 1))
    receipt = result(world.ask_leave(0, **TIMETABLE | {"to": last.isoformat()}))
    expected = {} if fits else {"leave-ground-not-for-this-age": "ground"}
    assert expected == warned(receipt)
    outcome = _giving(world, receipt["id"])
    wrong = {"leave-ground-not-for-this-age": "decision"}
    assert outcome == (("recorded", {}) if fits else _breach(type_, wrong))


@pytest.mark.parametrize(
    ("born", "fits"),
    [("2021-08-31", True), ("2021-09-01", False), ("2022-01-10", False)],
)
def test_part_time_is_not_for_the_youngest(world: World, born: str, fits: bool) -> None:
    """Five on 31 August 2026 is of that age in November; five a day later is from 31 December on."""
    opened(world, date_of_birth=born)
    wrong = {"leave-ground-not-for-this-age": "decision"}
    leave = asked(world, **TIMETABLE)
    assert _giving(world, leave) == (("recorded", {}) if fits else ("refused", wrong))


@pytest.mark.parametrize(("first", "fits"), [("2026-12-30", False), ("2026-12-31", True)])
def test_part_time_begins_with_compulsory_school_age(world: World, first: str, fits: bool) -> None:
    """Five on 1 September 2026 is of that age from 31 December on, and not a day before."""
    opened(world, date_of_birth="2021-09-01")
    days = {"from": first, "to": "2027-01-15", "review_on": ["2027-01-11"]}
    leave = asked(world, **TIMETABLE | days)
    wrong = {"leave-ground-not-for-this-age": "decision"}
    assert _giving(world, leave) == (("recorded", {}) if fits else ("refused", wrong))


def test_part_time_with_a_shorter_end_fits_again(world: World) -> None:
    """Given up to the last day of compulsory school age, it is given for pupils of that age."""
    opened(world, date_of_birth="2011-05-01")
    leave = asked(world, **TIMETABLE | {"to": "2027-07-16"})
    assert "refused" == _giving(world, leave)[0]
    assert ("recorded", {}) == _giving(world, leave, to=LAST_OF_AGE.isoformat())


# -- 11(7) on: not required to attend ---------------------------------------------------------------


@pytest.mark.parametrize("type_", ALL_TYPES)
@pytest.mark.parametrize(
    ("born", "last", "fits"),
    [
        ("2021-09-01", "2026-12-30", True),  # of compulsory school age from 31 December 2026
        ("2021-09-01", "2026-12-31", False),
        ("2012-05-14", "2026-12-04", False),
        ("2010-05-01", "2026-12-04", True),  # over it since the end of June 2026
    ],
)
def test_not_being_required_to_attend_is_for_others(
    world: World, type_: str, born: str, last: str, fits: bool
) -> None:
    """On every day of the leave the pupil is too young, or too old, for compulsory school age."""
    opened(world, type_, date_of_birth=born)
    leave = asked(world, ground="not_required_to_attend", to=last)
    wrong = {"leave-ground-not-for-this-age": "decision"}
    assert _giving(world, leave) == (("recorded", {}) if fits else _breach(type_, wrong))


# -- who asks --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "relationship", "warns"),
    [
        ("2012-05-14", "parent", False),
        ("2012-05-14", "pupil", True),
        ("2012-05-14", "Pupil", True),
        ("2012-05-14", "carer", False),
        ("2010-05-01", "pupil", False),
        ("2022-05-01", "pupil", True),
    ],
)
def test_pupils_over_compulsory_school_age_may_ask_themselves(
    world: World, born: str, relationship: str, warns: bool
) -> None:
    """A younger pupil's own request is recorded with a warning; who else is a parent is for the school."""
    opened(world, date_of_birth=born)
    by = {"name": "Ada Okafor", "relationship": relationship}
    receipt = result(world.ask_leave(0, asked_by=by))
    expected = {"asked-by-no-appropriate-person": "asked_by.relationship"} if warns else {}
    assert expected == warned(receipt)


def test_on_the_day_of_asking(world: World) -> None:
    """On the last Friday in June a pupil is of compulsory school age still, on the Saturday over it."""
    opened(world, date_of_birth="2010-05-01")
    assert date(2026, 6, 26) == compulsory_school_age_to(date(2010, 5, 1))
    by = {"name": "Ada Okafor", "relationship": "pupil"}
    on_friday = result(world.ask_leave(0, asked_by=by, asked_on="2026-06-26"))
    on_saturday = result(world.ask_leave(0, asked_by=by, asked_on="2026-06-27"))
    assert ["asked-by-no-appropriate-person"] == list(warned(on_friday))
    assert {} == warned(on_saturday)


def test_a_timetable_the_pupil_asks_for_is_agreed_with_a_parent(world: World) -> None:
    """Regulation 11(6): agreed with a parent the pupil normally lives with, whoever asked."""
    opened(world)
    by = {"name": "Ada Okafor", "relationship": "pupil"}
    parent = {"name": "Ngozi Okafor", "relationship": "parent"}
    alone = result(world.ask_leave(0, **TIMETABLE, asked_by=by))
    agreed = result(world.ask_leave(0, **TIMETABLE, asked_by=by, agreed_with=parent))
    assert ["asked-by-no-appropriate-person"] == list(warned(alone))
    assert {} == warned(agreed)


# -- what is not known -----------------------------------------------------------------------------


def test_the_date_of_birth_is_the_one_that_stands(world: World) -> None:
    """An amended date of birth counts from its recording on."""
    opened(world)
    leave = asked(world, ground="not_required_to_attend")
    assert "refused" == _giving(world, leave)[0]
    result(_amended_birth(world, "2010-05-01"))
    assert ("recorded", {}) == _giving(world, leave)


def _amended_birth(world: World, born: str) -> Any:
    """Amend the first pupil's date of birth."""
    command = AmendParticulars.model_validate(
        {"changes": {"date_of_birth": born}, "reason": "Birth certificate seen", "by": HEAD}
    )
    return world.ledger.amend_particulars(world.urn, UUID(pupil(0)), command, request())


# -- the table -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rule",
    [
        "leave-not-asked-in-advance",
        "leave-given-after-it-began",
        "leave-ground-not-for-this-age",
        "leave-times-not-agreed",
        "leave-not-by-authorised-person",
        "asked-by-no-appropriate-person",
        "licence-not-recorded",
        "part-time-without-end",
        "part-time-without-review",
    ],
)
def test_every_rule_is_in_the_table_of_severities(rule: str) -> None:
    """Each rule of leave has its weight, with a reference to regulation 11 or the guidance on it."""
    found = statute.severity_rule(rule, date(2026, 11, 30))
    assert found is not None
    assert "reg 11" in found.reference or "Working together" in found.reference
