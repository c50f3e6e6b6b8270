"""What the specifications of regulation 11 share: a school of a type, and leave asked and decided there."""

from typing import Any

from ledger.requests import Answer
from tests.ledger.world import World, result

BOUND = ["maintained", "special", "pupil_referral_unit"]
"""Types of school that regulation 11 binds."""
NOT_BOUND = ["academy", "independent", "alternative_provision"]

TIMETABLE: dict[str, Any] = {
    "ground": "part_time_timetable",
    "sessions": ["PM"],
    "review_on": ["2026-12-02"],
}
"""A part-time timetable with nothing left out: two weeks of afternoons away, reviewed in between."""


def opened(world: World, type_: str = "maintained", pupils: int = 3, **particulars: Any) -> World:
    """The world's school, of that type from before the first day that a test is about."""
    world.describe(type=type_, in_force_from="2010-09-01")
    world.set_year(2026)
    world.enter_names(*range(pupils), **particulars)
    return world


def asked(world: World, number: int = 0, **changes: Any) -> str:
    """Ask for leave from Monday 30 November to Friday 4 December 2026; the id of the request."""
    return str(result(world.ask_leave(number, **changes))["id"])


def warned(receipt: dict[str, Any]) -> dict[str, str]:
    """The warnings of a receipt of one item: the field that each rule is about."""
    (item,) = receipt["results"]
    return {each["rule"]: each["path"] for each in item.get("warnings", [])}


def given(world: World, leave: str, **changes: Any) -> dict[str, Any]:
    """Give leave; the receipt."""
    return result(world.decide_leave(leave, "given", **changes))


def refused(answer: Answer) -> dict[str, str]:
    """The problems that an item was refused for: the field that each is about."""
    ((_, outcome),) = answer.refused
    return {problem.code: problem.path for problem in outcome.problems}
