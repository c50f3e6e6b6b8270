"""Examples of answers, for the OpenAPI document."""

from typing import Any, Final

from api.examples import (
    ADMISSIONS,
    FOURTH,
    HEAD,
    LEAVE,
    LEAVE_ID,
    OFFICE,
    OFFICER,
    PUPIL,
    SCHOOL,
    TUTOR,
    URN,
    YEAR,
)

INSTANT: Final = "2026-10-01T07:47:12.104311Z"
_AT: Final = {"position": 70, "as_of": INSTANT}
_DESCRIBED: Final = {**{n: v for n, v in SCHOOL.items() if n != "by"}, "trust": None}
UNCHANGED: Final[dict[str, Any]] = {
    "first": None,
    "last": None,
    "recorded_at": None,
    "results": [{"status": "unchanged"}],
}


def _receipt(*results: dict[str, Any], **named: str) -> dict[str, Any]:
    """A receipt of an act and its entries."""
    numbered = [
        {"status": "recorded", "position": position, **result}
        for position, result in enumerate(results, start=42)
    ]
    return {
        **named,
        "first": 41,
        "last": 41 + len(results),
        "recorded_at": INSTANT,
        "results": numbered,
    }


ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "receipt": _receipt({}),
    "receipt-of-register": _receipt({}, {}, {}),
    "receipt-of-name": _receipt({"pupil": PUPIL}),
    "receipt-of-closure": _receipt({"disagreeing_marks": 0, "disagree": []}),
    "receipt-of-leave": _receipt({"id": LEAVE_ID}, id=LEAVE_ID),
    "unchanged": UNCHANGED,
    "school": {"school": URN, **_DESCRIBED, "descriptions": [_DESCRIBED], **_AT},
    "year": {
        "school": URN,
        "year": 2026,
        "terms": YEAR["terms"],
        "closures": YEAR["closures"],
        "sessions": 386,
        **_AT,
    },
    "admissions": {
        "school": URN,
        **_AT,
        "entries": [
            {
                **ADMISSIONS["entries"][0],
                "deleted_on": None,
                "ground": None,
                "address": None,
                "erased": [],
                "position": 42,
                "recorded_at": INSTANT,
                "by": OFFICE,
            }
        ],
    },
    "register": {
        "school": URN,
        **_AT,
        "entries": [
            {
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
        ],
        "missing": [PUPIL],
        "missing_entries": [{"pupil": PUPIL, "date": "2026-10-01", "session": "AM"}],
    },
    "leave": {
        "school": URN,
        **_AT,
        "leave": [
            {
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
        ],
    },
    "history": {
        "pupil": FOURTH,
        **_AT,
        "events": [
            {
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
        ],
    },
    "totals": {
        "school": URN,
        "from": "2026-09-02",
        "to": "2026-12-18",
        "by": "school",
        **_AT,
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
    },
    "codes": {
        "on": "2026-10-01",
        **_AT,
        "codes": [
            {
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
        ],
    },
    "log": {
        **_AT,
        "after": 70,
        "events": [
            {
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
        ],
    },
}
"""Answers by name, for the OpenAPI document."""
