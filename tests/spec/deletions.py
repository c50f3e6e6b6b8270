"""How the specifications of regulation 9 ask for a deletion and read its answer."""

import json
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter

from ledger.admissions.grounds import Deletion
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
        "leave_ended_on": "2026-11-06",
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
"""Evidence that meets what the school has to state."""


def ask(ground: str, evidence: dict[str, Any], day: str) -> Any:
    """A deletion as it is asked."""
    return _DELETION.validate_python(
        {"ground": ground, "day": day, "evidence": evidence, "by": HEAD}
    )


def delete(
    world: World, ground: str, evidence: dict[str, Any], day: str = "2026-11-22", number: int = 0
) -> Answer:
    """Delete a name."""
    asked = ask(ground, evidence, day)
    return world.ledger.delete_name(world.urn, UUID(pupil(number)), asked, request()).result()


def refusal(answer: Answer) -> tuple[str, str]:
    """Code and path of the first problem."""
    problem = answer.refused[0][1].problems[0]
    return problem.code, problem.path


def warned(answer: Answer) -> list[str]:
    """The rules that a deletion was recorded with warnings of."""
    assert answer.status == 201, answer
    (result,) = json.loads(answer.receipt)["results"]
    return [warning["rule"] for warning in result.get("warnings", ())]
