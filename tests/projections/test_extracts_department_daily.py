"""`daily-share`: who is shared with which codes, and the feed of what changed."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any

import pytest

from ledger.schools.calendar import Span
from projections.asof import resolve
from projections.extracts.department.daily_changes import days_to_compare
from projections.extracts.department.daily_days import view_of
from projections.extracts.department.daily_share import DAILY_SHARE, NOT_HELD
from projections.extracts.extract import Question, QuestionError, Source
from tests.projections.department import rows_of
from tests.projections.world import World

MONDAY = "2025-11-24"
Day = tuple[str, str | None, str | None]


def question(world: World, first: str = MONDAY, last: str = MONDAY, **options: Any) -> Question:
    """Some days of the school."""
    span = Span(date.fromisoformat(first), date.fromisoformat(last))
    return Question((world.urn,), span, options)


def shared(world: World, *days: str, **seen: Any) -> dict[int, list[Day]]:
    """By the number of the pupil each day with its codes."""
    found: dict[int, list[Day]] = {}
    known = {world.pupil(number): number for number in range(20)}
    for row in rows_of(world, DAILY_SHARE, question(world, *days), **seen):
        day = (row["date"].isoformat(), row["code_am"], row["code_pm"])
        found.setdefault(known[row["pupil"]], []).append(day)
    return found


# -- what is shared --------------------------------------------------------------------------------------


def test_codes_of_morning_and_afternoon_stand_by_pupil_and_day(world: World) -> None:
    """As they stand, amended entries among them; what has no mark stays blank."""
    world.opened(3)
    world.take({0: "/", 1: "N"}, "2025-11-21", "AM")
    world.take({0: "\\"}, "2025-11-21", "PM")
    world.take({1: "L"}, MONDAY)
    world.amend(1, "N", "I", "2025-11-21")
    friday = "2025-11-21"
    assert {
        0: [(friday, "/", "\\"), (MONDAY, None, None)],
        1: [(friday, "I", None), (MONDAY, "L", None)],
        2: [(friday, None, None), (MONDAY, None, None)],
    } == shared(world, friday, MONDAY)


def test_a_session_that_has_not_begun_is_not_shared(world: World) -> None:
    """Leave entered ahead is nobody's attendance yet: neither tomorrow's nor this afternoon's."""
    world.opened(1)
    world.take({0: "/"}, MONDAY)
    world.import_marks([(0, MONDAY, "PM", "C"), (0, "2025-11-25", "AM", "C")])
    assert {0: [(MONDAY, "/", None)]} == shared(world, MONDAY, "2025-11-25")
    evening = datetime(2025, 11, 24, 18, 0, tzinfo=UTC)
    assert {0: [(MONDAY, "/", "C")]} == shared(world, MONDAY, "2025-11-25", instant=evening)


@pytest.mark.parametrize(
    ("year_group", "is_shared"),
    [
        ("E2", False),
        ("N2", False),
        ("R", True),
        ("1", True),
        ("11", True),
        ("12", True),
        ("13", True),
        ("14", False),
    ],
)
def test_reception_to_year_13_are_shared(world: World, year_group: str, is_shared: bool) -> None:
    """Nursery is not, nor is year 14."""
    world.opened(1, year_group=year_group)
    assert is_shared == bool(shared(world))


@pytest.mark.parametrize(
    ("born", "is_shared"),
    [("2021-09-01", False), ("2021-08-31", True), ("2007-09-01", True), ("2007-08-31", False)],
)
@pytest.mark.parametrize("year_group", [None, "X"])
def test_without_a_year_group_age_on_31_august_decides(
    world: World, year_group: str | None, born: str, is_shared: bool
) -> None:
    """Aged 4 to 17 on it: of the ages of reception to year 13."""
    world.opened(1, year_group=year_group, date_of_birth=born)
    assert is_shared == bool(shared(world))


def test_boarders_guests_and_who_is_not_on_the_roll_are_not_shared(world: World) -> None:
    """Marks are not due of them here."""
    world.opened(1)
    world.enter(1, boarder=True)
    world.enter(2, enrolment="guest")
    world.enter(3, starting_day="2025-11-25")
    world.enter(4, starting_day="2025-11-24")
    assert [0, 4] == sorted(shared(world))


