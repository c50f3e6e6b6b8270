"""`census-termly`: who is in it, what is counted, and what its XML says."""

from collections import Counter
from datetime import date
from typing import Any

import pytest
from lxml import etree

from ledger.law.codes import BUILT_IN
from projections.extracts.department.census_termly import CENSUS_TERMLY, CODES
from projections.extracts.extract import QuestionError
from tests.projections.department import (
    AUTUMN_TERM,
    SPRING_TERM,
    SUMMER_TERM,
    UPN,
    asked,
    by_pupil,
    document_of,
    enter,
    mark,
    opened,
    rows_of,
    schema,
)
from tests.projections.world import World


def census(world: World, **options: Any) -> dict[int, dict[str, Any]]:
    """The rows of a census by the number of the pupil."""
    return by_pupil(world, rows_of(world, CENSUS_TERMLY, asked(world, **options)))


# -- who is in it ----------------------------------------------------------------------------------------


def test_pupils_aged_4_to_15_on_31_august_are_in_it(world: World) -> None:
    """Born on 31 August or on 1 September decides: 3 and 16 are out, 4 and 15 are in."""
    opened(world)
    for number, age in enumerate((3, 4, 5, 15, 16)):
        enter(world, number, age)
    assert {1: 4, 2: 5, 3: 15} == {n: row["Age"] for n, row in census(world, **AUTUMN_TERM).items()}


def test_ages_stay_those_of_the_academic_year_in_all_three_censuses(world: World) -> None:
    """Who was 15 on 31 August 2024 is in the census of the summer term, taken in October 2025."""
    enter(opened(world), 1, 15)
    enter(world, 2, 3)
    for options in (AUTUMN_TERM, SPRING_TERM, SUMMER_TERM):
        assert {1: 15} == {n: row["Age"] for n, row in census(world, **options).items()}


def test_boarders_and_guests_are_out(world: World) -> None:
    """As on the day of the census: marks are not due of them."""
    enter(opened(world), 1)
    enter(world, 2, boarder=True)
    enter(world, 3, enrolment="guest")
    assert [1] == list(census(world, **AUTUMN_TERM))


def test_who_began_to_board_before_the_census_day_is_out_and_who_stopped_is_in(
    world: World,
) -> None:
    """Boarding is taken as on the day of the census; only days on which marks were due are counted."""
    opened(world)
    for number, boarder in ((1, False), (2, True)):
        enter(world, number, boarder=boarder)
        world.amend_name(number, "2024-09-09", boarder=not boarder)
        mark(world, number, "/ \\", "2024-09-16")
    found = census(world, **AUTUMN_TERM)
    assert {2: 2} == {n: row["TermlySessionsPossible"] for n, row in found.items()}


def test_who_was_on_the_roll_for_no_session_is_out(world: World) -> None:
    """Joined after the term, or on a day of it without a session: not in the census of that term."""
    enter(opened(world), 1, starting_day="2024-12-19")
    enter(world, 2, starting_day="2024-12-20")
    enter(world, 3, starting_day="2025-01-06")
    assert [1] == list(census(world, **AUTUMN_TERM))
    assert [1, 2, 3] == sorted(census(world, **SPRING_TERM))


def test_leavers_are_in_it_with_their_last_day(make_world: Any) -> None:
    """Who left by the census day is no longer on the roll; who leaves after it is on the roll."""
    world = make_world().opened(2, starting_day="2025-09-02")
    world.delete(1, date(2025, 11, 24))
    found = census(world, census="spring", year=2026)
    assert (True, None) == (found[0]["OnRoll"], found[0]["LeavingDate"])
    assert (False, date(2025, 11, 23)) == (found[1]["OnRoll"], found[1]["LeavingDate"])


def test_each_school_of_a_pupil_reports_its_own_sessions(world: World, another: World) -> None:
    """D stands for the other school's: it is sent, and is no possible session."""
    for school, enrolment, marks in (
        (world, "main", "/ D / \\"),
        (another, "subsidiary", "D \\ D D"),
    ):
        opened(school)
        told = {"pupil": world.pupil(1), "enrolment": enrolment, "starting_day": "2024-09-02"}
        _enter_as(school, told)
        _mark_as(school, world.pupil(1), marks)
    rows = rows_of(world, CENSUS_TERMLY, asked(world, another, **AUTUMN_TERM))
    expected = [("M", 3, 1), ("S", 1, 3)]
    assert expected == [
        (row["EnrolStatus"], row["TermlySessionsPossible"], row["D"]) for row in rows
    ]


