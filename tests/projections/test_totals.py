"""Totals as a view: counts by code and class, rates, absentees; by every row there is; as of any position."""

from datetime import UTC, date, datetime, timedelta

import pytest

from projections.school import Book
from projections.totals import TotalsQuery, totals
from tests.projections.world import NOW, World

TABLE_OF_2024 = {
    "attending": "/ \\ L",
    "approved_educational_activity": "B K P V W",
    "authorised": "C C1 C2 E I J1 M R S T",
    "unauthorised": "G N O U",
    "not_possible": "D Q X Y1 Y2 Y3 Y4 Y5 Y6 Y7",
    "not_collected": "Z #",
}


def sessions(first: str, number: int) -> list[tuple[str, str]]:
    """So many sessions, AM and PM, on the weekdays from a day on."""
    day, found = date.fromisoformat(first), []
    while len(found) < number:
        if day.weekday() < 5:
            found += [(day.isoformat(), session) for session in ("AM", "PM")]
        day += timedelta(days=1)
    return found[:number]


def fitting(code: str, session: str) -> str:
    """The code itself, the mark of the afternoon for `/`."""
    return "\\" if code == "/" and session == "PM" else code


def marks(pupil: int, places: list[tuple[str, str]], code: str) -> list:
    """The same code in each of these sessions, as lines of an import."""
    return [(pupil, day, session, fitting(code, session)) for day, session in places]


def test_every_code_counts_in_its_class(world: World) -> None:
    """One session of each code of the 2024 table gives the sums that the formulas say."""
    world.opened(pupils=1)
    codes = " ".join(TABLE_OF_2024.values()).split()
    days = [day for day, session in sessions("2025-09-08", 2 * len(codes)) if session == "AM"]
    world.import_marks(
        [
            (0, day, "PM" if code == "\\" else "AM", {"code": code, "detail": "As arranged"})
            for day, code in zip(days, codes, strict=True)
        ]
    )
    row = world.total("2025-09-08", "2025-11-24")
    expected = {name: len(of_class.split()) for name, of_class in TABLE_OF_2024.items()}
    assert row.codes == dict.fromkeys(sorted(codes), 1)
    assert row.present == expected["attending"] == 3
    assert row.approved_educational_activity == expected["approved_educational_activity"] == 5
    assert row.attending == 8
    assert (row.authorised_absence, row.unauthorised_absence, row.overall_absence) == (10, 4, 14)
    assert row.possible_sessions == 22
    assert (row.late_before_close, row.late_after_close, row.unable_to_attend) == (1, 1, 8)
    assert row.attendance_percent == 100 * 8 / 22
    assert row.overall_absence_percent == 100 * 14 / 22
    assert row.authorised_absence_percent == 100 * 10 / 22
    assert row.unauthorised_absence_percent == 100 * 4 / 22


def test_nothing_possible_has_no_rate(world: World) -> None:
    """Without possible sessions percentages are None and nobody is persistently absent."""
    world.opened(pupils=1)
    world.import_marks(marks(0, sessions("2025-11-03", 4), "D"))
    row = world.total("2025-11-03", "2025-11-04")
    assert (row.possible_sessions, row.missing, row.codes) == (0, 0, {"D": 4})
    assert row.attendance_percent is row.overall_absence_percent is None
    assert row.authorised_absence_percent is row.unauthorised_absence_percent is None
    assert (row.persistent_absence, row.severe_absence) == (0, 0)


def test_j_counts_by_the_day_of_its_session(world: World) -> None:
    """J is attendance to 18 August 2024 and, imported for a later day, as it last counted; J1 absence."""
    world.opened(pupils=1, years=(2023, 2024))
    world.import_marks(
        [
            (0, "2024-07-15", "AM", "J"),
            (0, "2024-09-10", "AM", "J"),
            (0, "2024-09-11", "AM", "J1"),
        ]
    )
    row = world.total("2024-07-01", "2024-09-30")
    assert row.codes == {"J": 2, "J1": 1}
    assert (row.approved_educational_activity, row.authorised_absence) == (2, 1)


