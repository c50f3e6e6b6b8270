"""Code N replaced in time (regulation 10(7) to (9)), and code E while provision is due."""

import pytest

from ledger.requests import Answer
from tests.ledger.world import OFFICER, World, pupil, result
from tests.spec.marking import ACADEMY, at, fields_of, line, outcome, whole_years

RECORDED = ("recorded", [])
LATE = ("recorded", ["code-n-not-replaced-in-time"])
EXCLUDED = ("recorded", ["excluded-without-provision"])


# -- code N ------------------------------------------------------------------------------------------


def _marked_n(world: World, day: str, years: tuple[int, ...] = (2026,)) -> None:
    world.describe()
    whole_years(world, *years)
    world.enter_names(0)
    at(world, f"{day}T12:00:00+00:00")
    result(world.take({0: "N"}, day=day))


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        ("2026-11-09T15:00:00+00:00", RECORDED),
        ("2026-11-16T23:59:59+00:00", RECORDED),
        ("2026-11-17T00:00:00+00:00", LATE),
    ],
)
def test_ac_006_n_of_monday_is_due_the_next_monday(
    world: World, moment: str, expected: tuple[str, list[str]]
) -> None:
    """AC-006: the fifth school day after Monday 9 November 2026 is Monday 16; late is still made."""
    _marked_n(world, "2026-11-09")
    at(world, moment)
    amended = world.amend(0, "N", "O", day="2026-11-09", reason="Nothing known")
    assert expected == outcome(amended)
    assert ["from"][: len(expected[1])] == fields_of(amended)


def test_only_school_days_count(world: World) -> None:
    """From the last Thursday of a term the fifth school day lies in the next one."""
    _marked_n(world, "2026-12-17")
    at(world, "2027-01-07T12:00:00+00:00")  # 18 December, then 4, 5, 6 and 7 January
    assert RECORDED == outcome(world.amend(0, "N", "I", day="2026-12-17", dry_run=True))
    at(world, "2027-01-08T12:00:00+00:00")
    assert LATE == outcome(world.amend(0, "N", "I", day="2026-12-17"))


def test_across_the_summer_only_when_the_next_year_is_known(world: World) -> None:
    """Where the calendar does not reach so far, nothing is said."""
    _marked_n(world, "2027-07-20")
    at(world, "2027-10-01T12:00:00+00:00")
    assert RECORDED == outcome(world.amend(0, "N", "I", day="2027-07-20", dry_run=True))
    whole_years(world, 2027)
    assert LATE == outcome(world.amend(0, "N", "I", day="2027-07-20"))


def test_other_codes_have_no_limit(world: World) -> None:
    """An O may become an I months later."""
    _marked_n(world, "2026-11-09")
    result(world.amend(0, "N", "O", day="2026-11-09"))
    at(world, "2027-03-01T12:00:00+00:00")
    assert RECORDED == outcome(world.amend(0, "O", "I", day="2026-11-09"))


def test_an_import_is_judged_by_the_time_it_claims(world: World) -> None:
    """A replacement made in time and imported later was in time; where no time is claimed, nothing
    is said.
    """
    _marked_n(world, "2026-11-09")
    at(world, "2027-03-01T12:00:00+00:00")

    def amended(**claimed: str) -> tuple[str, list[str]]:
        more = {"from": "N", "reason": "Parent telephoned", "by": OFFICER, **claimed}
        return outcome(world.import_lines([line(0, "2026-11-09", "I", **more)], dry_run=True))

    assert RECORDED == amended()
    assert RECORDED == amended(entered_at="2026-11-16T16:00:00Z")
    assert LATE == amended(entered_at="2026-11-17T08:00:00Z")


# -- code E ------------------------------------------------------------------------------------------


@pytest.fixture
def school(world: World) -> World:
    """A school in the spring of 2027, its calendar known from September 2026."""
    world.describe(type=ACADEMY)
    whole_years(world, 2026)
    world.enter_names(0, 1)
    at(world, "2027-03-01T12:00:00+00:00")
    return world