# -- what is counted -------------------------------------------------------------------------------------


def test_sessions_are_counted_by_code_in_columns_of_their_own(world: World) -> None:
    """Attended, absent and not counted alike; possible sessions are those attended and absent."""
    enter(opened(world), 1, upn=UPN, year_group="7")
    mark(world, 1, "/ \\ L \\ I I G N X D Y1 \\")
    row = census(world, **AUTUMN_TERM)[1]
    expected = {"/": 1, "\\": 3, "L": 1, "I": 2, "G": 1, "N": 1, "X": 1, "D": 1, "Y1": 1}
    # The afternoon code stands in the place of a `\` on the second day.
    assert expected == {code: row[code] for code in CODES if row[code]}
    assert (9, 2, 2) == (
        row["TermlySessionsPossible"],
        row["TermlySessionsAuthorised"],
        row["TermlySessionsUnauthorised"],
    )
    assert ("4999", "855", UPN, "7", "C") == tuple(
        row[name] for name in ("Estab", "LEA", "UPN", "NCyearActual", "EnrolStatus")
    )
    assert all(row[f"SH2_{code}"] is None for code in CODES)


def test_a_missing_mark_is_outside_possible_sessions(world: World) -> None:
    """Nothing is made present: a pupil without marks has nothing possible, and is in the return."""
    enter(opened(world), 1)
    row = census(world, **AUTUMN_TERM)[1]
    assert [0] * (len(CODES) + 1) == [row[name] for name in ("TermlySessionsPossible", *CODES)]


def test_the_second_half_of_the_summer_term_is_apart(world: World) -> None:
    """To the Sunday before the spring bank holiday the term, from it on columns of its own."""
    enter(opened(world), 1)
    mark(world, 1, "/ I", "2025-05-23")
    mark(world, 1, "O \\ / \\", "2025-06-02")
    row = census(world, **SUMMER_TERM)[1]
    assert (2, 1, 1) == (row["TermlySessionsPossible"], row["/"], row["I"])
    assert (4, 1, 2, 1, 1) == (
        row["SummerHalfTerm2SessionsPossible"],
        row["SH2_/"],
        row["SH2_\\"],
        row["SH2_O"],
        row["SummerHalfTerm2SessionsUnauthorised"],
    )
    assert {"/": 0} == {"/": census(world, **SPRING_TERM)[1]["/"]}


def test_sub_codes_leave_as_their_base_letter_and_closures_not_at_all(world: World) -> None:
    """X02 as X and I02 as I; `#` never leaves, and X of 2020/21 counts as the law of the day has it."""
    world.describe()
    world.set_year(2020)
    world.enter(1, starting_day="2020-09-02")
    mark_2021 = [
        (1, "2021-03-08", "AM", "X02"),
        (1, "2021-03-08", "PM", "I02"),
        (1, "2021-03-09", "AM", "/"),
        (1, "2021-03-10", "AM", "#"),
    ]
    world.import_marks(mark_2021)
    row = census(world, census="summer", year=2021)[1]
    assert {"/": 1, "I": 1, "X": 1} == {code: row[code] for code in CODES if row[code]}
    assert 3 == row["TermlySessionsPossible"]


def test_every_code_that_leaves_a_school_has_a_column() -> None:
    """No mark is lost for want of a column: whatever the table exports is among them."""
    leaving = {
        code.export_as for code in BUILT_IN.codes if code.statistical_class != "not_collected"
    }
    assert set() == leaving - set(CODES)