def test_y_of_the_old_table_and_h_count_as_they_last_did(world: World) -> None:
    """Y is no possible session and H is authorised, on whichever day they are imported for."""
    world.opened(pupils=1, years=(2023, 2024))
    lines = [("2024-07-15", "Y"), ("2024-09-10", "Y"), ("2024-07-16", "H"), ("2024-09-11", "H")]
    world.import_marks([(0, day, "AM", {"code": c, "detail": "Snow"}) for day, c in lines])
    row = world.total("2024-07-01", "2024-09-30")
    assert (row.possible_sessions, row.authorised_absence, row.unable_to_attend) == (2, 2, 2)


def test_x_of_the_covid_years_is_possible_and_neither_here_nor_absent(world: World) -> None:
    """For a pupil of compulsory school age X in 2021 is in possible sessions and in nothing else."""
    world.opened(pupils=0, years=(2020,))
    world.enter(0, date_of_birth="2009-05-14", starting_day="2020-09-02")
    world.enter(1, date_of_birth="2017-02-01", starting_day="2020-09-02")
    world.import_marks(
        [(n, "2021-02-08", s, "X") for n in (0, 1) for s in ("AM", "PM")]
        + [(n, "2021-02-09", "AM", "/") for n in (0, 1)]
    )
    rows = world.totals("2021-02-01", "2021-02-28", "pupil")
    of_age, not_of_age = (rows[world.pupil(n)] for n in (0, 1))
    assert (of_age.possible_sessions, of_age.attending, of_age.overall_absence) == (3, 1, 0)
    assert of_age.attendance_percent == 100 / 3
    assert (not_of_age.possible_sessions, not_of_age.attendance_percent) == (1, 100.0)
    assert of_age.persistent_absence == 0


def test_compulsory_school_age_is_that_of_the_session(world: World) -> None:
    """A child born on 1 February 2016 is of compulsory school age from 31 March 2021 on, in one range."""
    world.opened(pupils=1, years=(2020,), date_of_birth="2016-02-01")
    world.import_marks([(0, f"2021-03-{day}", "AM", "X") for day in (26, 29, 30, 31)])
    assert world.total("2021-03-01", "2021-03-31").possible_sessions == 1


@pytest.mark.parametrize("by", ["week", "term"])
def test_a_range_on_one_side_of_compulsory_school_age_counts_by_time(world: World, by) -> None:
    """A child who comes of age after the range, or left it before, is counted in rows of time."""
    world.opened(pupils=0, years=(2020,))
    world.enter(0, date_of_birth="2016-02-01", starting_day="2020-09-02")
    world.enter(1, date_of_birth="2004-02-01", starting_day="2020-09-02")
    world.import_marks([(n, "2021-02-08", "AM", "X") for n in (0, 1)])
    [row] = world.totals("2021-02-08", "2021-02-12", by).values()
    assert (row.codes, row.possible_sessions, row.enrolments, row.missing) == ({"X": 2}, 0, 2, 18)


def test_an_amended_date_of_birth_is_the_one_that_counts(world: World) -> None:
    """The date of birth as last recorded decides, and as of before it the earlier one did."""
    world.opened(pupils=1, years=(2020,), date_of_birth="2009-05-14")
    world.import_marks([(0, "2021-02-08", "AM", "X")])
    amended = world.amend_name(0, date_of_birth="2017-05-14")["first"]
    assert world.total("2021-02-01", "2021-02-28").possible_sessions == 0
    assert world.total("2021-02-01", "2021-02-28", position=amended - 1).possible_sessions == 1


def test_without_a_vault_x_counts_as_of_compulsory_school_age(world: World) -> None:
    """Where no date of birth can be opened, X of 2021 is a possible session."""
    world.opened(pupils=1, years=(2020,), date_of_birth="2017-02-01")
    world.import_marks([(0, "2021-02-08", "AM", "X")])
    query = TotalsQuery(world.urn, date(2021, 2, 1), date(2021, 2, 28))
    with world.looking() as (connection, book, at):
        assert totals(connection, book, query, at)[0].possible_sessions == 1
        assert totals(connection, book, query, at, world.vault)[0].possible_sessions == 0


# -- amendments and positions ----------------------------------------------------------------------


