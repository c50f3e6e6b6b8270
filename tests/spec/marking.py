"""What became of a mark, for specifications of the attendance register."""

from collections.abc import Sequence
from concurrent.futures import Future
from datetime import datetime
from json import loads
from typing import Any

from ledger.requests import Answer
from tests.ledger.world import World, pupil, result

MAINTAINED = "maintained"
ACADEMY = "academy"
BOUND = ("maintained", "special", "pupil_referral_unit")
"""Types of school that regulation 11 binds."""
EXPECTED = ("academy", "independent", "alternative_provision")
"""Types of school that are expected to follow it."""


def outcome(future: Future[Answer]) -> tuple[str, list[str]]:
    """`recorded` with the rules warned of, or `refused` with the rules that refuse: of one mark.

    Every rule comes with a reference, a message and the field that it is about.
    """
    answer = future.result(timeout=30)
    if answer.status in (200, 201):
        (mark,) = loads(answer.receipt)["results"]
        warnings = mark.get("warnings", [])
        assert all(w["reference"] and w["message"] and w["path"] for w in warnings)
        return mark["status"], [w["rule"] for w in warnings]
    problems = answer.refused[0][1].problems
    assert all(p.reference and p.message and p.path for p in problems)
    return "refused", [p.code for p in problems]


def fields_of(future: Future[Answer]) -> list[str]:
    """The fields that the refusals, or warnings, of one mark are about."""
    answer = future.result(timeout=30)
    if answer.status in (200, 201):
        (mark,) = loads(answer.receipt)["results"]
        return [warning["path"] for warning in mark.get("warnings", [])]
    return [problem.path for problem in answer.refused[0][1].problems]


def whole_years(world: World, *years: int) -> None:
    """Set academic years of three plain terms."""
    for year in years:
        spans = [
            ("Autumn", f"{year}-09-02", f"{year}-12-18"),
            ("Spring", f"{year + 1}-01-04", f"{year + 1}-04-01"),
            ("Summer", f"{year + 1}-04-19", f"{year + 1}-07-21"),
        ]
        terms = [{"name": name, "from": first, "to": last} for name, first, last in spans]
        world.set_year(year, terms=terms, closures=[])


def give_leave(
    world: World,
    number: int,
    ground: str,
    days: tuple[str, str],
    sessions: Sequence[Any] | None = None,
) -> str:
    """Leave, asked for and given."""
    named = {} if sessions is None else {"sessions": sessions}
    asked = {"ground": ground, "from": days[0], "to": days[1], **named}
    leave = str(result(world.ask_leave(number, **asked))["results"][0]["id"])
    result(world.decide_leave(leave, "given"))
    return leave


def at(world: World, moment: str) -> None:
    """Let the clock stand at a moment, given with its offset."""
    world.clock.now = datetime.fromisoformat(moment)


def line(number: int, day: str, code: str, session: str = "AM", **more: Any) -> dict[str, Any]:
    """A line of an import."""
    return {"pupil": pupil(number), "date": day, "session": session, "code": code, **more}