def test_sessions_that_have_not_begun_are_not_in_it(make_world: Any) -> None:
    """Leave entered ahead is no absence yet, also of one who boarded for a week; the term is to date."""
    world = make_world().opened(2, starting_day="2025-09-02")
    world.amend_name(1, "2025-09-08", boarder=True)
    world.amend_name(1, "2025-09-15", boarder=False)
    for number in (0, 1):
        marks = [("2025-11-21", "/"), ("2025-11-24", "I"), ("2025-11-25", "C")]
        world.import_marks([(number, day, "AM", code) for day, code in marks])
    found = census(world, census="spring", year=2026)
    assert [(2, 1, 0)] * 2 == [
        (row["TermlySessionsPossible"], row["I"], row["C"]) for row in found.values()
    ]


def test_the_census_is_the_same_seen_from_the_same_place(world: World) -> None:
    """As it stood: what is amended later changes nothing of it."""
    enter(opened(world), 1)
    mark(world, 1, "/ \\ N N")
    with world.looking() as (_, _, at):
        before = at
    was = rows_of(
        world, CENSUS_TERMLY, asked(world, **AUTUMN_TERM), before.position, before.instant
    )
    world.amend(1, "N", "I", "2024-09-03", "AM")
    question = asked(world, **AUTUMN_TERM)
    assert was == rows_of(world, CENSUS_TERMLY, question, before.position, before.instant)
    now = census(world, **AUTUMN_TERM)[1]
    assert [(2, 0), (1, 1)] == [(was[0]["N"], was[0]["I"]), (now["N"], now["I"])]


def test_the_counts_are_those_of_a_plain_fold_over_the_register(world: World) -> None:
    """Two ways to one answer, a pupil who boarded for a week among them."""
    opened(world)
    for number, marks in enumerate(("/ \\ I I V \\ D D", "L U G O B \\ Y2 X", "/ \\ / \\ S S E N")):
        enter(world, number)
        mark(world, number, marks)
    world.amend_name(2, "2024-09-16", boarder=True)
    world.amend_name(2, "2024-09-23", boarder=False)
    entries = world.register("2024-08-01", "2024-12-31").entries
    expected = {
        number: Counter(one.code for one in entries if one.pupil == world.pupil(number))
        for number in range(3)
    }
    found = census(world, **AUTUMN_TERM)
    assert expected == {
        number: Counter({code: row[code] for code in CODES if row[code]})
        for number, row in found.items()
    }
    possible = {"attending", "approved_educational_activity", "authorised", "unauthorised"}
    for number, row in found.items():
        of = [one for one in entries if one.pupil == world.pupil(number)]
        assert row["TermlySessionsPossible"] == sum(one.counts_as in possible for one in of)


# -- the XML ---------------------------------------------------------------------------------------------


def _school_for_xml(world: World) -> World:
    opened(world, name="Ash & Oak <School>")
    enter(world, 1, upn=UPN, surname="O'Neill & <Son>", sex="F", year_group="7")
    enter(world, 2, 4)
    enter(world, 3, 15)
    mark(world, 1, "/ \\ L C2 I J1 Y7 D", "2025-05-19")
    mark(world, 1, "/ \\ G G", "2025-06-02")
    mark(world, 3, "/ I", "2025-06-02")
    return world


@pytest.mark.parametrize("options", [AUTUMN_TERM, SPRING_TERM, SUMMER_TERM])
def test_the_xml_is_valid_by_the_schema_beside_it(world: World, options: dict[str, Any]) -> None:
    """In each census; names are escaped."""
    document = document_of(_school_for_xml(world), CENSUS_TERMLY, asked(world, **options))
    schema("census-attendance.xsd").assertValid(etree.fromstring(document))


def test_the_schema_sees_a_document_that_is_not_one(world: World) -> None:
    """A count without a reason, a reason twice, an unknown element: each is refused."""
    document = document_of(_school_for_xml(world), CENSUS_TERMLY, asked(world, **SUMMER_TERM))
    reason = b"<AttendanceReason>D</AttendanceReason>"
    for wrong in (
        document.replace(reason, b""),
        document.replace(reason, b"<AttendanceReason>I</AttendanceReason>"),
        document.replace(reason, b"<AttendanceReason>X02</AttendanceReason>"),
        document.replace(b"<Boarder>N", b"<Boarder>B"),
        document.replace(b"<Pupils>", b"<Pupils><Staff/>"),
    ):
        assert wrong != document
        assert not schema("census-attendance.xsd").validate(etree.fromstring(wrong))


