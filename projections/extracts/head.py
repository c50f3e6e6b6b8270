"""What every form of an extract says of itself: what it is made from, before any of its rows."""

from datetime import datetime
from typing import Any, NamedTuple

from ledger.requests import instant
from ledger.schools.calendar import Span
from projections.extracts.extract import Extract


class Head(NamedTuple):
    """What an extract is made from."""

    extract: Extract
    version: str
    """`major.minor.patch` of the data set."""
    schools: tuple[str, ...]
    window: Span
    """The days that it covers, both included."""
    position: int
    as_of: datetime
    rules: str

    def members(self) -> dict[str, Any]:
        """The same as members of a JSON object."""
        return {
            "extract": self.extract.name,
            "version": self.version,
            "position": self.position,
            "as_of": instant(self.as_of),
            "rules": self.rules,
            "schools": list(self.schools),
            "from": self.window.first.isoformat(),
            "to": self.window.last.isoformat(),
        }
