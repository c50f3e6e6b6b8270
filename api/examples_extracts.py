"""Examples of the answers of extracts, for the OpenAPI document."""

from typing import Any, Final

from api.examples import PUPIL, URN
from ledger.law.edition import RULES

_AT: Final = {"position": 70, "as_of": "2026-10-01T07:47:12.104311Z"}
_SHA256: Final = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_HEAD: Final[dict[str, Any]] = {
    "extract": "register-history",
    "version": "1.0.70",
    **_AT,
    "rules": RULES,
    "schools": [URN],
    "from": "2026-10-01",
    "to": "2026-10-01",
}
_ROW: Final[dict[str, Any]] = {
    "urn": URN,
    "pupil": PUPIL,
    "date": "2026-10-01",
    "session": "AM",
    "revision": 0,
    "from": None,
    "code": "/",
    "reason": None,
    "entered_at": None,
    "recorded_at": "2026-10-01T07:47:12.104311Z",
    "by_name": "C Tutor",
    "by_position": "Form tutor",
    "log_position": 70,
    "leaf_hash": _SHA256,
}
_COLUMN: Final = {"name": "code", "kind": "code", "description": "The code entered."}

ANSWERS: Final[dict[str, dict[str, Any]]] = {
    "extracts": {
        **_AT,
        "extracts": [
            {
                "name": "register-history",
                "version": "1.0",
                "title": "Every entry and amended entry of the attendance register",
                "receiver": "Auditors, tribunals, courts",
                "reference": "SI 2024/208 reg 6; columns are a convention",
                "scopes": ["attendance:read"],
                "formats": ["csv", "ndjson", "json", "xlsx", "parquet"],
                "key": ["urn", "pupil", "date", "session", "revision"],
                "parameters": [
                    {
                        "name": "pupil",
                        "kind": "text",
                        "description": "Of this pupil alone, by UUID.",
                        "choices": [],
                        "required": False,
                    }
                ],
                "columns": [_COLUMN],
            }
        ],
    },
    "extract": {**_HEAD, "rows": [_ROW], "row_count": 1, "rows_sha256": _SHA256},
    "extract-statement": {
        **_HEAD,
        "title": "Every entry and amended entry of the attendance register",
        "receiver": "Auditors, tribunals, courts",
        "reference": "SI 2024/208 reg 6; columns are a convention",
        "options": {},
        "columns": [_COLUMN],
        "csv_text": "apostrophe-before-formula",
        "format": "csv",
        "bom": False,
        "row_count": 1,
        "rows_sha256": _SHA256,
        "file_bytes": 402,
        "file_sha256": _SHA256,
    },
    "extract-diff": {
        "extract": "register-history",
        **_AT,
        "rules": RULES,
        "schools": [URN],
        "first": "2026-10-01",
        "last": "2026-10-01",
        "from": {"position": 60, "as_of": "2026-10-01T07:40:00.000000Z"},
        "to": _AT,
        "before": "1.0.60",
        "after": "1.0.70",
        "changes": [
            {
                "what": "added",
                "key": {"urn": URN, "pupil": PUPIL, "date": "2026-10-01", "session": "AM"},
                "before": None,
                "after": _ROW,
                "events": [],
            }
        ],
        "added": 1,
        "removed": 0,
        "changed": 0,
    },
}
