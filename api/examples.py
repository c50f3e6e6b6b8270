"""Examples of requests, as the contract prints them, and of each problem."""

from typing import Any, Final, get_args

from api.problem_types import INSIDE, TYPES
from api.problems import Problem, error
from ledger.admissions.grounds import Deletion

URN: Final = "137172"
PUPIL: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01"
SECOND: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e02"
THIRD: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e03"
FOURTH: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e04"
LEAVE_ID: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8eaa"
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
    "decided_on": "2026-11-05",
    "licence": "Leicester City Council 2026/118",
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


_STANDING: Final = {
    "entry-exists": "N",
    "entry-has-changed": "L",
    "leave-already-decided": "given",
    "intervention-already-ended": "withdrawn",
}
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
    "code-not-for-this-age": "entries[0].code",
    "not-dually-registered": "entries[0].code",
    "not-physically-at-approved-place": "entries[0].place",
    "activity-not-supervised": "entries[0].supervision",
    "trip-not-supervised-by-school-staff": "entries[0].supervision",
    "no-part-time-agreement": "entries[0].code",
    "outside-part-time-agreement": "entries[0].code",
    "third-penalty-notice": "issued_on",
    "dated-ahead": "issued_on",
    "intervention-already-ended": "outcome",
    "intervention-not-found": "id",
    "condition-not-met": "evidence.joint_enquiries",
    "deletion-dated-back": "day",
    "asked-in-the-future": "asked_on",
    "leave-without-end": "to",
    "leave-session-outside-dates": "sessions",
    "review-outside-leave": "review_on",
    "given-for-more-than-asked": "from",
    "decided-in-the-future": "decided_on",
    "decided-before-asked": "decided_on",
    "leave-given-after-it-began": "decided_on",
    "leave-not-by-authorised-person": "by",
    "leave-times-not-agreed": "sessions",
    "school-not-found": "urn",
    "idempotency-key-missing": "Idempotency-Key",
    "idempotency-key-malformed": "Idempotency-Key",
    "idempotency-key-reused": "Idempotency-Key",
    "as-of-in-the-future": "as_of",
    "position-not-reached": "after",
    "dates-reversed": "to",
    "span-too-long": "to",
}
