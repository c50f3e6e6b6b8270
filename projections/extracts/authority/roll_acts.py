"""Names entered and deleted, each as the act by which it was: what two of the returns tell of."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ledger.admissions.admission import NameDeleted, NameEntered
from ledger.authority_returns.returns_sent import ReturnSent, Sent
from ledger.schools.calendar import LONDON
from ledger.store.vault import scope_of
from projections.asof import resolve
from projections.differences import Between, TwoBooks
from projections.extracts.extract import Source
from projections.people import acts
from projections.roll import RollRow
from projections.roll_differences import RollDifference, RollDifferencesQuery, roll_differences
from projections.school import Book, load
from projections.statements import fetch, statements
from projections.stored import opened, parsed

_SQL: Final = statements("extracts/authority/names")
_SEALED: Final = b'"sealed"'


@dataclass(frozen=True, slots=True)
class RollAct:
    """A name entered or deleted.  `enrolment` is its number among those of the pupil here, from 0."""

    pupil: str
    enrolment: int
    position: int
    recorded_on: date
    """The local day on which it was recorded."""
    fields: Mapping[str, Any]
    """Of a deletion, what its event says, opened as far as it can be."""


def entered(source: Source, book: Book) -> Iterator[RollAct]:
    """The names entered, in the order of recording."""
    return _acts(source, book, NameEntered.topic)


def deleted(source: Source, book: Book) -> Iterator[RollAct]:
    """The names deleted, in the order of recording."""
    return _acts(source, book, NameDeleted.topic)


def _acts(source: Source, book: Book, wanted: str) -> Iterator[RollAct]:
    asked = {"school": int(book.urn), "position": source.at.position}
    found = fetch(source.connection, _SQL["of_school"], asked)
    rows = [row for row in found if row[5] == wanted]
    made = acts(source.connection, (row[1] for row in rows))
    sealed = wanted == NameDeleted.topic
    scopes = {scope_of(row[3]) for row in rows if sealed and _SEALED in row[6]}
    keys = source.vault.load_keys(source.connection, scopes)
    numbers: defaultdict[str, int] = defaultdict(int)
    for position, act, pupil, stream, version, _, state in rows:
        fields = opened(stream, version, parsed(state), keys).fields if sealed else {}
        day = made[act].recorded_at.astimezone(LONDON).date()
        yield RollAct(pupil, numbers[pupil], position, day, fields)
        numbers[pupil] += 1


Days = Mapping[str, Sequence[tuple[int, date]]]
"""The acts of each pupil, in their order: position, and the day from which the name was on the roll or off it."""


def about(sent: Sequence[Sent], act: RollAct, days: Days) -> Sent | None:
    """The latest return about an act, of those that told of its pupil."""
    found = [one for one in sent if _told_of(one.event, days[act.pupil]) == act.position]
    return found[-1] if found else None


def _told_of(event: ReturnSent, acts_of: Sequence[tuple[int, date]]) -> int | None:
    """The act that a return told of: that of its day or, where the day was put right since, the latest by then."""
    by_then = [(position, day) for position, day in acts_of if position <= event.made_at]
    same = [position for position, day in by_then if day == event.first]
    return next(reversed(same or [position for position, _ in by_then]), None)


def enrolment(rows: Sequence[RollRow], number: int) -> RollRow | None:
    """The enrolment of that number among a pupil's, in their order."""
    return rows[number] if number < len(rows) else None


class Amended:
    """Which particulars of names were amended since a return was made: compared once for each position."""

    def __init__(self, source: Source, book: Book) -> None:
        self._source = source
        self._book = book
        self._at: dict[int, dict[str, list[RollDifference]]] = {}

    def since(self, sent: Sent | None, pupil: str) -> str | None:
        """The particulars, by name; never what they say."""
        if sent is None:
            return None
        made_at = sent.event.made_at
        if made_at not in self._at:
            self._at[made_at] = self._compared(made_at)
        found = (name for one in self._at[made_at].get(pupil, ()) for name in one.fields)
        return ", ".join(dict.fromkeys(found)) or None

    def _compared(self, made_at: int) -> dict[str, list[RollDifference]]:
        connection, urn = self._source.connection, self._book.urn
        before = resolve(connection, made_at)
        books = TwoBooks(load(connection, urn, before), self._book)
        between = Between(before, self._source.at)
        query = RollDifferencesQuery(urn)
        found: defaultdict[str, list[RollDifference]] = defaultdict(list)
        for one in roll_differences(connection, books, query, between, self._source.vault):
            found[one.pupil].append(one)
        return found
