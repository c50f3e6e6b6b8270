"""Examples: what the contract prints, for the OpenAPI document and for the tests."""

from typing import Any, Final, get_args

from api.problem_types import INSIDE, TYPES
from api.problems import Problem, error
from ledger.grounds import Deletion

URN: Final = "137172"
PUPIL: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01"
SECOND: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e02"
THIRD: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e03"
FOURTH: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e04"
LEAVE_ID: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8eaa"
INSTANT: Final = "2026-10-01T07:47:12.104311Z"

HEAD: Final = {"name": "A Head", "position": "Headteacher"}
OFFICE: Final = {"name": "B Office", "position": "Data manager"}
TUTOR: Final = {"name": "C Tutor", "position": "Form tutor"}
OFFICER: Final = {"name": "D Officer", "position": "Attendance officer"}

SCHOOL: Final[dict[str, Any]] = {
    "name": "Ashfield Lane School",
    "laestab": "8554999",
    "local_authority": "855",
    "type": "academy",
    "register_times": {
        "AM": {"opens": "08:35", "closes": "09:05"},
        "PM": {"opens": "12:25", "closes": "12:55"},
    },
    "in_force_from": "2026-09-01",
    "by": HEAD,
}
YEAR: Final[dict[str, Any]] = {
    "terms": [
        {
            "name": "Autumn",
            "from": "2026-09-02",
            "to": "2026-12-18",
            "half_term": {"from": "2026-10-26", "to": "2026-10-30"},
        },
        {
            "name": "Spring",
            "from": "2027-01-04",
            "to": "2027-03-25",
            "half_term": {"from": "2027-02-15", "to": "2027-02-19"},
        },
        {
            "name": "Summer",
            "from": "2027-04-12",
            "to": "2027-07-21",
            "half_term": {"from": "2027-05-31", "to": "2027-06-04"},
        },
    ],
    "closures": [
        {
            "from": "2026-11-27",
            "to": "2026-11-27",
            "sessions": ["AM", "PM"],
            "kind": "planned",
            "reason": "Staff training",
        }
    ],
    "by": HEAD,
}
CLOSURE: Final[dict[str, Any]] = {
    "from": "2026-11-12",
    "to": "2026-11-12",
    "sessions": ["AM", "PM"],
    "kind": "unplanned",
    "reason": "Boiler failure",
    "by": HEAD,
}
ADMISSIONS: Final[dict[str, Any]] = {
    "entries": [
        {
            "pupil": PUPIL,
            "surname": "Okafor",
            "forenames": "Ada",
            "sex": "F",
            "date_of_birth": "2012-05-14",
            "upn": "H801200001001",
            "starting_day": "2026-09-02",
            "year_group": "9",
            "registration_group": "9B",
            "enrolment": "single",
            "boarder": False,
            "parents": [
                {
                    "name": "Ngozi Okafor",
                    "address": "1 High Street, Coalville",
                    "lives_with": True,
                    "emergency_phone": "01530 000000",
                }
            ],
            "previous_school": "Sandfield Primary",
        }
    ],
    "by": OFFICE,
}
PARTICULARS: Final[dict[str, Any]] = {
    "changes": {"registration_group": "9C"},
    "reason": "Moved to another form",
    "in_force_from": "2026-11-02",
    "by": OFFICE,
}
REGISTER: Final[dict[str, Any]] = {
    "date": "2026-10-01",
    "session": "AM",
    "by": TUTOR,
    "entries": [
        {"pupil": PUPIL, "code": "/"},
        {
            "pupil": SECOND,
            "code": "B",
            "detail": "Taster day at North Warwickshire College",
        },
        {"pupil": THIRD, "arrived_at": "09:20"},
    ],
}
AMENDMENTS: Final[dict[str, Any]] = {
    "by": OFFICER,
    "amendments": [
        {
            "pupil": FOURTH,
            "date": "2026-10-01",
            "session": "AM",
            "from": "N",
            "code": "I",
            "reason": "Parent telephoned: unwell",
        }
    ],
}
LINES: Final[list[dict[str, Any]]] = [
    {
        "school": URN,
        "date": "2026-09-30",
        "session": "AM",
        "pupil": PUPIL,
        "code": "N",
        "by": TUTOR,
        "entered_at": "2026-09-30T09:05:00+01:00",
    },
    {
        "school": URN,
        "date": "2026-09-30",
        "session": "AM",
        "pupil": PUPIL,
        "from": "N",
        "code": "I",
        "reason": "Parent telephoned: unwell",
        "by": OFFICER,
        "entered_at": "2026-09-30T14:10:00+01:00",
    },
]
LEAVE: Final[dict[str, Any]] = {
    "pupil": PUPIL,
    "ground": "regulated_performance",
    "from": "2026-11-19",
    "to": "2026-11-20",
    "sessions": ["PM"],
    "asked_by": {"name": "Ngozi Okafor", "relationship": "parent"},
    "asked_on": "2026-11-02",
    "circumstances": "Licensed to perform at the Curve Theatre",
    "by": OFFICE,
}
DECISION: Final[dict[str, Any]] = {
    "decision": "given",
    "from": "2026-11-19",
    "to": "2026-11-19",
    "reason": "Licence seen for the first day",
    "by": HEAD,
}


