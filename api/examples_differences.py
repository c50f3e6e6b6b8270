"""Examples of answers that compare two places in the log, or explain a figure."""

from typing import Any, Final

from api.examples import OFFICER, PUPIL, URN
from ledger.law.edition import RULES

_THEN: Final = {"position": 42, "as_of": "2026-10-01T07:47:12.104311Z"}
_NOW: Final = {"position": 70, "as_of": "2026-10-02T09:12:30.000201Z"}
_BETWEEN: Final = {"school": URN, "from": _THEN, "to": _NOW}
_RECORDED: Final = {
    "recorded_at": "2026-10-02T09:12:30.000201Z",
    "by": OFFICER,
    "client": "Ashfield office",
    "rules": RULES,
}
_SAID: Final = {"detail": None, "arrived_at": None, "place": None, "supervision": None}
_DAYS: Final = {"first": "2026-09-02", "last": "2026-10-01"}


def _count(before: int, after: int) -> dict[str, int]:
    return {"before": before, "after": after, "change": after - before}


def _same(*names: str) -> dict[str, Any]:
    return {name: _count(0, 0) for name in names}


_TOTALS_ROW: Final[dict[str, Any]] = {
    "key": URN,
    "enrolments": _count(1, 1),
    "possible_sessions": _count(44, 44),
    "attending": _count(43, 43),
    "present": _count(43, 43),
    "overall_absence": _count(1, 1),
    "authorised_absence": _count(0, 1),
    "unauthorised_absence": _count(1, 0),
    **_same("approved_educational_activity", "late_before_close", "late_after_close"),
    **_same("unable_to_attend", "missing", "persistent_absence", "severe_absence"),
    "codes": {"I": _count(0, 1), "N": _count(1, 0)},
    "attendance_percent": {"before": 97.72727272727273, "after": 97.72727272727273},
    "overall_absence_percent": {"before": 2.272727272727273, "after": 2.272727272727273},
    "authorised_absence_percent": {"before": 0.0, "after": 2.272727272727273},
    "unauthorised_absence_percent": {"before": 2.272727272727273, "after": 0.0},
    "events": 1,
    "attendance": f"/v1/schools/{URN}/attendance/diff?from=42&to=70&first=2026-09-02"
    "&last=2026-10-01",
}

ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "attendance-diff": {
        **_BETWEEN,
        **_DAYS,
        **_NOW,
        "entries": [
            {
                "pupil": PUPIL,
                "date": "2026-10-01",
                "session": "AM",
                "before": {"code": "N", "position": 41, **_SAID},
                "after": {"code": "I", "position": 70, **_SAID},
                "net_change": True,
                "events": [
                    {
                        "position": 70,
                        "type": "attendance-amended",
                        **_RECORDED,
                        "code": "I",
                        "replaces": "N",
                        "reason": "Parent telephoned: unwell",
                        "rule": None,
                    }
                ],
            }
        ],
    },
    "totals-diff": {
        **_BETWEEN,
        **_DAYS,
        "by": "school",
        "rules": RULES,
        **_NOW,
        "rows": [_TOTALS_ROW],
    },
    "admissions-diff": {
        **_BETWEEN,
        "on": None,
        **_NOW,
        "entries": [
            {
                "pupil": PUPIL,
                "starting_day": "2026-09-02",
                "what": "changed",
                "before_position": 40,
                "after_position": 69,
                "fields": {"registration_group": {"before": "9B", "after": "9C"}},
                "events": [
                    {
                        "position": 69,
                        "type": "particulars-amended",
                        **_RECORDED,
                        "reason": "Moved to another form",
                        "in_force_from": "2026-10-01",
                    }
                ],
            }
        ],
    },
    "explain": {
        "school": URN,
        "from": "2026-09-02",
        "to": "2026-10-01",
        "by": "school",
        "key": URN,
        "figure": "authorised_absence",
        "code": None,
        "rules": RULES,
        "total": 1,
        "headline": 1,
        **_NOW,
        "items": [
            {
                "pupil": PUPIL,
                "date": "2026-10-01",
                "session": "AM",
                "code": "I",
                "counts_as": "authorised",
                "reference": "SI 2024/208 reg 10 Table 3",
                "position": 70,
                "amended": True,
            }
        ],
    },
}
"""Answers by name."""
