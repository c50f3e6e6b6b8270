"""Regulation 8: boarders kept up to date, dual registration, guests, re-admission and transfer."""

from datetime import date
from typing import Any

import pytest

from ledger.admissions.admission import NameDeleted, NameEntered, ParticularsAmended, apply
from ledger.admissions.roll import OnRoll, Roll
from ledger.schools.calendar import Session
from tests.ledger.world import World, pupil, result
from tests.spec.deletions import MET, delete, warned
from tests.spec.test_reg_08_particulars import NAME, amend, enter

PLANNED = {"code": "B", "detail": "College"}


def played(*events: tuple[str, str, dict[str, Any]]) -> OnRoll:
    """The place that these leave: a name `entered`, `amended` or `deleted`, on a day."""
    roll: Roll = {}
    for number, (what, day, told) in enumerate(events, start=1):
        apply(roll, "p", _event(number, what, date.fromisoformat(day), told))
    return roll["p"]


def _event(
    number: int, what: str, day: date, told: dict[str, Any]
) -> NameEntered | ParticularsAmended | NameDeleted:
    if what == "amended":
        return ParticularsAmended("stream", number, "As told", day, told)
    if what == "deleted":
        return NameDeleted("stream", number, "A", day, {})
    names = {"surname": "Okafor", "forenames": "Ada", "date_of_birth": "2012-05-14"}
    fields = {"enrolment": "single", "boarder": False} | names | told
    return NameEntered("stream", number, day, **fields)


def empty(world: World) -> World:
    """A school with its year and no name in its register."""
    world.describe()
    world.set_year()
    return world


def boards(place: OnRoll, *days: str) -> list[bool]:
    """Whether the pupil boards on these days."""
    return [place.boarder_on(date.fromisoformat(day)) for day in days]


# -- boarders ------------------------------------------------------------------------------------


def test_a_boarder_entered_by_mistake_is_none_from_the_start() -> None:
    """Amended to be true from before the starting day, it holds from the starting day on."""
    place = played(
        ("entered", "2026-09-02", {"boarder": True}), ("amended", "2026-09-01", {"boarder": False})
    )
    assert [False, False] == boards(place, "2026-09-02", "2026-12-01")


def test_a_day_pupil_amended_before_any_boarding_stays_one() -> None:
    """That a pupil does not board is kept although nothing said that they did."""
    place = played(
        ("entered", "2026-09-02", {}),
        ("amended", "2026-11-02", {"boarder": False}),
        ("amended", "2026-10-01", {"boarder": True}),
    )
    assert [False, True, False] == boards(place, "2026-09-30", "2026-10-01", "2026-11-02")


def test_on_re_admission_boarding_begins_afresh() -> None:
    """Whether a pupil boards is what was entered last, whatever was planned in the period before."""
    place = played(
        ("entered", "2026-09-02", {"boarder": True}),
        ("amended", "2026-12-01", {"boarder": False}),
        ("amended", "2027-01-10", {"boarder": True}),
        ("deleted", "2026-12-18", {}),
        ("entered", "2027-01-04", {"boarder": False}),
    )
    days = ("2026-11-30", "2026-12-01", "2027-01-04", "2027-01-10")
    assert [True, False, False, False] == boards(place, *days)


def test_an_amendment_after_re_admission_leaves_the_period_before() -> None:
    """What is amended from a day before the pupil came back holds from the day of coming back."""
    place = played(
        ("entered", "2026-09-02", {}),
        ("deleted", "2026-10-01", {}),
        ("entered", "2026-11-02", {}),
        ("amended", "2026-09-15", {"boarder": True, "enrolment": "guest"}),
    )
    assert [False, True] == boards(place, "2026-09-15", "2026-11-02")
    enrolled = [place.enrolment_on(date(2026, month, 15)) for month in (9, 11)]
    assert ["single", "guest"] == enrolled


def test_an_earlier_starting_day_takes_with_it_what_was_entered() -> None:
    """A boarder whose starting day is put a week earlier boards from that day on."""
    place = played(
        ("entered", "2026-09-09", {"boarder": True, "enrolment": "main"}),
        ("amended", "2026-11-22", {"starting_day": "2026-09-02"}),
    )
    assert [(date(2026, 9, 2), None)] == place.periods
    assert [True] == boards(place, "2026-09-02")
    assert "main" == place.enrolment_on(date(2026, 9, 2))


@pytest.mark.parametrize(
    "told",
    [
        [("entered", "2026-09-02", {})],
        [("entered", "2026-09-02", {}), ("deleted", "2026-09-20", {})],
        [("entered", "2026-09-02", {}), ("deleted", "2026-09-02", {})],
        [
            ("entered", "2026-09-02", {"enrolment": "main"}),
            ("amended", "2026-09-10", {"enrolment": "single"}),
            ("amended", "2026-09-05", {"boarder": True}),
        ],
        [
            ("entered", "2026-09-02", {"boarder": True}),
            ("amended", "2026-09-12", {"boarder": False, "enrolment": "guest"}),
            ("deleted", "2026-09-15", {}),
            ("entered", "2026-09-18", {"enrolment": "subsidiary"}),
        ],
        [
            ("entered", "2026-09-09", {"enrolment": "main"}),
            ("amended", "2026-09-20", {"boarder": True}),
            ("amended", "2026-11-22", {"starting_day": "2026-09-02"}),
            ("deleted", "2026-09-12", {}),
        ],
    ],
)
def test_what_is_made_ready_of_a_place_is_what_its_histories_say(
    told: list[tuple[str, str, dict[str, Any]]],
) -> None:
    """Day by day, whether a mark is due: from the histories alone and as it is answered."""
    place = played(*told)
    days = [date(2026, 9, number) for number in range(1, 31)]
    expected = []
    for day in days:
        shared = "due" if place.enrolment_on(day) == "single" else "shared"
        due = "boarder" if place.boarder_on(day) else shared
        expected.append(due if place.on(day) else None)
    assert expected == [place.mark_due_on(day) for day in days]