def test_the_xml_reads_again_to_the_same_numbers(world: World) -> None:
    """Possible sessions and those of every code, part by part, are those of the rows."""
    question = asked(_school_for_xml(world), **SUMMER_TERM)
    message = etree.fromstring(document_of(world, CENSUS_TERMLY, question))
    pupils = message.findall("Pupils/PupilsOnRoll/PupilOnRoll")
    rows = rows_of(world, CENSUS_TERMLY, question)
    assert len(rows) == len(pupils)
    for row, pupil in zip(rows, pupils, strict=True):
        assert row["Surname"] == pupil.findtext("PupilIdentifiers/Surname")
        assert row["DoB"].isoformat() == pupil.findtext("PupilIdentifiers/DOB")
        for element, possible, prefix in (
            ("TermlyAttendance", "TermlySessionsPossible", ""),
            ("SummerHalfTerm2Attendance", "SummerHalfTerm2SessionsPossible", "SH2_"),
        ):
            part = pupil.find(f"Attendance/{element}")
            assert str(row[possible]) == part.findtext("SessionsPossible")
            read = {
                detail.findtext("AttendanceReason"): int(detail.findtext("Sessions"))
                for detail in part.iter("SessionDetail")
            }
            assert {code: n for code in CODES if (n := row[f"{prefix}{code}"])} == read


def test_the_head_of_the_xml_says_which_census_and_what_the_rules_found(world: World) -> None:
    """Term, year, census day and school in elements; position and validation in a comment."""
    document = document_of(_school_for_xml(world), CENSUS_TERMLY, asked(world, **SUMMER_TERM))
    header = etree.fromstring(document).find("Header")
    assert ["AUT", "2025", "2025-10-02", "855", "4999"] == [
        one.text for one in header.iter("Term", "Year", "ReferenceDate", "LEA", "Estab")
    ]
    about = etree.fromstring(document).getprevious().text
    assert "Sessions from 2025-04-21 to 2025-07-31" in about
    assert "1500 (error): UPN missing: 2" in about


def test_leavers_stand_apart_in_the_xml(make_world: Any) -> None:
    """With the day on which they left."""
    world = make_world().opened(2, starting_day="2025-09-02")
    world.delete(1, date(2025, 11, 24))
    question = asked(world, census="spring", year=2026)
    message = etree.fromstring(document_of(world, CENSUS_TERMLY, question))
    schema("census-attendance.xsd").assertValid(message)
    left = message.findall(
        "Pupils/PupilsNoLongerOnRoll/PupilNoLongerOnRoll/PupilStatus/LeavingDate"
    )
    assert ["2025-11-23"] == [one.text for one in left]
    assert 1 == len(message.findall("Pupils/PupilsOnRoll/PupilOnRoll"))


# -- what is wrong with a question -----------------------------------------------------------------------


@pytest.mark.parametrize("year", [2005, 2046])
def test_a_year_outside_the_log_is_refused(world: World, year: int) -> None:
    """Before any row, with the option at fault."""
    with pytest.raises(QuestionError) as caught:
        rows_of(opened(world), CENSUS_TERMLY, asked(world, census="spring", year=year))
    assert ("year", "out-of-range") == (caught.value.option, caught.value.code)


def test_the_xml_is_one_schools(world: World, another: World) -> None:
    """A census is a school's: two are asked for one by one."""
    opened(world)
    opened(another)
    with pytest.raises(QuestionError) as caught:
        document_of(world, CENSUS_TERMLY, asked(world, another, **AUTUMN_TERM))
    assert "school" == caught.value.option


def _enter_as(world: World, told: dict[str, Any]) -> None:
    """Enter a pupil of another school of the tests."""
    changes = {key: value for key, value in told.items() if key != "pupil"}
    as_number(world, told["pupil"]).enter(1, **changes)


def _mark_as(world: World, pupil: str, marks: str) -> None:
    mark(as_number(world, pupil), 1, marks)


def as_number(world: World, pupil: str) -> World:
    """The same school, whose first pupil is that one."""
    same = World(world.ledger, world.database, world.vault, world.urn, world.clock)
    same.pupil = lambda _: pupil  # type: ignore[method-assign]
    return same
