"""Extents of leave equal plain sets of sessions, however they are narrowed and cut."""

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from ledger.leave_of_absence.leave_extent import Extent
from ledger.schools.calendar import SESSIONS, Session

FIRST = date(2026, 11, 30)
DAYS = [FIRST + timedelta(days=n) for n in range(9)]
EVERY: set[tuple[date, Session]] = {(day, half) for day in DAYS for half in SESSIONS}

days = st.sampled_from(DAYS)
spans = st.tuples(days, days).map(sorted)
halves = st.sampled_from([["AM"], ["PM"], ["AM", "PM"], ["PM", "AM"]])
pairs = st.lists(
    st.fixed_dictionaries({"date": days.map(date.isoformat), "session": st.sampled_from(SESSIONS)}),
    min_size=1,
    max_size=12,
)
sessions = st.none() | halves | pairs


def _plain(first: date, last: date, named: Any) -> set[tuple[date, Session]]:
    """The sessions meant, counted out one by one."""
    within = {place for place in EVERY if first <= place[0] <= last}
    if named is None:
        return within
    if isinstance(named[0], str):
        return {place for place in within if place[1] in named}
    listed = {(date.fromisoformat(each["date"]), each["session"]) for each in named}
    return within & listed


def _covered(extent: Extent) -> set[tuple[date, Session]]:
    return {place for place in EVERY if extent.covers(*place)}


@given(spans, sessions)
def test_an_extent_covers_what_it_names(span: list[date], named: Any) -> None:
    """Every session of every day is covered, or not, as counting them out says."""
    extent = Extent.of(span[0], span[1], named)
    expected = _plain(span[0], span[1], named)
    assert expected == _covered(extent)
    assert extent.is_empty == (not expected)
    assert {day for day, _ in expected} == {day for day in DAYS if extent.on(day)}
    if expected:
        assert (min(expected)[0], max(expected)[0]) == (extent.begins, extent.ends)


@given(spans, sessions)
def test_what_is_stored_is_read_again(span: list[date], named: Any) -> None:
    """An extent is the same after it was stored."""
    extent = Extent.of(span[0], span[1], named)
    if not extent.is_empty:
        assert extent == Extent.of(extent.first, extent.last, extent.stored())


@given(spans, sessions, spans, sessions)
def test_a_part_is_a_part(span: list[date], named: Any, inner: list[date], chosen: Any) -> None:
    """What is narrowed covers nothing that the whole did not, and everything that was named of it;
    dated sessions beyond the whole are refused altogether.
    """
    whole = Extent.of(span[0], span[1], named)
    part = whole.narrowed(inner[0], inner[1], chosen)
    if part is None:
        return
    assert span[0] <= inner[0] <= inner[1] <= span[1]
    assert _covered(part) == _covered(whole) & _plain(inner[0], inner[1], chosen)
    if chosen is not None and not isinstance(chosen[0], str):
        listed = {(date.fromisoformat(each["date"]), each["session"]) for each in chosen}
        assert listed == _covered(part)


@given(spans, sessions, spans)
def test_any_part_in_days_can_be_named(span: list[date], named: Any, inner: list[date]) -> None:
    """Days within the whole are always a part of it."""
    part = Extent.of(span[0], span[1], named).narrowed(inner[0], inner[1], None)
    assert (part is not None) == (span[0] <= inner[0] and inner[1] <= span[1])


@given(spans, sessions, days)
def test_what_lies_before_a_day(span: list[date], named: Any, day: date) -> None:
    """Cut at a day, the sessions before it are left."""
    extent = Extent.of(span[0], span[1], named)
    assert {place for place in _covered(extent) if place[0] < day} == _covered(extent.before(day))