def test_sub_codes_are_shared_as_their_base_letter_and_closures_not_at_all(world: World) -> None:
    """X02 is X; `#` never leaves the school, and a day of nothing else has no row."""
    world.opened(1, years=(2020,), starting_day="2020-09-02", year_group="4")
    world.close("2021-03-10", "2021-03-10", kind="planned", reason="Training")
    world.import_marks(
        [
            (0, "2021-03-09", "AM", "X02"),
            (0, "2021-03-09", "PM", "I01"),
            (0, "2021-03-10", "AM", "#"),
        ]
    )
    assert {0: [("2021-03-09", "X", "I")]} == shared(world, "2021-03-09", "2021-03-10")


def test_items_of_the_collection_stand_with_what_is_not_held_blank(world: World) -> None:
    """Names, number, sex, date of birth, year group, school and authority; the rest is blank and told."""
    world.opened(1, upn="H801200001001", sex="F", surname="Okafor", forenames="Ada")
    [row] = rows_of(world, DAILY_SHARE, question(world))
    assert (
        "Ada",
        "Okafor",
        "H801200001001",
        "F",
        date(2012, 5, 14),
        "9",
        world.urn,
        "855",
    ) == tuple(
        row[name]
        for name in (
            "forename",
            "surname",
            "upn",
            "gender",
            "date_of_birth",
            "nc_year",
            "urn",
            "la_code",
        )
    )
    assert [None] * len(NOT_HELD) == [row[name] for name in NOT_HELD]
    told = {one.name: one.about for one in DAILY_SHARE.columns}
    assert all("Not held" in told[name] for name in NOT_HELD)


def test_many_days_come_in_the_order_of_days(world: World) -> None:
    """Whatever is held in memory at a time: every school day of a term, once."""
    world.opened(2)
    rows = rows_of(world, DAILY_SHARE, question(world, "2025-09-01", MONDAY))
    days = [row["date"] for row in rows]
    assert sorted(days) == days
    assert 2 * len(set(days)) == len(days)
    school_days = world.register("2025-09-01", MONDAY).missing_entries
    assert len({one.date for one in school_days}) == len(set(days))


# -- what changed ----------------------------------------------------------------------------------------

Step = Callable[[World], Any]
FIRST, LAST = "2025-11-03", "2025-11-25"
STEPS: list[tuple[str, Step]] = [
    ("a register", lambda w: w.take({0: "/", 1: "N", 2: "/"}, "2025-11-21")),
    ("a name, amended", lambda w: w.amend_name(0, surname="Adeyemi")),
    ("an amendment", lambda w: w.amend(1, "N", "I", "2025-11-21")),
    ("another register", lambda w: w.take({0: "L"}, MONDAY)),
    ("a late mark", lambda w: w.import_marks([(2, "2025-11-04", "PM", "\\")])),
    ("a boarder", lambda w: w.amend_name(2, "2025-11-10", boarder=True)),
    ("a closure", lambda w: w.close("2025-11-12", "2025-11-12")),
    ("a nursery pupil", lambda w: w.amend_name(1, "2025-11-17", year_group="N2")),
    ("a new name", lambda w: w.enter(5, starting_day="2025-11-20")),
    ("a later start", lambda w: w.amend_name(5, starting_day=MONDAY)),
    ("leave", lambda w: w.ask_leave(0)),
    ("a deletion", lambda w: w.delete(0, date(2025, 11, 25))),
    ("an amendment and back", lambda w: w.amend(1, "I", "N", "2025-11-21")),
]


def by_day(rows: list[dict[str, Any]]) -> dict[tuple[date, str], dict[str, Any]]:
    """Rows by day and pupil."""
    return {(row["date"], row["pupil"]): row for row in rows}


def test_what_was_shared_and_the_feed_are_what_is_shared(world: World) -> None:
    """From every place of a history to every later one, whatever happened between them."""
    world.opened(4)
    places = [_place(world)]
    for _, step in STEPS:
        step(world)
        places.append(_place(world))
    whole = question(world, FIRST, LAST)
    states = [by_day(rows_of(world, DAILY_SHARE, whole, at, _instant(world, at))) for at in places]
    assert 10 <= sum(one != other for one, other in pairwise(states))
    for earlier, before in enumerate(places):
        for later in range(earlier, len(places)):
            asked = question(world, FIRST, LAST, since=str(before))
            at = places[later]
            feed = by_day(rows_of(world, DAILY_SHARE, asked, at, _instant(world, at)))
            put_upon = states[earlier] | feed
            left = {key: row for key, row in put_upon.items() if not row["withdrawn"]}
            assert states[later] == left, (STEPS[earlier:later], earlier, later)


