"""Penalty notices as recorded events: first, second, barred third; never issued by the ledger."""

from concurrent.futures import ThreadPoolExecutor
from itertools import product
from typing import Any

import pytest
from pydantic import ValidationError

from ledger.intervention.issued_notices import TOPICS
from ledger.store.database import Database
from ledger.store.vault import Vault
from tests.ledger.world import World, ledger_on, pupil, result
from tests.spec.interventions_world import (
    WEEK,
    absent,
    kind,
    notice,
    outcome,
    parent,
    refused,
    shown,
    until,
    warned,
)

THIRD = (422, [("third-penalty-notice", "issued_on")])


@pytest.fixture
def school(world: World) -> World:
    """A school with its roll, at the end of 2026."""
    world.opened()
    until(world, 2026)
    return world


def _elsewhere(school: World) -> World:
    """Another school with the same children and the same ledger."""
    other = World(school.ledger, f"7{school.urn[1:]}", school.clock)
    return other.opened()


def _topics(school: World) -> list[str]:
    with school.ledger._database.reading() as connection:
        rows = connection.execute(
            "SELECT topic FROM record WHERE school = %s AND topic = ANY(%s)",
            (int(school.urn), list(TOPICS)),
        ).fetchall()
    return [topic for (topic,) in rows]


# --- The threshold is a duty to consider ----------------------------------------------------------


def test_ac_022_ten_sessions_issue_nothing(school: World) -> None:
    """AC-022: ten G from 12 to 16 October 2026 issue nothing; a notice that is recorded rests on them."""
    absent(school, WEEK)
    assert [] == _topics(school)
    recorded = notice(school, "2026-11-03", threshold_met_on="2026-10-16")
    assert ("first", []) == (kind(recorded), warned(recorded))
    assert ["penalty-notice-issued"] == _topics(school)


@pytest.mark.parametrize(
    ("named", "path"),
    [
        ({}, "issued_on"),
        ({"threshold_met_on": "2026-10-16"}, "threshold_met_on"),
        ({"sessions": [{"date": "2026-10-12", "session": "AM"}]}, "sessions"),
    ],
)
def test_below_the_threshold_a_notice_is_recorded_with_a_warning(
    school: World, named: dict[str, Any], path: str
) -> None:
    """Eight sessions in ten weeks: a notice is still possible where an offence is shown."""
    absent(school, WEEK[:4])
    recorded = notice(school, "2026-11-03", **named)
    assert ("first", [("threshold-not-met", path)]) == (kind(recorded), warned(recorded))


def test_only_what_came_before_counts(school: World) -> None:
    """Sessions after the day on which the threshold is said to have been met do not meet it."""
    absent(school, WEEK)
    recorded = notice(school, "2026-11-03", threshold_met_on="2026-10-15")
    assert [("threshold-not-met", "threshold_met_on")] == warned(recorded)


def test_a_session_that_was_amended_is_named(school: World) -> None:
    """A session whose N became an I, and one without a mark, are each warned of by their place."""
    absent(school, [*WEEK, "2026-10-19"], "N")
    result(school.amend(0, "N", "I", "2026-10-13", "PM"))
    days = [*WEEK, "2026-10-19", "2026-10-20"]
    sessions = [{"date": d, "session": s} for d in days for s in ("AM", "PM")][:-1]
    recorded = notice(school, "2026-11-03", sessions=sessions)
    expected = [("session-not-unauthorised", f"sessions[{place}]") for place in (3, 12)]
    assert expected == warned(recorded)


def test_an_excluded_pupil_in_a_public_place_needs_no_threshold(school: World) -> None:
    """It is another notice, at 60 and 120 pounds, and is not warned of for want of absences."""
    recorded = notice(school, "2026-11-03", excluded_pupil=True, received_on="2026-11-03")
    assert [] == warned(recorded)
    expected = {
        "early": {"pounds": 60, "last_day": "2026-11-23"},
        "full": {"pounds": 120, "last_day": "2026-11-30"},
    }
    assert ("excluded_pupil", expected) == (kind(recorded), shown(recorded)["payment"])


