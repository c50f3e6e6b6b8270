"""Closures of a whole school: what they take away, and their marks in one act (SI 2024/208 reg 10).

AC-008 and AC-012 are here as whole-school acts; one mark at a time they are in the attendance register.
"""

from concurrent.futures import Future
from datetime import UTC, date, datetime
from json import loads
from typing import Any
from uuid import UUID

import pytest

from ledger.admissions import admission
from ledger.registers.closing import MARKS_MAX, code_of, weight_of
from ledger.requests import Answer
from ledger.schools import school
from ledger.store.writer import WAITING_WEIGHT_MAX
from tests.ledger.world import HEAD, World, pupil, request, result
from tests.spec.conftest import Logged

SNOW_DAY = "2026-11-24"
TUESDAY = datetime(2026, 11, 24, 10, 15, tzinfo=UTC)


def close(
    world: World, first: str = SNOW_DAY, last: str | None = None, **changes: Any
) -> Future[Answer]:
    """Close the school, its marks entered unless that is changed."""
    asked = {
        "from": first,
        "to": last or first,
        "kind": "unplanned",
        "reason": "Snow",
        "enter_marks": True,
        "by": HEAD,
    } | {name: value for name, value in changes.items() if name != "request"}
    command = school.MakeClosure.model_validate(asked)
    return world.ledger.make_closure(world.urn, command, changes.get("request") or request())


def marks(receipt: dict[str, Any]) -> list[tuple[int, str, str, str | None, str]]:
    """Pupil number, day, session, code before and code now, as the receipt has them."""
    return [
        (UUID(r["pupil"]).int & 0xFFFF, r["date"], r["session"], r["before"], r["code"])
        for r in receipt["results"][1:]
    ]


def test_ac_008_snow_gives_every_pupil_y4(world: World) -> None:
    """Given snow on a day of two sessions, when the site is closed, then every pupil due has Y4."""
    world.opened(pupils=3)
    receipt = result(close(world))
    expected = [(n, SNOW_DAY, s, None, "Y4") for s in ("AM", "PM") for n in range(3)]
    assert expected == marks(receipt)
    assert {"recorded"} == {r["status"] for r in receipt["results"]}
    assert {"disagreeing_marks": 0, "disagree": []}.items() <= receipt["results"][0].items()


def test_one_act_holds_the_closure_and_its_marks(world: World) -> None:
    """The closure, and every mark of it, take neighbouring positions after the one act."""
    world.opened(pupils=2)
    receipt = result(close(world))
    first = receipt["first"]
    assert [first + n for n in range(1, 6)] == [r["position"] for r in receipt["results"]]
    assert first + 5 == receipt["last"]


def test_what_stood_before_is_kept_for_each_pupil(world: World, logged: Logged) -> None:
    """A code of another reason is amended, by a recorded amendment with the closure's reason."""
    world.opened(pupils=4)
    world.clock.now = TUESDAY
    result(world.take({0: "N", 1: "I", 2: "C"}, day=SNOW_DAY))
    receipt = result(close(world, sessions=["AM"]))
    assert [
        (0, SNOW_DAY, "AM", "N", "Y4"),
        (1, SNOW_DAY, "AM", "I", "Y4"),
        (2, SNOW_DAY, "AM", "C", "Y4"),
        (3, SNOW_DAY, "AM", None, "Y4"),
    ] == marks(receipt)
    _act, _closure, *events = logged(receipt)
    assert [("N", "Snow"), ("I", "Snow"), ("C", "Snow")] == [
        (event.replaces, event.reason) for event in events[:3]
    ]
    # The amended entry stands: only from it can the next amendment start.
    assert 409 == world.amend(1, "I", "#", day=SNOW_DAY).result().status
    assert 201 == world.amend(1, "Y4", "#", day=SNOW_DAY).result().status


