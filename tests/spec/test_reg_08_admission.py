"""Regulation 8: the admission register and the starting day."""

from datetime import date
from uuid import UUID

import pytest

from ledger.admissions.admission import AmendParticulars, EnterNames
from ledger.requests import Answer
from tests.ledger.world import HEAD, OFFICER, World, pupil, request, result


def _enter(world: World, **fields: object) -> Answer:
    entry = {
        "surname": "Okafor",
        "forenames": "Ada",
        "date_of_birth": "2012-05-14",
        "starting_day": "2026-09-02",
    } | fields
    command = EnterNames.model_validate({"by": HEAD, "entries": [entry]})
    return world.ledger.enter_names(world.urn, command, request()).result()


def _amend(world: World, number: int, **changes: object) -> Answer:
    command = AmendParticulars.model_validate(
        {"changes": changes, "reason": "Office error", "by": OFFICER}
    )
    return world.ledger.amend_particulars(
        world.urn, UUID(pupil(number)), command, request()
    ).result()


def test_the_ledger_mints_an_id_where_the_client_has_none(world: World) -> None:
    """A pupil entered without an id is given a UUIDv7, answered on the receipt."""
    world.describe()
    command = {"surname": "Okafor", "forenames": "Ada", "date_of_birth": "2012-05-14"}
    asked = EnterNames.model_validate(
        {"by": HEAD, "entries": [{**command, "starting_day": "2026-09-02"}]}
    )
    receipt = result(world.ledger.enter_names(world.urn, asked, request()))
    assert UUID(receipt["results"][0]["pupil"]).version == 7


def test_a_name_is_entered_once(world: World) -> None:
    """A name that is on the roll cannot be entered again."""
    world.describe()
    assert _enter(world, pupil=pupil(1)).status == 201
    answer = _enter(world, pupil=pupil(1))
    assert (409, "already-on-roll") == (answer.status, answer.refused[0][1].problems[0].code)


def test_a_request_enters_a_pupil_once(world: World) -> None:
    """Twice in one request is a mistake of the client's."""
    world.describe()
    entry = {
        "pupil": pupil(1),
        "surname": "Okafor",
        "forenames": "Ada",
        "date_of_birth": "2012-05-14",
        "starting_day": "2026-09-02",
    }
    command = EnterNames.model_validate({"by": HEAD, "entries": [entry, entry]})
    answer = world.ledger.enter_names(world.urn, command, request()).result()
    assert [(1, "twice-in-request")] == [(i, r.problems[0].code) for i, r in answer.refused]


def test_nobody_starts_before_birth(world: World) -> None:
    """A date of birth after the starting day is a typing error."""
    world.describe()
    answer = _enter(world, date_of_birth="2026-09-03")
    assert (422, "date_of_birth") == (answer.status, answer.refused[0][1].problems[0].path)


def test_a_school_must_have_been_described(world: World) -> None:
    """There is no admission register of a school that the ledger does not know."""
    answer = _enter(world)
    assert (404, "school-not-found") == (answer.status, answer.refused[0][1].problems[0].code)


def test_the_same_child_at_two_schools(world: World) -> None:
    """A dually registered pupil has one id and a place on each roll."""
    world.describe()
    other = World(world.ledger, str(int(world.urn) + 500_000), world.clock)
    other.describe()
    world.enter_names(1, enrolment="main")
    assert other.enter_names(1, enrolment="subsidiary")["results"][0]["pupil"] == pupil(1)


def test_amended_particulars_leave_the_originals(world: World) -> None:
    """An amendment is an event of its own, with its reason; the original stands before it."""
    world.opened()
    assert _amend(world, 0, surname="Okafor-Smith", year_group="10").status == 201
    stream = f"admission-register/{world.urn}/{pupil(0)}"
    entered, amended = world.ledger.events.get(stream)
    assert ("9", {"year_group": "10"}) == (entered.year_group, amended.changes)
    assert date(2026, 11, 22) == amended.in_force_from


@pytest.mark.parametrize("number", [77])
def test_only_names_on_the_register_are_amended(world: World, number: int) -> None:
    """There is nothing to amend of a pupil whom the register does not hold."""
    world.opened()
    answer = _amend(world, number, surname="Smith")
    assert (404, "name-not-found") == (answer.status, answer.refused[0][1].problems[0].code)


def test_an_amendment_names_something(world: World) -> None:
    """An amendment without a change is refused."""
    world.opened()
    answer = _amend(world, 0)
    assert (422, "nothing-to-amend") == (answer.status, answer.refused[0][1].problems[0].code)


def test_a_pupil_who_becomes_a_boarder_carries_marks_until_then(world: World) -> None:
    """Boarding is dated: the marks of earlier days stay due."""
    world.opened()
    command = AmendParticulars.model_validate(
        {
            "changes": {"boarder": True},
            "reason": "Moved into house",
            "in_force_from": "2026-10-05",
            "by": OFFICER,
        }
    )
    result(world.ledger.amend_particulars(world.urn, UUID(pupil(0)), command, request()))
    assert world.take({0: "/"}, day="2026-10-02").result().status == 201
    assert world.take({0: "/"}, day="2026-10-05").result().status == 422