# --- First, second, no third ----------------------------------------------------------------------


def test_ac_029_no_third_notice_within_three_years(school: World) -> None:
    """AC-029: first of 15 January 2025 (paid), second of 10 February 2026 (paid), none on 6 December 2027."""
    until(school, 2027)
    for issued_on, paid_on, expected in (
        ("2025-01-15", "2025-01-20", "first"),
        ("2026-02-10", "2026-02-20", "second"),
    ):
        recorded = shown(notice(school, issued_on))
        assert expected == recorded["kind"]
        result(outcome(school, recorded["id"], "paid", paid_on))
    assert THIRD == refused(notice(school, "2027-12-06"))
    assert "first" == kind(notice(school, "2027-12-06", to=1))
    assert "first" == kind(notice(school, "2027-12-06", child=1))


def test_ac_030_one_notice_for_each_parent_and_child(school: World) -> None:
    """AC-030: two parents and two children are four first notices at 80 and 160 pounds."""
    recorded = [
        shown(notice(school, "2026-11-03", child, to, received_on="2026-11-03"))
        for child, to in product(range(2), range(2))
    ]
    assert ["first"] * 4 == [one["kind"] for one in recorded]
    expected = {
        "early": {"pounds": 80, "last_day": "2026-11-23"},
        "full": {"pounds": 160, "last_day": "2026-11-30"},
    }
    assert [expected] * 4 == [one["payment"] for one in recorded]


@pytest.mark.parametrize(
    ("issued_on", "proposed", "expected"),
    [
        ("2025-01-15", "2025-01-15", "second"),
        ("2025-01-15", "2028-01-14", "second"),
        ("2025-01-15", "2028-01-15", "first"),
        ("2028-02-29", "2031-02-28", "second"),
        ("2028-02-29", "2031-03-01", "first"),
        ("2024-08-19", "2027-08-18", "second"),
        ("2024-08-18", "2024-08-19", "first"),
    ],
)
def test_three_years_end_the_day_before_the_anniversary(
    school: World, issued_on: str, proposed: str, expected: str
) -> None:
    """A notice counts through the day before its third anniversary; one of before the framework never."""
    until(school, 2031)
    result(notice(school, issued_on))
    assert expected == kind(notice(school, proposed))


def test_the_bar_is_lifted_on_the_anniversary(school: World) -> None:
    """The day before the first notice lapses a third is refused; on the day another is a second."""
    until(school, 2028)
    result(notice(school, "2025-01-15"))
    result(notice(school, "2026-02-10"))
    assert THIRD == refused(notice(school, "2028-01-14"))
    assert "second" == kind(notice(school, "2028-01-15"))


@pytest.mark.parametrize(
    ("became", "expected"),
    [
        (("received", {}), "second"),
        (("paid", {"amount": 80}), "second"),
        (("unpaid", {}), "second"),
        (("prosecuted", {}), "second"),
        (("prosecuted", {"guilty": True}), "second"),
        (("prosecuted", {"guilty": False}), "first"),
        (("withdrawn", {"reason": "Issued in error"}), "first"),
    ],
)
def test_what_became_of_a_notice_decides_whether_it_counts(
    school: World, became: tuple[str, dict[str, Any]], expected: str
) -> None:
    """Paid, unpaid and prosecuted with a finding of guilt count; withdrawn and acquitted do not."""
    first = shown(notice(school, "2026-03-02"))["id"]
    result(outcome(school, first, became[0], "2026-03-09", **became[1]))
    assert expected == kind(notice(school, "2026-11-03"))


