"""A part of a long list of entries: those after a place in it, and no more than are wanted.

Entries are listed by day, session and pupil, as their key has them, so that a part is found without
the parts before it.
"""

from datetime import date
from typing import Any, Final, NamedTuple

_BEFORE_ANY: Final = "00000000-0000-0000-0000-000000000000"


class EntryPlace(NamedTuple):
    """Where in such a list an entry stands."""

    day: date
    half: int
    pupil: str


class Part(NamedTuple):
    """At most `limit` entries, those after a place or from the first."""

    limit: int
    after: EntryPlace | None = None

    def columns(self, first: date) -> dict[str, Any]:
        """What a statement is given of it; `first` is the first day there is."""
        # No session comes before the morning, so everything on the first day is after it.
        day, half, pupil = self.after or EntryPlace(first, -1, _BEFORE_ANY)
        return {
            "after_day": day,
            "after_half": half,
            "after_pupil": pupil,
            "limit": self.limit,
        }
