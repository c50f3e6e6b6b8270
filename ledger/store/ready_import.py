"""Imports made ready: a hundred thousand lines decided while others append, and appended in one piece.

An import is recorded as a whole or not at all, and whoever appends holds the head of the log.  So it is decided
beforehand, on the log as it stood at one position, and its rows are made but for position, act and leaf.
Under the head's lock it is seen whether the log has gained anything that the decision looked at.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from os import urandom
from typing import Final, NamedTuple

from eventsourcing.persistence import StoredEvent

from ledger.base import By, Event, Recorded
from ledger.book import Shelf
from ledger.facts import EntryKey, PupilDay
from ledger.proof.leaf import SALT_BYTES, covered, start_of_leaf
from ledger.registers.attendance import Standing
from ledger.requests import Item, Request, receipt_of, status_of
from ledger.schools.calendar import REVISIONS
from ledger.store import rows
from ledger.store.books import fold
from ledger.store.database import Connection, Database
from ledger.store.head_facts import HeadFacts
from ledger.store.mapper import scopes_of, stored_of
from ledger.store.vault import DataKeys, Vault

_HEAD: Final = "SELECT position FROM log_head"
_RECORDS: Final = """
    SELECT position, stream, version, topic, state FROM record
    WHERE school = ANY(%s) ORDER BY position
"""
_GAINED_RECORDS: Final = """
    SELECT EXISTS (SELECT FROM record WHERE position > %(after)s AND (
        school = ANY(%(schools)s) OR (topic = 'name-entered' AND pupil = ANY(%(pupils)s::uuid[]))))
"""
# The span of the days keeps the server from opening every academic year that there can be.
_GAINED_DAYS: Final = """
    SELECT DISTINCT school, day FROM mark
    WHERE position > %(after)s AND day BETWEEN %(first)s AND %(last)s
