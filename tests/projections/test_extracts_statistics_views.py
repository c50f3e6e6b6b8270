"""Statistical extracts made from the record: whose sessions, of which schools, and what is not shown."""

import csv
import io
import random
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pyarrow.parquet as pq
import pytest

from ledger.law.rulebook import BUILT_IN
from ledger.schools.calendar import Span
from projections.asof import AsOf, head
from projections.extracts.catalogue import EXTRACTS
from projections.extracts.extract import Question, QuestionError, Source
from projections.extracts.running import Style, begin, written
from projections.extracts.statistics import sessions, tidy, wide
from projections.extracts.statistics.phases import age_on_31_august
from projections.extracts.statistics.scope import second_half_of_summer
from tests.projections.world import World

DAYS = ("2025-09-02", "2025-11-23")
CAMDEN, NEWHAM = "202", "316"
COUNTS = {one.column: one.of for one in wide.FIELDS if one.figure == "sessions"}
Row = dict[str, Any]


class Asking:
    """Extracts of some schools and days, at the head of the log or as of a position."""

    def __init__(self, *worlds: World, days: tuple[str, str] = DAYS) -> None:
        self.worlds = worlds
        self.span = Span(*map(date.fromisoformat, days))

    def _source(self, connection: Any, position: int | None) -> Source:
        world = self.worlds[0]
        last = head(connection).position if position is None else position
        return Source(connection, world.vault, AsOf(last, world.clock.now))

    def _question(self, options: dict[str, Any]) -> Question:
        return Question(tuple(sorted(world.urn for world in self.worlds)), self.span, options)

    def rows(self, name: str, position: int | None = None, **options: Any) -> list[Row]:
        """Rows by column."""
        extract = EXTRACTS[name]
        with self.worlds[0].database.reading() as connection:
            rows = extract.rows(self._source(connection, position), self._question(options))
            names = [column.name for column in extract.columns]
            return [dict(zip(names, row, strict=True)) for row in rows]

    def file(self, name: str, form: Any, **options: Any) -> bytes:
        """The file."""
        with self.worlds[0].database.reading() as connection:
            run = begin(EXTRACTS[name], self._source(connection, None), self._question(options))
            return b"".join(written(run, Style(form)))

    def row(self, name: str = "ees-attendance-wide", **of: str) -> Row:
        """The one row of which that is so; of a local authority, where no level is named."""
        of = {"geographic_level": "Local authority"} | of
        [found] = [one for one in self.rows(name) if of.items() <= one.items()]
        return found


@pytest.fixture
def make_school(make_world: Callable[[], World]) -> Callable[..., World]:
    """A school with its terms, of an authority and a phase; nobody is on its roll yet."""

    def make(authority: str = CAMDEN, **changes: Any) -> World:
        world = make_world()
        world.describe(
            **{"local_authority": authority, "laestab": f"{authority}4999", "phase": "SS"} | changes
        )
        world.set_year(2024)
        world.set_year(2025)
        return world

    return make


@pytest.fixture
def pair(make_school: Callable[..., World]) -> tuple[World, World]:
    """Two secondary schools of Camden with a pupil each: so few that only one would be suppressed."""
    one, two = make_school(), make_school()
    for world in (one, two):
        world.enter(0, year_group="9")
    return one, two


# -- sums ------------------------------------------------------------------------------------------


