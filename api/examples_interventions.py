"""Examples of requests and answers about legal intervention."""

from typing import Any, Final

from api.examples import HEAD, OFFICER, PUPIL, URN

NOTICE_ID: Final = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8eab"
PARENT: Final = {"id": "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f01", "name": "Ngozi Okafor"}
_INSTANT: Final = "2026-11-20T12:00:00.104311Z"
_PAYMENT: Final[dict[str, Any]] = {
    "early": {"pounds": 80, "last_day": "2026-11-24"},
    "full": {"pounds": 160, "last_day": "2026-12-01"},
}
_SESSIONS: Final = [
    {"date": f"2026-10-{day}", "session": session}
    for day in range(12, 17)
    for session in ("AM", "PM")
]

PENALTY_NOTICE: Final[dict[str, Any]] = {
    "pupil": PUPIL,
    "parent": PARENT,
    "threshold_met_on": "2026-10-16",
    "sessions": _SESSIONS,
    "issued_on": "2026-11-03",
    "issued_by": {
        "name": "E Officer",
        "position": "Education welfare officer",
        "authority": "Leicestershire",
    },
    "received_on": "2026-11-04",
    "offence": "Education Act 1996 s.444(1)",
    "excluded_pupil": False,
    "by": OFFICER,
}
NOTICE_OUTCOME: Final[dict[str, Any]] = {
    "outcome": "paid",
    "on": "2026-11-18",
    "amount": 80,
    "by": OFFICER,
}
NOTICE_TO_IMPROVE: Final[dict[str, Any]] = {
    "pupil": PUPIL,
    "parent": PARENT,
    "from": "2026-10-05",
    "to": "2026-11-06",
    "terms": "Support by the family worker; every morning session attended",
    "by": HEAD,
}
IMPROVEMENT_OUTCOME: Final[dict[str, Any]] = {
    "outcome": "insufficient",
    "on": "2026-11-06",
    "reason": "Eleven of forty mornings missed, support not taken up",
    "by": HEAD,
}
ATTENDANCE_CONTRACT: Final[dict[str, Any]] = {
    "pupil": PUPIL,
    "parent": PARENT,
    "from": "2026-09-21",
    "to": "2026-12-18",
    "terms": "Breakfast club for the school's part, punctuality for the parent's",
    "by": HEAD,
}
CONTRACT_OUTCOME: Final[dict[str, Any]] = {
    "outcome": "ended",
    "on": "2026-11-13",
    "reason": "Attendance has recovered",
    "by": HEAD,
}
CONSIDERATION: Final[dict[str, Any]] = {
    "pupil": PUPIL,
    "considered_on": "2026-10-19",
    "decision": "support_first",
    "window": {
        "from": "2026-09-02",
        "to": "2026-10-18",
        "count": 10,
        "sessions": [{**session, "code": "G"} for session in _SESSIONS],
    },
    "reason": "First absence of the year; support offered",
    "by": HEAD,
}


def _receipt(**shown: Any) -> dict[str, Any]:
    return {
        "id": NOTICE_ID,
        "first": 41,
        "last": 42,
        "recorded_at": _INSTANT,
        "results": [{"status": "recorded", "position": 42, "id": NOTICE_ID, **shown}],
    }


ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "receipt-of-penalty-notice": _receipt(kind="first", payment=_PAYMENT),
    "receipt-of-intervention": _receipt(),
    "interventions": {
        "school": URN,
        "position": 70,
        "as_of": _INSTANT,
        "interventions": [
            {
                "id": NOTICE_ID,
                "kind": "penalty_notice",
                "pupil": PUPIL,
                "parent": PARENT,
                "from": "2026-11-03",
                "to": None,
                "notice": "first",
                "issued_by": PENALTY_NOTICE["issued_by"],
                "received_on": "2026-11-04",
                "threshold_met_on": "2026-10-16",
                "sessions": _SESSIONS,
                "offence": "Education Act 1996 s.444(1)",
                "payment": _PAYMENT,
                "counts_until": "2029-11-02",
                "terms": None,
                "decision": None,
                "window": None,
                "outcome": "paid",
                "outcome_on": "2026-11-18",
                "amount": 80,
                "guilty": None,
                "reason": None,
                "outcome_by": OFFICER,
                "outcome_at": _INSTANT,
                "recorded_at": _INSTANT,
                "by": OFFICER,
                "erased": [],
                "position": 46,
            }
        ],
    },
}
"""Answers by name, for the OpenAPI document."""
