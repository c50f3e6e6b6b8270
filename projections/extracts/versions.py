"""The version of a data set: `major.minor` is the extract's shape, the patch what its rows rest on.

The patch is the last position of the log at which anything was recorded of the schools, or a mark of a
day of the window.  It never falls, rises only where something was recorded that rows may show, and is
the same wherever and whenever the same question is asked of the same position.
"""

from collections.abc import Sequence
from typing import Any, Final

from ledger.schools.calendar import Span
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.extracts.extract import Extract
from projections.statements import fetch, statements

_SQL: Final = statements("extracts/versions")
_STRETCHES: Final = (20_000, 400_000)
"""Positions looked through before all marks of the schools are: most often the first has one."""


def version_of(
    connection: Connection, extract: Extract, schools: Sequence[str], window: Span, at: AsOf
) -> str:
    """`major.minor.patch`; a data set of no school has patch 0."""
    days = extract.rests_on(window)
    return f"{extract.version}.{_last(connection, schools, days, at) if schools else 0}"


def _last(connection: Connection, schools: Sequence[str], window: Span, at: AsOf) -> int:
    asked = {
        "schools": [int(urn) for urn in schools],
        "first": window.first,
        "last": window.last,
        "position": at.position,
    }
    record = _one(connection, "record", asked)
    for stretch in _STRETCHES:
        after = max(at.position - stretch, record)
        mark = _one(connection, "mark_since", {**asked, "after": after})
        if mark or after == record:
            return max(record, mark)
    return max(record, _one(connection, "mark", asked))


def _one(connection: Connection, name: str, asked: dict[str, Any]) -> int:
    [(position,)] = fetch(connection, _SQL[name], asked)
    return position or 0