def test_an_area_is_the_sum_of_its_schools(make_school: Callable[..., World]) -> None:
    """Camden and Newham are London, and London is all of England that was asked for."""
    for_each = [make_school(CAMDEN), make_school(CAMDEN), make_school(NEWHAM), make_school(NEWHAM)]
    for number, world in enumerate(for_each):
        world.enter(0)
        world.import_marks(
            [(0, "2025-11-20", "AM", "/"), (0, "2025-11-20", "PM", "I")][: number + 1]
        )
        world.import_marks([(0, "2025-11-21", "AM", "/ILU"[number])])
    rows = [
        r for r in Asking(*for_each).rows("ees-attendance-wide") if r["education_phase"] != "Total"
    ]
    named = [(row["geographic_level"], row["region_name"], row["la_name"]) for row in rows]
    assert [
        ("National", "", ""),
        ("Regional", "London", ""),
        ("Local authority", "London", "Camden"),
        ("Local authority", "London", "Newham"),
    ] == named
    nation, region, camden, newham = rows
    for column in (*COUNTS, "total_num_schools", "total_enrolments"):
        assert nation[column] == region[column] == camden[column] + newham[column]
    of_camden = ("possible_sessions", "reason_present_am", "overall_absence")
    assert [5, 3, 2] == [camden[name] for name in of_camden]


def test_daily_means_are_over_days_with_sessions(pair: tuple[World, World]) -> None:
    """One school open on two days and both on one of them: 1.5 schools, and as many enrolments."""
    one, two = pair
    one.import_marks([(0, "2025-11-20", "AM", "/"), (0, "2025-11-21", "AM", "/")])
    two.import_marks([(0, "2025-11-20", "AM", "O"), (0, "2025-11-19", "AM", "Y2")])
    row = Asking(one, two).row(education_phase="Secondary")
    assert (1.5, 1.5, 2, 2) == (
        row["num_schools"],
        row["enrolments"],
        row["total_num_schools"],
        row["total_enrolments"],
    )
    assert 50.0 == row["pa_perc"]


def test_enrolments_of_a_day_are_those_on_the_roll(pair: tuple[World, World]) -> None:
    """One pupil joins on the second day and another leaves on it: three are on the roll on either.

    Of four enrolments two had no possible session: they are no part of persistent absence.
    """
    one, two = pair
    one.enter(1, starting_day="2025-11-24")
    two.enter(1)
    two.delete(1)
    for world, code in ((one, "I"), (two, "/")):
        world.import_marks([(0, "2025-11-21", "AM", code), (0, "2025-11-24", "AM", code)])
    two.import_marks([(1, "2025-11-21", "AM", "D")])
    row = Asking(one, two, days=("2025-11-01", "2025-11-24")).row(education_phase="Secondary")
    assert (3.0, 3, 50.0) == (row["enrolments"], row["total_enrolments"], row["pa_perc"])


@pytest.mark.parametrize(("first", "enrolments"), [("2024-09-03", 2), ("2025-02-24", 3)])
def test_census_enrolments_are_those_of_the_spring_census(
    make_school: Callable[..., World], first: str, enrolments: int
) -> None:
    """On 16 January 2025, or where that day is not asked about on the last one that is."""
    one, two = make_school(), make_school()
    for world in (one, two):
        world.enter(0, starting_day="2024-09-03")
        world.import_marks([(0, "2025-03-06", "AM", "/")])
    one.enter(1, starting_day="2025-02-24")
    row = Asking(one, two, days=(first, "2025-04-04")).row(education_phase="Secondary")
    assert enrolments == row["total_enrolments"]


def test_means_of_a_total_are_those_of_its_phases_added_up(
    pair: tuple[World, World], make_school: Callable[..., World]
) -> None:
    """Two secondary schools open on one day of two, two primary ones on a single day: 1.5 and 2 are 3.5."""
    primary = [make_school(phase="PS") for _ in range(2)]
    for world in primary:
        world.enter(0, year_group="5")
    for world in (*pair, *primary):
        world.import_marks([(0, "2025-11-20", "AM", "/")])
    pair[0].import_marks([(0, "2025-11-21", "AM", "/")])
    found = {
        row["education_phase"]: (row["num_schools"], row["enrolments"])
        for row in Asking(*pair, *primary).rows("ees-attendance-wide")
    }
    assert {"Primary": (2.0, 2.0), "Secondary": (1.5, 1.5), "Total": (3.5, 3.5)} == found


