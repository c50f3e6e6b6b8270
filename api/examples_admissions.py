"""Examples of requests about the admission register that the contract does not print."""

from typing import Any, Final

from api.examples import OFFICE, SECOND

DUAL: Final[dict[str, Any]] = {
    "entries": [
        {
            "pupil": SECOND,
            "surname": "Eze",
            "forenames": "Chidi",
            "supplementary_names": ["Chidi Okafor"],
            "sex": "M",
            "date_of_birth": "2013-02-03",
            "starting_day": "2026-11-02",
            "starting_day_is": "agreed",
            "year_group": "8",
            "registration_group": "8A",
            "enrolment": "main",
            "other_school": {"name": "Forest Unit", "urn": "137173", "from": "2026-11-03"},
            "attends_there": ["TUE AM", "TUE PM"],
            "address": "1 High Street, Coalville",
            "other_addresses": ["2 Mill Lane, Ashby"],
            "parents": [
                {
                    "name": "Ngozi Eze",
                    "address": "1 High Street, Coalville",
                    "lives_with": True,
                    "emergency_phone": "01530 000000",
                    "other_phones": ["01530 000001"],
                }
            ],
            "previous_school": "Sandfield Primary",
            "previous_school_address": "3 Church Lane, Coalville",
        }
    ],
    "by": OFFICE,
}
MOVE: Final[dict[str, Any]] = {
    "changes": {
        "move": {"parent": "Obi Okafor", "address": "2 Mill Lane, Ashby", "from": "2027-01-04"},
        "future_school": {"name": "Ashby Academy", "from": "2027-01-11"},
    },
    "reason": "Notice from the parent",
    "by": OFFICE,
}
STARTING_DAY: Final[dict[str, Any]] = {
    "changes": {"starting_day": "2026-09-03", "starting_day_is": "first_attended"},
    "reason": "Typing error",
    "by": OFFICE,
}
