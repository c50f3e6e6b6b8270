"""Examples of requests and answers about leave of absence."""

from typing import Any, Final

HEAD: Final = {"name": "A Head", "position": "Headteacher"}

TIMETABLE: Final[dict[str, Any]] = {
    "pupil": "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e02",
    "ground": "part_time_timetable",
    "from": "2026-11-23",
    "to": "2026-12-04",
    "sessions": [
        {"date": "2026-11-23", "session": "PM"},
        {"date": "2026-11-25", "session": "PM"},
        {"date": "2026-12-02", "session": "PM"},
    ],
    "asked_by": {"name": "Sam Reid", "relationship": "parent"},
    "asked_on": "2026-11-16",
    "circumstances": "Returning after a long illness: mornings in full, three afternoons at home",
    "agreed_with": {"name": "Sam Reid", "relationship": "parent"},
    "review_on": ["2026-11-30"],
    "by": HEAD,
}
WITHDRAWAL: Final[dict[str, Any]] = {
    "decision": "withdrawn",
    "from": "2026-11-20",
    "reason": "The second performance was called off",
    "by": HEAD,
}
AUTHORITY: Final[dict[str, Any]] = {
    "persons": [{"name": "A Head", "position": "Headteacher"}, {"position": "Deputy headteacher"}],
    "in_force_from": "2026-09-01",
    "by": HEAD,
}
_PERSONS: Final = [
    {"name": "A Head", "position": "Headteacher"},
    {"name": None, "position": "Deputy headteacher"},
]
AUTHORITY_READ: Final[dict[str, Any]] = {
    "school": "137172",
    "on": "2026-10-01",
    "persons": _PERSONS,
    "in_force_from": "2026-09-01",
    "lists": [{"persons": _PERSONS, "in_force_from": "2026-09-01"}],
}
DISAGREEING: Final[dict[str, Any]] = {
    "disagreeing_marks": 1,
    "disagree": [
        {"date": "2026-11-19", "session": "PM", "code": "O", "why": "another-code-than-leave"}
    ],
}