def test_a_suspended_pupil_and_one_late_are_where_they_belong(pair: tuple[World, World]) -> None:
    """L is present and U is absent; both are late, and late is no part of either sum."""
    one, two = pair
    one.import_marks([(0, "2025-11-20", "AM", "L"), (0, "2025-11-20", "PM", "U")])
    two.import_marks([(0, "2025-11-20", "AM", "E"), (0, "2025-11-20", "PM", "P")])
    row = Asking(one, two).row(education_phase="Secondary")
    expected = {
        "present_sessions": 1,
        "reason_present": 0,
        "approved_educational_activity": 1,
        "overall_attendance": 2,
        "authorised_absence": 1,
        "unauthorised_absence": 1,
        "late_sessions": 2,
        "possible_sessions": 4,
        "attendance_perc": 50.0,
        "auth_excluded_perc": 25.0,
    }
    assert expected == {name: row[name] for name in expected}


def test_codes_that_ended_still_count_on_their_side(pair: tuple[World, World]) -> None:
    """H and J of 2025 have their columns; F has none and is the remainder of authorised absence."""
    one, two = pair
    one.import_marks([(0, "2025-11-20", "AM", "H"), (0, "2025-11-20", "PM", "J")])
    two.import_marks([(0, "2025-11-20", "AM", "F"), (0, "2025-11-20", "PM", "J1")])
    row = Asking(one, two).row(education_phase="Secondary")
    assert (1, 1, 1) == (
        row["reason_h_authorised_holiday"],
        row["reason_j_aea_interview"],
        row["reason_j1_authorised_interview"],
    )
    of_authorised = [name for name in COUNTS if "_authorised_" in name]
    assert (3, 2) == (row["authorised_absence"], sum(row[name] for name in of_authorised))


def test_an_extract_is_of_its_place_in_the_log(pair: tuple[World, World]) -> None:
    """Before an amendment the entry that it replaced counts; planned entries do not, before they begin."""
    one, two = pair
    two.import_marks([(0, "2025-11-20", "AM", "/")])
    before = one.take({0: "N"}, "2025-11-24", "AM")["last"]
    one.amend(0, "N", "I", "2025-11-24")
    one.take({0: "E"}, "2025-11-24", "PM")
    asking = Asking(one, two, days=("2025-11-20", "2025-11-25"))
    for position, sums in ((before, (1, 0, 2)), (None, (0, 1, 2))):
        [row, *_] = asking.rows("ees-attendance-wide", position)
        assert sums == (
            row["reason_n_no_reason_yet"],
            row["reason_i_authorised_illness"],
            row["possible_sessions"],
        )


# -- whose sessions --------------------------------------------------------------------------------


def test_ages_outside_5_to_15_and_guests_are_left_out(pair: tuple[World, World]) -> None:
    """On 31 August: a child of four, a pupil of sixteen and a guest are not counted anywhere."""
    one, two = pair
    one.enter(1, date_of_birth="2020-09-01", year_group="R")
    one.enter(2, date_of_birth="2009-08-31", year_group="12")
    one.enter(3, enrolment="guest")
    one.import_marks([(number, "2025-11-20", "AM", "I") for number in range(4)])
    two.import_marks([(0, "2025-11-20", "AM", "/")])
    row = Asking(one, two).row(education_phase="Secondary")
    assert (2, 1, 2.0, 2) == (
        row["possible_sessions"],
        row["reason_i_authorised_illness"],
        row["enrolments"],
        row["total_enrolments"],
    )
    assert 50.0 == row["pa_perc"]


