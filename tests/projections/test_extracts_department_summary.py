"""`census-summary` and `ctf-attendance`: what the head signs, and what goes with a pupil who leaves."""

import re
from base64 import b64encode
from datetime import date
from hashlib import sha256
from typing import Any

import pytest
from lxml import etree, html

from ledger.schools.calendar import Span
from projections.extracts.department.census_summary import CENSUS_SUMMARY
from projections.extracts.department.census_termly import CENSUS_TERMLY
from projections.extracts.department.ctf import CTF_ATTENDANCE
from projections.extracts.department.ctf_file import file_name
from projections.extracts.extract import Question, QuestionError
from tests.projections.department import (
    AUTUMN_TERM,
    SUMMER_TERM,
    UPN,
    asked,
    document_of,
    enter,
    mark,
    opened,
    rows_of,
    schema,
)
from tests.projections.world import World

Told = dict[tuple[str, str, str, str | None], tuple[int, float | None]]


def summary(world: World, **options: Any) -> Told:
    """Value and percent by part, group, item and code."""
    rows = rows_of(world, CENSUS_SUMMARY, asked(world, **options))
    found = {
        (row["part"], row["group"], row["item"], row["code"]): (row["value"], row["percent"])
        for row in rows
    }
    assert len(found) == len(rows)
    return found


def _school(world: World) -> World:
    opened(world, name="Ash & Oak <School>")
    for number, age, marks in (
        (1, 12, "/ \\ I I"),
        (2, 15, "/ \\ G \\"),
        (3, 4, "/ \\ I O"),
        (4, 5, "/ \\ N M"),
    ):
        enter(world, number, age)
        mark(world, number, marks)
    return world


# -- the summary -----------------------------------------------------------------------------------------


def test_ages_5_to_15_and_age_4_stand_in_tables_of_their_own(world: World) -> None:
    """Of age 4 overall absence alone; shares are of the group's own possible sessions."""
    found = summary(_school(world), **AUTUMN_TERM)
    older, youngest = ("termly", "Ages 5 to 15"), ("termly", "Age 4")
    expected = {
        (*older, "enrolments", None): (3, None),
        (*older, "possible", None): (12, None),
        (*older, "authorised", None): (3, 25.0),
        (*older, "unauthorised", None): (2, 100 * 2 / 12),
        (*older, "absence", None): (5, 100 * 5 / 12),
        (*youngest, "enrolments", None): (1, None),
        (*youngest, "possible", None): (4, None),
        (*youngest, "absence", None): (2, 50.0),
    }
    assert expected == {key: told for key, told in found.items() if key[2] != "reason"}


def test_absence_stands_by_reason_for_ages_5_to_15(world: World) -> None:
    """Every reason with a session; a pupil of 4 is in none, and what is no absence is in none."""
    found = summary(_school(world), **AUTUMN_TERM)
    assert {"I": 2, "M": 1, "G": 1, "N": 1} == {
        code: value for (_, _, item, code), (value, _) in found.items() if item == "reason"
    }


def test_age_15_is_apart_in_the_second_half_of_the_summer_term(world: World) -> None:
    """Collected, and never published."""
    opened(world)
    for number, age in ((1, 12), (2, 15)):
        enter(world, number, age)
        mark(world, number, "/ I", "2025-05-19")
        mark(world, number, "/ O", "2025-06-02")
    found = summary(world, **SUMMER_TERM)
    enrolments = {
        (part, group): value
        for (part, group, item, _), (value, _) in found.items()
        if item == "enrolments" and value
    }
    assert {
        ("termly", "Ages 5 to 15"): 2,
        ("summer_half_term_2", "Ages 5 to 14"): 1,
        ("summer_half_term_2", "Age 15, collected and not published"): 1,
    } == enrolments