def test_a_boarder_carries_no_mark_until_amended(world: World) -> None:
    """A pupil entered as a boarder by mistake: once that is amended, marks are taken for every day."""
    empty(world)
    world.enter_names(0, boarder=True)
    assert 422 == world.take({0: "/"}, day="2026-09-02").result().status
    assert 201 == amend(world, 0, "2026-09-01", boarder=False).status
    assert 201 == world.take({0: "/"}, day="2026-09-02").result().status


# -- dual registration ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "session", "due"),
    [
        ("2026-11-16", "AM", "due"),
        ("2026-11-17", "AM", "elsewhere"),  # a Tuesday
        ("2026-11-17", "PM", "elsewhere"),
        ("2026-11-18", "AM", "due"),
        ("2026-11-18", "PM", "elsewhere"),
        ("2026-11-24", "AM", "due"),  # the pattern has ended
        ("2026-11-25", "PM", "elsewhere"),
    ],
)
def test_a_pattern_says_where_the_pupil_is_due(day: str, session: Session, due: str) -> None:
    """Half-days at the other school are dated as every particular is."""
    place = played(
        ("entered", "2026-09-02", {"enrolment": "main"}),
        ("amended", "2026-11-02", {"attends_there": ["TUE AM", "TUE PM", "WED PM"]}),
        ("amended", "2026-11-23", {"attends_there": ["WED PM"]}),
    )
    assert due == place.due_at(date.fromisoformat(day), session)


def test_boarders_and_guests_are_due_nowhere_here() -> None:
    """A boarder carries no mark, a guest's are kept by the school of registration."""
    boarder = played(("entered", "2026-09-02", {"boarder": True, "attends_there": ["TUE AM"]}))
    guest = played(("entered", "2026-09-02", {"enrolment": "guest"}))
    tuesday = date(2026, 11, 17)
    assert ["boarder", "guest"] == [place.due_at(tuesday, "AM") for place in (boarder, guest)]


def test_no_pattern_decides_a_mark(world: World) -> None:
    """It is information: a pupil who came on a day of the other school is marked present."""
    world.opened()
    assert 201 == amend(world, 0, "2026-09-02", attends_there=["THU AM"]).status
    assert 201 == world.take({0: "/"}, day="2026-10-01").result().status


def test_two_schools_keep_their_own_registers(world: World) -> None:
    """Main and subsidiary registration are two names, amended and deleted apart (ground C)."""
    other = empty(World(world.ledger, str(int(world.urn) + 400_000), world.clock))
    empty(world)
    world.enter_names(0, enrolment="main", attends_there=["TUE AM", "TUE PM"])
    other.enter_names(0, enrolment="subsidiary", attends_there=["MON AM"])
    assert [] == warned(delete(other, "C", MET["C"]))
    assert 201 == world.take({0: PLANNED}, day="2026-11-24").result().status
    assert 422 == other.take({0: PLANNED}, day="2026-11-24").result().status


# -- guests, re-admission, transfer --------------------------------------------------------------


def test_a_guest_is_in_the_admission_register(world: World) -> None:
    """A guest's name is entered, may be marked, and is deleted as any other."""
    empty(world)
    world.enter_names(0, enrolment="guest")
    assert 201 == world.take({0: "/"}).result().status
    assert 201 == delete(world, "A", MET["A"]).status


def test_a_transfer_is_a_deletion_here_and_an_entry_there(world: World) -> None:
    """Deleted on ground A at one school and entered at another under the same id: never a day apart."""
    there = empty(World(world.ledger, str(int(world.urn) + 600_000), world.clock))
    world.opened()
    assert 201 == delete(world, "A", MET["A"], day="2026-11-30").status
    there.enter_names(0, starting_day="2026-11-30", previous_school="Ashfield Lane School")
    for day, here_status, there_status in (("2026-11-26", 201, 422), ("2026-11-30", 422, 201)):
        assert here_status == world.take({0: PLANNED}, day=day).result().status
        assert there_status == there.take({0: PLANNED}, day=day).result().status


def test_a_pupil_comes_back(world: World) -> None:
    """Entered again from the day of deletion on, not from a day before it."""
    world.opened()
    assert 201 == delete(world, "A", MET["A"], day="2026-11-25").status
    for starting_day, status in (("2026-11-24", 409), ("2026-11-25", 201)):
        again = NAME | {"pupil": pupil(0), "starting_day": starting_day}
        assert status == enter(world, again).status
    assert 201 == delete(world, "A", MET["A"], day="2026-12-01").status


def test_a_starting_day_is_not_amended_into_the_period_before(world: World) -> None:
    """A pupil who came back was not on the roll twice on one day."""
    world.opened()
    assert 201 == delete(world, "A", MET["A"], day="2026-11-25").status
    result_of = world.enter_names(0, starting_day="2026-12-01")
    assert "recorded" == result_of["results"][0]["status"]
    assert 409 == amend(world, 0, starting_day="2026-11-24").status
    assert 201 == amend(world, 0, starting_day="2026-11-25").status
    assert "recorded" == result(world.take({0: PLANNED}, day="2026-11-26"))["results"][0]["status"]


def test_a_starting_day_is_not_amended_past_the_deletion(world: World) -> None:
    """A name that is deleted from a day on does not start after it."""
    world.opened()
    assert 201 == delete(world, "A", MET["A"], day="2026-11-25").status
    answer = amend(world, 0, starting_day="2026-11-26")
    assert "deletion-before-starting-day" == answer.refused[0][1].problems[0].code
