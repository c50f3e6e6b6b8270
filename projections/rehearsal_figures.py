"""A rehearsal of changed rules: the totals, thresholds and deletions that would be otherwise."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict
from datetime import date
from typing import Any, Final, NamedTuple

from ledger.law.judgement import Made, threshold_first_met
from ledger.law.provisions import DeletionGround, LeaveGround
from ledger.law.rulebook import Change, Rulebook
from ledger.schools.calendar import SESSIONS, Span, academic_year
from ledger.schools.school_time import SchoolTime
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.rehearsal import WORDS, Rehearsal
from projections.school import Book
from projections.statements import fetch, statements
from projections.totals import TotalsQuery, TotalsRow, totals

_SQL: Final = statements("rehearsal")
_ABSENCE: Final = ("persistent-absence-percent", "severe-absence-percent")
_PENALTY: Final = ("penalty-notice-sessions", "penalty-notice-window-school-weeks")
_RECKONED: Final = ("codes", "severity", "deletion_grounds")
_OF_LEAVE: Final = frozenset({"code", "other_codes", "valid_to"})
"""Members of a ground for leave that decide about marks."""
_FIGURES: Final = (
    "possible_sessions",
    "attending",
    "present",
    "approved_educational_activity",
    "overall_absence",
    "authorised_absence",
    "unauthorised_absence",
    "unable_to_attend",
    "persistent_absence",
    "severe_absence",
)


class FigureChange(NamedTuple):
    """A total of an academic year, so far as it was asked for, that would be another number."""

    year: int
    figure: str
    before: int
    after: int


class ThresholdChange(NamedTuple):
    """A pupil who meets the penalty-notice threshold by one rulebook only, or on another day."""

    pupil: str
    before: date | None
    after: date | None


class DeletionChange(NamedTuple):
    """A deletion on a ground that asks for something else by the other rulebook."""

    pupil: str
    day: date
    ground: str


def figures(
    connection: Connection,
    book: Book,
    rehearsal: Rehearsal,
    days: Span,
    at: AsOf,
    vault: Vault | None = None,
) -> list[FigureChange]:
    """The totals of a school over days of one academic year that would be otherwise."""
    if not (rehearsal.codes_count_otherwise or rehearsal.thresholds(*_ABSENCE)):
        return []
    query = TotalsQuery(book.urn, days.first, days.last)

    def counted(law: Rulebook) -> TotalsRow:
        (row,) = totals(connection, book, query, at, vault, law)
        return row

    before, after = counted(rehearsal.before), counted(rehearsal.after)
    return [
        FigureChange(academic_year(days.first), name, getattr(before, name), getattr(after, name))
        for name in _FIGURES
        if getattr(before, name) != getattr(after, name)
    ]


def penalty_thresholds(
    connection: Connection, book: Book, rehearsal: Rehearsal, years: Iterable[Span], at: AsOf
) -> list[ThresholdChange]:
    """The pupils for whom it is otherwise whether, or since when, the threshold is met, by pupil."""
    if not (rehearsal.codes_count_otherwise or rehearsal.thresholds(*_PENALTY)):
        return []
    codes = sorted(_counting(rehearsal.before) | _counting(rehearsal.after))
    of: defaultdict[str, list[Made]] = defaultdict(list)
    weeks: dict[tuple[date, ...], None] = {}
    time = SchoolTime.of_years(book.school.years.values())
    for span in years:
        weeks[time.school_weeks(span.first)] = None
        asked = {
            "school": int(book.urn),
            "first": span.first,
            "last": span.last,
            "position": at.position,
        }
        rows = fetch(connection, _SQL["standing"], {**asked, "codes": codes, "flags": False})
        for day, half, pupil, code, _, _ in rows:
            of[pupil].append(Made(day, SESSIONS[half], code))
    found = (
        ThresholdChange(
            pupil,
            _first_met(rehearsal.before, marks, weeks),
            _first_met(rehearsal.after, marks, weeks),
        )
        for pupil, marks in sorted(of.items())
    )
    return [change for change in found if change.before != change.after]


def _counting(law: Rulebook) -> set[str]:
    return {code.symbol for code in law.codes.codes if code.counts_to_penalty_threshold}


def _first_met(
    law: Rulebook, marks: list[Made], calendars: Iterable[tuple[date, ...]]
) -> date | None:
    """The first day in any stretch of years whose calendars are known."""
    days = (threshold_first_met(law, marks, weeks) for weeks in calendars)
    return min((day for day in days if day is not None), default=None)


def deletions(
    book: Book, rehearsal: Rehearsal, first: date | None, last: date | None
) -> list[DeletionChange]:
    """The deletions from the admission register whose ground asks for something else, by day."""
    if not rehearsal.telling(DeletionGround.table):
        return []
    return sorted(
        (
            DeletionChange(pupil, day, ground)
            for pupil, place in book.places.items()
            for (_, day), ground in zip(place.on_roll.periods, place.grounds, strict=True)
            if ground is not None and day is not None
            if (first or day) <= day <= (last or day)
            if _asks(rehearsal.before, ground, day) != _asks(rehearsal.after, ground, day)
        ),
        key=lambda change: (change.day, change.pupil),
    )


def _asks(law: Rulebook, letter: str, day: date) -> Any:
    """What a ground asks for on a day, without its words."""
    ground = law.statute.deletion_ground(letter, day)
    if ground is None:
        return None
    conditions = [
        {name: asdict(one)[name] for name in ("name", "answer", "shown_by", "applies", "codes")}
        for one in ground.conditions
    ]
    return ground.pupils, ground.schools, conditions


def not_reckoned(rehearsal: Rehearsal) -> list[str]:
    """The changes that decide something from which no rehearsal follows, as `table: name`."""
    return sorted(
        {
            f"{change.table}: {change.name}"
            for table in dict.fromkeys(change.table for change in rehearsal.changes)
            for change in rehearsal.telling(table)
            if not _is_reckoned(change)
        }
    )


def _is_reckoned(change: Change) -> bool:
    if change.table == LeaveGround.table and change.what == "changed":
        return (change.before.keys() | change.after.keys()) - WORDS <= _OF_LEAVE
    return change.table in _RECKONED or change.name in (*_ABSENCE, *_PENALTY)