@pytest.mark.parametrize("there", ["/", "L", "U", "V", "P", "W", "D"])
def test_who_was_there_stays_there(world: World, there: str) -> None:
    """A mark that says the pupil was in school, or where the school had sent the pupil, is no part of
    the closure: it stays and is listed.
    """
    world.opened(pupils=2)
    world.clock.now = TUESDAY
    entry = {"code": there} | ({"detail": "Sandfield School"} if there == "D" else {})
    world.import_lines([{"pupil": pupil(0), "date": SNOW_DAY, **entry}]).result()
    receipt = result(close(world, sessions=["AM"]))
    assert [(1, SNOW_DAY, "AM", None, "Y4")] == marks(receipt)
    disagrees = {"pupil": pupil(0), "date": SNOW_DAY, "session": "AM", "code": there}
    assert [disagrees] == receipt["results"][0]["disagree"]


def test_a_closure_at_noon_leaves_the_morning(world: World) -> None:
    """Pupils sent home before noon keep their morning; the afternoon is the closure's."""
    world.opened(pupils=2)
    world.clock.now = TUESDAY
    result(world.take({0: "/", 1: "/"}, day=SNOW_DAY))
    receipt = result(close(world, sessions=["PM"]))
    assert [(0, SNOW_DAY, "PM", None, "Y4"), (1, SNOW_DAY, "PM", None, "Y4")] == marks(receipt)
    assert 0 == receipt["results"][0]["disagreeing_marks"]


def test_without_marks_nothing_is_changed(world: World) -> None:
    """Unless it is asked to, a closure enters no mark, and lists those that disagree."""
    world.opened(pupils=2)
    world.clock.now = TUESDAY
    result(world.take({0: "/", 1: "N"}, day=SNOW_DAY))
    receipt = result(close(world, enter_marks=False))
    (closure,) = receipt["results"]
    assert 2 == closure["disagreeing_marks"]
    assert ["/", "N"] == [mark["code"] for mark in closure["disagree"]]
    assert 201 == world.amend(1, "N", "Y4", day=SNOW_DAY).result().status


def test_a_closure_that_stands_can_be_sent_again_for_its_marks(world: World) -> None:
    """Made without its marks, it is unchanged when sent again with them, and the marks are entered."""
    world.opened(pupils=1)
    result(close(world, enter_marks=False))
    receipt = result(close(world))
    assert ["unchanged", "recorded", "recorded"] == [r["status"] for r in receipt["results"]]
    again = result(close(world))
    assert ["unchanged"] * 3 == [r["status"] for r in again["results"]]
    assert [(0, SNOW_DAY, s, "Y4", "Y4") for s in ("AM", "PM")] == marks(again)


def test_a_planned_closure_gives_the_code_of_planned_ones(world: World) -> None:
    """AC-012: a training day that is added, ahead of it, gives # to every pupil due."""
    world.opened(pupils=1)
    receipt = result(close(world, "2026-12-07", kind="planned", reason="Staff training"))
    assert [(0, "2026-12-07", s, None, "#") for s in ("AM", "PM")] == marks(receipt)


def test_only_sessions_that_the_terms_hold_are_closed(world: World) -> None:
    """Weekends, half term, bank holidays and days that were closed already get nothing."""
    world.opened(pupils=1)
    closed = result(close(world, "2026-10-23", "2026-11-02"))
    assert {("2026-10-23"), ("2026-11-02")} == {day for _, day, *_ in marks(closed)}
    # Snow on a training day leaves it a training day.
    training = result(close(world, "2026-11-26", "2026-11-27"))
    assert {"2026-11-26"} == {day for _, day, *_ in marks(training)}
    world.set_year(
        2025,
        terms=[{"name": "Summer", "from": "2026-04-13", "to": "2026-07-21", "half_term": None}],
    )
    world.enter_names(1, starting_day="2026-04-13")
    holiday = result(close(world, "2026-05-04", "2026-05-05"))
    assert {"2026-05-05"} == {day for _, day, *_ in marks(holiday)}