def test_the_summary_adds_up_to_the_rows_that_are_sent(world: World) -> None:
    """Possible sessions and absence of the two age groups are those of census-termly."""
    rows = rows_of(_school(world), CENSUS_TERMLY, asked(world, **AUTUMN_TERM))
    found = summary(world, **AUTUMN_TERM)
    possible = sum(value for (_, _, item, _), (value, _) in found.items() if item == "possible")
    absence = sum(value for (_, _, item, _), (value, _) in found.items() if item == "absence")
    assert sum(row["TermlySessionsPossible"] for row in rows) == possible
    missed = ("TermlySessionsAuthorised", "TermlySessionsUnauthorised")
    assert sum(row[name] for row in rows for name in missed) == absence


def test_the_page_tells_the_tables_and_leaves_room_to_sign(world: World) -> None:
    """Every figure of the rows, two decimals of a share, what the rules say, and three empty cells."""
    question = asked(_school(world), **AUTUMN_TERM)
    page = html.fromstring(document_of(world, CENSUS_SUMMARY, question, "html"))
    text = page.text_content()
    assert "Ash & Oak <School>: school census, spring 2025" in text
    assert "1 August 2024 to 31 December 2024" in text
    cells = [one.text_content() for one in page.iter("td") if one.get("class") == "number"]
    assert ["3", "", "12", "", "3", "25.00", "2", "16.67", "5", "41.67"] == cells[:10]
    assert ["", "", ""] == [
        one.text_content() for one in page.xpath("//table[@class='signature']//td")
    ]
    assert "UPN missing" in text


def test_the_page_runs_nothing_and_fetches_nothing(world: World) -> None:
    """Its policy lets its one style in by digest, and names are text."""
    document = document_of(_school(world), CENSUS_SUMMARY, asked(world, **AUTUMN_TERM), "html")
    [style] = re.findall(rb"<style>(.*?)</style>", document, re.DOTALL)
    digest = b64encode(sha256(style).digest()).decode()
    policy = html.fromstring(document).xpath("//meta[@http-equiv]/@content")[0]
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in policy
    assert b"<School>" not in document
    assert [] == html.fromstring(document).xpath("//script | //*[@src] | //*[@href]")


def test_the_page_has_a_section_for_each_school(world: World, another: World) -> None:
    """For a trust: a sheet a school."""
    opened(world)
    opened(another)
    question = asked(world, another, **AUTUMN_TERM)
    page = html.fromstring(document_of(world, CENSUS_SUMMARY, question, "html"))
    assert 2 == len(page.findall(".//section"))


# -- the common transfer file ----------------------------------------------------------------------------


def _two_years(world: World) -> World:
    opened(world)
    world.set_year(2025)
    enter(world, 1, upn=UPN, sex="M")
    enter(world, 2)
    mark(world, 1, "/ \\ I I G C1 D V")
    mark(world, 1, "/ \\ U I", "2025-06-02")
    world.import_marks([(1, "2025-09-03", "AM", "/"), (1, "2025-09-03", "PM", "N")])
    return world


def _years(world: World, *others: World, **options: Any) -> Question:
    urns = tuple(sorted(one.urn for one in (world, *others)))
    return Question(urns, Span(date(2024, 9, 2), date(2025, 11, 24)), options)


def test_a_pupil_has_totals_of_each_year(world: World) -> None:
    """Whole years, the present one to date: possible, authorised, attended, unauthorised."""
    _two_years(world)
    rows = rows_of(world, CTF_ATTENDANCE, _years(world, pupil=world.pupil(1)))
    figures = ("possible", "authorised", "attended", "unauthorised")
    assert [(2024, 11, 4, 5, 2), (2025, 2, 0, 1, 1)] == [
        (row["year"], *(row[f"sessions_{name}"] for name in figures)) for row in rows
    ]
    assert {("855", "4999", UPN)} == {(row["lea"], row["estab"], row["upn"]) for row in rows}