def test_those_of_15_are_left_out_of_the_second_half_of_summer(
    make_school: Callable[..., World],
) -> None:
    """From 26 May 2025 on a pupil of 15 is not published; one of 14 is."""
    one, two = make_school(), make_school()
    for world, born in ((one, "2009-08-31"), (two, "2009-09-01")):
        world.enter(0, date_of_birth=born, starting_day="2024-09-03")
        world.import_marks(
            [(0, day, "AM", code) for day, code in (("2025-05-23", "/"), ("2025-06-10", "I"))]
        )
    row = Asking(one, two, days=("2024-09-03", "2025-07-31")).row(
        geographic_level="National", education_phase="Secondary"
    )
    assert (3, 1) == (row["possible_sessions"], row["reason_i_authorised_illness"])
    # Of two enrolments one missed half of its two sessions, the other nothing of its one.
    assert 50.0 == row["pa_perc"]
    assert 1.5 == row["enrolments"]


@pytest.mark.parametrize(
    ("described", "year_group", "phase"),
    [
        ({"phase": "PS"}, "9", "Primary"),
        ({"phase": "MS"}, "5", "Secondary"),
        ({"phase": "AT"}, "5", "Secondary"),
        ({"phase": None, "type": "special"}, "5", "Special"),
        ({"phase": None, "type": "academy"}, "6", "Primary"),
        ({"phase": None, "type": "academy"}, "7", "Secondary"),
        ({"phase": None, "type": "maintained"}, None, "Secondary"),  # by age: born in 2012
        ({"phase": "NS"}, "N2", None),
        ({"phase": "SS", "type": "independent"}, "9", None),
        ({"phase": None, "type": "alternative_provision"}, "9", None),
    ],
)
def test_a_school_is_of_the_phase_that_it_says_or_that_follows(
    make_school: Callable[..., World],
    described: dict[str, Any],
    year_group: str | None,
    phase: str | None,
) -> None:
    """As described; else by type, by year groups, by ages.  Some are not published under any."""
    worlds = [make_school(**described) for _ in range(2)]
    for world in worlds:
        world.enter(0, year_group=year_group)
        world.import_marks([(0, "2025-11-20", "AM", "/")])
    found = {row["education_phase"] for row in Asking(*worlds).rows("ees-attendance-wide")}
    assert ({phase, "Total"} if phase else set()) == found


# -- what is not shown -----------------------------------------------------------------------------


def test_a_row_of_one_school_says_only_that_it_is(make_school: Callable[..., World]) -> None:
    """Every figure is None and the status names them; in the file of the layout each is `c`."""
    world = make_school()
    world.enter(0)
    world.import_marks([(0, "2025-11-20", "AM", "/")])
    for row in Asking(world).rows("ees-attendance-wide"):
        assert (1, 1) == (row["num_schools"], row["total_num_schools"])
        shown = {name for name in (*COUNTS, "pa_perc", "attendance_perc") if row[name] is not None}
        assert set() == shown
        assert row["status"].startswith("c: enrolments present_sessions ")
    text = Asking(world).file("ees-attendance-wide", "csv").decode()
    header, *lines = csv.reader(io.StringIO(text))
    assert 67 == len(header)
    assert all(line[11:-1].count("c") == 54 and line[10] == "1" for line in lines)
    for row in Asking(world).rows("ees-attendance-tidy"):
        assert (None, None) == (row["session_count"], row["session_percent"])


def test_a_school_without_sessions_makes_no_row_of_its_own(
    make_school: Callable[..., World],
) -> None:
    """Where nobody had a possible session there is nothing to publish; the school is counted among those
    of the area once others have.
    """
    worlds = [make_school() for _ in range(3)]
    for world in worlds:
        world.enter(0)
    worlds[2].import_marks([(0, "2025-11-20", "AM", "Y2")])
    assert [] == Asking(*worlds).rows("ees-attendance-wide")
    for world in worlds[:2]:
        world.import_marks([(0, "2025-11-20", "AM", "/")])
    row = Asking(*worlds).row(education_phase="Secondary")
    assert (2.0, 3) == (row["num_schools"], row["total_num_schools"])


