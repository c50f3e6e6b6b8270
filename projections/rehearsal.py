"""A rehearsal of changed rules over the real history of a school: what would be otherwise, and for whom.

Two rulebooks judge the same marks.  Nothing is written, and no particulars of a child are shown: marks
are named by pupil, session and position.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from itertools import product
from typing import Any, Final, NamedTuple

from ledger.admissions.ages import of_compulsory_school_age
from ledger.law.judgement import CODE_RULES, Judged, Made, judge
from ledger.law.rulebook import CODES, Change, Rulebook, changes
from ledger.leave_of_absence.leave import given_for
from ledger.schools.calendar import SESSIONS, Session, Span, academic_year, span_of_year
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.births import births
from projections.school import Book
from projections.statements import fetch, statements
from projections.stored import bare, parsed

_SQL: Final = statements("rehearsal")
_PART_TIME: Final = "part_time_timetable"
WORDS: Final = frozenset({"title", "reference", "confidence", "table", "detail_is", "discouraged"})
"""Members that say something and decide nothing."""


class MarkChange(NamedTuple):
    """A mark that stands and would be judged otherwise."""

    pupil: str
    date: date
    session: Session
    code: str
    position: int
    before: Judged
    after: Judged


@dataclass(frozen=True)
class Rehearsal:
    """Two rulebooks, and what differs between them."""

    before: Rulebook
    after: Rulebook
    changes: list[Change] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "changes", changes(self.before, self.after))

    def telling(self, table: str) -> list[Change]:
        """The changes of a table that decide something: all but those of words and sources."""
        return [
            change
            for change in self.changes
            if change.table == table and (change.before.keys() | change.after.keys()) - WORDS
        ]

    @property
    def codes_count_otherwise(self) -> bool:
        """Whether a code changed in more than its words."""
        return bool(self.telling(CODES))

    @property
    def rules(self) -> frozenset[str]:
        """The rules whose severity or dates changed."""
        return frozenset(change.name for change in self.telling("severity"))

    def thresholds(self, *names: str) -> bool:
        """Whether one of these numbers changed."""
        return any(change.name in names for change in self.telling("thresholds"))


def schools(connection: Connection, urns: Collection[str], at: AsOf) -> list[str]:
    """The schools of the ledger, or of those asked for the ones it knows."""
    asked = {"position": at.position, "schools": [int(urn) for urn in urns] or None}
    return [urn for (urn,) in fetch(connection, _SQL["schools"], asked)]


def years(
    connection: Connection, urn: str, first: date | None, last: date | None, at: AsOf
) -> Iterator[Span]:
    """The days of a school's history from a day to a day, cut into academic years."""
    asked = {"school": int(urn), "position": at.position}
    ((earliest, latest),) = fetch(connection, _SQL["days"], asked)
    if earliest is None:
        return
    begin, end = max(earliest, first or earliest), min(latest, last or latest)
    for year in range(academic_year(begin), academic_year(end) + 1):
        whole = span_of_year(year)
        if begin <= end:
            yield Span(max(begin, whole.first), min(end, whole.last))


def marks(
    connection: Connection,
    book: Book,
    rehearsal: Rehearsal,
    days: Span,
    at: AsOf,
    vault: Vault | None = None,
) -> list[MarkChange]:
    """The marks of these days that would be judged otherwise, by day, session and pupil.

    Without a vault no age is known, and no mark is held to be for the wrong age.
    """
    asked = {
        "school": int(book.urn),
        "first": days.first,
        "last": days.last,
        "position": at.position,
    }
    school = _School(rehearsal, book)
    suspects = {
        (code, day, SESSIONS[half])
        for code, day, half in fetch(connection, _SQL["codes"], asked)
        if school.may_differ(code, day, SESSIONS[half])
    }
    codes = sorted({code for code, _, _ in suspects})
    flagged = rehearsal.rules - set(CODE_RULES)
    if not codes and not flagged:
        return []
    rows = fetch(connection, _SQL["standing"], {**asked, "codes": codes, "flags": bool(flagged)})
    by_age = rehearsal.before.codes.symbols_by_age | rehearsal.after.codes.symbols_by_age
    pupils = {pupil for _, _, pupil, code, _, _ in rows if code in by_age}
    born = births(connection, vault, book.urn, pupils, at) if vault and pupils else {}
    found = []
    for day, half, pupil, code, position, state in rows:
        more = _more(code, state)
        if (code, day, SESSIONS[half]) in suspects or flagged.intersection(more.get("flags") or ()):
            made = school.made(Made(day, SESSIONS[half], code), pupil, more, born.get(pupil))
            before, after = school.judged(made)
            if before is not None and after is not None and before != after:
                found.append(MarkChange(pupil, day, SESSIONS[half], code, position, before, after))
    return found


class _School:
    """Both judgements of a mark at one school, each made once."""

    def __init__(self, rehearsal: Rehearsal, book: Book) -> None:
        self._rehearsal = rehearsal
        self._book = book
        self._changes = sorted(_days_of_change(rehearsal, book))
        self.judged = cache(self._judged)
        self._differ = cache(self._may_differ)

    def _judged(self, made: Made) -> tuple[Judged | None, Judged | None]:
        school_type = self._book.school.type_on(made.day)
        return (
            judge(self._rehearsal.before, made, school_type),
            judge(self._rehearsal.after, made, school_type),
        )

    def may_differ(self, code: str, day: date, session: Session) -> bool:
        """Whether a mark could be judged otherwise, whatever its detail, its leave and its pupil."""
        # Between two days of change every day is judged alike.
        place = bisect_right(self._changes, day)
        return self._differ(code, self._changes[place - 1] if place else day, session)

    def _may_differ(self, code: str, day: date, session: Session) -> bool:
        grounds = frozenset(
            entry.name
            for law in (self._rehearsal.before, self._rehearsal.after)
            for entry in law.entries("leave_grounds")
        )
        yes_no = (True, False)
        return any(
            before != after
            for has_detail, of_age, leave, agreed in product(
                yes_no, yes_no, (grounds, frozenset[str]()), yes_no
            )
            for before, after in (
                self._judged(Made(day, session, code, has_detail, of_age, (), leave, agreed)),
            )
        )

    def made(self, mark: Made, pupil: str, more: Mapping[str, Any], born: date | None) -> Made:
        """The mark with what is known of it, of the leave behind it, and of the pupil."""
        leave = self._book.leave
        return mark._replace(
            has_detail=more.get("detail") is not None,
            of_age=None if born is None else of_compulsory_school_age(born, mark.day),
            flags=tuple(more.get("flags") or ()),
            grounds=frozenset(
                one.ground for one in given_for(leave, pupil, mark.day, mark.session)
            ),
            part_time_agreed=any(
                one.ground == _PART_TIME and one.given is not None for one in leave.of(pupil)
            ),
        )


def _days_of_change(rehearsal: Rehearsal, book: Book) -> Iterator[date]:
    """The days on which a value of either law begins or has ended, or the school is another."""
    yield from {one.in_force_from for one in book.school.descriptions}
    for law in (rehearsal.before, rehearsal.after):
        for entry in law.entries():
            if entry.valid_from is not None:
                yield entry.valid_from
            if entry.valid_to is not None:
                yield entry.valid_to + timedelta(days=1)
            if entry.value.get("discouraged_from") is not None:
                yield entry.value["discouraged_from"]


def _more(code: str, state: bytes) -> Mapping[str, Any]:
    """What is stored of a mark besides its code."""
    return {} if state == bare(code) else parsed(state)