def test_an_amended_entry_counts_once_as_what_it_is_now(world: World) -> None:
    """N amended to I moves a session from unauthorised to authorised; possible stays the same."""
    entered = world.opened(pupils=2).take({0: "N", 1: "/"})["last"]
    amended = world.amend(0, "N", "I")["last"]
    before, after = world.total(position=entered), world.total(position=amended)
    assert (before.codes, after.codes) == ({"/": 1, "N": 1}, {"/": 1, "I": 1})
    assert (before.unauthorised_absence, before.authorised_absence) == (1, 0)
    assert (after.unauthorised_absence, after.authorised_absence) == (0, 1)
    assert before.possible_sessions == after.possible_sessions == 2


def test_an_entry_amended_there_and_back_counts_once(world: World) -> None:
    """N to I to N to O leaves one session of O and no trace of the others in the counts."""
    world.opened(pupils=1).take({0: "N"})
    for from_, to in (("N", "I"), ("I", "N"), ("N", "O")):
        world.amend(0, from_, to)
    assert world.total().codes == {"O": 1}


def test_planned_entries_are_left_out_until_their_session_begins(world: World) -> None:
    """C for this afternoon and tomorrow counts from the opening of each register on."""
    world.opened(pupils=1)
    world.take({0: "C"}, session="PM")
    world.take({0: "C"}, "2025-11-25")
    opening = datetime(2025, 11, 24, 12, 25, tzinfo=UTC)
    counts = [
        world.total("2025-11-24", "2025-11-25", instant=at).codes.get("C", 0)
        for at in (opening - timedelta(seconds=1), opening, opening + timedelta(days=1))
    ]
    assert counts == [0, 1, 2]


def test_an_amended_plan_does_not_count_before_its_session(world: World) -> None:
    """Leave entered ahead and amended ahead leaves nothing behind in today's totals."""
    world.opened(pupils=1).take({0: "C"}, "2025-11-25")
    world.amend(0, "C", "C1", "2025-11-25")
    assert world.total("2025-11-24", "2025-11-25").codes == {}


# -- absentees -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("absent", "persistent", "severe"),
    [(37, 0, 0), (38, 1, 0), (189, 1, 0), (190, 1, 1)],
)
def test_exactly_ten_and_fifty_per_cent(world: World, absent, persistent, severe) -> None:
    """Of 380 possible sessions 38 absences are persistent absence and 190 severe (AC-038)."""
    world.opened(pupils=1, years=(2024,))
    places = [
        (day, session)
        for day, session in sessions("2024-09-02", 700)
        if not ("2024-10-27" < day < "2024-11-01" or "2024-12-19" < day < "2025-01-05")
    ][:380]
    world.import_marks(marks(0, places[:absent], "I") + marks(0, places[absent:], "/"))
    row = world.total("2024-08-01", "2025-07-31")
    assert (row.possible_sessions, row.overall_absence) == (380, absent)
    assert (row.persistent_absence, row.severe_absence) == (persistent, severe)


def test_absence_is_judged_by_enrolment(world: World) -> None:
    """A pupil who left and came back is two enrolments: absent in the one, present in the other."""
    world.opened(pupils=0)
    world.enter(0, starting_day="2025-09-02")
    world.take({0: "I"}, "2025-11-20")
    world.delete(0)
    world.enter(0, starting_day="2025-11-24")
    world.take({0: "/"}, "2025-11-24")
    for by in ("school", "pupil", "year_group"):
        [row] = world.totals("2025-11-20", "2025-11-24", by).values()
        assert (row.enrolments, row.persistent_absence, row.severe_absence) == (2, 1, 1)


def test_a_mark_off_the_roll_counts_in_the_codes_and_in_no_enrolment(world: World) -> None:
    """An absence imported for a day before the starting day makes nobody an absentee."""
    world.opened(pupils=0)
    world.enter(0, starting_day="2025-11-24")
    world.import_marks([(0, "2025-11-20", "AM", "I"), (7, "2025-11-20", "AM", "O")])
    row = world.total("2025-11-20", "2025-11-21")
    assert (row.codes, row.enrolments, row.persistent_absence) == ({"I": 1, "O": 1}, 0, 0)
    rows = world.totals("2025-11-20", "2025-11-21", "pupil")
    assert {key: row.codes for key, row in rows.items()} == {
        world.pupil(0): {"I": 1},
        world.pupil(7): {"O": 1},
    }


