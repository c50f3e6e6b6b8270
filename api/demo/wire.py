"""JSON as it is sent: the same document is the same bytes, which idempotency rests on."""

import json

Document = dict[str, object]

_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_json(document: Document) -> bytes:
    """Compact JSON in UTF-8, its members in the order they were put in."""
    return _ENCODER.encode(document).encode()
