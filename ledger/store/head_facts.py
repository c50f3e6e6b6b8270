"""Facts at the head of the log, as the writer gives them to decisions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import partial

from ledger.admissions import admission
from ledger.base import Event
from ledger.book import SchoolBook, Shelf
from ledger.facts import Disagreement, EntryKey, PupilDay
from ledger.registers.attendance import Standing
from ledger.schools.calendar import Session
from ledger.store import standing
from ledger.store.database import Connection
from ledger.store.mapper import open_all
from ledger.store.vault import Vault
from ledger.store.wire import Ask, Wire, ask_once


class HeadFacts:
    """Facts at the head of the log, as one view of the database shows it."""

    def __init__(
        self, connection: Connection, now: datetime, shelf: Shelf, vault: Vault, *, certain: bool
    ) -> None:
        self._connection = connection
        self._ask: Ask = partial(ask_once, connection)
        self._now = now
        self._shelf = shelf
        self._vault = vault
        self._certain = certain
        self.met_standing = False

    @property
    def now(self) -> datetime:
        """What the clock says: whether a session has begun is a matter of the day itself."""
        return self._now

    def book(self, urn: str) -> SchoolBook:
        """The book of a school, up to date."""
        return self._shelf.take(urn)

    def standing(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """The entries that stand among these, for certain."""
        found = standing.find(self._connection, urn, list(keys))
        self.met_standing = self.met_standing or bool(found)
        return found

    def probably_standing(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """None, unless this batch is decided for certain."""
        return self.standing(urn, keys) if self._certain else {}

    def marks_between(self, urn: str, first: date, last: date) -> list[Disagreement]:
        """The entries that stand in a span of days."""
        return standing.between(self._connection, urn, first, last)

    def standing_with(
        self, urn: str, code: str, first: date, last: date
    ) -> Mapping[EntryKey, Standing]:
        """The entries of one code that stand in a span of days, by day, session and pupil."""
        return standing.with_code(self._connection, urn, code, (first, last))

    def codes_of(
        self, urn: str, pupil: str, first: date, last: date
    ) -> Mapping[tuple[date, Session], str]:
        """The codes that stand for one pupil at one school in a span of days."""
        return standing.codes_of(self._connection, urn, pupil, first, last)

    def codes_at(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, str]:
        """The codes that stand among these entries of a school."""
        found = standing.find(self._connection, urn, list(keys))
        return {key: entry.code for key, entry in found.items()}

    def coded_throughout(
        self,
        urn: str,
        code: str,
        asked: Iterable[PupilDay],
        days: Mapping[date, Sequence[date]],
    ) -> frozenset[PupilDay]:
        """Those of whom each of the days listed has an entry of this code and none of another."""
        return standing.coded_throughout(self._ask, (urn, code), asked, days)

    def codes_elsewhere(
        self, urn: str, keys: Iterable[EntryKey]
    ) -> Mapping[EntryKey, Mapping[str, str]]:
        """The codes that stand for the same pupils and sessions at other schools, by their URN."""
        return standing.elsewhere(self._connection, urn, list(keys))

    def born(self, urn: str, pupils: Iterable[str]) -> Mapping[str, date]:
        """Dates of birth as they stand: from the book where it has them, else opened and kept in it."""
        roll = self.book(urn).roll
        asked = [pupil for pupil in dict.fromkeys(pupils) if pupil in roll]
        unknown = [pupil for pupil in asked if roll[pupil].born is None]
        stored = standing.admissions_of(self._connection, urn, unknown)
        for event in open_all(stored, self._vault, self._connection):
            pupil = event.originator_id.rpartition("/")[2]
            roll[pupil].born = admission.born(event) or roll[pupil].born
        return {pupil: born for pupil in asked if (born := roll[pupil].born) is not None}

    def records_of(self, pupil: str, topics: Sequence[str]) -> Sequence[Event]:
        """What the log holds about a child at every school, marks excepted, in its order."""
        stored = standing.records_of(self._connection, pupil, topics)
        return open_all(stored, self._vault, self._connection)


class WriterFacts(HeadFacts):
    """The same of the writer, whose open transaction holds the head."""

    def __init__(
        self, wire: Wire, now: datetime, shelf: Shelf, vault: Vault, *, certain: bool
    ) -> None:
        super().__init__(wire.connection, now, shelf, vault, certain=certain)
        self._ask = wire.ask