def test_only_pupils_due_are_closed_out(world: World) -> None:
    """Boarders, guests, those not yet or no longer on the roll have no mark of the closure."""
    world.opened(pupils=1)
    world.enter_names(1, boarder=True)
    world.enter_names(2, enrolment="guest")
    world.enter_names(3, starting_day="2026-11-25")
    world.enter_names(4, enrolment="subsidiary")
    receipt = result(close(world, SNOW_DAY, "2026-11-25", sessions=["AM"]))
    assert [0, 4, 0, 3, 4] == [number for number, *_ in marks(receipt)]


def test_a_boarder_from_a_day_on_is_due_until_then(world: World) -> None:
    """Who boards from Wednesday on has Tuesday's mark and no later one."""
    world.opened(pupils=1)
    asked = {
        "changes": {"boarder": True},
        "reason": "Boards now",
        "in_force_from": "2026-11-25",
        "by": HEAD,
    }
    command = admission.AmendParticulars.model_validate(asked)
    result(world.ledger.amend_particulars(world.urn, UUID(pupil(0)), command, request()))
    receipt = result(close(world, SNOW_DAY, "2026-11-25", sessions=["AM"]))
    assert [(0, SNOW_DAY, "AM", None, "Y4")] == marks(receipt)


@pytest.mark.parametrize(
    ("day", "kind", "code"),
    [
        (date(2024, 8, 18), "unplanned", "Y"),
        (date(2024, 8, 19), "unplanned", "Y4"),
        (date(2024, 8, 18), "planned", "#"),
        (date(2024, 8, 19), "planned", "#"),
    ],
)
def test_the_code_is_that_of_the_day(day: date, kind: str, code: str) -> None:
    """An unexpected closure was Y until 18 August 2024 and is Y4 from the day after."""
    assert code == code_of(kind, day)


def test_before_y4_the_detail_is_the_reason(world: World, logged: Logged) -> None:
    """Y needs its detail: a closure of those days gives its own reason."""
    world.describe(in_force_from="2023-09-01")
    world.set_year(2023)
    world.enter_names(0, starting_day="2023-09-04", date_of_birth="2012-05-14")
    receipt = result(close(world, "2023-11-14", sessions=["PM"]))
    assert [(0, "2023-11-14", "PM", None, "Y")] == marks(receipt)
    assert ("Y", "Snow") == (logged(receipt)[-1].code, logged(receipt)[-1].detail)


def test_a_closure_may_span_months_within_its_limit(world: World) -> None:
    """Ahead of its days, too: a term's worth of sessions for a pupil is entered at once."""
    world.opened(pupils=1)
    receipt = result(close(world, "2026-11-30", "2026-12-18"))
    assert 30 == len(marks(receipt))


def test_too_many_marks_are_refused_whole(world: World) -> None:
    """Beyond the limit nothing is recorded, neither the closure nor a mark; the message says how."""
    world.opened(pupils=1)
    world.enter_names(*range(1, 301))
    days = MARKS_MAX // 300 // 2 + 1
    assert days <= 67, "the term has too few days for this test"
    refused = close(world, "2026-09-02", "2026-12-18").result()
    assert 422 == refused.status
    ((_, refusal),) = refused.refused
    assert ("closure-of-too-many-marks", "to") == refusal.problems[0][:2]
    assert "split by days" in refusal.problems[0].message
    assert not result(close(world, "2026-12-18", enter_marks=False))["results"][0]["disagree"]


def test_the_weight_in_the_queue_is_sane() -> None:
    """A closure without marks weighs one; no closure weighs as much as the queue may hold."""

    def asked(first: str, last: str, **changes: Any) -> school.MakeClosure:
        body = {"from": first, "to": last, "reason": "Snow", "by": HEAD, **changes}
        return school.MakeClosure.model_validate(body)

    assert 1 == weight_of(asked(SNOW_DAY, SNOW_DAY))
    assert 2_001 == weight_of(asked(SNOW_DAY, SNOW_DAY, enter_marks=True))
    longest = weight_of(asked("0001-01-01", "9999-12-31", enter_marks=True))
    assert longest <= MARKS_MAX + 1 < WAITING_WEIGHT_MAX / 5