def test_a_withdrawn_notice_makes_room(school: World) -> None:
    """After two notices the third is refused until one of them is withdrawn."""
    result(notice(school, "2026-03-02"))
    second = shown(notice(school, "2026-06-01"))["id"]
    assert THIRD == refused(notice(school, "2026-11-03"))
    result(outcome(school, second, "withdrawn", "2026-11-02"))
    assert "second" == kind(notice(school, "2026-11-03"))


def test_notices_count_wherever_they_were_recorded(school: World) -> None:
    """Two notices recorded by another school bar a third at this one: by parent and child alone."""
    other = _elsewhere(school)
    to_them = {"parent": {"id": parent(school), "name": "Ngozi Okafor"}}
    assert "first" == kind(notice(other, "2026-03-02", **to_them))
    assert "second" == kind(notice(school, "2026-06-01"))
    assert THIRD == refused(notice(other, "2026-11-03", **to_them))


def test_a_notice_recorded_late_counts_as_well(school: World) -> None:
    """One dated before two that are recorded already would make the later of them a third."""
    result(notice(school, "2026-06-01"))
    result(notice(school, "2026-11-03"))
    assert THIRD == refused(notice(school, "2026-03-02"))


def test_the_notice_for_an_excluded_pupil_is_apart(school: World) -> None:
    """It neither counts with the others nor is barred by them."""
    for issued_on in ("2026-03-02", "2026-04-20", "2026-06-01"):
        assert "excluded_pupil" == kind(notice(school, issued_on, excluded_pupil=True))
    assert "first" == kind(notice(school, "2026-06-01"))
    assert "second" == kind(notice(school, "2026-06-02"))
    assert "excluded_pupil" == kind(notice(school, "2026-11-03", excluded_pupil=True))


def test_a_notice_of_before_the_framework_has_the_amounts_of_then(school: World) -> None:
    """60 and 120 pounds, though it was received on a day on which others cost more."""
    recorded = shown(notice(school, "2024-08-16", received_on="2024-08-20"))
    expected = {
        "early": {"pounds": 60, "last_day": "2024-09-09"},
        "full": {"pounds": 120, "last_day": "2024-09-16"},
    }
    assert ("before_framework", expected) == (recorded["kind"], recorded["payment"])
    school.enter_names(7, date_of_birth="2001-05-14")
    assert shown(notice(school, "2008-03-03", 7))["payment"] is None