def deletions() -> dict[str, dict[str, Any]]:
    """One deletion for each ground of regulation 9, by its letter."""
    union, *_ = get_args(Deletion)
    found = {}
    for model in get_args(union):
        (letter,) = get_args(model.model_fields["ground"].annotation)
        (evidence,) = model.model_fields["evidence"].examples
        found[letter] = {
            "summary": (model.__doc__ or "").strip().split("\n")[0],
            "value": {
                "ground": letter,
                # On ground F the day named in the notice must have passed.
                "day": "2027-01-11" if letter == "F" else "2027-01-08",
                "evidence": evidence,
                "by": OFFICE,
            },
        }
    return found


# -- answers ---------------------------------------------------------------------------------------

RECEIPT: Final[dict[str, Any]] = {
    "first": 41,
    "last": 44,
    "recorded_at": INSTANT,
    "results": [{"status": "recorded", "position": position} for position in (42, 43, 44)],
}
RECEIPT_OF_ONE: Final[dict[str, Any]] = {
    "first": 41,
    "last": 42,
    "recorded_at": INSTANT,
    "results": [{"status": "recorded", "position": 42}],
}
RECEIPT_OF_NAME: Final[dict[str, Any]] = {
    **RECEIPT_OF_ONE,
    "results": [{"status": "recorded", "position": 42, "pupil": PUPIL}],
}
RECEIPT_OF_LEAVE: Final[dict[str, Any]] = {
    **RECEIPT_OF_ONE,
    "results": [{"status": "recorded", "position": 42, "id": LEAVE_ID}],
}
UNCHANGED: Final[dict[str, Any]] = {
    "first": None,
    "last": None,
    "recorded_at": None,
    "results": [{"status": "unchanged"}],
}
ENTRY: Final[dict[str, Any]] = {
    "pupil": FOURTH,
    "date": "2026-10-01",
    "session": "AM",
    "code": "I",
    "counts_as": "authorised",
    "original": "N",
    "amended": True,
    "planned": False,
    "recorded_at": INSTANT,
    "by": OFFICER,
    "position": 70,
    "arrived_at": None,
    "detail": None,
    "reason": "Parent telephoned: unwell",
    "entered_at": None,
    "flags": [],
}
SCHOOL_READ: Final[dict[str, Any]] = {
    **{name: value for name, value in SCHOOL.items() if name != "by"},
    "trust": None,
    "descriptions": [{**{n: v for n, v in SCHOOL.items() if n != "by"}, "trust": None}],
}
YEAR_READ: Final[dict[str, Any]] = {
    "school": URN,
    "year": 2026,
    "terms": YEAR["terms"],
    "closures": YEAR["closures"],
    "sessions": 378,
}
RECEIPT_OF_CLOSURE: Final[dict[str, Any]] = {
    **RECEIPT_OF_ONE,
    "results": [{"status": "recorded", "position": 42, "disagreeing_marks": 0, "disagree": []}],
}
NAME: Final[dict[str, Any]] = {
    **ADMISSIONS["entries"][0],
    "deleted_on": None,
    "ground": None,
    "address": None,
    "erased": [],
    "position": 42,
    "recorded_at": INSTANT,
    "by": OFFICE,
}
LEAVE_READ: Final[dict[str, Any]] = {
    **LEAVE,
    "id": LEAVE_ID,
    "decision": "given",
    "given_from": "2026-11-19",
    "given_to": "2026-11-19",
    "reason": "Licence seen for the first day",
    "decided_by": HEAD,
    "decided_at": INSTANT,
    "recorded_at": INSTANT,
    "erased": [],
    "position": 46,
}
EVENT: Final[dict[str, Any]] = {
    "date": "2026-10-01",
    "session": "AM",
    "revision": 1,
    "from": "N",
    "code": "I",
    "original": "N",
    "reason": "Parent telephoned: unwell",
    "position": 70,
    "type": "attendance-amended",
    "recorded_at": INSTANT,
    "school": URN,
    "by": OFFICER,
    "client": "Ashfield office",
    "rules": "england-2026.1",
    "erased": [],
}
TOTALS: Final[dict[str, Any]] = {
    "school": URN,
    "from": "2026-09-02",
    "to": "2026-12-18",
    "by": "school",
    "position": 70,
    "as_of": INSTANT,
    "rows": [
        {
            "key": URN,
            "enrolments": 1,
            "possible_sessions": 8,
            "attending": 6,
            "present": 5,
            "approved_educational_activity": 1,
            "overall_absence": 2,
            "authorised_absence": 1,
            "unauthorised_absence": 1,
            "late_before_close": 1,
            "late_after_close": 0,
            "unable_to_attend": 0,
            "missing": 0,
            "codes": {"/": 2, "\\": 2, "L": 1, "B": 1, "I": 1, "O": 1},
            "attendance_percent": 75.0,
            "overall_absence_percent": 25.0,
            "authorised_absence_percent": 12.5,
            "unauthorised_absence_percent": 12.5,
            "persistent_absence": 1,
            "severe_absence": 0,
        }
    ],
}
CODE: Final[dict[str, Any]] = {
    "code": "/",
    "title": "Present (morning)",
    "counts_as": "attending",
    "in_possible_sessions": True,
    "sessions": ["AM"],
    "detail": "none",
    "valid_from": "2024-08-19",
    "valid_to": None,
    "reference": "SI 2024/208 reg 10(2) Table 1",
}
LOGGED: Final[dict[str, Any]] = {
    "position": 70,
    "type": "attendance-entered",
    "stream": f"attendance-register/{URN}/{PUPIL}/2026",
    "version": 7808,
    "school": URN,
    "pupil": PUPIL,
    "recorded_at": INSTANT,
    "act": 69,
    "by": TUTOR,
    "client": "Ashfield office",
    "data": {"code": "/"},
    "salt": "00112233445566778899aabbccddeeff",
    "leaf": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "act_leaf": "60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752",
}
AT: Final = {"position": 70, "as_of": INSTANT}


