"""Entries amended after a recorded time: a census day, the day of a notice, the sending of a return.

What stood then and what stands now, with every amendment between, its reason and whose it is
(regulation 10: the original and the amended entry, the reason, the date, and the name of the person).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final, NamedTuple

from ledger.registers import attendance
from ledger.schools import calendar
from ledger.schools.calendar import Session, Span
from ledger.store.database import Connection
from ledger.store.vault import Keys, Vault, scope_of
from projections.asof import AsOf
from projections.lists.cut import Cut
from projections.people import Act, By, acts
from projections.school import Book
from projections.statements import fetch, statements
from projections.stored import is_sealed, opened, parsed

_SQL: Final = statements("lists/amended")


@dataclass(frozen=True, slots=True)
class AmendedQuery:
    """Sessions of these days, and what was recorded of them after a position."""

    span: Span
    since: int


class Change(NamedTuple):
    """One entry or amended entry, recorded after the time asked about."""

    position: int
    recorded_at: datetime
    by: By
    replaces: str | None
    """None for an original entry."""
    code: str
    reason: str | None
    """None for an original entry, and where it was erased."""
    rule: str | None
    """The school's own rule by which it was amended; None for a person's own."""


class AmendedAfter(NamedTuple):
    """An entry that was amended after the time asked about."""

    pupil: str
    day: date
    session: Session
    code_then: str | None
    """What stood; None where nothing was entered yet."""
    code_now: str
    """What stands; it may be what stood, where the entry was amended there and back."""
    changes: tuple[Change, ...]
    """In the order of recording."""


def amended_after(
    reader: tuple[Connection, Vault], book: Book, query: AmendedQuery, cut: Cut, at: AsOf
) -> list[AmendedAfter]:
    """Those of a part of the list, by session and pupil; reasons opened as far as they can be."""
    connection, vault = reader
    asked = {
        "school": int(book.urn),
        "first": query.span.first,
        "last": query.span.last,
        "since": query.since,
        "position": at.position,
        "skip": cut.skip,
        "limit": cut.limit,
    }
    rows = [_Row(*row) for row in fetch(connection, _SQL["amended"], asked)]
    fields = {row.position: parsed(row.state) for row in rows if row.revision}
    people = acts(connection, (row.act for row in rows))
    keys = vault.load_keys(connection, _scopes(book.urn, rows, fields))
    changes = _Changes(book.urn, fields, people, keys)
    return [changes.entry(list(own)) for _, own in groupby(rows, key=lambda row: row[:3])]


class _Row(NamedTuple):
    """An entry or amended entry as it is stored."""

    day: date
    half: int
    pupil: str
    revision: int
    position: int
    act: int
    replaced: str | None
    code: str
    state: bytes

    @property
    def session(self) -> Session:
        return calendar.SESSIONS[self.half]

    def stream(self, urn: str) -> str:
        """The register that it stands in."""
        return attendance.stream(urn, self.pupil, calendar.academic_year(self.day))


def _scopes(urn: str, rows: Iterable[_Row], fields: Mapping[int, Mapping[str, Any]]) -> set[str]:
    """Whose keys are needed for the reasons."""
    return {
        scope_of(row.stream(urn))
        for row in rows
        if is_sealed(fields.get(row.position, {}).get("reason"))
    }


@dataclass(frozen=True, slots=True)
class _Changes:
    """What is needed to show what is stored."""

    urn: str
    fields: Mapping[int, dict[str, Any]]
    people: Mapping[int, Act]
    keys: Keys

    def entry(self, rows: Sequence[_Row]) -> AmendedAfter:
        """One entry, by what was recorded of it."""
        first, last = rows[0], rows[-1]
        return AmendedAfter(
            first.pupil,
            first.day,
            first.session,
            # What stood before the first of them is what it replaced.
            first.replaced,
            last.code,
            tuple(map(self._change, rows)),
        )

    def _change(self, row: _Row) -> Change:
        act = self.people[row.act]
        stored = self.fields.get(row.position, {})
        place = calendar.version(row.day, row.session, row.revision)
        reason = {name: value for name, value in stored.items() if name == "reason"}
        plain = opened(row.stream(self.urn), place, reason, self.keys).fields
        return Change(
            row.position,
            act.recorded_at,
            act.by,
            row.replaced,
            row.code,
            plain.get("reason"),
            stored.get("rule"),
        )
