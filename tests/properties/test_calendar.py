"""Properties of the calendar, over generated days, school years and times of arrival."""

from datetime import date, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.schools import school, school_days
from ledger.schools.calendar import (
    SESSIONS,
    Closure,
    Held,
    RegisterSetting,
    RegisterTimes,
    SchoolYear,
    Session,
    Span,
    Term,
    academic_year,
    bank_holidays,
    mark_for_arrival,
    monday_of,
    session_of_slot,
    session_of_version,
    slot,
    version,
)
from ledger.schools.school import ClosureMade, School, SchoolYearSet
from ledger.schools.school_time import SchoolTime

days = st.dates(date(2000, 8, 1), date(2060, 7, 31))
days_of_2026 = st.dates(date(2026, 8, 1), date(2027, 7, 31))
sessions: st.SearchStrategy[Session] = st.sampled_from(SESSIONS)
revisions = st.integers(0, 63)


@st.composite
def spans(draw: st.DrawFn, within: st.SearchStrategy[date] = days_of_2026) -> Span:
    """A span, both ends drawn from `within`."""
    first, last = sorted((draw(within), draw(within)))
    return Span(first, last)


@st.composite
def terms(draw: st.DrawFn) -> tuple[Term, ...]:
    """One to three terms in order, each with or without a half term inside it."""
    ends = sorted(draw(st.lists(days_of_2026, min_size=2, max_size=6, unique=True)))
    found = []
    for number, (first, last) in enumerate(zip(ends[::2], ends[1::2], strict=False)):
        half_term = draw(st.none() | spans(st.dates(first, last)))
        found.append(Term(f"Term {number}", Span(first, last), half_term))
    return tuple(found)


closures = st.builds(
    Closure,
    spans(),
    st.frozensets(sessions, min_size=1),
    st.sampled_from(["planned", "unplanned"]),
    st.just("a reason"),
)
school_years = st.builds(
    SchoolYear, st.just(2026), terms(), st.lists(closures, max_size=4).map(tuple)
)


def naively_held(year: SchoolYear, day: date, session: Session) -> bool:
    """The rule said again, one day at a time and without any of the code under test."""
    in_term = any(
        term.span.first <= day <= term.span.last
        and not (term.half_term and term.half_term.first <= day <= term.half_term.last)
        for term in year.terms
    )
    closed = any(
        closure.span.first <= day <= closure.span.last and session in closure.sessions
        for closure in year.closures
    )
    return in_term and day.isoweekday() <= 5 and day not in bank_holidays(day.year) and not closed


@given(days, sessions)
def test_a_slot_leads_back_to_its_session(day: date, session: Session) -> None:
    """Slot and session_of_slot are inverse to each other."""
    assert session_of_slot(academic_year(day), slot(day, session)) == (day, session)


@given(st.integers(2000, 2060), st.integers(0, 729))
def test_a_session_leads_back_to_its_slot(year: int, place: int) -> None:
    """Every slot of a year is the slot of its session, in that year."""
    day, session = session_of_slot(year, place)
    assert academic_year(day) == year
    assert slot(day, session) == place


@given(days, sessions, revisions)
def test_a_version_leads_back_to_its_entry(day: date, session: Session, revision: int) -> None:
    """Version and session_of_version are inverse to each other."""
    number = version(day, session, revision)
    assert session_of_version(academic_year(day), number) == (day, session, revision)


@given(days, sessions, st.integers(max_value=-1) | st.integers(min_value=64))
def test_no_other_revision_has_a_version(day: date, session: Session, revision: int) -> None:
    """A revision outside 0 to 63 would be another session's version, so it is refused."""
    with pytest.raises(ValueError, match="revision"):
        version(day, session, revision)


@given(st.integers(max_value=-1) | st.integers(min_value=730))
def test_no_other_slot_has_a_session(place: int) -> None:
    """The academic year 2026/27 has slots 0 to 729; any other number is refused."""
    with pytest.raises(ValueError, match="outside"):
        session_of_slot(2026, place)


