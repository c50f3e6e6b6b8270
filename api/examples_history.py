"""Examples of a child's history in the formats that are no JSON, for the OpenAPI document."""

from typing import Any, Final

from pydantic_core import to_json

from api.bodies import NDJSON
from api.example_answers import ANSWERS
from api.formats import CSV, HTML, Listing, as_csv
from api.history_rows import COLUMNS

_EVENT: Final[dict[str, Any]] = ANSWERS["history"]["events"][0]
# In a table the code that was replaced has a column of its own.
_FLAT: Final = {**_EVENT, "replaces": _EVENT["from"], "from": None}

EXAMPLES: Final[dict[str, str]] = {
    NDJSON: f"{to_json(_EVENT).decode()}\n",
    CSV: as_csv(Listing("events", [_FLAT], COLUMNS)).decode(),
    HTML: '<!DOCTYPE html>\n<html lang="en">…<h1>History of Ada Okafor</h1>…</html>\n',
}
"""By media type."""