def test_parquet_holds_numbers_alone(
    pair: tuple[World, World], make_school: Callable[..., World]
) -> None:
    """Suppressed figures are null in columns of numbers, beside a status; codes of areas are text."""
    one, two = pair
    alone = make_school(NEWHAM)
    alone.enter(0)
    for world in (one, two, alone):
        world.import_marks([(0, "2025-11-20", "AM", "/")])
    table = pq.read_table(
        io.BytesIO(Asking(one, two, alone).file("ees-attendance-wide", "parquet"))
    )
    kinds = {
        name: str(table.schema.field(name).type) for name in ("old_la_code", "pa_perc", *COUNTS)
    }
    assert {"string"} == {kinds.pop("old_la_code")}
    assert {"double"} == {kinds.pop("pa_perc")}
    assert {"int64"} == set(kinds.values())
    newham = [row for row in table.to_pylist() if row["la_name"] == "Newham"]
    assert [None, None] == [row["possible_sessions"] for row in newham]
    assert all("c:" in row["status"] for row in newham)


# -- tidy ------------------------------------------------------------------------------------------


def test_tidy_counts_days_weeks_and_the_year_by_reason(pair: tuple[World, World]) -> None:
    """Of a Thursday and the Friday after it: each day, their week, and the year up to that week."""
    one, two = pair
    marks = [
        (0, "2025-11-20", "AM", "/"),
        (0, "2025-11-20", "PM", "Q"),
        (0, "2025-11-21", "AM", "I"),
    ]
    for world in pair:
        world.import_marks(marks)
    two.import_marks([(0, "2025-11-21", "PM", "\\")])
    rows = Asking(one, two).rows("ees-attendance-tidy")
    found = {
        (row["time_frame"], row["attendance_reason"]): (
            row["session_count"],
            row["session_percent"],
        )
        for row in rows
        if row["geographic_level"] == "Local authority" and row["education_phase"] == "All schools"
    }
    expected = {
        ("Thursday", "All present"): (2, 100.0),
        ("Thursday", "LA arrangements (q)"): (2, None),
        ("Thursday", "Illness (i)"): (0, 0.0),
        ("Friday", "Illness (i)"): (2, 66.67),
        ("Friday", "Overall attendance"): (1, 33.33),
        ("Week", "All possible sessions"): (5, 100.0),
        ("Week", "Overall absence"): (2, 40.0),
        ("Year to date", "Overall absence"): (2, 40.0),
    }
    assert expected == {key: found[key] for key in expected}
    assert {"Week 47"} == {row["time_identifier"] for row in rows}
    days = {row["time_frame"]: row["reference_date"] for row in rows}
    assert (date(2025, 11, 21), date(2025, 11, 17)) == (days["Friday"], days["Week"])
    assert 3 * 2 * 4 * len(tidy.VOCABULARY) == len(rows)


def test_tidy_names_each_row_once(pair: tuple[World, World]) -> None:
    """What is not a figure tells any two rows apart."""
    for world in pair:
        world.import_marks([(0, "2025-09-11", "AM", "/"), (0, "2025-11-20", "AM", "/")])
    rows = Asking(*pair).rows("ees-attendance-tidy")
    figures = {"session_count", "session_percent", "reference_date", "status"}
    named = [tuple(value for name, value in row.items() if name not in figures) for row in rows]
    assert len(named) == len(set(named))


# -- termly ----------------------------------------------------------------------------------------


def _absent(world: World, pupils: int, absentees: int) -> None:
    """So many pupils with ten sessions each, some of whom missed one of them, which is 10 %."""
    world.enter(*range(pupils))
    days = ("2025-11-17", "2025-11-18", "2025-11-19", "2025-11-20", "2025-11-21")
    world.import_marks(
        [
            (
                number,
                day,
                half,
                "I" if number < absentees and (day, half) == (days[0], "AM") else mark,
            )
            for number in range(pupils)
            for day in days
            for half, mark in (("AM", "/"), ("PM", "\\"))
        ]
    )