@given(st.tuples(days_of_2026, sessions, revisions), st.tuples(days_of_2026, sessions, revisions))
def test_versions_stand_in_the_order_of_sessions(
    one: tuple[date, Session, int], other: tuple[date, Session, int]
) -> None:
    """Within a year versions sort by day, then session, then revision, and never collide."""
    assert (version(*one) < version(*other)) == (one < other)
    assert (version(*one) == version(*other)) == (one == other)


@given(school_years, spans())
def test_sessions_are_those_of_a_walk_day_by_day(year: SchoolYear, asked: Span) -> None:
    """The list of sessions, school days and school weeks is that of the naive rule."""
    walk: list[tuple[date, Session]] = []
    day = asked.first
    while day <= asked.last:
        walk += [(day, session) for session in SESSIONS if naively_held(year, day, session)]
        day += timedelta(days=1)
    assert year.sessions(asked.first, asked.last) == walk
    assert year.school_days(asked.first, asked.last) == sorted({day for day, _ in walk})
    weeks = sorted({day - timedelta(days=day.weekday()) for day, _ in walk})
    assert year.school_weeks(asked.first, asked.last) == weeks


@given(school_years, days_of_2026, sessions)
def test_a_session_is_held_as_the_rule_says(year: SchoolYear, day: date, session: Session) -> None:
    """session_held agrees with the naive rule, and a closed session is never a held one."""
    assert year.session_held(day, session) == naively_held(year, day, session)
    assert not (year.session_held(day, session) and year.closed_by(day, session))


@given(school_years, closures, days_of_2026, sessions)
def test_a_closure_more_never_adds_a_session(
    year: SchoolYear, closure: Closure, day: date, session: Session
) -> None:
    """What is held with one closure more was held without it, and lies outside the closure."""
    closed = year.with_closure(closure)
    covered = day in closure.span and session in closure.sessions
    assert closed.session_held(day, session) == (year.session_held(day, session) and not covered)


@given(days)
def test_the_monday_of_a_day_names_its_week(day: date) -> None:
    """The Monday is a Monday, at most six days before."""
    assert monday_of(day).isoweekday() == 1
    assert 0 <= (day - monday_of(day)).days <= 6


@given(sessions, st.lists(st.times(), min_size=2, max_size=2), st.times(), st.times())
def test_arriving_later_never_gives_a_better_mark(
    session: Session, register: list[time], one: time, other: time
) -> None:
    """Present, then L, then U: the mark moves one way as the time of arrival goes on."""
    opens, closes = sorted(register)
    times = RegisterTimes(opens, closes)
    setting = RegisterSetting(date(2026, 9, 1), times, times)
    order = ["/" if session == "AM" else "\\", "L", "U"]
    earlier, later = sorted((one, other))
    first, second = (mark_for_arrival(session, at, setting) for at in (earlier, later))
    assert order.index(first) <= order.index(second)
    assert (first == order[0]) == (earlier <= opens)


# --- A school as its events leave it --------------------------------------------------------------


@st.composite
def schools(draw: st.DrawFn) -> tuple[School, SchoolYear]:
    """A school whose year was set, closed and set again in some order, and that year as it stands."""
    year, again = draw(school_years), draw(school_years)
    made = draw(st.lists(closures, max_size=3))
    before = draw(st.integers(0, len(made)))
    folded = School("137172")
    school.apply(folded, _set(year))
    for closure in made[:before]:
        school.apply(folded, _made(closure))
    if draw(st.booleans()):
        school.apply(folded, _set(again))
        year = again
    for closure in made[before:]:
        school.apply(folded, _made(closure))
    return folded, SchoolYear(2026, year.terms, (*year.closures, *made))


def _set(year: SchoolYear) -> SchoolYearSet:
    return SchoolYearSet(
        "school/137172",
        1,
        year.year,
        [
            {
                "name": term.name,
                "half_term": term.half_term and _span(term.half_term),
                **_span(term.span),
            }
            for term in year.terms
        ],
        [
            {
                **_span(closure.span),
                "sessions": sorted(closure.sessions),
                "kind": closure.kind,
                "reason": closure.reason,
            }
            for closure in year.closures
        ],
    )