def test_the_days_asked_for_stand_for_their_years(world: World) -> None:
    """A transfer tells whole years, whatever days were asked for."""
    _two_years(world)
    assert Span(date(2024, 8, 1), date(2026, 7, 31)) == CTF_ATTENDANCE.window(_years(world))
    assert {2024, 2025} == {row["year"] for row in rows_of(world, CTF_ATTENDANCE, _years(world))}


def test_two_enrolments_of_a_year_are_one_line(make_world: Any) -> None:
    """One for each year and school, by the particulars of the latest."""
    world = make_world().opened(1, starting_day="2025-09-02")
    marks = (("2025-09-03", "/"), ("2025-11-20", "I"), ("2025-11-21", "O"))
    world.import_marks([(0, day, "AM", code) for day, code in marks])
    world.delete(0)
    world.enter(0, starting_day="2025-11-24", surname="Married")
    world.take({0: "/"})
    [row] = rows_of(world, CTF_ATTENDANCE, _years(world))
    figures = ("possible", "attended", "authorised", "unauthorised")
    assert ("Married", 4, 2, 1, 1) == (
        row["surname"],
        *(row[f"sessions_{name}"] for name in figures),
    )


def test_the_file_is_valid_and_reads_again_to_the_same_numbers(world: World) -> None:
    """By the schema beside it; nothing stands in it of AttendSessions, and it says why."""
    question = _years(_two_years(world), receiver="8012000", sequence=7)
    document = document_of(world, CTF_ATTENDANCE, question)
    file = etree.fromstring(document)
    schema("ctf-attendance.xsd").assertValid(file)
    rows = rows_of(world, CTF_ATTENDANCE, question)
    names = ("Year", "SessionsPossible", "SessionsAuthorised", "SessionsAttended")
    columns = ("year", "sessions_possible", "sessions_authorised", "sessions_attended")
    assert [[str(row[column]) for column in columns] for row in rows] == [
        [year.findtext(name) for name in names] for year in file.iter("YearData")
    ]
    assert [] == list(file.iter("AttendSessions"))
    about = file.getprevious().text
    assert "AttendSessions is left out" in about
    assert "File name: 8554999_CTF_8012000_007.xml" in about
    dest = file.find("Header/DestSchool")
    assert ["801", "2000"] == [dest.findtext("LEA"), dest.findtext("Estab")]
    assert "2025" == file.findtext("Header/SourceSchool/AcademicYear")


@pytest.mark.parametrize(
    ("receiver", "name"),
    [
        ("8012000", "8554999_CTF_8012000_001.xml"),
        ("801LLLL", "8554999_CTF_801LLLL_001.xml"),
        ("XXXXXXX", "8554999_CTF_XXXXXXX_001.xml"),
        ("MMMMMMM", "8554999_CTF_MMMMMMM_001.xml"),
    ],
)
def test_the_file_is_named_by_sender_receiver_and_number(
    world: World, receiver: str, name: str
) -> None:
    """And every receiver there can be is valid by the schema."""
    assert name == file_name("8554999", receiver, 1)
    document = document_of(_two_years(world), CTF_ATTENDANCE, _years(world, receiver=receiver))
    schema("ctf-attendance.xsd").assertValid(etree.fromstring(document))


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"pupil": "not-an-id"}, "not-a-uuid"),
        ({"receiver": "801"}, "malformed"),
        ({"sequence": 0}, "out-of-range"),
        ({"sequence": 1000}, "out-of-range"),
    ],
)
def test_what_is_wrong_with_a_question_is_told_before_the_first_row(
    world: World, options: dict[str, Any], code: str
) -> None:
    """The option at fault, and the problem."""
    [name] = options
    for ask in (rows_of, document_of):
        with pytest.raises(QuestionError) as caught:
            ask(opened(world), CTF_ATTENDANCE, _years(world, **options))
        assert (name, code) == (caught.value.option, caught.value.code)


def test_the_file_is_one_schools(world: World, another: World) -> None:
    """It names its sender."""
    opened(world)
    opened(another)
    with pytest.raises(QuestionError):
        document_of(world, CTF_ATTENDANCE, _years(world, another))