"""


class _Mark(NamedTuple):
    place: int
    """Among all that is appended, counted from 0."""
    act: int
    """Which of the acts it is entered under."""
    hashed: bytes
    columns: bytes
    end: bytes


class WatchedFacts(HeadFacts):
    """Facts of which it is noted what was looked at, so that it can be seen whether they still hold."""

    def __init__(self, connection: Connection, now: datetime, shelf: Shelf, vault: Vault) -> None:
        super().__init__(connection, now, shelf, vault, certain=True)
        self.days: set[tuple[str, date]] = set()
        """Schools and days whose entries were looked at."""
        self.days_elsewhere: set[date] = set()
        """Days on which entries of any school were."""
        self.pupils_elsewhere: set[str] = set()

    def standing(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """The entries of a school that stand among these."""
        return super().standing(urn, self._noted(urn, keys))

    def codes_at(self, urn: str, keys: Iterable[EntryKey]) -> Mapping[EntryKey, str]:
        """The codes that stand among these entries of a school."""
        return super().codes_at(urn, self._noted(urn, keys))

    def coded_throughout(
        self,
        urn: str,
        code: str,
        asked: Iterable[PupilDay],
        days: Mapping[date, Sequence[date]],
    ) -> frozenset[PupilDay]:
        """Those of whom each of the days listed has an entry of this code and none of another."""
        self.days.update((urn, day) for each in days.values() for day in each)
        return super().coded_throughout(urn, code, asked, days)

    def codes_elsewhere(
        self, urn: str, keys: Iterable[EntryKey]
    ) -> Mapping[EntryKey, Mapping[str, str]]:
        """The codes that stand for the same pupils and sessions at other schools."""
        listed = list(keys)
        self.days_elsewhere.update(key.day for key in listed)
        self.pupils_elsewhere.update(key.pupil for key in listed)
        return super().codes_elsewhere(urn, listed)

    def _noted(self, urn: str, keys: Iterable[EntryKey]) -> list[EntryKey]:
        listed = list(keys)
        self.days.update((urn, key.day) for key in listed)
        return listed


@dataclass(slots=True)
class ReadyImport:
    """An import decided on the log as it stood at a position, its rows ready but for place and time."""

    items: list[Item]
    status: int
    position: int
    schools: frozenset[str]
    looked_at: WatchedFacts
    people: list[By] = field(default_factory=list)
    """Who made entries, in the order of their acts."""
    places_of_acts: list[int] = field(default_factory=list)
    """Of each act among all that is appended, counted from 0."""
    places: list[int | None] = field(default_factory=list)
    """The same of each item; None of one that is not recorded."""
    length: int = 0
    keys: DataKeys = field(default_factory=DataKeys)
    marks: list[_Mark] = field(default_factory=list)

    def still_true(self, connection: Connection) -> bool:
        """Whether the log has gained nothing since that the decision looked at.  The head is held."""
        facts = self.looked_at
        asked = {
            "after": self.position,
            "schools": [int(urn) for urn in self.schools],
            "pupils": list(facts.pupils_elsewhere),
        }
        found = connection.execute(_GAINED_RECORDS, asked).fetchone()
        if found is None or found[0]:
            return False
        days = {day for _, day in facts.days} | facts.days_elsewhere
        if not days:
            return True
        spanned = {"after": self.position, "first": min(days), "last": max(days)}
        return not any(
            (f"{school:06d}", day) in facts.days or day in facts.days_elsewhere
            for school, day in connection.execute(_GAINED_DAYS, spanned)
        )

    def receipt(self, first: int, recorded_at: datetime) -> bytes:
        """Its receipt, the first position being this."""
        positions = [None if place is None else first + place for place in self.places]
        span = range(first, first + self.length)
        return receipt_of(self.items, positions, span, recorded_at)

    def rows(self, first: int, leaves: Sequence[bytes]) -> Iterator[bytes]:
        """The rows of `mark`, the first position being this and the leaves of the acts these."""
        starts = [start_of_leaf(leaf) for leaf in leaves]
        acts = [first + place for place in self.places_of_acts]
        begin, join = rows.mark_start, b"".join
        for place, act, hashed, columns, end in self.marks:
            leaf = sha256(starts[act] + hashed).digest()
            yield join((begin(first + place, acts[act]), columns, leaf, end))


def make_ready(
    database: Database,
    vault: Vault,
    now: datetime,
    asked: tuple[Request, frozenset[str], Callable[[HeadFacts], list[Item]]],
) -> ReadyImport:
    """An import made ready: its request, the schools that it speaks of, and the decision.

    Raises SchoolNotFoundError and psycopg.Error, and whatever the decision does.
    """
    request, schools, decide = asked
    with database.reading() as connection:
        row = connection.execute(_HEAD).fetchone()
        assert row is not None
        facts = WatchedFacts(connection, now, _shelf(connection, schools), vault)
        items = decide(facts)
        ready = ReadyImport(items, status_of(items, request.each), row[0], schools, facts)
        if ready.status in _RECORDED:
            _make_rows(ready, connection, vault)
    return ready


_RECORDED: Final = (200, 201)


def _shelf(connection: Connection, schools: frozenset[str]) -> Shelf:
    """The books of these schools, as they stand."""
    shelf = Shelf()
    for urn in schools:
        book = shelf.take(urn)
        for position, *event in connection.execute(_RECORDS, ([int(urn)],)):
            fold(book, position, *event)
    return shelf


def _make_rows(ready: ReadyImport, connection: Connection, vault: Vault) -> None:
    """Give every act and entry its place, in the order sent, each act before the first entry under it."""
    events: list[tuple[int, int, Event]] = []
    act_of: dict[By, int] = {}
    place, act, person = 0, -1, None
    for by, outcome in ready.items:
        if not isinstance(outcome, Recorded):
            ready.places.append(None)
            continue
        if by is not person:
            person = by
            if by not in act_of:
                act_of[by] = len(act_of)
                ready.people.append(by)
                ready.places_of_acts.append(place)
                place += 1
            act = act_of[by]
        events.append((place, act, outcome.event))
        ready.places.append(place)
        place += 1
    ready.length = place
    ready.keys = vault.prepare_keys(connection, scopes_of(event for _, _, event in events))
    # However the lines came, the server then files neighbours on one page.
    events.sort(key=_in_key_order)
    salts = urandom(SALT_BYTES * len(events))
    ready.marks = [
        _mark(
            place,
            act,
            salts[i * SALT_BYTES : (i + 1) * SALT_BYTES],
            stored_of(event, ready.keys.keys),
        )
        for i, (place, act, event) in enumerate(events)
    ]


def _in_key_order(entered: tuple[int, int, Event]) -> tuple[str, str, int, str]:
    """School, year, session and pupil, as the key of a mark has them."""
    event = entered[2]
    school, pupil, year = event.originator_id.rsplit("/", 2)
    return school, year, event.originator_version // REVISIONS, pupil


def _mark(place: int, act: int, salt: bytes, stored: StoredEvent) -> _Mark:
    stream = stored.originator_id
    assert isinstance(stream, str)
    where = covered(stream, stored.originator_version, stored.topic, stored.state)
    columns = rows.mark_middle(stored, salt)
    return _Mark(place, act, salt + where, columns, rows.mark_end(stored.state))