def test_termly_absence_leaves_out_small_schools(make_school: Callable[..., World]) -> None:
    """A school with five enrolments is removed, one with six is not."""
    small, large = make_school(NEWHAM), make_school(CAMDEN)
    _absent(small, 5, 0)
    _absent(large, 6, 3)
    rows = Asking(small, large).rows("ees-absence-termly")
    assert {"", "Camden"} == {row["la_name"] for row in rows}
    [row] = [r for r in rows if r["la_name"] and r["education_phase"] != "Total"]
    expected = {
        "education_phase": "State-funded secondary",
        "time_identifier": "Academic year",
        "num_schools": 1,
        "enrolments": 6,
        "sess_possible": 60,
        "sess_overall": 3,
        "sess_overall_percent": 5.0,
        "enrolments_pa_10_exact": 3,
        "enrolments_pa_10_exact_percent": 50.0,
        "sess_possible_pa_10_exact": 30,
        "sess_overall_percent_pa_10_exact": 10.0,
        "enrolments_pa_50_exact": 0,
        "sess_auth_illness": 3,
        "sess_auth_illness_rate": 5.0,
        "sess_unauth_totalreasons": 0,
    }
    assert expected == {name: row[name] for name in expected}
    assert row["status"] is None


def test_termly_absence_is_rounded_and_suppressed(make_school: Callable[..., World]) -> None:
    """Two persistent absentees of seven: they and their sessions are not shown; large areas are rounded
    to five, and the nation's percentages to one decimal.
    """
    world = make_school()
    _absent(world, 7, 2)
    rows = {
        (row["geographic_level"], row["education_phase"]): row
        for row in Asking(world).rows("ees-absence-termly")
    }
    local = rows["Local authority", "State-funded secondary"]
    assert (7, None, None, None) == (
        local["enrolments"],
        local["enrolments_pa_10_exact"],
        local["enrolments_pa_10_exact_percent"],
        local["sess_overall_pa_10_exact"],
    )
    # Two sessions of 70 were missed: a numerator of 2 is suppressed, one of 70 is not.
    assert (2, None, 0.0) == (
        local["sess_overall"],
        local["sess_overall_percent"],
        local["sess_unauthorised_percent"],
    )
    for place in (("Local authority", "Total"), ("National", "State-funded secondary")):
        assert 5 == rows[place]["enrolments"]
    assert "enrolments_pa_10_exact" in local["status"].split()


def test_termly_percentages_have_the_decimals_of_their_level(
    make_school: Callable[..., World],
) -> None:
    """Three of 70: 4.3 for the nation, 4.28571 below it."""
    world = make_school()
    _absent(world, 7, 3)
    found = {
        row["geographic_level"]: row["sess_overall_percent"]
        for row in Asking(world).rows("ees-absence-termly")
    }
    assert {"National": 4.3, "Regional": 4.28571, "Local authority": 4.28571} == found


def test_enrolments_of_the_second_half_of_summer_are_left_out(
    make_school: Callable[..., World],
) -> None:
    """Who first joined on 2 June 2025 is no enrolment of that year; whoever joined before is."""
    world = make_school()
    world.enter(*range(6), starting_day="2024-09-03")
    world.enter(6, starting_day="2025-06-02")
    world.import_marks([(number, "2025-06-10", "AM", "O") for number in range(7)])
    rows = Asking(world, days=("2024-09-03", "2025-07-31")).rows("ees-absence-termly")
    assert {6} == {row["sess_unauth_other"] for row in rows}


def test_a_term_is_part_of_the_days_asked(make_school: Callable[..., World]) -> None:
    """The autumn term is the sessions up to 31 December, the spring term those up to Easter Sunday."""
    world = make_school()
    world.enter(*range(6), starting_day="2024-09-03")
    for day in ("2024-12-20", "2025-01-06", "2025-04-22"):
        world.import_marks([(number, day, "AM", "I") for number in range(6)])
    asking = Asking(world, days=("2024-09-03", "2025-07-31"))
    found = {
        term: {(r["time_identifier"], r["sess_possible"]) for r in asking.rows(_TERMLY, term=term)}
        for term in ("autumn", "spring", "autumn-and-spring", "summer", "year")
    }
    assert {
        "autumn": {("Autumn term", 6)},
        "spring": {("Spring term", 6)},
        "autumn-and-spring": {("Autumn and spring term", 12)},
        "summer": {("Summer term", 6)},
        "year": {("Academic year", 18)},
    } == found


