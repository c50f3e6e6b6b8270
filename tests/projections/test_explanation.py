"""Why this number: what a figure is made of is as much as the figure, however it is asked."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import get_args

import pytest
from hypothesis import HealthCheck, event, given, note, settings
from hypothesis import strategies as st

from ledger.application import AttendanceLedger
from ledger.law.codes import code_in_force
from ledger.store.database import Addresses, Database
from ledger.store.vault import Vault
from projections.asof import AsOf, head
from projections.explanation import (
    FIGURES,
    Asked,
    ExplainedEnrolment,
    ExplainedEntry,
    ExplainedMissing,
    explanation,
    headline,
    place_of,
)
from projections.grid import TotalsBy, TotalsQuery
from projections.parts import Part
from projections.school import load
from projections.totals import totals
from tests.projections.world import Clock, World, another_log
from tests.properties.test_register_is_plain_fold import INSTANTS, SPANS, Play, plays

ALL = Part(100_000)


def explained(world: World, asked: Asked, part: Part = ALL, position: int | None = None):
    """What a figure is made of, and the figure."""
    with world.looking(position) as (connection, book, at):
        rows = totals(connection, book, asked.totals, at, world.vault)
        [row] = [row for row in rows if row.key == asked.key]
        return explanation(connection, book, asked, at, part, world.vault), headline(row, asked)


def asking(world: World, figure=None, by: TotalsBy = "school", key=None, **more) -> Asked:
    """A figure of the week of 17 November 2025 and the Monday after it."""
    query = TotalsQuery(world.urn, date(2025, 11, 17), date(2025, 11, 24), by)
    return Asked(query, world.urn if by == "school" else key, figure, **more)


@pytest.fixture
def week(world: World) -> World:
    """Three pupils in two groups, some marks of a week, one of them amended."""
    world.opened(pupils=2)
    world.enter(2, registration_group="9A")
    world.take({0: "/", 1: "N", 2: "L"}, "2025-11-17")
    world.take({0: "\\", 1: "U", 2: {"code": "B", "detail": "Taster day"}}, "2025-11-17", "PM")
    world.amend(1, "N", "I", "2025-11-17")
    return world


def test_an_entry_says_what_counts_and_by_which_rule(week: World) -> None:
    """An absence has its code, class, the reference of the code table, its position, and `amended`."""
    last = week.history(1)[-1]
    found, number = explained(week, asking(week, "authorised_absence"))
    assert (1, 1) == (number, found.total)
    [entry] = found.items
    assert entry == ExplainedEntry(
        week.pupil(1),
        date(2025, 11, 17),
        "AM",
        "I",
        "authorised",
        code_in_force("I", date(2025, 11, 17)).reference,
        last.position,
        amended=True,
    )
    assert entry.reference.startswith("SI 2024/208 reg 10")


def test_the_amended_code_counts_no_more(week: World) -> None:
    """The code that was replaced is explained by nothing; as of a position before, by its entry."""
    assert (0, 0) == (explained(week, asking(week, code="N"))[0].total, 0)
    before = week.history(1)[-1].position - 1
    found, number = explained(week, asking(week, code="N"), position=before)
    assert (1, 1) == (number, found.total)
    assert not found.items[0].amended


def test_missing_are_due_sessions_without_an_entry(week: World) -> None:
    """Of pupil 2 in 9A are due five days and a morning, less the two sessions that were entered."""
    found, number = explained(week, asking(week, "missing", "registration_group", "9A"))
    assert 9 == number == found.total == len(found.items)
    assert ExplainedMissing(week.pupil(2), date(2025, 11, 18), "AM") == found.items[0]
    assert ExplainedMissing(week.pupil(2), date(2025, 11, 24), "AM") == found.items[-1]


def test_persistent_absence_shows_the_comparison(week: World) -> None:
    """One of two possible sessions missed is 50 per cent: the enrolment with its whole numbers."""
    found, _ = explained(week, asking(week, "severe_absence"))
    assert [
        ExplainedEnrolment(
            week.pupil(1),
            date(2025, 9, 2),
            None,
            possible=2,
            absent=2,
            comparison="100 × 2 = 200 ≥ 50 × 2 = 100",
        )
    ] == found.items


@pytest.mark.parametrize("figure", ["possible_sessions", "missing"])
@pytest.mark.parametrize("limit", [1, 2, 5])
def test_parts_make_up_the_whole(week: World, figure: str, limit: int) -> None:
    """Read part by part, a list is the one read at once; every part names the whole number."""
    whole, number = explained(week, asking(week, figure))
    found, after = [], None
    while True:
        part, _ = explained(week, asking(week, figure), Part(limit, after))
        assert number == part.total
        if not part.items:
            break
        found += part.items
        after = place_of(part.items[-1])
    assert whole.items == found
    assert number == len(found)


def test_code_x_of_2021_counts_by_age(world: World) -> None:
    """X in possible sessions is that of the pupil of compulsory school age; both stand at the code."""
    world.opened(pupils=0, years=(2020,))
    world.enter(0, date_of_birth="2009-05-14", starting_day="2020-09-02")
    world.enter(1, date_of_birth="2017-02-01", starting_day="2020-09-02")
    world.import_marks([(number, "2021-02-08", "AM", "X") for number in (0, 1)])
    query = TotalsQuery(world.urn, date(2021, 2, 8), date(2021, 2, 8))
    found, number = explained(world, Asked(query, world.urn, "possible_sessions"))
    assert 1 == number == found.total
    assert [(world.pupil(0), "covid_not_attending")] == [
        (one.pupil, one.counts_as) for one in found.items
    ]
    assert 2 == explained(world, Asked(query, world.urn, code="X"))[0].total


def test_a_row_without_marks_is_explained_by_nothing(world: World) -> None:
    """Every figure of a school without anything is 0 and made of nothing."""
    world.describe()
    for figure in FIGURES:
        found, number = explained(world, asking(world, figure))
        assert (0, 0, []) == (number, found.total, found.items)


@pytest.fixture(scope="module")
def played_database(addresses: Addresses) -> Iterator[Database]:
    """A log of this file's own."""
    opened = Database(another_log(addresses, "explained"))
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def played_ledger(played_database: Database, vault: Vault) -> Iterator[AttendanceLedger]:
    """The door into the record, on Monday 24 November 2025."""
    with AttendanceLedger(played_database, vault, Clock()) as opened:
        yield opened


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    play=plays,
    span=st.sampled_from(SPANS),
    instant=st.sampled_from((*INSTANTS, datetime(2025, 11, 26, 8, tzinfo=UTC))),
    back=st.integers(0, 40),
)
def test_the_drill_down_is_as_much_as_the_headline(  # noqa: PLR0917 -- what Hypothesis draws
    played_ledger, played_database, vault, play, span, instant, back
) -> None:
    """Of every row, by whatever rows stand for, every figure and code is made of as many as it says."""
    played = Play(played_ledger, played_database, vault)
    note(f"{play=}\n{span=} {instant=} {back=}")
    played.perform(play)
    first, last = map(date.fromisoformat, span)
    figures = 0
    with played_database.reading() as connection:
        at = AsOf(max(played.opened, head(connection).position - back), instant)
        for world in played.worlds:
            book = load(connection, world.urn, at)
            for by in get_args(TotalsBy):
                query = TotalsQuery(world.urn, first, last, by)
                for row in totals(connection, book, query, at, vault):
                    asked = [Asked(query, row.key, figure) for figure in FIGURES]
                    asked += [Asked(query, row.key, code=code) for code in row.codes]
                    for one in asked:
                        found = explanation(connection, book, one, at, ALL, vault)
                        assert headline(row, one) == found.total == len(found.items), one
                        assert len(found.items) == len(set(found.items))
                        figures += found.total > 0
    event(f"figures above nothing: {min(figures // 100, 5)}00")
