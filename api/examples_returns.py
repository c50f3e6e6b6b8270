"""Examples of requests and answers about returns to the local authority."""

from typing import Any, Final

from api.examples import FOURTH, HEAD, OFFICER, URN

_INSTANT: Final = "2026-11-20T12:00:00.104311Z"
_EPISODE: Final = {
    "pupil": FOURTH,
    "why": "ten-days",
    "from": "2026-11-02",
    "to": "2026-11-18",
}

RETURN: Final[dict[str, Any]] = {
    "extract": "la-attendance-return",
    "position": 5120,
    "seen_at": "2026-11-20T11:30:00.000000Z",
    "from": "2026-11-01",
    "to": "2026-11-20",
    "options": {"not_regular": "severe"},
    "sent_on": "2026-11-20",
    "sent_to": "Leicestershire: education welfare",
    "by": OFFICER,
}
RETURN_OF_ONE: Final[dict[str, Any]] = {
    "extract": "la-new-pupil-return",
    "position": 5120,
    "from": "2026-11-01",
    "to": "2026-11-20",
    "pupils": [FOURTH],
    "sent_on": "2026-11-20",
    "by": OFFICER,
}
BELIEF: Final[dict[str, Any]] = {
    "pupil": FOURTH,
    "formed_on": "2026-11-18",
    "expected_school_days": 10,
    "formed_by": HEAD,
    "grounds": "Letter of the hospital: two more weeks at home",
    "by": OFFICER,
}

ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "receipt-of-return": {
        "first": 5121,
        "last": 5122,
        "recorded_at": _INSTANT,
        "results": [{"status": "recorded", "position": 5122, **_EPISODE}],
    },
    "returns-sent": {
        "school": URN,
        "position": 5130,
        "as_of": _INSTANT,
        "returns": [
            {
                "extract": "la-attendance-return",
                **_EPISODE,
                "made_at": 5120,
                "sent_on": "2026-11-20",
                "sent_to": "Leicestershire: education welfare",
                "recorded_at": _INSTANT,
                "by": OFFICER,
                "position": 5122,
            }
        ],
    },
    "sickness-beliefs": {
        "school": URN,
        "position": 5130,
        "as_of": _INSTANT,
        "beliefs": [
            {
                "pupil": FOURTH,
                "formed_on": "2026-11-18",
                "expected_school_days": 10,
                "formed_by": HEAD,
                "grounds": "Letter of the hospital: two more weeks at home",
                "erased": [],
                "recorded_at": _INSTANT,
                "by": OFFICER,
                "position": 5119,
            }
        ],
    },
}
"""Answers by name, for the OpenAPI document."""