_TERMLY = "ees-absence-termly"


@pytest.mark.parametrize("days", [("2024-09-03", "2025-09-30"), ("2025-06-01", "2025-07-01")])
def test_a_term_that_cannot_be_is_refused(
    make_school: Callable[..., World], days: tuple[str, str]
) -> None:
    """Days of two academic years, or none of the term."""
    with pytest.raises(QuestionError) as refused:
        Asking(make_school(), days=days).rows(_TERMLY, term="autumn")
    assert ("term", "out-of-range") == (refused.value.option, refused.value.code)


# -- metadata --------------------------------------------------------------------------------------


def test_metadata_lists_filters_that_choose_and_every_indicator(pair: tuple[World, World]) -> None:
    """Neither time nor place; a filter of one value is left out, and the Total is chosen first."""
    for world in pair:
        world.import_marks([(0, "2025-11-20", "AM", "/")])
    rows = Asking(*pair).rows("ees-attendance-wide.meta")
    assert [one.column for one in wide.FIELDS if one.role in ("filter", "indicator")] == [
        row["col_name"] for row in rows
    ]
    phase = rows[0]
    assert ("education_phase", "Filter", "Total") == (
        phase["col_name"],
        phase["col_type"],
        phase["filter_default"],
    )
    assert {"Indicator"} == {row["col_type"] for row in rows[1:]}
    of_tidy = [row["col_name"] for row in Asking(*pair).rows("ees-attendance-tidy.meta")]
    assert "attendance_type" in of_tidy
    of_none = Asking(*pair, days=("2025-09-02", "2025-09-03")).rows("ees-attendance-wide.meta")
    assert {"Indicator"} == {row["col_type"] for row in of_none}


# -- any history -----------------------------------------------------------------------------------

CODES = ("/", "\\", "L", "I", "M", "C", "C1", "C2", "J1", "E", "S", "T", "R", "H", "F", "B", "J", "K", "P",
         "V", "W", "G", "N", "O", "U", "D", "X", "Q", "Y", "Y1", "Y6", "Z", "#")  # fmt: skip
SESSION_DAYS = ("2024-09-05", "2024-12-19", "2025-03-06", "2025-05-22", "2025-06-12", "2025-09-11",
                "2025-10-09", "2025-11-20")  # fmt: skip
BORN = ("2020-09-01", "2020-08-31", "2019-03-01", "2012-05-14", "2010-08-31", "2009-09-01", "2009-08-31",
        "2008-05-01")  # fmt: skip
Standing = dict[tuple[str, int, str, str], str]


def _history(worlds: list[World], chance: random.Random) -> Standing:
    """Marks of many codes, some amended: what stands of each, by school, pupil, day and session."""
    standing: Standing = {}
    for world in worlds:
        for number, born in enumerate(BORN):
            world.enter(number, date_of_birth=born, starting_day="2024-09-03", year_group="9")
        chosen = [
            (number, day, half, chance.choice(CODES))
            for number in range(len(BORN))
            for day in SESSION_DAYS
            for half in ("AM", "PM")
            if chance.random() < 0.7
        ]
        of_half = {"AM": ("\\", "/"), "PM": ("/", "\\")}
        marks = [
            (number, day, half, of_half[half][1] if code == of_half[half][0] else code)
            for number, day, half, code in chosen
        ]
        world.import_marks(marks)
        for number, day, half, code in marks:
            standing[world.urn, number, day, half] = code
        for number, day, half, code in chance.sample(marks, 8):
            if code not in ("/", "\\", "I") and day >= "2025":
                world.amend(number, code, "I", day, half)
                standing[world.urn, number, day, half] = "I"
    return standing


