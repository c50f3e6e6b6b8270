"""Facts at the head of the log, as the writer gives them to decisions."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from ledger.attendance import Standing
from ledger.book import SchoolBook, Shelf
from ledger.facts import Disagreement, EntryKey
from ledger.store import standing
from ledger.store.recorder import Append


class HeadFacts:
    """Facts at the head of the log, which the open transaction holds."""

    def __init__(self, append: Append, shelf: Shelf, certain: bool) -> None:
        self._append = append
        self._shelf = shelf
        self._certain = certain
        self.met_standing = False

    @property
    def now(self) -> datetime:
        """What the clock says: whether a session has begun is a matter of the day itself."""
        return self._append.now

    def book(self, urn: str) -> SchoolBook:
        """The book of a school, up to date."""
        return self._shelf.take(urn)

    def standing(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """The entries that stand among these, for certain."""
        found = standing.find(self._append.connection, urn, list(keys))
        self.met_standing = self.met_standing or bool(found)
        return found

    def probably_standing(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """None, unless this batch is decided for certain."""
        return self.standing(urn, keys) if self._certain else {}

    def marks_between(self, urn: str, first: date, last: date) -> list[Disagreement]:
        """The entries that stand in a span of days."""
        return standing.between(self._append.connection, urn, first, last)
