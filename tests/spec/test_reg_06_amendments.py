"""Regulation 6: an amendment shows original and amended entry, reason, date, name and position."""

import pytest
from pydantic import ValidationError

from ledger.base import By
from ledger.registers.attendance import AmendRegister
from tests.ledger.world import OFFICER, World, pupil, result


def _codes(world: World, number: int) -> list[str]:
    stream = f"attendance-register/{world.urn}/{pupil(number)}/2026"
    return [event.code for event in world.ledger.events.get(stream)]


def test_the_original_entry_stays_beside_the_amended_one(world: World) -> None:
    """N amended to U: both entries stay readable (AC-004)."""
    world.opened()
    result(world.take({0: "N"}))
    result(world.amend(0, "N", "U", reason="Arrived at 10:10"))
    assert ["N", "U"] == _codes(world, 0)


def test_an_entry_can_be_amended_again_and_again(world: World) -> None:
    """Each amended entry is the next revision; none replaces another."""
    world.opened()
    result(world.take({0: "N"}))
    for before, after in [("N", "O"), ("O", "I"), ("I", "M")]:
        result(world.amend(0, before, after))
    assert ["N", "O", "I", "M"] == _codes(world, 0)


def test_from_must_be_the_code_that_stands(world: World) -> None:
    """Somebody amended it first: refused with the code that stands now."""
    world.opened()
    result(world.take({0: "N"}))
    result(world.amend(0, "N", "I"))
    answer = world.amend(0, "N", "O").result()
    assert answer.status == 409
    assert ("entry-has-changed", {"standing": "I"}) == (
        answer.refused[0][1].problems[0].code,
        answer.refused[0][1].shows,
    )


def test_what_was_never_entered_cannot_be_amended(world: World) -> None:
    """There is no entry to amend: it is entered in the register instead."""
    world.opened()
    answer = world.amend(0, "N", "I").result()
    assert answer.status == 409
    assert answer.refused[0][1].problems[0].code == "entry-not-found"


def test_a_second_entry_is_an_amendment(world: World) -> None:
    """Another code for an entry that stands is refused; the same code is unchanged."""
    world.opened()
    result(world.take({0: "N"}))
    answer = world.take({0: "I"}).result()
    assert (409, "entry-exists") == (answer.status, answer.refused[0][1].problems[0].code)
    same = world.take({0: "N"}).result()
    assert same.status == 200


@pytest.mark.parametrize("missing", ["reason", "from", "code"])
def test_reason_and_codes_are_never_optional(missing: str) -> None:
    """An amendment without its reason or its codes cannot even be asked (AC-040)."""
    amendment = {
        "pupil": pupil(0),
        "date": "2026-10-01",
        "session": "AM",
        "from": "N",
        "code": "I",
        "reason": "Unwell",
    }
    del amendment[missing]
    with pytest.raises(ValidationError, match="Field required"):
        AmendRegister.model_validate({"by": OFFICER, "amendments": [amendment]})


@pytest.mark.parametrize(
    "by",
    [
        {"name": "D Officer"},
        {"position": "Attendance officer"},
        {"name": " ", "position": "Attendance officer"},
        {"name": "D Officer", "position": ""},
    ],
)
def test_name_and_position_are_never_optional(by: dict[str, str]) -> None:
    """A missing or blank name or position is refused (AC-040)."""
    with pytest.raises(ValidationError):
        By.model_validate(by)


def test_a_later_amendment_of_one_request_sees_the_earlier(world: World) -> None:
    """An import carries an entry and its amendments in their order."""
    world.opened()
    lines = [
        {"pupil": pupil(0), "code": "N"},
        {"pupil": pupil(0), "from": "N", "code": "O", "reason": "Nothing established"},
        {"pupil": pupil(0), "from": "O", "code": "I", "reason": "Letter", "by": OFFICER},
    ]
    result(world.import_lines(lines))
    assert ["N", "O", "I"] == _codes(world, 0)


def test_an_imported_amendment_needs_its_reason(world: World) -> None:
    """History too shows why an entry was amended."""
    world.opened()
    lines = [{"pupil": pupil(0), "code": "N"}, {"pupil": pupil(0), "from": "N", "code": "O"}]
    answer = world.import_lines(lines).result()
    assert (422, "reason") == (answer.status, answer.refused[0][1].problems[0].path)
