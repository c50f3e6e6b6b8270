"""Regulation 9: a name is deleted on a listed ground, with its evidence, and never dated back."""

from typing import Any
from uuid import UUID

import pytest
from pydantic import TypeAdapter, ValidationError

from ledger.grounds import Deletion
from ledger.requests import Answer
from tests.ledger.world import HEAD, World, pupil, request

_DELETION: TypeAdapter[Any] = TypeAdapter(Deletion)

MET: dict[str, dict[str, Any]] = {
    "A": {"school": "Sandfield Academy"},
    "B": {"no_grounds_to_believe_will_attend": True},
    "C": {"other_schools_consent": True, "no_grounds_to_believe_will_attend": True},
    "D": {"school": "Sandfield Academy", "order_amended_on": "2026-11-20"},
    "E": {"order_revoked_on": "2026-11-20"},
    "F": {
        "written_notice_on": "2026-11-16",
        "educated_otherwise_after": "2026-11-20",
        "school_attendance_order": False,
    },
    "G": {"new_address_known": True},
    "H": {
        "leave_ended_on": "2026-11-02",
        "joint_enquiries": True,
        "no_grounds_to_think_sick": True,
    },
    "I": {"joint_enquiries": True, "no_grounds_to_think_sick": True},
    "J": {"sentence_of_detention": True, "not_expected_back": True},
    "K": {"died_on": "2026-11-20"},
    "L": {"over_compulsory_school_age": True, "leaving_or_not_admitted_to_sixth_form": True},
    "N": {"ceased_on": "2026-11-20"},
    "O": {"process_exhausted": True},
}
NOT_MET: dict[str, dict[str, Any]] = {
    "A": {"school": "Sandfield Academy", "school_attendance_order": True},
    "B": {"no_grounds_to_believe_will_attend": False},
    "C": {"other_schools_consent": False, "no_grounds_to_believe_will_attend": True},
    "F": MET["F"] | {"school_attendance_order": True},
    "H": MET["H"] | {"joint_enquiries": False},
    "I": MET["I"] | {"no_grounds_to_think_sick": False},
    "J": MET["J"] | {"sentence_of_detention": False},
    "L": MET["L"] | {"over_compulsory_school_age": False},
    "O": {"process_exhausted": False},
}


def _delete(
    world: World, ground: str, evidence: dict[str, Any], day: str = "2026-11-22", number: int = 0
) -> Answer:
    asked = _DELETION.validate_python(
        {"ground": ground, "day": day, "evidence": evidence, "by": HEAD}
    )
    return world.ledger.delete_name(world.urn, UUID(pupil(number)), asked, request()).result()


def _refusal(answer: Answer) -> tuple[str, str]:
    problem = answer.refused[0][1].problems[0]
    return problem.code, problem.path


@pytest.mark.parametrize("ground", MET)
def test_a_ground_whose_conditions_hold(world: World, ground: str) -> None:
    """The name is deleted; the event keeps ground, day and (sealed) evidence."""
    world.opened()
    assert _delete(world, ground, MET[ground]).status == 201
    *_, deleted = world.ledger.events.get(f"admission-register/{world.urn}/{pupil(0)}")
    assert ground == deleted.ground


@pytest.mark.parametrize("ground", NOT_MET)
def test_a_ground_whose_conditions_do_not_hold(world: World, ground: str) -> None:
    """Deleted if, and only if, the ground arises (AC-031, AC-032)."""
    world.opened()
    answer = _delete(world, ground, NOT_MET[ground])
    assert (422, "condition-not-met") == (answer.status, _refusal(answer)[0])


def test_a_spoken_notice_is_none() -> None:
    """Ground F cannot be asked for without the date of a written notice (AC-032)."""
    with pytest.raises(ValidationError, match="written_notice_on"):
        _DELETION.validate_python(
            {
                "ground": "F",
                "day": "2026-11-22",
                "evidence": {
                    "educated_otherwise_after": "2026-11-20",
                    "school_attendance_order": False,
                },
                "by": HEAD,
            }
        )


def test_the_day_of_the_notice_must_have_passed(world: World) -> None:
    """Education otherwise after a day: on that day itself the ground has not arisen."""
    world.opened()
    notice = MET["F"] | {"educated_otherwise_after": "2026-11-23"}
    assert ("condition-not-met", "evidence.educated_otherwise_after") == _refusal(
        _delete(world, "F", notice, day="2026-11-23")
    )
    assert _delete(world, "F", notice, day="2026-11-24").status == 201


@pytest.mark.parametrize(
    ("boarder", "ground", "status"),
    [
        (True, "M", 201),
        (False, "M", 422),
        (True, "G", 422),
        (False, "G", 201),
    ],
)
def test_grounds_for_boarders_and_for_others(
    world: World, boarder: bool, ground: str, status: int
) -> None:
    """Unpaid boarding fees are a boarder's ground, moving away is not."""
    world.opened()
    world.enter_names(9, boarder=boarder)
    evidence = {"M": {"fees_unpaid_at_end_of_term": "2026-10-23"}, "G": MET["G"]}[ground]
    assert _delete(world, ground, evidence, number=9).status == status


def test_a_deletion_is_never_dated_back(world: World) -> None:
    """Yesterday is refused; today and a later day are not, and marks go on until then."""
    world.opened()
    assert ("deletion-dated-back", "day") == _refusal(
        _delete(world, "A", MET["A"], day="2026-11-21")
    )
    assert _delete(world, "A", MET["A"], day="2026-11-25").status == 201
    planned = {"code": "B", "detail": "College"}
    assert world.take({0: planned}, day="2026-11-24").result().status == 201
    assert world.take({0: planned}, day="2026-11-25").result().status == 422


def test_a_name_is_deleted_once(world: World) -> None:
    """A name that was deleted stays deleted; the pupil may be entered again from that day."""
    world.opened()
    assert _delete(world, "A", MET["A"], day="2026-11-25").status == 201
    assert ("already-deleted", "pupil") == _refusal(_delete(world, "A", MET["A"], day="2026-11-25"))
    receipt = world.enter_names(0, starting_day="2026-12-01")
    assert "recorded" == receipt["results"][0]["status"]
    planned = {"code": "B", "detail": "College"}
    assert world.take({0: planned}, day="2026-11-30").result().status == 422
    assert world.take({0: planned}, day="2026-12-01").result().status == 201


def test_a_name_that_is_not_there_cannot_be_deleted(world: World) -> None:
    """The register holds no such name."""
    world.opened()
    answer = _delete(world, "A", MET["A"], number=88)
    assert (404, "name-not-found") == (answer.status, _refusal(answer)[0])