def _span(span: Span) -> dict[str, str]:
    return {"from": span.first.isoformat(), "to": span.last.isoformat()}


def _made(closure: Closure) -> ClosureMade:
    first, last = closure.span.first, closure.span.last
    return ClosureMade(
        "school/137172", 1, first, last, sorted(closure.sessions), closure.kind, closure.reason
    )


def naive_status(year: SchoolYear, day: date, session: Session) -> Held:
    """Held, or the first closure that covers what would be held without any."""
    if academic_year(day) != 2026:
        return "none"
    if not naively_held(SchoolYear(2026, year.terms, ()), day, session):
        return "none"
    for closure in year.closures:
        if closure.span.first <= day <= closure.span.last and session in closure.sessions:
            return "planned-closure" if closure.kind == "planned" else "unplanned-closure"
    return "held"


@settings(deadline=None)
@given(schools(), st.dates(date(2026, 7, 1), date(2027, 8, 31)), sessions)
def test_a_school_holds_what_the_naive_rule_says(
    given_: tuple[School, SchoolYear], day: date, session: Session
) -> None:
    """In whatever order the year was set, closed and set again: no closure is lost, and none is first
    that was not declared first.
    """
    folded, year = given_
    assert naive_status(year, day, session) == folded.held(day, session)


@settings(deadline=None)
@given(schools(), st.dates(date(2026, 7, 1), date(2027, 8, 31)))
def test_what_a_day_is_agrees_with_what_is_held(
    given_: tuple[School, SchoolYear], day: date
) -> None:
    """The day's kind, its sessions and their closures say the same."""
    folded, year = given_
    found = school_days.day_of(folded, day)
    held = [naive_status(year, day, session) for session in SESSIONS]
    assert held == list(found.held.values())
    assert ("held" in held) == (found.kind == "school-day")
    assert [h.endswith("closure") for h in held] == [r is not None for r in found.closures.values()]
    if found.kind == "closed":
        assert all(h.endswith("closure") for h in held)
    if academic_year(day) != 2026:
        assert "not-known" == found.kind


@settings(deadline=None)
@given(schools(), days_of_2026, st.integers(1, 30))
def test_school_days_after_a_day_are_those_of_a_walk_through_the_year(
    given_: tuple[School, SchoolYear], after: date, n: int
) -> None:
    """The n-th school day of a school's own calendar is found by walking, day by day; a day with one
    session counts, and beyond the year nothing is known.
    """
    folded, year = given_
    day, left = after, n
    while left and day < date(2027, 7, 31):
        day += timedelta(days=1)
        left -= any(naive_status(year, day, session) == "held" for session in SESSIONS)
    expected = None if left else day
    assert expected == SchoolTime.of_years(folded.years.values()).nth_school_day_after(after, n)


@settings(deadline=None)
@given(school_years, closures)
def test_a_closure_takes_what_was_held_and_no_more(year: SchoolYear, closure: Closure) -> None:
    """What one closure more takes away is what was held before it, unless it was declared already."""
    taken = year.with_closure(closure).taken_by(closure)
    before = year.sessions(closure.span.first, closure.span.last)
    expected = [(day, session) for day, session in before if session in closure.sessions]
    if closure not in year.closures:
        assert expected == taken
    assert {s for s in taken if year.session_held(*s)} == set(expected)


@settings(deadline=None)
@given(school_years)
def test_planned_sessions_are_those_but_for_unplanned_closures(year: SchoolYear) -> None:
    """Sessions lost to what nobody foresaw count as held; those of a planned closure do not, unless
    something unforeseen had closed them first.
    """
    expected = [
        (day, session)
        for day in Span(date(2026, 8, 1), date(2027, 7, 31)).days()
        for session in SESSIONS
        if naive_status(year, day, session) in ("held", "unplanned-closure")
    ]
    assert expected == list(year.sessions_planned)