def test_two_at_once_are_a_first_and_a_second(school: World) -> None:
    """Of many recorded at the same moment one is the first, one the second, and the rest are refused."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: notice(school, "2026-11-03").result(30), range(8)))
    assert [201, 201] + [422] * 6 == sorted(answer.status for answer in answers)
    codes = {a.refused[0][1].problems[0].code for a in answers if a.refused}
    assert {"third-penalty-notice"} == codes
    assert ["penalty-notice-issued"] * 2 == _topics(school)


def test_two_processes_at_once_agree(school: World, database: Database, vault: Vault) -> None:
    """After a first notice, of two seconds from two writers at two schools one is refused."""
    other = _elsewhere(school)
    result(notice(school, "2026-03-02"))
    to_them = {"parent": {"id": parent(school), "name": "Ngozi Okafor"}}
    with ledger_on(database, vault, school.clock) as second, ThreadPoolExecutor(8) as pool:
        there = World(second, other.urn, school.clock)
        worlds = [school, there] * 4
        answers = list(
            pool.map(lambda world: notice(world, "2026-11-03", **to_them).result(30), worlds)
        )
    assert [201] + [422] * 7 == sorted(answer.status for answer in answers)


# --- Whom, when and where -------------------------------------------------------------------------


def test_a_notice_is_not_recorded_before_it_is_issued(school: World) -> None:
    """Neither the day of issue nor that of receipt lies ahead."""
    assert "first" == kind(notice(school, "2026-12-31"))
    answer = notice(school, "2027-01-01", received_on="2027-01-02", to=1)
    expected = [("dated-ahead", "issued_on"), ("dated-ahead", "received_on")]
    assert (422, expected) == refused(answer)


def test_a_far_day_is_refused_like_any_other(school: World) -> None:
    """The last day that the calendar has overflows nothing."""
    assert 422 == refused(notice(school, "9999-12-31", received_on="9999-12-31"))[0]
    assert "before_framework" == kind(notice(school, "0001-01-01", received_on="0001-01-01"))


@pytest.mark.parametrize(
    "changes",
    [
        {"received_on": "2026-11-02"},
        {"threshold_met_on": "2026-11-04"},
        {"sessions": [{"date": "2026-11-04", "session": "AM"}]},
    ],
)
def test_days_of_a_notice_stand_in_order(school: World, changes: dict[str, Any]) -> None:
    """It is received on or after its day, and is about what came before."""
    with pytest.raises(ValidationError):
        notice(school, "2026-11-03", **changes)


def test_notices_are_for_children_of_compulsory_school_age(world: World) -> None:
    """On the day of each session: born on 10 October 2021, from 31 December 2026 on."""
    world.describe()
    world.enter_names(0, date_of_birth="2021-10-10")
    until(world, 2027)
    sessions = [{"date": d, "session": "AM"} for d in ("2026-12-30", "2026-12-31")]
    rule = "penalty-notice-not-for-this-age"
    answer = notice(world, "2027-02-01", sessions=sessions)
    assert (422, [(rule, "sessions[0].date")]) == refused(answer)
    answer = notice(world, "2027-02-01", threshold_met_on="2026-12-18")
    assert (422, [(rule, "threshold_met_on")]) == refused(answer)
    assert (422, [(rule, "issued_on")]) == refused(notice(world, "2026-12-30"))
    assert "first" == kind(notice(world, "2027-02-01", sessions=sessions[1:]))


def test_age_is_that_of_the_sessions_and_not_of_the_notice(world: World) -> None:
    """A notice of July may be about absence in June, before compulsory school age ended."""
    world.describe()
    world.enter_names(0, date_of_birth="2010-05-14")
    assert "first" == kind(notice(world, "2026-07-10", threshold_met_on="2026-06-26"))
    answer = notice(world, "2026-07-10", threshold_met_on="2026-06-27")
    expected = [("penalty-notice-not-for-this-age", "threshold_met_on")]
    assert (422, expected) == refused(answer)


def test_an_independent_school_is_warned(world: World) -> None:
    """Notices are believed not to be for independent schools (unconfirmed): a warning, no refusal."""
    world.describe(type="independent")
    world.set_year()
    world.enter_names(0)
    recorded = notice(world, "2026-11-03")
    assert ("penalty-notice-not-for-this-school", "urn") in warned(recorded)


def test_a_child_must_have_been_on_the_roll(school: World) -> None:
    """A notice is about a pupil of the school."""
    assert (422, [("pupil-not-on-roll", "pupil")]) == refused(notice(school, "2026-11-03", 99))


# --- What became of it ----------------------------------------------------------------------------


def test_last_days_are_known_once_it_is_received(school: World) -> None:
    """Amounts at once; the last days from the day of receipt, which is day 1; corrected by a later one."""
    recorded = shown(notice(school, "2026-11-02"))
    assert recorded["payment"] == {
        "early": {"pounds": 80, "last_day": None},
        "full": {"pounds": 160, "last_day": None},
    }
    first = shown(outcome(school, recorded["id"], "received", "2026-11-03"))
    assert "2026-11-23" == first["payment"]["early"]["last_day"]
    again = outcome(school, recorded["id"], "received", "2026-11-03")
    assert "unchanged" == shown(again)["status"]
    later = shown(outcome(school, recorded["id"], "received", "2026-11-04"))
    assert "2026-12-01" == later["payment"]["full"]["last_day"]


def test_a_second_notice_brings_no_discount(school: World) -> None:
    """160 pounds, whenever it is paid."""
    result(notice(school, "2026-03-02"))
    recorded = shown(notice(school, "2026-11-02", received_on="2026-11-03"))
    expected = {"early": None, "full": {"pounds": 160, "last_day": "2026-11-30"}}
    assert expected == recorded["payment"]


@pytest.mark.parametrize(
    ("on", "amount", "expected"),
    [
        ("2026-11-23", 80, []),
        ("2026-11-23", 79, [("payment-not-enough", "amount")]),
        ("2026-11-24", 80, [("payment-not-enough", "amount")]),
        ("2026-11-24", 160, []),
        ("2026-11-30", 160, []),
        ("2026-11-30", None, []),
        ("2026-12-01", 160, [("payment-not-in-time", "on")]),
    ],
)
def test_a_payment_is_held_against_what_is_due(
    school: World, on: str, amount: int | None, expected: list[tuple[str, str]]
) -> None:
    """On its day it discharges the notice, or is recorded with a warning that it does not."""
    recorded = shown(notice(school, "2026-11-02", received_on="2026-11-03"))
    assert expected == warned(outcome(school, recorded["id"], "paid", on, amount=amount))


@pytest.mark.parametrize(
    ("before", "then", "taken"),
    [
        (["received"], "unpaid", True),
        (["received", "unpaid"], "paid", True),
        (["unpaid"], "received", False),
        (["unpaid"], "prosecuted", True),
        (["paid"], "withdrawn", True),
        (["paid"], "unpaid", False),
        (["paid"], "paid", False),
        (["prosecuted"], "prosecuted", True),
        (["prosecuted"], "paid", False),
        (["withdrawn"], "paid", False),
        (["withdrawn"], "withdrawn", False),
    ],
)
def test_what_can_follow_what(school: World, before: list[str], then: str, taken: bool) -> None:
    """What was recorded is kept: an outcome that cannot follow it is refused and told what stands."""
    notice_id = shown(notice(school, "2026-11-02"))["id"]
    for became in before:
        result(outcome(school, notice_id, became, "2026-11-20"))
    answer = outcome(school, notice_id, then, "2026-11-21").result(30)
    assert (201 if taken else 409) == answer.status
    if not taken:
        ((_, refusal),) = answer.refused
        assert {"standing": before[-1]} == refusal.shows
        assert "intervention-already-ended" == refusal.problems[0].code


def test_nothing_follows_a_verdict(school: World) -> None:
    """A prosecution is recorded, then its end; after that nothing."""
    notice_id = shown(notice(school, "2026-11-02"))["id"]
    result(outcome(school, notice_id, "prosecuted", "2026-12-01"))
    result(outcome(school, notice_id, "prosecuted", "2026-12-15", guilty=True))
    for became in ("withdrawn", "prosecuted"):
        assert 409 == outcome(school, notice_id, became, "2026-12-16").result(30).status


def test_an_outcome_has_its_notice_and_its_time(school: World) -> None:
    """Not before the day of issue, not in the future, and of a notice of this school."""
    notice_id = shown(notice(school, "2026-11-02"))["id"]
    for on, code in (("2026-11-01", "outcome-before-beginning"), ("2027-01-01", "dated-ahead")):
        assert (422, [(code, "on")]) == refused(outcome(school, notice_id, "paid", on))
    other = _elsewhere(school)
    answer = outcome(other, notice_id, "paid", "2026-11-03")
    assert (404, [("intervention-not-found", "id")]) == refused(answer)
    assert pupil(0) not in str(answer.result())


@pytest.mark.parametrize(
    "changes", [{"outcome": "unpaid", "amount": 80}, {"outcome": "paid", "guilty": True}]
)
def test_an_outcome_says_only_what_belongs_to_it(school: World, changes: dict[str, Any]) -> None:
    """An amount is of a payment, a verdict of a prosecution."""
    with pytest.raises(ValidationError):
        outcome(school, pupil(0), changes.pop("outcome"), "2026-11-03", **changes)
