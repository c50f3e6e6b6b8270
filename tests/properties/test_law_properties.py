"""Properties of the law's arithmetic: each rule equals a slow and obvious way of saying it."""

from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction
from itertools import groupby

from hypothesis import given
from hypothesis import strategies as st

from ledger.admissions.ages import compulsory_school_age_from, compulsory_school_age_to
from ledger.authority_returns.returns import HeldSession, attendance_returns
from ledger.intervention.penalty_notices import (
    Met,
    UnauthorisedSession,
    permitted_notice,
    threshold_met,
)
from ledger.registers.absence import (
    is_persistent,
    is_severe,
    sessions_to_persistent,
    sessions_to_severe,
)
from ledger.registers.retention import earliest_disposal
from ledger.schools.calendar import SESSIONS, Session, academic_year
from ledger.schools.school_time import SchoolTime

DAY = date(2026, 7, 21)
ONE = timedelta(days=1)
BORDER = date(2024, 8, 19)

counts = st.integers(0, 600).flatmap(
    lambda possible: st.tuples(st.integers(0, possible), st.just(possible))
)
some_days = st.dates(date(2024, 9, 1), date(2027, 7, 31))


@st.composite
def calendars(draw: st.DrawFn) -> list[date]:
    """Weekdays of one to three academic years, with whole weeks and single days left out."""
    years = draw(st.sets(st.sampled_from([2024, 2025, 2026]), min_size=1))
    weeks_off = draw(st.sets(st.integers(0, 160), max_size=40))
    days_off = draw(st.sets(some_days, max_size=20))
    every = (date(2024, 8, 1) + timedelta(days=n) for n in range(3 * 365))
    return [
        day
        for day in every
        if academic_year(day) in years
        and day.weekday() < 5
        and (day - date(2024, 7, 29)).days // 7 not in weeks_off
        and day not in days_off
    ]


def walk(days: Sequence[date], after: date, n: int) -> date | None:
    """The n-th school day after a day, one calendar day at a time, as far as years are known."""
    known = {academic_year(day) for day in days}
    day = after
    while n:
        if academic_year(day) not in known:
            return None
        day += ONE
        if academic_year(day) not in known:
            return None
        n -= day in days
    return day


# --- School time ----------------------------------------------------------------------------------


@given(calendars(), some_days, st.integers(1, 40))
def test_school_days_are_those_of_a_walk(days: list[date], after: date, n: int) -> None:
    """The n-th school day after a day is the one found by walking, and so is being within it."""
    time = SchoolTime(tuple(reversed(days)))
    expected = walk(days, after, n)
    assert expected == time.nth_school_day_after(after, n)
    if expected is not None:
        assert time.is_school_day(expected)
        assert time.within_school_days_after(after, expected, n) is True
        assert time.within_school_days_after(after, expected + ONE, n) is False


@given(calendars(), some_days, st.integers(0, 40))
def test_school_days_before_are_those_of_a_walk(days: list[date], day: date, n: int) -> None:
    """The last n school days before a day, as far back as every year between is known."""
    known = {academic_year(d) for d in days}
    reached = [
        d
        for d in sorted(set(days))
        if d < day and known.issuperset(range(academic_year(d), academic_year(day) + 1))
    ]
    assert reached[max(0, len(reached) - n) :] == list(SchoolTime(days).school_days_before(day, n))


@given(calendars(), some_days, some_days, st.integers(1, 40))
def test_within_is_what_counting_says(days: list[date], event: date, day: date, n: int) -> None:
    """A day is within n school days when no more than n lie up to it, where all that is known."""
    found = SchoolTime(days).within_school_days_after(event, day, n)
    passed = [d for d in days if event < d <= day]
    beyond = len(passed) > n or (len(passed) == n and day > passed[-1])
    known = {academic_year(d) for d in days}
    between = range(academic_year(event), academic_year(day) + 1)
    if day <= event:
        assert found is True
    elif known.issuperset(between):
        assert found is not beyond
    else:
        assert found in (None, False)
        # The years unknown could only add school days: late is late whatever they held.
        assert found is None or walk(days, event, n) is not None


