"""Examples about a school's days and its automatic rule for code N: what is sent and what is answered."""

from typing import Any, Final

from api.examples import CLOSURE, FOURTH, HEAD, OFFICER, SECOND, URN

_AT: Final = {"position": 70, "as_of": "2026-11-20T12:00:00.104311Z"}

CLOSURE_WITH_MARKS: Final[dict[str, Any]] = {**CLOSURE, "enter_marks": True}
CODE_N_RULE: Final[dict[str, Any]] = {
    "enabled": True,
    "replace_with": "O",
    "person": OFFICER,
    "in_force_from": "2026-09-01",
    "by": HEAD,
}
CODE_N_RUN: Final[dict[str, Any]] = {"through": "2026-11-19", "by": OFFICER}

_INSTRUCTION: Final = {
    **{name: value for name, value in CODE_N_RULE.items() if name != "by"},
    "rule": "code-n-rule/1",
}
_DAY: Final = {
    "date": "2026-11-12",
    "kind": "closed",
    "AM": "unplanned-closure",
    "PM": "unplanned-closure",
    "term": "Autumn",
    "half_term": "Autumn 2",
    "bank_holiday": None,
    "closures": {"AM": "Boiler failure", "PM": "Boiler failure"},
}

RESULTS_OF_CLOSURE: Final[tuple[dict[str, Any], ...]] = (
    {"disagreeing_marks": 0, "disagree": []},
    {"pupil": FOURTH, "date": "2026-11-12", "session": "AM", "before": "N", "code": "Y4"},
    {"pupil": SECOND, "date": "2026-11-12", "session": "AM", "before": None, "code": "Y4"},
)
"""What a closure with its marks is answered."""
RESULTS_OF_RUN: Final[tuple[dict[str, Any], ...]] = (
    {"through": "2026-11-19", "amended": 1, "left_alone": {"calendar-not-known": 2}},
    {
        "pupil": FOURTH,
        "date": "2026-11-09",
        "session": "AM",
        "before": "N",
        "code": "O",
        "due": "2026-11-16",
        "rule": "code-n-rule/1",
    },
)
"""What a run of the rule is answered."""
ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "days": {"school": URN, "from": "2026-11-12", "to": "2026-11-12", **_AT, "days": [_DAY]},
    "code-n-rule": {
        "school": URN,
        "on": "2026-11-20",
        **_INSTRUCTION,
        "instructions": [_INSTRUCTION],
        "last_run": {"through": "2026-11-19", "amended": 1, "left_alone": {}},
        **_AT,
    },
}
"""What reads are answered."""