def test_a_dry_run_shows_and_keeps_nothing(world: World) -> None:
    """What would be entered is answered, and may then be entered for the first time."""
    world.opened(pupils=2)
    tried = result(close(world, request=request(dry_run=True)))
    assert 4 == len(marks(tried))
    done = result(close(world))
    assert marks(tried) == marks(done)
    assert "recorded" == done["results"][0]["status"]


def test_the_same_key_is_answered_byte_for_byte(world: World) -> None:
    """A retry gets the first receipt again, results and all, though marks were amended since."""
    world.opened(pupils=2)
    first = close(world, request=request(key=f"snow-{world.urn}")).result()
    result(world.amend(0, "Y4", "#", day=SNOW_DAY))
    again = close(world, request=request(key=f"snow-{world.urn}")).result()
    assert (False, True) == (first.replayed, again.replayed)
    assert first.receipt == again.receipt


def test_an_entry_amended_to_its_limit_refuses_the_whole_act(world: World) -> None:
    """In mode `all` nothing is recorded; in mode `each` the others are."""
    world.opened(pupils=2)
    world.clock.now = TUESDAY
    result(world.take({0: "I"}, day=SNOW_DAY))
    for number in range(63):
        codes = ("I", "C") if number % 2 == 0 else ("C", "I")
        result(world.amend(0, *codes, day=SNOW_DAY))
    refused = close(world, sessions=["AM"]).result()
    assert (422, "amended-too-often") == (
        refused.status,
        refused.refused[0][1].problems[0].code,
    )
    taken = loads(close(world, sessions=["AM"], request=request(each=True)).result().receipt)
    assert ["recorded", "refused", "recorded"] == [r["status"] for r in taken["results"]]


def test_others_of_the_same_batch_see_the_closure(world: World) -> None:
    """A register sent together with the closure finds the school closed."""
    world.opened(pupils=2)
    world.clock.now = TUESDAY
    closed, taken = close(world), world.take({0: "/", 1: "/"}, day=SNOW_DAY)
    assert 201 == closed.result().status
    assert ["school-closed"] * 2 == [r.problems[0].code for _, r in taken.result().refused]


@pytest.mark.parametrize(
    ("first", "last", "code"),
    [
        ("2027-09-01", "2027-09-01", "school-year-not-set"),
        ("2027-07-31", "2027-08-01", "closure-outside-academic-year"),
    ],
)
def test_a_closure_that_cannot_be_has_no_marks(
    world: World, first: str, last: str, code: str
) -> None:
    """What refuses the closure refuses it before any mark is looked at."""
    world.opened(pupils=1)
    refused = close(world, first, last).result()
    assert [code] == [r.problems[0].code for _, r in refused.refused]


def test_setting_the_year_again_keeps_the_closure(world: World) -> None:
    """Terms set again, or sent back as they were read, leave the closure made later where it is."""
    world.opened(pupils=1)
    result(close(world))
    training = {"from": "2026-11-27", "to": "2026-11-27", "kind": "planned", "reason": "Training"}
    snow = {"from": SNOW_DAY, "to": SNOW_DAY, "kind": "unplanned", "reason": "Snow"}
    again = world.set_year(closures=[training])
    assert "recorded" == again["results"][0]["status"]
    ((_, refused),) = world.take({0: "C"}, day=SNOW_DAY, session="PM").result().refused
    assert "school-closed" == refused.problems[0].code
    sent_back = world.set_year(closures=[training, snow])
    assert "unchanged" == sent_back["results"][0]["status"]
    assert "unchanged" == result(close(world, enter_marks=False))["results"][0]["status"]