# -- rows ------------------------------------------------------------------------------------------


def two_classes(world: World) -> World:
    """Pupils 0 (9B), 1 (9A from 17 November, 9B before), 2 (R, no class); a fortnight of marks."""
    world.opened(pupils=2)
    world.enter(2, year_group="R", registration_group=None)
    world.amend_name(1, "2025-11-17", registration_group="9A")
    places = sessions("2025-11-10", 20)
    world.import_marks(
        marks(0, places, "/") + marks(1, places[:10], "I") + marks(1, places[10:], "/")
    )
    return world


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("year_group", {"R": (1, {}), "9": (2, {"/": 15, "I": 10, "\\": 15})}),
        (
            "registration_group",
            {
                "9A": (1, {"/": 5, "\\": 5}),
                "9B": (2, {"/": 10, "I": 10, "\\": 10}),
                None: (1, {}),
            },
        ),
        (
            "week",
            {
                "2025-11-10": (3, {"/": 5, "I": 10, "\\": 5}),
                "2025-11-17": (3, {"/": 10, "\\": 10}),
            },
        ),
        ("term", {"Autumn": (3, {"/": 15, "I": 10, "\\": 15})}),
        ("half_term", {"Autumn 2": (3, {"/": 15, "I": 10, "\\": 15})}),
        (
            "day_of_week",
            {
                day: (3, {"/": 3, "I": 2, "\\": 3})
                for day in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
            },
        ),
    ],
)
def test_rows_by_what_is_asked(world: World, by, expected) -> None:
    """Rows come in order, each with its enrolments and the codes of its own marks."""
    rows = two_classes(world).totals("2025-11-10", "2025-11-21", by)
    assert {key: (row.enrolments, row.codes) for key, row in rows.items()} == expected
    assert list(rows) == list(expected)


def test_rows_by_pupil_are_each_enrolment_s_own(world: World) -> None:
    """By pupil each row has that pupil's marks, and says whether the pupil is an absentee."""
    rows = two_classes(world).totals("2025-11-10", "2025-11-21", "pupil")
    assert {
        key: (row.possible_sessions, row.severe_absence, row.missing) for key, row in rows.items()
    } == {
        world.pupil(0): (20, 0, 0),
        world.pupil(1): (20, 1, 0),
        world.pupil(2): (0, 0, 20),
    }


@pytest.mark.parametrize("by", ["pupil", "year_group", "registration_group", "week", "day_of_week"])
def test_rows_add_up_to_the_school(world: World, by) -> None:
    """Sessions of the rows add up to those of the school, whatever the rows are."""
    two_classes(world)
    rows = world.totals("2025-11-10", "2025-11-21", by).values()
    whole = world.total("2025-11-10", "2025-11-21")
    for name in ("possible_sessions", "attending", "overall_absence", "missing"):
        assert sum(getattr(row, name) for row in rows) == getattr(whole, name)


def test_a_group_s_absentees_are_judged_by_the_marks_of_that_group(world: World) -> None:
    """Pupil 1 was absent throughout in 9B and present throughout in 9A."""
    rows = two_classes(world).totals("2025-11-10", "2025-11-21", "registration_group")
    assert (rows["9A"].severe_absence, rows["9B"].severe_absence) == (0, 1)


def test_terms_of_two_years_are_told_apart(world: World) -> None:
    """A range of more than one academic year names the year of each term."""
    world.opened(pupils=0, years=(2024, 2025))
    rows = world.totals("2024-09-02", "2025-09-30", "term")
    assert list(rows) == ["Autumn 2024/25", "Spring 2024/25", "Summer 2024/25", "Autumn 2025/26"]
    assert list(world.totals("2025-06-01", "2025-09-30", "half_term")) == [
        "Summer 2 2024/25",
        "Autumn 1 2025/26",
    ]