def _folded(standing: Standing, year: int) -> Counter[str]:
    """A plain count of what stands in an academic year of those in scope, by code and by sum."""
    found: Counter[str] = Counter()
    for (_, number, text, _), code in standing.items():
        day = date.fromisoformat(text)
        age = age_on_31_august(date.fromisoformat(BORN[number]), year)
        in_scope = 5 <= age < 15 or (age == 15 and day < second_half_of_summer(year))
        if in_scope and (year == day.year - (day.month < 8)):
            sessions.add([(code, 1)], day, BUILT_IN.codes, found)
    return found


@pytest.mark.parametrize("seed", [1, 2], ids="seed {}".format)
def test_identities_hold_on_any_history(make_school: Callable[..., World], seed: int) -> None:
    """In every row of every layout possible sessions are attendance and absence, and each of them is the
    sum of its parts; and the counts are those of a plain fold over what stands.
    """
    worlds = [make_school() for _ in range(2)]
    standing = _history(worlds, random.Random(seed))
    asking = Asking(*worlds, days=("2024-09-01", "2025-11-23"))
    rows = asking.rows("ees-attendance-wide")
    assert {"202425": 5, "202526": 6} == Counter(row["time_period"] for row in rows)
    for row in rows:
        _holds(
            {of: row[column] for column, of in COUNTS.items()},
            hidden=_folded(standing, 2024 + (row["time_period"] == "202526"))["F"],
        )
        assert row["attendance_perc"] + row["overall_absence_perc"] == pytest.approx(100)
        folded = _folded(standing, int(row["time_period"][:4]))
        assert {of: folded[of] for of in COUNTS.values()} == {
            of: row[column] for column, of in COUNTS.items()
        }
    by_frame: dict[Any, dict[str, int]] = {}
    named = {reason.attendance_reason: reason.sessions_of for reason in tidy.VOCABULARY}
    for row in asking.rows("ees-attendance-tidy"):
        if row["status"] is None or "c:" not in row["status"]:
            place = [
                row[name]
                for name in ("geographic_level", "time_frame", "reference_date", "education_phase")
            ]
            by_frame.setdefault(tuple(place), {})[named[row["attendance_reason"]]] = row[
                "session_count"
            ]
    assert len(by_frame) > 50
    for counted in by_frame.values():
        _holds(counted, hidden=counted["F"])
    for row in asking.rows("ees-absence-termly"):
        assert row["sess_overall"] == row["sess_authorised"] + row["sess_unauthorised"]
        assert row["sess_overall"] <= row["sess_possible"]
        assert row["sess_auth_totalreasons"] == row["sess_authorised"]
        reasons = [
            n
            for n in row
            if n.startswith(("sess_auth_", "sess_unauth_"))
            and not n.endswith(("_rate", "totalreasons"))
        ]
        assert row["sess_overall"] == sum(row[name] for name in reasons)


def _holds(of: dict[str, int], hidden: int) -> None:
    """The identities of published rows; `hidden` are the sessions of F, which has no column."""
    assert of["possible"] == of["attendance"] + of["absence"]
    assert of["absence"] == of["authorised"] + of["unauthorised"]
    assert of["attendance"] == of["present"] + of["activity"]
    assert of["present"] == of["/"] + of["\\"] + of["L"]
    assert of["present_on_time"] == of["/"] + of["\\"]
    assert of["late"] == of["L"] + of["U"]
    assert of["unauthorised"] == sum(of[code] for code in "GNOU")
    assert of["activity"] == sum(of[code] for code in "BJKPVW")
    authorised = ("C", "C1", "C2", "E", "H", "I", "J1", "M", "R", "S", "T")
    assert of["authorised"] == sum(of[code] for code in authorised) + hidden
