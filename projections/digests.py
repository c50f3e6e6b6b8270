"""Digests: SHA-256 over the canonical form of each view of a school at one position of the log.

The same log gives the same digests on every machine, at every time, under every time zone and locale:
what is hashed follows from rows of the log alone.  No key opens anything on the way.  Of particulars a
view shows no more than `history` does: that they were entered.  So a digest is the same with and
without the key file, before an erasure and after it; what was entered is under the digest of the log,
whose leaves cover the sealed bytes.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from hashlib import sha256
from typing import Any, Final, NamedTuple

from ledger.schools.calendar import SESSIONS, Session, Span, span_of_year
from ledger.store.database import Connection
from ledger.store.vault import Keys, Vault
from projections.asof import AsOf, resolve
from projections.canonical import line
from projections.history import HistoryQuery, history
from projections.interventions import InterventionsQuery, interventions
from projections.leave import LeaveQuery, leave
from projections.register import Register, RegisterQuery, register
from projections.roll import RollRow, roll
from projections.school import Book, load
from projections.sheets.reading import ANY_CHANGES, Sheets, read
from projections.statements import fetch, statements
from projections.totals import TotalsQuery, TotalsRow, totals

FORM: Final = 1
"""Version of the canonical form: a change of it changes every digest."""
VIEWS: Final = ("register", "roll", "totals", "leave", "interventions", "history", "sheets")
LOG: Final = "log"
LEAVES_AT_ONCE: Final = 20_000
DAYS_AT_ONCE: Final = 7
"""Days of a register in memory at a time."""

_SQL: Final = statements("digests")
_COUNTS: Final = [f.name for f in fields(TotalsRow) if not f.name.endswith("_percent")]


class Digest(NamedTuple):
    """The digest of one view."""

    school: str | None
    """None of the log, which is that of all schools."""
    view: str
    lines: int
    sha256: str


class ClosedVault(Vault):
    """A vault that opens nothing."""

    def __init__(self) -> None:
        """Needs no key file."""

    def load_keys(self, connection: Any, scopes: Iterable[str]) -> Keys:
        """No keys."""
        return {}


CLOSED: Final = ClosedVault()
"""Views are hashed as they are without any key."""


class Hashing:
    """Lines while they are hashed, each with the end of a line."""

    def __init__(self, view: str, school: str | None = None) -> None:
        """Begins with a line that says what is hashed."""
        self._hash = sha256(line({"form": FORM, "school": school, "view": view}) + b"\n")
        self._of = (school, view)
        self.lines = 0

    def add(self, content: bytes) -> None:
        """One line more."""
        self._hash.update(content + b"\n")
        self.lines += 1

    @property
    def digest(self) -> Digest:
        """The digest of what was added."""
        return Digest(*self._of, self.lines, self._hash.hexdigest())


def settled(connection: Connection, at: AsOf) -> AsOf:
    """The same position, seen at the instant of its last act: the clock has no part in a digest."""
    return resolve(connection, at.position)


def schools(connection: Connection, urns: Collection[str], at: AsOf) -> list[str]:
    """The schools of the log, or of those asked for the ones that are in it."""
    asked = {"position": at.position, "schools": [int(urn) for urn in urns] or None}
    return [urn for (urn,) in fetch(connection, _SQL["schools"], asked)]


def digest(connection: Connection, urn: str, view: str, at: AsOf) -> Digest:
    """The digest of one view of a school."""
    book = load(connection, urn, at)
    hashing = Hashing(view, urn)
    for content in lines(connection, book, view, at):
        hashing.add(content)
    return hashing.digest


def digest_of_log(connection: Connection, at: AsOf) -> Iterator[tuple[int, Digest | None]]:
    """The digest of the log by its leaves, last; before it, how many positions are done."""
    hashing = Hashing(LOG)
    for first in range(1, at.position + 1, LEAVES_AT_ONCE):
        last = min(first + LEAVES_AT_ONCE - 1, at.position)
        for position, leaf in fetch(connection, _SQL["leaves"], {"first": first, "last": last}):
            hashing.add(b'{"leaf":"%b","position":%d}' % (leaf.hex().encode(), position))
        yield last, None
    yield at.position, hashing.digest


def digest_of_all(found: Iterable[Digest], at: AsOf) -> str:
    """SHA-256 over the position and the digests of views, in their order."""
    whole = sha256(line({"form": FORM, "position": at.position}) + b"\n")
    for one in found:
        whole.update(line(one) + b"\n")
    return whole.hexdigest()


# -- lines -------------------------------------------------------------------------------------------


def lines(connection: Connection, book: Book, view: str, at: AsOf) -> Iterator[bytes]:
    """The lines of a view of a school, in their order."""
    match view:
        case "register" | "totals" | "sheets":
            for year in years(connection, book, at):
                yield from _lines_of_year(connection, book, view, year, at)
        case "roll":
            yield from roll_lines(roll(connection, CLOSED, book, at))
        case "leave":
            yield from map(line, leave(connection, CLOSED, book, at, LeaveQuery()))
        case "interventions":
            found = interventions(connection, CLOSED, book, at, InterventionsQuery())
            yield from map(line, found)
        case "history":
            yield from _history_lines(connection, book, at)
        case _:
            raise ValueError(view)


def _lines_of_year(
    connection: Connection, book: Book, view: str, year: Span, at: AsOf
) -> Iterator[bytes]:
    match view:
        case "register":
            return register_lines(connection, book, year, at)
        case "totals":
            return totals_lines(year, totals_of(connection, book, year, at))
        case _:
            return sheets_lines(sheets_of(connection, book, year, at))


def years(connection: Connection, book: Book, at: AsOf) -> list[Span]:
    """The academic years that a school has set, or holds marks of."""
    asked = {"school": int(book.urn), "position": at.position}
    held = {year for (year,) in fetch(connection, _SQL["years"], asked)}
    return [span_of_year(year) for year in sorted(held | book.school.years.keys())]


def register_lines(connection: Connection, book: Book, year: Span, at: AsOf) -> Iterator[bytes]:
    """The register of a year: entries that stand and entries that are missing, by day, session, pupil."""
    days = list(year.days())
    for start in range(0, len(days), DAYS_AT_ONCE):
        some = days[start : start + DAYS_AT_ONCE]
        query = RegisterQuery(book.urn, some[0], some[-1])
        yield from lines_of_register(register(connection, book, query, at))


def lines_of_register(found: Register) -> Iterator[bytes]:
    """Each entry on a line, in the order of the register, those that are missing among the others."""
    missing = [{**one._asdict(), "missing": True} for one in found.missing_entries]
    placed = [(_place(one._asdict()), line(one)) for one in found.entries]
    placed += [(_place(one), line(one)) for one in missing]
    return (content for _, content in sorted(placed))


def _place(entry: Mapping[str, Any]) -> tuple[date, str, str]:
    return entry["date"], entry["session"], entry["pupil"]


def totals_of(connection: Connection, book: Book, year: Span, at: AsOf) -> list[TotalsRow]:
    """The totals of a year by pupil."""
    return totals(connection, book, TotalsQuery(book.urn, year.first, year.last, "pupil"), at)


def totals_lines(year: Span, found: Iterable[TotalsRow]) -> Iterator[bytes]:
    """Totals of a year by pupil: counts alone, since percentages follow from them."""
    for row in found:
        counts = {name: getattr(row, name) for name in _COUNTS}
        yield line({**counts, "from": year.first, "to": year.last})


def roll_lines(found: Iterable[RollRow]) -> Iterator[bytes]:
    """The roll by pupil and starting day: by name it cannot be put in order without a key."""
    rows = sorted(found, key=lambda row: (row.pupil, row.starting_day))
    return map(line, rows)


def sheets_of(connection: Connection, book: Book, year: Span, at: AsOf) -> Sheets:
    """The sheets of a year, brought to the position however far they are from it."""
    found = read(connection, book.urn, year, at, changes_max=ANY_CHANGES)
    assert found is not None
    return found


def sheets_lines(found: Sheets) -> Iterator[bytes]:
    """Each session that holds entries, with the code of each pupil who has one."""
    return (sheet_line(day, SESSIONS[half], codes) for day, half, codes in found.entries())


def sheet_line(day: date, session: Session, codes: Mapping[str, str]) -> bytes:
    """One session."""
    return line({"codes": codes, "date": day, "session": session})


def _history_lines(connection: Connection, book: Book, at: AsOf) -> Iterator[bytes]:
    asked = {"school": int(book.urn), "position": at.position}
    for (pupil,) in fetch(connection, _SQL["pupils"], asked):
        query = HistoryQuery(pupil, frozenset({book.urn}))
        for event in history(connection, CLOSED, query, at):
            yield line({**event._asdict(), "pupil": pupil})
