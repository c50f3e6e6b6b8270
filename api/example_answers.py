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
from api.examples_differences import ANSWERS as _OF_DIFFERENCES
from api.examples_extracts import ANSWERS as _OF_EXTRACTS
from api.examples_interventions import ANSWERS as _OF_INTERVENTIONS
from api.examples_leave import AUTHORITY_READ, DISAGREEING
from api.examples_lists import ANSWERS as _OF_LISTS
from api.examples_office_lists import ANSWERS as _OF_OFFICE_LISTS
from api.examples_returns import ANSWERS as _OF_RETURNS
from api.examples_schools import ANSWERS as SCHOOL_ANSWERS
from api.examples_schools import RESULTS_OF_CLOSURE, RESULTS_OF_RUN

INSTANT: Final = "2026-10-01T07:47:12.104311Z"
_AT: Final = {"position": 70, "as_of": INSTANT}
_DESCRIBED: Final = {**{n: v for n, v in SCHOOL.items() if n != "by"}, "trust": None, "phase": None}
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
    "receipt-of-closure": _receipt(*RESULTS_OF_CLOSURE),
    "receipt-of-rule": _receipt({"rule": "code-n-rule/1"}),
    "receipt-of-run": _receipt(*RESULTS_OF_RUN),
    **SCHOOL_ANSWERS,
    "receipt-of-leave": _receipt({"id": LEAVE_ID}, id=LEAVE_ID),
    "receipt-of-decision": _receipt({"id": LEAVE_ID, **DISAGREEING}, id=LEAVE_ID),
    "leave-authority": {**AUTHORITY_READ, **_AT},
    "unchanged": UNCHANGED,
    "school": {"school": URN, **_DESCRIBED, "descriptions": [_DESCRIBED], **_AT},
    "year": {
        "school": URN,
        "year": 2026,
        "terms": YEAR["terms"],
        "closures": YEAR["closures"],
        "sessions": 386,
        "school_days": 193,
        "school_weeks": 40,
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
                "supplementary_names": None,
                "starting_day_is": None,
                "attends_there": None,
                "due": {"AM": "due", "PM": "due"},
                "other_addresses": None,
                "move": None,
                "previous_school_address": None,
                "other_school": None,
                "future_school": None,
                "former_upn": None,
                "uln": None,
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
                "place": None,
                "supervision": None,
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
                "agreed_with": None,
                "review_on": [],
                "decision": "given",
                "given_from": "2026-11-19",
                "given_to": "2026-11-19",
                "given_sessions": ["PM"],
                "licence": "Leicester City Council 2026/118",
                "withdrawn_from": None,
                "reason": "Licence seen for the first day",
                "decided_by": HEAD,
                "decision_entered_by": OFFICER,
                "decided_on": "2026-11-05",
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
        "rules": "england-2026.1",
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
                "explain": f"/v1/schools/{URN}/totals/explain?from=2026-09-02&to=2026-12-18&by=school"
                f"&key={URN}&as_of=70&seen_at=2026-10-01T07%3A47%3A12.104311Z",
            }
        ],
    },
    "codes": {
        "on": "2026-10-01",
        "rules": "england-2026.1",
        **_AT,
        "codes": [
            {
                "code": "/",
                "title": "Present (morning)",
                "counts_as": "attending",
                "in_possible_sessions": True,
                "sessions": ["AM"],
                "before_session": False,
                "detail": "none",
                "detail_is": None,
                "pupil_group": "any",
                "leave_decision": "none",
                "must_be_replaced_within_school_days": None,
                "counts_to_penalty_threshold": False,
                "counts_to_ten_day_return": False,
                "export_as": "/",
                "discouraged_from": None,
                "discouraged": None,
                "table": "1",
                "valid_from": "2024-08-19",
                "valid_to": None,
                "reference": "SI 2024/208 reg 10(2) Table 1",
                "confidence": "confirmed",
            }
        ],
    },
    "rules": {
        "on": "2026-10-01",
        "rules": "england-2026.1",
        **_AT,
        "values": [
            {
                "table": "thresholds",
                "name": "code-n-replaced-within-school-days",
                "title": "Last school day after the session by which code N is replaced",
                "value": {"value": 5, "unit": "school days"},
                "severity": None,
                "valid_from": "2024-08-19",
                "valid_to": None,
                "reference": "SI 2024/208 reg 10(7) to (9)",
                "confidence": "secondary: quoted from statutory guidance; day 1 is the next school "
                "day (convention)",
            },
            {
                "table": "severity",
                "name": "no-part-time-agreement",
                "title": "Code C2 rests on an agreement with times and dates",
                "value": {},
                "severity": {
                    "maintained": "refuse",
                    "academy": "warn",
                    "special": "refuse",
                    "independent": "warn",
                    "pupil_referral_unit": "refuse",
                    "alternative_provision": "warn",
                },
                "valid_from": "2024-08-19",
                "valid_to": None,
                "reference": "SI 2024/208 reg 11(6)",
                "confidence": "confirmed: the agreement; a warning where regulation 11 does not bind "
                "is our convention",
            },
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
    **_OF_INTERVENTIONS,
    **_OF_RETURNS,
    **_OF_DIFFERENCES,
    **_OF_LISTS,
    **_OF_OFFICE_LISTS,
    **_OF_EXTRACTS,
}
"""Answers by name, for the OpenAPI document."""