def test_marks_outside_every_term_have_a_row_of_their_own(world: World) -> None:
    """What was imported for a holiday belongs to no half term: its row has no key and stands last."""
    world.opened(pupils=1)
    world.import_marks([(0, "2025-10-28", "AM", "/"), (0, "2025-11-03", "AM", "/")])
    rows = world.totals("2025-10-20", "2025-11-07", "half_term")
    assert [(key, row.codes) for key, row in rows.items()] == [
        ("Autumn 1", {}),
        ("Autumn 2", {"/": 1}),
        (None, {"/": 1}),
    ]


def test_enrolments_are_those_on_the_roll_at_some_time(world: World) -> None:
    """A joiner counts from the starting day's week on, a leaver to the week of the last day."""
    world.opened(pupils=1)
    world.enter(1, starting_day="2025-11-18")
    world.enter(2)
    world.delete(2)
    rows = world.totals("2025-11-10", "2025-11-28", "week", instant=NOW + timedelta(days=9))
    assert [row.enrolments for row in rows.values()] == [2, 3, 2]
    assert world.total("2025-11-10", "2025-11-28").enrolments == 3


# -- missing ---------------------------------------------------------------------------------------


def test_missing_are_due_sessions_without_an_entry(world: World) -> None:
    """Three pupils, a morning gone: two marks entered of three due; the afternoon is not due yet."""
    world.opened().take({0: "/", 1: "N"})
    world.take({0: "C"}, session="PM")
    assert world.total(instant=NOW).missing == 1
    assert world.total(instant=NOW + timedelta(hours=3)).missing == 1 + 2


def test_marks_where_none_is_due_make_up_for_no_missing_one(world: World) -> None:
    """Marks on a closed day, of boarders and of guests leave what is missing elsewhere missing."""
    world.opened(pupils=1)
    world.enter(1, enrolment="guest")
    world.take({0: "/", 1: "/"}, "2025-11-20")
    world.close("2025-11-20", "2025-11-20")
    world.import_marks([(5, "2025-11-21", "AM", "/")])
    row = world.total("2025-11-20", "2025-11-21")
    assert (row.codes, row.missing) == ({"/": 3}, 2)


def test_totals_and_register_agree_on_what_is_missing(world: World) -> None:
    """The count of missing marks is the number of missing entries of the register."""
    two_classes(world)
    listed = world.register("2025-11-10", "2025-11-24").missing_entries
    assert world.total("2025-11-10", "2025-11-24").missing == len(listed) == 23


def test_a_school_without_anything_has_an_empty_row(world: World) -> None:
    """A school whose days are not set and whose roll is empty has one row of zeros."""
    with world.looking() as (connection, book, at):
        assert book == Book(world.urn)
        [row] = totals(
            connection, book, TotalsQuery(world.urn, date(2025, 9, 1), date(2025, 9, 2)), at
        )
    assert (row.key, row.possible_sessions, row.enrolments, row.codes) == (world.urn, 0, 0, {})


def test_a_range_backwards_has_no_rows(world: World) -> None:
    """From a day to an earlier one there is nothing."""
    assert world.opened().totals("2025-11-24", "2025-11-21") == {}


def test_a_week_of_the_holidays_stands_in_its_place(world: World) -> None:
    """A week that has a row for its marks alone stands where it lies in time."""
    world.opened(pupils=1)
    world.import_marks([(0, "2025-10-29", "AM", "/"), (0, "2025-11-03", "AM", "/")])
    rows = world.totals("2025-10-20", "2025-11-09", "week")
    assert list(rows) == ["2025-10-20", "2025-10-27", "2025-11-03"]


def test_weekdays_come_from_monday_on(world: World) -> None:
    """A range that begins in mid-week has its rows from Monday to Friday all the same."""
    rows = world.opened(pupils=1).totals("2025-11-13", "2025-11-19", "day_of_week")
    assert list(rows) == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]


def test_year_groups_come_from_the_youngest_on(world: World) -> None:
    """Nursery and reception come before year 1, year 10 after year 9, none at all last."""
    world.opened(pupils=0)
    for number, year_group in enumerate(("10", None, "R", "X", "9", "N2", "1")):
        world.enter(number, year_group=year_group)
    assert list(world.totals(by="year_group")) == ["N2", "R", "1", "9", "10", "X", None]