def _excluded(world: World, days: list[str], code: str = "E") -> None:
    marks = [line(0, day, code, session) for day in days for session in ("AM", "PM")]
    answer: Answer = world.import_lines(marks).result()
    assert 201 == answer.status


NOVEMBER = [f"2026-11-{day}" for day in ("09", "10", "11", "12", "13", "16", "17")]


def test_provision_is_due_from_the_sixth_school_day(school: World) -> None:
    """Five days of E are as they should be; the sixth, after the weekend, is warned of."""
    for number, day in enumerate(NOVEMBER, start=1):
        expected = EXCLUDED if number >= 6 else RECORDED
        for session in ("AM", "PM"):
            marked = school.take({0: "E"}, day=day, session=session)
            assert expected == outcome(marked), day
            assert ["code"][: len(expected[1])] == fields_of(marked)


def test_another_code_breaks_the_run(school: World) -> None:
    """A day that holds another code is no day coded E, and the count begins again."""
    _excluded(school, NOVEMBER[:5])
    result(school.amend(0, "E", "I", day="2026-11-11", session="PM"))
    assert RECORDED == outcome(school.take({0: "E"}, day="2026-11-16"))


def test_a_day_between_without_e_breaks_the_run(school: World) -> None:
    """A day without a mark is not known to be one of exclusion."""
    _excluded(school, [day for day in NOVEMBER[:5] if day != "2026-11-11"])
    assert RECORDED == outcome(school.take({0: "E"}, day="2026-11-16"))


def test_a_session_without_a_mark_says_nothing(school: World) -> None:
    """Half a day of E is a day of the exclusion; half a day of another code is not."""
    _excluded(school, NOVEMBER[:4])
    result(school.take({0: "E", 1: "E"}, day="2026-11-13", session="PM"))
    assert EXCLUDED == outcome(school.take({0: "E"}, day="2026-11-16"))
    result(school.take({0: "/"}, day="2026-11-13"))
    assert RECORDED == outcome(school.take({0: "E"}, day="2026-11-16", session="PM"))


def test_holidays_are_passed_over(school: World) -> None:
    """School days run on over the end of a term."""
    _excluded(school, ["2026-12-15", "2026-12-16", "2026-12-17", "2026-12-18", "2027-01-04"])
    assert EXCLUDED == outcome(school.take({0: "E"}, day="2027-01-05"))


def test_the_run_of_one_import(school: World) -> None:
    """Earlier lines count for later ones."""
    marks = [line(0, day, "E", session) for day in NOVEMBER for session in ("AM", "PM")]
    results = result(school.import_lines(marks))["results"]
    assert [0] * 10 + [1] * 4 == [len(r.get("warnings", [])) for r in results]


def test_a_request_that_changes_a_day_before_is_seen_by_its_later_lines(school: World) -> None:
    """What the request has done to the run so far counts, and what the record held before does not."""
    _excluded(school, NOVEMBER[:5])

    def imported(*codes: tuple[str, str]) -> list[int]:
        changes = [
            {"from": before, "code": code, "reason": "Typing error"} for before, code in codes
        ]
        day = "2026-11-11"
        lines = [{**line(0, day, "", by=OFFICER), **change} for change in changes]
        mark = line(0, "2026-11-16", "E")
        results = result(school.import_lines([*lines, mark], dry_run=True))["results"]
        return [len(each.get("warnings", [])) for each in results]

    assert [1] == imported()
    assert [0, 0] == imported(("E", "I"))
    assert [0, 0, 1] == imported(("E", "I"), ("I", "E"))


def test_another_pupil_has_a_run_of_their_own(school: World) -> None:
    """The days are those of the pupil."""
    _excluded(school, NOVEMBER[:5])
    receipt = result(school.take({1: "E", 0: "E"}, day="2026-11-16"))["results"]
    assert [0, 1] == [len(r.get("warnings", [])) for r in receipt]
    assert pupil(0) != pupil(1)
