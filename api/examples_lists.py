"""Examples of the answers of lists, for the OpenAPI document."""

from collections.abc import Sequence
from typing import Any, Final

from api.examples import FOURTH, LEAVE_ID, OFFICER, PUPIL, SECOND, TUTOR, URN
from ledger.law.edition import RULES

_AS_OF: Final = "2026-11-20T12:00:00Z"
_AT: Final = {"position": 70, "as_of": _AS_OF}
_RECORDED: Final = {"recorded_at": "2026-11-09T08:47:12.104311Z", "position": 58}


def _list(first: str, last: str, *items: dict[str, Any], **head: Any) -> dict[str, Any]:
    span = {"from": first, "to": last}
    return {"school": URN, "rules": RULES, **span, **head, **_AT, "items": list(items)}


def _sessions(days: Sequence[int]) -> list[dict[str, str]]:
    return [
        {"date": f"2026-10-{day:02}", "session": session, "code": "G"}
        for day in days
        for session in ("AM", "PM")
    ]


_WEEK: Final = {
    "from": "2026-07-06",
    "to": "2026-10-18",
    "counted": 10,
    "sessions": _sessions(range(12, 17)),
}

ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "list-code-n": _list(
        "2024-08-19",
        "2026-11-20",
        {
            "pupil": FOURTH,
            "date": "2026-11-09",
            "session": "AM",
            "by": TUTOR,
            **_RECORDED,
            "due": "2026-11-16",
            "overdue": True,
            "overdue_since": "2026-11-17",
            "school_days_overdue": 4,
        },
        on="2026-11-20",
    ),
    "list-penalty-threshold": _list(
        "2024-08-19",
        "2026-11-20",
        {
            "pupil": SECOND,
            "met": True,
            "action": "consider",
            "first_met": {"date": "2026-10-16", "session": "PM", "code": "G"},
            "window": _WEEK,
            "largest": _WEEK,
            "of_compulsory_school_age": True,
            "on_roll": True,
            "outside_calendar": [],
        },
    ),
    "list-persistent-absence": _list(
        "2026-08-01",
        "2026-11-20",
        {
            "pupil": SECOND,
            "starting_day": "2026-09-02",
            "deleted_on": None,
            "possible": 100,
            "absent": 10,
            "percent": 10.0,
            "persistent": True,
            "severe": False,
            "to_persistent": {
                "reached": True,
                "absences_to_reach": 0,
                "absences_over": 0,
                "attendances_to_leave": 1,
            },
            "to_severe": {
                "reached": False,
                "absences_to_reach": 80,
                "absences_over": 0,
                "attendances_to_leave": 0,
            },
        },
        measure="persistent",
    ),
    "list-leave-disagreements": _list(
        "2026-08-01",
        "2027-07-31",
        {
            "pupil": PUPIL,
            "date": "2026-11-19",
            "session": "PM",
            "code": "O",
            "why": "another-code-than-leave",
            "leave": LEAVE_ID,
            "by": TUTOR,
            **_RECORDED,
        },
    ),
    "list-closure-disagreements": _list(
        "2026-08-01",
        "2027-07-31",
        {
            "pupil": PUPIL,
            "date": "2026-11-12",
            "session": "AM",
            "code": "/",
            "held": "unplanned-closure",
            "rule": "school-closed",
            "reference": "Education Act 1996 s.579",
            "by": OFFICER,
            **_RECORDED,
        },
    ),
    "list-two-possible-sessions": _list(
        "2026-08-01",
        "2026-11-20",
        {
            "pupil": PUPIL,
            "date": "2026-11-17",
            "session": "AM",
            "code": "O",
            "other_school": "137173",
            "other_code": "/",
            "position": 58,
        },
    ),
    "list-returns-due": _list(
        "2026-08-01",
        "2026-11-20",
        {
            "pupil": FOURTH,
            "kind": "attendance",
            "due": True,
            "since": "2026-11-13",
            "from": "2026-11-02",
            "to": "2026-11-18",
            "school_days": 13,
            "has_late": False,
            "of_compulsory_school_age": True,
            "on_roll": True,
            "sent_on": "2026-11-20",
            "sent_position": 5122,
        },
    ),
    "compulsory-school-age": {
        "pupil": PUPIL,
        "school": URN,
        "on": "2026-11-20",
        "from": "2017-08-31",
        "to": "2028-06-30",
        "of_compulsory_school_age": True,
        "rules": RULES,
        **_AT,
    },
}
"""Answers by name."""
