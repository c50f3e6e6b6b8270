"""The change feed of daily sharing: the pupil-days that are not what they were at a place in the log.

Both states are laid side by side, so that what was shared at the earlier place, with the feed put upon it,
is what is shared at the later one.  Where nothing but marks changed, only the days with changed marks, and
those that began since, are looked at.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from ledger.schools.calendar import LONDON, Span
from projections.differences import Between, DifferencesQuery, changed_entries
from projections.extracts.department.daily_days import (
    PupilDay,
    SchoolView,
    Shared,
    pupil_days,
    view_of,
)
from projections.extracts.extract import Source


class Changed(NamedTuple):
    """A pupil-day with what is shared of it now; of one that no longer is, what was."""

    at: PupilDay
    shared: Shared
    withdrawn: bool


def changes(before: Source, after: Source, urn: str, span: Span, at_once: int) -> Iterator[Changed]:
    """What changed between two places, by day and pupil; so many days are looked at at a time."""
    old, new = view_of(before, urn), view_of(after, urn)
    days = days_to_compare(old, new, span)
    for first in range(0, len(days), at_once):
        yield from _compared(old, new, days[first : first + at_once])


def _compared(old: SchoolView, new: SchoolView, days: Sequence[date]) -> Iterator[Changed]:
    were, are = pupil_days(old, days), pupil_days(new, days)
    for at in sorted({*were, *are}):
        if at not in are:
            yield Changed(at, were[at]._replace(am=None, pm=None), withdrawn=True)
        elif are[at] != were.get(at):
            yield Changed(at, are[at], withdrawn=False)


def days_to_compare(old: SchoolView, new: SchoolView, span: Span) -> list[date]:
    """The days of a span on which the two views of a school may differ, in order."""
    if old.book is not new.book or old.particulars != new.particulars:
        return list(span.days())
    between = Between(old.source.at, new.source.at)
    query = DifferencesQuery(new.urn, span.first, span.last)
    marked = {one.day for one in changed_entries(new.source.connection, query, between, "day")}
    first, last = (at.instant.astimezone(LONDON).date() for at in between)
    return [day for day in span.days() if day in marked or first <= day <= last]