def problem(code: str) -> dict[str, Any]:
    """The document of one type of problem."""
    kind = TYPES[code]
    path = _PATHS.get(code, "")
    shown = error(code, path, kind.about, kind.reference)
    overall = "validation-failed" if code in INSIDE else code
    members: dict[str, Any] = {}
    if code in _STANDING:
        members["standing"] = shown["standing"] = _STANDING[code]
    return Problem(overall, [shown], members=members).document()


_STANDING: Final = {"entry-exists": "N", "entry-has-changed": "L", "leave-already-decided": "given"}
_PATHS: Final = {
    "missing": "by",
    "blank": "by.name",
    "entry-exists": "entries[0].code",
    "entry-has-changed": "amendments[0].from",
    "entry-not-found": "amendments[0].from",
    "unknown-code": "entries[0].code",
    "code-not-in-force": "entries[0].code",
    "wrong-session-for-code": "entries[0].code",
    "session-not-begun": "entries[0].code",
    "session-not-held": "entries[0].date",
    "school-closed": "entries[0].date",
    "detail-missing": "entries[0].detail",
    "pupil-not-on-roll": "entries[0].pupil",
    "boarder-carries-no-mark": "entries[0].pupil",
    "condition-not-met": "evidence.joint_enquiries",
    "deletion-dated-back": "day",
    "school-not-found": "urn",
    "idempotency-key-missing": "Idempotency-Key",
    "idempotency-key-malformed": "Idempotency-Key",
    "idempotency-key-reused": "Idempotency-Key",
    "as-of-in-the-future": "as_of",
    "position-not-reached": "after",
    "dates-reversed": "to",
    "span-too-long": "to",
}