@given(calendars(), some_days)
def test_school_weeks_are_the_weeks_of_the_days(days: list[date], day: date) -> None:
    """Every week with a school day once, in order, of the years known without a gap."""
    weeks = SchoolTime(days).school_weeks(day)
    years = {academic_year(d) for d in days}
    near = {y for y in years if years.issuperset(range(*sorted((y, academic_year(day)))))}
    if academic_year(day) not in years:
        near = set()
    expected = {d - timedelta(days=d.weekday()) for d in days if academic_year(d) in near}
    assert tuple(sorted(expected)) == weeks


# --- Penalty notices ------------------------------------------------------------------------------


# A week at school or not, which of its ten sessions are missed, and with which code.
absent_weeks = st.lists(
    st.tuples(
        st.booleans() | st.just(True),
        st.sampled_from([0, 0, 0b1, 0b11, 0b1000000001]) | st.integers(0, 1023),
        st.sampled_from("OOOGNUI/"),
    ),
    max_size=24,
)


@st.composite
def absences(draw: st.DrawFn) -> tuple[list[date], list[UnauthorisedSession]]:
    """Mondays of school weeks, some left out, and sessions in and out of them with their codes."""
    mondays, sessions = [], []
    start = draw(st.sampled_from([date(2025, 1, 6), BORDER, BORDER - timedelta(weeks=2)]))
    for number, (held, missed, code) in enumerate(draw(absent_weeks)):
        monday = start + timedelta(weeks=number)
        if held:
            mondays.append(monday)
        sessions += [
            UnauthorisedSession(monday + timedelta(days=place // 2), SESSIONS[place % 2], code)
            for place in range(10)
            if missed >> place & 1
        ]
    return mondays, sessions[::-1]


def brute_force(mondays: list[date], sessions: list[UnauthorisedSession]) -> int:
    """The largest count over every ten school weeks in a row, one after the other."""
    largest = 0
    for first in range(len(mondays)):
        window = mondays[first : first + 10]
        largest = max(
            largest,
            sum(
                mark.code in "GNOU"
                and mark.day >= BORDER
                and any(monday <= mark.day < monday + timedelta(days=7) for monday in window)
                for mark in sessions
            ),
        )
    return largest


@given(absences())
def test_the_threshold_is_that_of_every_window(
    given_: tuple[list[date], list[UnauthorisedSession]],
) -> None:
    """The largest count, and whether it is met, are those found by trying all windows."""
    mondays, sessions = given_
    found = threshold_met(sessions, mondays)
    expected = brute_force(mondays, sessions)
    assert expected == (len(found.largest.sessions) if found.largest else 0)
    assert isinstance(found, Met) == (expected >= 10)


@given(absences())
def test_it_is_first_met_when_it_was_not_met_before(
    given_: tuple[list[date], list[UnauthorisedSession]],
) -> None:
    """With the sessions up to the one named it is met, without that one it was not."""
    mondays, sessions = given_
    found = threshold_met(sessions, mondays)
    if not isinstance(found, Met):
        return
    first = found.first_met
    until = [mark for mark in sessions if mark[:2] <= first[:2]]
    assert 10 == brute_force(mondays, until)
    assert 10 > brute_force(mondays, [mark for mark in until if mark != first])
    assert 10 == len(found.then.sessions)
    weeks = [monday for monday in mondays if found.then.first <= monday <= found.then.last]
    assert len(weeks) <= 10
    assert found.then.sessions[-1] == first


@given(
    st.lists(st.dates(BORDER, date(2032, 12, 31)), max_size=5), st.dates(BORDER, date(2032, 12, 31))
)
def test_notices_count_as_a_walk_through_three_years_says(
    earlier: list[date], proposed: date
) -> None:
    """Those within the 1,095 or 1,096 days that end with the proposed day, and no others."""
    days = 1095 + any(
        date(year, 2, 29) <= proposed and date(year, 2, 29) > proposed - timedelta(days=1096)
        for year in (2024, 2028, 2032)
    )
    standing = sum(proposed - timedelta(days=days) < issued <= proposed for issued in earlier)
    expected = ["first", "second", "not_permitted"][min(standing, 2)]
    assert expected == permitted_notice(earlier, proposed)


# --- Absence --------------------------------------------------------------------------------------


@given(counts)
def test_absence_is_what_fractions_say(sessions: tuple[int, int]) -> None:
    """Whole-number comparison equals comparison of exact fractions; severe is persistent too."""
    absent, possible = sessions
    share = Fraction(absent, possible) if possible else Fraction(0)
    assert is_persistent(absent, possible, DAY) == (possible > 0 and share >= Fraction(1, 10))
    assert is_severe(absent, possible, DAY) == (possible > 0 and share >= Fraction(1, 2))
    assert is_persistent(absent, possible, DAY) or not is_severe(absent, possible, DAY)


@given(counts)
def test_nearness_is_what_trying_says(sessions: tuple[int, int]) -> None:
    """Session after session missed, attended or taken away, until the answer changes."""
    absent, possible = sessions
    for near, reached in (
        (sessions_to_persistent(absent, possible, DAY), is_persistent),
        (sessions_to_severe(absent, possible, DAY), is_severe),
    ):
        assert reached(absent, possible, DAY) is near.reached
        missed = near.absences_to_reach
        assert reached(absent + missed, possible + missed, DAY)
        if not near.reached:
            assert not reached(absent + missed - 1, possible + missed - 1, DAY)
            continue
        attended = near.attendances_to_leave
        assert not reached(absent, possible + attended, DAY)
        assert reached(absent, possible + attended - 1, DAY)
        assert reached(absent - near.absences_over, possible, DAY)
        fewer = absent - near.absences_over - 1
        assert fewer < 0 or not reached(fewer, possible, DAY)


# --- Ages, retention, returns ---------------------------------------------------------------------


def age_on(born: date, day: date) -> int:
    """Birthdays lived, that of 29 February falling on 1 March of a common year."""
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@given(st.dates(date(1994, 1, 1), date(2060, 12, 31)))
def test_ages_are_those_of_a_walk(born: date) -> None:
    """The first prescribed day at five or older; the last Friday in June before 1 September at 16."""
    day = date(born.year + 4, 12, 31)
    while age_on(born, day) < 5 or (day.month, day.day) not in {(3, 31), (8, 31), (12, 31)}:
        day += ONE
    assert day == compulsory_school_age_from(born)
    year = born.year + 15
    while age_on(born, date(year, 8, 31)) < 16:
        year += 1
    last = date(year, 6, 30)
    while last.isoweekday() != 5:
        last -= ONE
    assert last == compulsory_school_age_to(born)


@given(st.lists(st.dates(date(2006, 9, 1), date(2100, 12, 31)), min_size=1, max_size=6))
def test_nothing_is_kept_for_less_than_six_years(made: list[date]) -> None:
    """Disposal comes after six years of the latest entry, and by the day after its anniversary."""
    day = earliest_disposal(made)
    latest = max(made)
    assert (latest.year + 6, latest.month) <= (day.year, day.month)
    assert timedelta(days=6 * 365) < day - latest <= timedelta(days=6 * 365 + 3)
    assert day == earliest_disposal([latest])


HELD: list[HeldSession] = [
    (date(2026, 9, 7) + timedelta(days=n), session)
    for n in range(70)
    if (date(2026, 9, 7) + timedelta(days=n)).weekday() < 5
    for session in SESSIONS
]


@given(st.lists(st.sampled_from(["O" * 9, "O" * 21, "G", "N", "U", "I", "/", "-"]), max_size=12))
def test_ten_day_runs_are_those_of_a_list(pieces: list[str]) -> None:
    """A return for the first run of ten whole days after each return to school, and no other."""
    letters = "".join(pieces)[: len(HELD)]
    marks = {s: c for s, c in zip(HELD, letters, strict=False) if c != "-"}
    expected: list[date] = []
    open_episode = True
    coded = [(session, marks.get(session, "-")) for session in HELD]
    for kind, group in groupby(coded, key=lambda mark: mark[1] if mark[1] in "/I-" else "absent"):
        run = [session for session, _ in group]
        if kind == "/":
            open_episode = True
        elif kind == "absent" and open_episode:
            whole = whole_days(run)
            if len(whole) >= 10:
                expected.append(whole[9])
                open_episode = False
    found = attendance_returns(HELD, marks)
    assert expected == [run.school_days[9] for run in found]


def whole_days(run: list[tuple[date, Session]]) -> list[date]:
    """The days of which both sessions are in a run."""
    return sorted({day for day, _ in run if {(day, "AM"), (day, "PM")} <= set(run)})
