"""Regulation 10, Table 3: codes that are for pupils of one age on the day of the session."""

from uuid import UUID

import pytest

from ledger.admissions.admission import AmendParticulars
from tests.ledger.world import HEAD, World, pupil, request, result
from tests.spec.marking import ACADEMY, at, give_leave, line, outcome, whole_years

RECORDED = ("recorded", [])
OTHER_AGE = ("refused", ["code-not-for-this-age"])


@pytest.fixture
def school(world: World) -> World:
    """An academy in the spring of 2027, with its years; codes without leave are warned of."""
    world.describe(type=ACADEMY, in_force_from="2018-09-01")
    whole_years(world, 2026)
    at(world, "2027-07-20T12:00:00+00:00")
    return world


def _mark(world: World, code: str, day: str, session: str = "PM") -> tuple[str, list[str]]:
    entry = {"code": code, "detail": "As agreed"}
    status, rules = outcome(world.take({0: entry}, day=day, session=session))
    return status, [r for r in rules if r not in ("code-without-leave", "no-part-time-agreement")]


@pytest.mark.parametrize(
    ("born", "last_before", "first_of_age"),
    [
        ("2021-10-10", "2026-12-18", "2027-01-04"),  # five in October, of age from 31 December
        ("2022-03-31", "2027-03-30", "2027-03-31"),  # five on a prescribed day: of age that day
        ("2022-03-30", "2027-03-30", "2027-03-31"),
        ("2022-01-01", "2027-03-30", "2027-03-31"),
    ],
)
def test_x_ends_and_t_begins_with_compulsory_school_age(
    school: World, born: str, last_before: str, first_of_age: str
) -> None:
    """To the day, inside a term too: X until compulsory school age begins, T from it on."""
    school.enter_names(0, date_of_birth=born)
    assert RECORDED == _mark(school, "X", last_before)
    assert OTHER_AGE == _mark(school, "T", last_before, "AM")
    assert OTHER_AGE == _mark(school, "X", first_of_age)
    assert RECORDED == _mark(school, "T", first_of_age, "AM")


@pytest.mark.parametrize("born", ["2021-08-31", "2021-08-30", "2021-04-01"])
def test_of_age_from_the_first_day_of_term(school: World, born: str) -> None:
    """Five by 31 August, that day included: of compulsory school age when the term begins."""
    school.enter_names(0, date_of_birth=born)
    assert OTHER_AGE == _mark(school, "X", "2026-09-02")


def test_five_on_the_first_of_september(school: World) -> None:
    """A day later it begins on 31 December."""
    school.enter_names(0, date_of_birth="2021-09-01")
    assert RECORDED == _mark(school, "X", "2026-12-18")
    assert OTHER_AGE == _mark(school, "X", "2027-01-04")


@pytest.mark.parametrize("born", ["2010-09-01", "2011-06-25", "2011-08-31"])
def test_it_ends_with_the_last_friday_of_june(school: World, born: str) -> None:
    """25 June 2027 is the last day for all who turn 16 in that school year, also after it."""
    school.enter_names(0, date_of_birth=born)
    assert OTHER_AGE == _mark(school, "X", "2027-06-25")
    assert RECORDED == _mark(school, "C2", "2027-06-25", "AM")
    assert RECORDED == _mark(school, "X", "2027-06-28")
    assert OTHER_AGE == _mark(school, "C2", "2027-06-28", "AM")


def test_who_turns_16_in_september_is_of_age_for_another_year(school: World) -> None:
    """Born on 1 September 2011: 16 in the next school year."""
    school.enter_names(0, date_of_birth="2011-09-01")
    assert OTHER_AGE == _mark(school, "X", "2027-06-28")


def test_ac_013_and_014_the_flip_inside_a_year(world: World) -> None:
    """AC-013, AC-014: X in November 2026 by agreement; in January 2027 C2 with its agreement."""
    world.describe()
    whole_years(world, 2026)
    world.enter_names(0, date_of_birth="2021-10-10")
    at(world, "2026-11-03T12:00:00+00:00")
    give_leave(world, 0, "not_required_to_attend", ("2026-11-04", "2026-12-18"), ["PM"])
    give_leave(world, 0, "part_time_timetable", ("2027-01-04", "2027-01-29"), ["PM"])
    assert RECORDED == _mark(world, "X", "2026-11-17")
    assert OTHER_AGE[0] == outcome(world.take({0: "X"}, day="2027-01-12", session="PM"))[0]
    assert RECORDED == _mark(world, "C2", "2027-01-12")


def test_an_amended_date_of_birth_counts(school: World) -> None:
    """The date of birth is the one that stands in the admission register."""
    school.enter_names(0, date_of_birth="2012-05-14")
    assert OTHER_AGE == _mark(school, "X", "2027-01-04")
    change = AmendParticulars.model_validate(
        {"changes": {"date_of_birth": "2022-05-14"}, "reason": "Mistyped", "by": HEAD}
    )
    result(school.ledger.amend_particulars(school.urn, UUID(pupil(0)), change, request()))
    assert RECORDED == _mark(school, "X", "2027-01-04")


def test_imported_history_is_flagged(school: World) -> None:
    """Nobody can enter it again: it is recorded with the warning."""
    school.enter_names(0)
    mark = line(0, "2026-10-01", "X")
    assert ("recorded", ["code-not-for-this-age", "code-without-leave"]) == outcome(
        school.import_lines([mark])
    )


@pytest.mark.parametrize(
    ("born", "day", "expected"),
    [
        ("2010-02-01", "2022-03-31", []),
        ("2010-02-01", "2022-04-01", ["code-discouraged"]),
        ("2010-02-01", "2022-05-09", ["code-discouraged"]),
        ("2010-02-01", "2022-07-21", ["code-discouraged"]),
        ("2017-12-01", "2022-05-09", []),
        ("2010-02-01", "2019-11-04", ["code-not-for-this-age"]),
        ("2017-12-01", "2022-11-07", []),
        ("2010-02-01", "2022-11-07", ["code-not-for-this-age"]),
    ],
)
def test_ac_027_x_of_the_pandemic(world: World, born: str, day: str, expected: list[str]) -> None:
    """AC-027: X of a pupil of compulsory school age stands from April 2022 with a warning; before the
    pandemic and after it X was for other pupils alone.
    """
    world.describe(in_force_from="2018-09-01")
    whole_years(world, 2019, 2021, 2022)
    world.enter_names(0, date_of_birth=born, starting_day="2019-09-02")
    assert ("recorded", expected) == outcome(world.import_lines([line(0, day, "X")]))
