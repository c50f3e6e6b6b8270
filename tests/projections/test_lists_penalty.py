"""Who has met the threshold for penalty notices: a brute-force count says the same."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.schools.calendar import SESSIONS, Span
from projections.lists.penalty import PenaltyQuery, ThresholdRow, penalty_threshold
from tests.projections.world import NOW, World, terms

SPAN = Span(date(2024, 8, 19), NOW.date())


def listed(world: World, position: int | None = None, **query) -> list[ThresholdRow]:
    """The list."""
    with world.looking(position) as (connection, book, at):
        asked = PenaltyQuery(**{"span": SPAN} | query)
        return penalty_threshold(connection, book, asked, at, world.vault)


def absent(
    world: World, number: int, code: str, *days: str, halves: Iterable[str] = SESSIONS
) -> None:
    """The same code for sessions of some days."""
    world.import_marks([(number, day, half, code) for day in days for half in halves])


WEEK = ("2025-11-10", "2025-11-11", "2025-11-12", "2025-11-13", "2025-11-14")


def test_the_tenth_session_meets_it(world: World) -> None:
    """A week of ten: met by the last session, in the ten school weeks to that Sunday; consider."""
    world.opened()
    absent(world, 0, "G", *WEEK)
    absent(world, 1, "O", *WEEK[:4])
    absent(world, 1, "U", WEEK[4], halves=("AM",))
    (row,) = listed(world)
    assert (world.pupil(0), True, "consider") == (row.pupil, row.met, row.action)
    assert (date(2025, 11, 14), "PM", "G") == row.first_met
    assert (date(2025, 9, 1), date(2025, 11, 16), 10) == row.window[:3]
    assert [(date.fromisoformat(day), half, "G") for day in WEEK for half in SESSIONS] == (
        row.window.sessions
    )
    assert row.window == row.largest
    assert (True, True, []) == (row.of_compulsory_school_age, row.on_roll, row.outside_calendar)


def test_those_near_it_are_listed_when_asked_for(world: World) -> None:
    """Nine sessions are near it for whoever asks for nine, not for who asks for ten; no action."""
    world.opened()
    absent(world, 0, "O", *WEEK[:4])
    absent(world, 0, "U", WEEK[4], halves=("AM",))
    assert [] == listed(world)
    assert [] == listed(world, near=10)
    (row,) = listed(world, near=9)
    assert (False, None, None, None, 9) == (
        *(row.met, row.action, row.first_met, row.window),
        row.largest.counted,
    )


def test_a_code_amended_counts_no_more(world: World) -> None:
    """Ten sessions of N meet it as the record stood; one amended to I, they do not."""
    world.opened()
    absent(world, 0, "N", *WEEK)
    with world.looking() as (_, _, at):
        position = at.position
    world.amend(0, "N", "I", WEEK[2])
    assert [] == listed(world)
    assert [world.pupil(0)] == [row.pupil for row in listed(world, position)]


def test_a_session_counts_once_it_has_begun(world: World) -> None:
    """Seen in the morning of the fifth day, its afternoon is still to come: nine of ten count."""
    world.opened()
    absent(world, 0, "O", *WEEK)
    with world.looking(instant=datetime(2025, 11, 14, 10, tzinfo=UTC)) as (connection, book, at):
        asked = PenaltyQuery(SPAN, near=1)
        (row,) = penalty_threshold(connection, book, asked, at, world.vault)
    assert (False, 9) == (row.met, row.largest.counted)


def test_one_pupil_and_some_days_may_be_asked_for(world: World) -> None:
    """Of one pupil alone; sessions before the first day or after the last are not looked at."""
    world.opened()
    absent(world, 0, "O", *WEEK)
    absent(world, 1, "O", *WEEK)
    assert [world.pupil(1)] == [row.pupil for row in listed(world, pupil=world.pupil(1))]
    assert [] == listed(world, span=Span(SPAN.first, date(2025, 11, 13)))
    assert [] == listed(world, span=Span(date(2025, 11, 11), SPAN.last))


@pytest.mark.parametrize(
    ("born", "expected"),
    [("2012-05-14", True), ("2021-01-10", False), ("2020-11-12", False), ("2020-08-31", True)],
)
def test_it_says_whether_the_pupil_was_of_compulsory_school_age(
    world: World, born: str, expected: bool
) -> None:
    """On the day of every session of the window: a child turned five is not yet, but on 31 August."""
    world.opened(date_of_birth=born)
    absent(world, 0, "O", *WEEK)
    (row,) = listed(world)
    assert expected is row.of_compulsory_school_age


def test_whoever_is_not_in_the_register_is_listed_too(world: World) -> None:
    """Marks imported of a pupil whose name was never entered count; the age is not known."""
    world.opened()
    absent(world, 7, "O", *WEEK)
    (row,) = listed(world)
    assert (world.pupil(7), None, False) == (row.pupil, row.of_compulsory_school_age, row.on_roll)


def test_sessions_of_weeks_the_calendar_does_not_know_are_handed_back(world: World) -> None:
    """Half term counts nowhere and is shown; so does a year that has not been set."""
    world.opened(years=(2025,))
    absent(world, 0, "O", *WEEK)
    absent(world, 0, "O", "2025-10-28", "2025-06-10", halves=("AM",))
    (row,) = listed(world)
    assert 10 == row.largest.counted
    assert [date(2025, 6, 10), date(2025, 10, 28)] == [one.day for one in row.outside_calendar]


def test_no_window_spans_a_year_that_is_not_known(world: World) -> None:
    """Of two years with one unknown between each is judged by itself: five days in each are no ten."""
    world.opened(years=(2023, 2025))
    absent(world, 0, "O", "2025-09-03", "2025-09-04", "2025-09-05")
    absent(world, 0, "O", "2024-09-03", "2024-09-04", "2025-07-14", halves=("AM",))
    absent(world, 1, "O", *WEEK)
    absent(world, 1, "O", "2025-07-14", halves=("AM",))
    near, met = sorted(listed(world, near=6), key=lambda row: row.met)
    assert (6, 3) == (near.largest.counted, len(near.outside_calendar))
    assert (10, 1) == (met.largest.counted, len(met.outside_calendar))


def test_who_met_it_last_comes_first(world: World) -> None:
    """Those who met it, the latest first; then those who are near, the nearest first."""
    world.opened(pupils=4)
    absent(world, 0, "O", *WEEK[:2])
    absent(world, 1, "O", *WEEK[:3])
    absent(world, 2, "O", *(f"2025-11-0{day}" for day in range(3, 8)))
    absent(world, 3, "O", *WEEK)
    assert [world.pupil(n) for n in (3, 2, 1, 0)] == [row.pupil for row in listed(world, near=1)]


# -- by brute force --------------------------------------------------------------------------------

FIRST = date(2024, 9, 2)
_days = st.integers(0, (NOW.date() - FIRST).days - 1).map(
    lambda n: (FIRST + timedelta(days=n)).isoformat()
)
_marks = st.dictionaries(
    st.tuples(st.integers(0, 1), _days, st.sampled_from(SESSIONS)),
    st.sampled_from(("G", "N", "O", "U", "O", "G", "I", "C")),
    min_size=8,
    max_size=45,
)


@st.composite
def plays(draw: st.DrawFn):
    """Closed weeks and days of two years; marks crowded into a few months; some amended."""
    closed = draw(st.lists(st.tuples(_days, st.integers(0, 30)), max_size=6))
    since = draw(st.integers(0, 300))
    near = [
        draw(
            st.tuples(st.integers(0, 1), st.integers(since, since + 120), st.sampled_from(SESSIONS))
        )
        for _ in range(draw(st.integers(0, 30)))
    ]
    marks = draw(_marks)
    for pupil, after, half in near:
        marks[pupil, (FIRST + timedelta(days=after)).isoformat(), half] = "O"
    amended = draw(st.lists(st.sampled_from(sorted(marks)), max_size=8, unique=True))
    return closed, marks, amended


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(play=plays(), years=st.sampled_from([(2024, 2025), (2025,), (2024,)]))
def test_it_is_a_brute_force_count(make_world, play, years) -> None:
    """Every window of ten consecutive school weeks is counted: most sessions, and the first tenth."""
    closed, marks, amended = play
    world = make_world()
    world.describe()
    for year in years:
        within = [
            _closure(day, length, year)
            for day, length in closed
            if f"{year}-08" <= day <= f"{year + 1}-07-31"
        ]
        world.set_year(year, terms=terms(year), closures=within)
    world.enter(0, 1, starting_day="2024-09-02")
    detailed = [(*place, {"code": code, "detail": "-"}) for place, code in marks.items()]
    world.import_marks(detailed)
    standing = dict(marks)
    for pupil, day, half in amended:
        code = "I" if marks[pupil, day, half] != "I" else "N"
        amendment = {"from": marks[pupil, day, half], "code": code, "reason": "As told"}
        world.import_marks([(pupil, day, half, amendment)])
        standing[pupil, day, half] = code
    found = {row.pupil: row for row in listed(world, near=1)}
    for number in range(2):
        counted = sorted(
            (date.fromisoformat(day), half, code)
            for (pupil, day, half), code in standing.items()
            if pupil == number and code in "GNOU"
        )
        weeks = _weeks(world)
        inside = [one for one in counted if one[0] - timedelta(one[0].weekday()) in weeks]
        most = max((len(_within(inside, weeks, end)) for end in range(len(weeks))), default=0)
        row = found.get(world.pupil(number))
        assert most == (row.largest.counted if row else 0)
        if row is not None:
            assert [one for one in counted if one not in inside] == row.outside_calendar
            assert _first_met(inside, weeks) == row.first_met
            assert row.met == (most >= 10)


def _closure(day: str, length: int, year: int) -> dict[str, object]:
    last = min(date.fromisoformat(day) + timedelta(days=length), date(year + 1, 7, 31))
    span = {"from": day, "to": last.isoformat()}
    return {**span, "sessions": ["AM", "PM"], "kind": "planned", "reason": "Works"}


def _weeks(world: World) -> list[date]:
    """The Mondays of weeks with a session, found by asking about every day there is."""
    with world.looking() as (_, book, _):
        days = [FIRST + timedelta(days=n) for n in range(-40, 760)]
        return sorted(
            {
                day - timedelta(days=day.weekday())
                for day in days
                if "held" in [book.school.held(day, half) for half in SESSIONS]
            }
        )


def _within(counted: list, weeks: list[date], end: int) -> list:
    """The sessions in the ten school weeks, or as many as there are, that end with one of them."""
    window = weeks[max(0, end - 9) : end + 1]
    return [one for one in counted if one[0] - timedelta(days=one[0].weekday()) in window]


def _first_met(counted: list, weeks: list[date]):
    """The earliest session that is the tenth, or a later one, of the ten school weeks that end with its own."""
    for number, session in enumerate(counted):
        end = weeks.index(session[0] - timedelta(days=session[0].weekday()))
        if len(_within(counted[: number + 1], weeks, end)) >= 10:
            return session
    return None