def test_the_feed_holds_what_changed_and_nothing_else(world: World) -> None:
    """One amended mark is one pupil-day; nothing recorded is nothing."""
    world.opened(3)
    world.take({0: "/", 1: "N", 2: "/"}, "2025-11-21")
    world.take({1: "\\"}, "2025-11-21", "PM")
    before = _place(world)
    world.amend(1, "N", "I", "2025-11-21")
    asked = question(world, FIRST, LAST, since=str(before))
    [row] = rows_of(world, DAILY_SHARE, asked)
    assert (world.pupil(1), "I", False) == (row["pupil"], row["code_am"], row["withdrawn"])
    assert row["log_position"] == _place(world)
    asked = question(world, FIRST, LAST, since=str(_place(world)))
    assert [] == rows_of(world, DAILY_SHARE, asked)


def test_what_is_no_longer_shared_is_withdrawn(world: World) -> None:
    """Named, without codes: who keeps a copy knows what to remove."""
    world.opened(2)
    world.take({0: "/", 1: "/"}, MONDAY)
    before = _place(world)
    world.amend_name(0, MONDAY, year_group="N2")
    [row] = rows_of(world, DAILY_SHARE, question(world, since=str(before)))
    assert (world.pupil(0), None, True) == (row["pupil"], row["code_am"], row["withdrawn"])


def test_sessions_that_began_since_are_in_the_feed(world: World) -> None:
    """Nothing was recorded: the day of a pupil without a mark has begun all the same."""
    world.opened(1)
    before = _place(world)
    tuesday = datetime(2025, 11, 25, 12, 0, tzinfo=UTC)
    asked = question(world, MONDAY, "2025-11-25", since=str(before))
    rows = rows_of(world, DAILY_SHARE, asked, instant=tuesday)
    assert [date(2025, 11, 25)] == [row["date"] for row in rows]


def test_a_feed_looks_at_changed_days_alone(world: World) -> None:
    """Where only marks changed, at two: that of the mark, and today; once a name changed at all."""
    world.opened(2)
    before = _place(world)
    world.take({0: "/"}, "2025-11-07")
    days = [date(2025, 11, 7), date.fromisoformat(MONDAY)]
    assert days == _compared(world, before)
    world.amend_name(1, surname="Adeyemi")
    assert list(Span(date(2025, 9, 1), days[-1]).days()) == _compared(world, before)


def _compared(world: World, before: int) -> list[date]:
    """The days that a feed since a place looks at."""
    with world.looking() as (connection, _, at):
        new = Source(connection, world.vault, at)
        old = new._replace(at=resolve(connection, before))
        span = Span(date(2025, 9, 1), date.fromisoformat(MONDAY))
        return days_to_compare(view_of(old, world.urn), view_of(new, world.urn), span)


@pytest.mark.parametrize(
    ("since", "code"),
    [
        ("yesterday", "not-an-instant"),
        ("2025-11-24", "not-an-instant"),
        ("9" * 19, "as-of-in-the-future"),
        ("2999-01-01T00:00:00Z", "as-of-in-the-future"),
    ],
)
def test_a_place_that_is_none_is_refused(world: World, since: str, code: str) -> None:
    """Before the first row."""
    with pytest.raises(QuestionError) as caught:
        rows_of(world.opened(1), DAILY_SHARE, question(world, since=since))
    assert ("since", code) == (caught.value.option, caught.value.code)


def test_a_place_after_the_one_asked_for_is_refused(world: World) -> None:
    """A feed runs forward."""
    world.opened(1)
    head = _place(world)
    asked = question(world, since=str(head))
    with pytest.raises(QuestionError) as caught:
        rows_of(world, DAILY_SHARE, asked, position=head - 1)
    assert "as-of-in-the-future" == caught.value.code


def test_an_instant_is_a_place_as_well(world: World) -> None:
    """Everything since before the school was there is everything."""
    world.opened(2)
    asked = question(world, since="2025-01-01T00:00:00Z")
    assert 2 == len(rows_of(world, DAILY_SHARE, asked))


def _place(world: World) -> int:
    """The latest position of the log."""
    with world.looking() as (_, _, at):
        return at.position


def _instant(world: World, position: int) -> datetime:
    """When a position was taken: the instant that it is seen at."""
    with world.looking() as (connection, _, _):
        return resolve(connection, position).instant
