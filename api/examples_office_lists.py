"""Examples of the answers of the lists that offices live by, for the OpenAPI document."""

from typing import Any, Final

from api.examples import OFFICER, PUPIL, URN
from ledger.law.edition import RULES

_AT: Final = {"position": 70, "as_of": "2026-11-20T12:00:00Z"}


def _list(first: str, last: str, *items: dict[str, Any], **head: Any) -> dict[str, Any]:
    span = {"from": first, "to": last}
    return {"school": URN, "rules": RULES, **span, **head, **_AT, "items": list(items)}


ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "list-registers": _list(
        "2026-11-20",
        "2026-11-20",
        {
            "date": "2026-11-20",
            "session": "AM",
            "registration_group": "9B",
            "state": "partly_taken",
            "held": "held",
            "due": 30,
            "marked": 28,
            "missing": 2,
            "ahead": 1,
            "first_entry_at": "2026-11-20T08:41:12.104311Z",
            "last_entry_at": "2026-11-20T09:12:40.551020Z",
            "late": 1,
        },
    ),
    "list-unmarked": _list(
        "2026-08-01",
        "2026-11-20",
        {
            "pupil": PUPIL,
            "date": "2026-11-17",
            "session": "PM",
            "year_group": "9",
            "registration_group": "9B",
            "since": "2026-11-17T12:25:00.000000Z",
            "school_days": 3,
        },
    ),
    "list-amended-after": _list(
        "2005-08-01",
        "2026-10-01",
        {
            "pupil": PUPIL,
            "date": "2026-10-01",
            "session": "AM",
            "code_then": "N",
            "code_now": "I",
            "changes": [
                {
                    "position": 58,
                    "recorded_at": "2026-10-05T08:47:12.104311Z",
                    "by": OFFICER,
                    "replaces": "N",
                    "code": "I",
                    "reason": "Parent telephoned: unwell",
                    "rule": None,
                }
            ],
        },
        since=44,
    ),
    "list-bulk-and-back-dated": _list(
        "2026-08-01",
        "2026-11-20",
        {
            "position": 57,
            "recorded_at": "2026-11-19T16:03:55.210034Z",
            "by": OFFICER,
            "client": "my-mis",
            "late_entries": 0,
            "late_amendments": 24,
            "amendments": 31,
            "bulk": True,
            "earliest": {"date": "2026-10-05", "session": "AM"},
            "latest": {"date": "2026-11-18", "session": "PM"},
            "codes": [
                {"replaces": "N", "code": "I", "entries": 6},
                {"replaces": "O", "code": "B", "entries": 25},
            ],
        },
        days=5,
        bulk=20,
    ),
    "list-activity-spikes": _list(
        "2026-08-01",
        "2026-11-20",
        {
            "date": "2026-10-01",
            "session": "AM",
            "group_of": "year_group",
            "group": "9",
            "entries": 60,
            "possible": 150,
            "percent": 40.0,
            "median_percent": 2.0,
        },
        code="B",
        times=3,
        at_least=5,
    ),
}
"""Answers by name."""
