"""Regulation 11 and the register: marks and leave that do not say the same, in both directions."""

from datetime import date
from typing import Any

import pytest

from ledger.leave_of_absence.leave import Leave
from ledger.leave_of_absence.leave_extent import Extent
from ledger.leave_of_absence.leave_rules import leave_disagreements
from ledger.schools.calendar import Session
from tests.ledger.world import World, result
from tests.spec.leave_world import asked, given, opened

DAY = date(2026, 11, 18)
PLACE: tuple[date, Session] = (DAY, "AM")


def _leave(ground: Any, day: date = DAY, given: bool = True, **extent: Any) -> Leave:
    whole = Extent(day, day, **extent)
    return Leave(f"{ground} leave", "pupil", ground, whole, day, given=whole if given else None)


def _why(code: str, *leaves: Leave, day: date = DAY) -> list[str]:
    return [found.why for found in leave_disagreements({(day, "AM"): code}, leaves)]


@pytest.mark.parametrize(
    ("ground", "code"),
    [
        ("exceptional_circumstances", "C"),
        ("regulated_performance", "C1"),
        ("part_time_timetable", "C2"),
        ("interview", "J1"),
        ("study", "S"),
        ("not_required_to_attend", "X"),
        ("medical_appointment", "M"),
    ],
)
def test_each_ground_has_its_code(ground: str, code: str) -> None:
    """The code of the ground agrees with leave on it, and disagrees with leave on any other."""
    assert [] == _why(code, _leave(ground))
    other = "interview" if ground != "interview" else "study"
    assert ["another-code-than-leave"] == _why(code, _leave(other))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        *((code, ["code-without-leave"]) for code in ("C", "C1", "C2", "J1", "S", "X")),
        *((code, []) for code in ("M", "I", "R", "T", "E", "G", "N", "O", "U", "/", "L", "B", "Q")),
    ],
)
def test_a_code_that_rests_on_leave_has_leave(code: str, why: list[str]) -> None:
    """Without leave six codes disagree; an appointment may, but need not, be given leave."""
    assert why == _why(code)
    assert why == _why(code, _leave("exceptional_circumstances", given=False))


@pytest.mark.parametrize(
    ("code", "why"),
    [
        *((code, ["another-code-than-leave"]) for code in ("I", "M", "R", "G", "N", "O", "U", "E")),
        *((code, []) for code in ("/", "L", "B", "P", "Q", "Y4", "#", "D")),
    ],
)
def test_an_absence_during_leave_has_the_code_of_the_leave(code: str, why: list[str]) -> None:
    """A pupil who came after all, or could not have come, disagrees with no leave."""
    assert why == _why(code, _leave("exceptional_circumstances"))


def test_one_of_two_leaves_is_enough() -> None:
    """Where two leaves meet, the code of either agrees."""
    both = _leave("interview"), _leave("study")
    assert [[], [], ["another-code-than-leave"]] == [_why(c, *both) for c in ("J1", "S", "C")]


def test_leave_for_an_afternoon_says_nothing_of_the_morning() -> None:
    """Only the sessions of the leave are leave."""
    afternoon = _leave("interview", halves=frozenset({"PM"}))
    dated = _leave("interview", dated=frozenset({(DAY, "PM")}))
    for leave in (afternoon, dated):
        assert ["code-without-leave"] == _why("J1", leave)
        assert [] == _why("O", leave)


def test_codes_are_those_of_the_day() -> None:
    """Before 19 August 2024 leave for an interview was J, and C rested on leave only sometimes."""
    day = date(2024, 8, 16)
    assert [] == _why("J", _leave("interview", day), day=day)
    assert [] == _why("C", day=day)
    assert [] == _why("H", _leave("exceptional_circumstances", day), day=day)
    assert ["code-without-leave"] == _why("H", day=day)
    assert [] == _why("H")  # retired since: listed among retired codes, not here


def test_disagreements_come_in_order_with_the_leave_passed_over() -> None:
    """Mornings before afternoons, day by day; the leave that the mark passes over is named."""
    codes = {(DAY, "PM"): "O", (date(2026, 11, 17), "AM"): "C", (DAY, "AM"): "C"}
    found = leave_disagreements(codes, [_leave("exceptional_circumstances")])
    assert [
        (date(2026, 11, 17), "AM", "C", "code-without-leave", None),
        (DAY, "PM", "O", "another-code-than-leave", "exceptional_circumstances leave"),
    ] == [tuple(each) for each in found]


# -- the receipt of a decision -----------------------------------------------------------------------


def _disagreeing(receipt: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    (item,) = receipt["results"]
    assert len(item["disagree"]) == item["disagreeing_marks"]
    return [(d["date"], d["session"], d["code"], d["why"]) for d in item["disagree"]]


def test_giving_leave_lists_the_marks_that_disagree(world: World) -> None:
    """Two absences entered before the leave was recorded; the pupil's presence and another pupil's
    absence say nothing against it.
    """
    opened(world)
    days = {"from": "2026-11-16", "to": "2026-11-18"}
    for number, code in {0: "O", 1: "O"}.items():
        result(world.take({number: code}, "2026-11-16", "AM"))
    result(world.take({0: "I"}, "2026-11-17", "PM"))
    result(world.take({0: "/"}, "2026-11-18", "AM"))
    result(world.take({0: "O"}, "2026-11-19", "AM"))
    receipt = given(world, asked(world, **days), decided_on="2026-11-13")
    assert [
        ("2026-11-16", "AM", "O", "another-code-than-leave"),
        ("2026-11-17", "PM", "I", "another-code-than-leave"),
    ] == _disagreeing(receipt)


def test_leave_for_less_lists_less(world: World) -> None:
    """Only the sessions given are looked at: a morning's C without leave is no matter of this leave."""
    opened(world)
    for session, code in (("AM", "C"), ("PM", "O")):
        result(world.take({0: code}, "2026-11-16", session))
    leave = asked(world, **{"from": "2026-11-16", "to": "2026-11-18"})
    receipt = given(world, leave, sessions=["PM"], decided_on="2026-11-13")
    assert [("2026-11-16", "PM", "O", "another-code-than-leave")] == _disagreeing(receipt)


def test_withdrawing_leave_lists_the_marks_left_without(world: World) -> None:
    """Codes that rested on the leave rest on nothing from the day on which it is withdrawn."""
    opened(world)
    leave = asked(world, **{"from": "2026-11-16", "to": "2026-11-18"})
    assert [] == _disagreeing(given(world, leave, decided_on="2026-11-13"))
    for day in ("2026-11-16", "2026-11-17", "2026-11-18"):
        result(world.take({0: "C"}, day, "AM"))
    receipt = result(world.decide_leave(leave, "withdrawn", **{"from": "2026-11-17"}))
    assert [
        ("2026-11-17", "AM", "C", "code-without-leave"),
        ("2026-11-18", "AM", "C", "code-without-leave"),
    ] == _disagreeing(receipt)


def test_an_amended_mark_counts_as_amended(world: World) -> None:
    """What stands is compared, not what was entered first."""
    opened(world)
    result(world.take({0: "N"}, "2026-11-16", "AM"))
    result(world.amend(0, "N", "C", "2026-11-16", "AM", reason="Leave was given"))
    leave = asked(world, **{"from": "2026-11-16", "to": "2026-11-18"})
    assert [] == _disagreeing(given(world, leave, decided_on="2026-11-13"))


def test_refusing_leave_lists_nothing(world: World) -> None:
    """A refusal makes no leave and takes none away."""
    opened(world)
    receipt = result(world.decide_leave(asked(world), "refused"))
    assert "disagree" not in receipt["results"][0]
