"""Regulation 9: the grounds that the registers themselves show, F by the 2026 Act, and age on the day."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from ledger.admissions.deletion import unmet_by_evidence
from ledger.admissions.grounds import EducatedOtherwise
from ledger.law.statute import TABLES, Statute, built_in_text
from tests.ledger.world import World, pupil, result
from tests.spec.deletions import MET, delete, refusal, warned

# The twenty school days before Sunday 22 November 2026: a week, the half-term holiday, four weeks.
TWENTY = [f"2026-10-{day}" for day in range(19, 24)] + [
    f"2026-11-{day:02}" for day in (*range(2, 7), *range(9, 14), *range(16, 21))
]
ACT = date(2027, 9, 1)


def absent(world: World, days: list[str], code: str = "O", **others: str) -> None:
    """Marks of pupil 0 for both sessions of these days; `others` by day, as `d2026_10_19_AM`."""
    lines = []
    for day in days:
        for session in ("AM", "PM"):
            mark = others.get(f"d{day.replace('-', '_')}_{session}", code)
            if mark:
                line = {"pupil": pupil(0), "date": day, "session": session, "code": mark}
                lines.append(line)
    result(world.import_lines(lines))


def message(answer: Any) -> str:
    """What the first problem says."""
    return str(answer.refused[0][1].problems[0].message)


# -- I: twenty school days -----------------------------------------------------------------------


@pytest.mark.parametrize("school_type", ["maintained", "academy", "independent"])
def test_twenty_school_days_of_g_n_and_o(world: World, school_type: str) -> None:
    """Forty sessions coded G, N or O, across the half term, are continuous absence at every school."""
    world.describe(type=school_type)
    world.set_year()
    world.enter_names(0)
    absent(world, TWENTY[:5], "G")
    absent(world, TWENTY[5:15], "N")
    absent(world, TWENTY[15:], "O")
    assert [] == warned(delete(world, "I", MET["I"]))


@pytest.mark.parametrize("code", ["I", "U", "C", "/", "E"])
@pytest.mark.parametrize("place", ["d2026_10_19_AM", "d2026_11_04_AM", "d2026_11_20_AM"])
def test_ac_031_any_other_code_breaks_the_run(world: World, code: str, place: str) -> None:
    """AC-031: one session with another code, first, last or between, and the ground has not arisen."""
    world.opened()
    absent(world, TWENTY, **{place: code})
    answer = delete(world, "I", MET["I"])
    assert (422, ("other-code-in-run", "ground")) == (answer.status, refusal(answer))
    said = message(answer)
    assert "Of the 40 sessions of the 20 school days" in said
    assert "1 have another code than G, N, O, and 0 have none" in said


def test_a_missing_mark_breaks_the_run(world: World) -> None:
    """A blank is no mark: what is not entered shows no absence."""
    world.opened()
    absent(world, TWENTY, d2026_11_04_PM="")
    answer = delete(world, "I", MET["I"])
    assert "other-code-in-run" == refusal(answer)[0]
    assert "0 have another code than G, N, O, and 1 have none" in message(answer)


def test_an_amended_code_is_the_one_that_counts(world: World) -> None:
    """An I that was amended to O is part of the run, an O amended to I is none any more."""
    world.opened()
    absent(world, TWENTY, d2026_11_04_AM="I")
    result(world.amend(0, "I", "O", day="2026-11-04", reason="No illness after all"))
    result(world.amend(0, "O", "I", day="2026-11-05"))
    assert "1 have another code" in message(delete(world, "I", MET["I"]))
    result(world.amend(0, "I", "O", day="2026-11-05", reason="No illness after all"))
    assert [] == warned(delete(world, "I", MET["I"]))


def test_nineteen_school_days_are_not_twenty(world: World) -> None:
    """Present on the twentieth day back: the run is a day short."""
    world.opened()
    absent(world, TWENTY[:1], d2026_10_19_AM="/", d2026_10_19_PM="\\")
    absent(world, TWENTY[1:])
    answer = delete(world, "I", MET["I"])
    assert "other-code-in-run" == refusal(answer)[0]
    assert "2 have another code" in message(answer)


@pytest.mark.parametrize(("starting_day", "status"), [("2026-10-19", 201), ("2026-10-20", 422)])
def test_the_run_lies_within_the_time_on_the_roll(
    world: World, starting_day: str, status: int
) -> None:
    """A pupil who has been on the roll for nineteen school days cannot have been absent for twenty."""
    world.describe()
    world.set_year()
    world.enter_names(0, starting_day=starting_day)
    absent(world, [day for day in TWENTY if day >= starting_day])
    answer = delete(world, "I", MET["I"])
    assert status == answer.status
    if status == 422:
        assert ("condition-not-met", "ground") == refusal(answer)


def test_a_run_before_re_admission_does_not_count(world: World) -> None:
    """The twenty days are those since the pupil was entered again."""
    world.opened()
    absent(world, TWENTY)
    assert delete(world, "A", MET["A"]).status == 201
    world.enter_names(0, starting_day="2026-11-22")
    assert ("condition-not-met", "ground") == refusal(delete(world, "I", MET["I"]))


@pytest.mark.parametrize("kind", ["planned", "unplanned"])
def test_days_without_sessions_are_passed_over(world: World, kind: str) -> None:
    """A training day or a snow day in between is no school day: the run reaches a day further back."""
    world.describe()
    closed = {"from": "2026-11-13", "to": "2026-11-13", "kind": kind, "reason": "Closed"}
    world.set_year(closures=[closed])
    world.enter_names(0)
    open_days = [day for day in TWENTY if day != "2026-11-13"]
    absent(world, open_days)
    answer = delete(world, "I", MET["I"])
    assert "0 have another code than G, N, O, and 2 have none" in message(answer)
    absent(world, ["2026-10-16"])
    assert [] == warned(delete(world, "I", MET["I"]))


def test_half_a_school_day_has_one_session(world: World) -> None:
    """Where only the morning was held, only the morning needs its code."""
    world.describe()
    closed = {"from": "2026-11-12", "to": "2026-11-12", "sessions": ["PM"], "kind": "unplanned"}
    world.set_year(closures=[closed | {"reason": "No heating"}])
    world.enter_names(0)
    absent(world, TWENTY, d2026_11_12_PM="")
    assert [] == warned(delete(world, "I", MET["I"]))


@pytest.mark.parametrize(("day", "status"), [("2026-11-23", 201), ("2026-11-24", 422)])
def test_the_days_are_those_before_the_deletion(world: World, day: str, status: int) -> None:
    """Dated after Monday, the deletion rests on Monday's sessions as well, which nobody knows yet."""
    world.opened()
    absent(world, TWENTY)
    assert status == delete(world, "I", MET["I"], day=day).status


def test_without_a_calendar_no_run_is_known(world: World) -> None:
    """Where the school's days are not known, twenty of them cannot be counted."""
    world.describe()
    world.enter_names(0)
    assert ("condition-not-met", "ground") == refusal(delete(world, "I", MET["I"]))


@pytest.mark.parametrize("condition", ["joint_enquiries", "no_grounds_to_think_sick"])
def test_absence_alone_is_not_enough(world: World, condition: str) -> None:
    """School and authority have made enquiries, and there is no ground to think the pupil sick."""
    world.opened()
    absent(world, TWENTY)
    answer = delete(world, "I", MET["I"] | {condition: False})
    assert ("condition-not-met", f"evidence.{condition}") == refusal(answer)


# -- H: not back from leave ----------------------------------------------------------------------


def leave_to(world: World, last: str, first: str = "2026-11-02") -> None:
    """Leave that was asked for and given in October."""
    now, world.clock.now = world.clock.now, datetime(2026, 10, 1, 12, tzinfo=UTC)
    asked = world.ask_leave(0, asked_on="2026-09-28", **{"from": first, "to": last})
    result(world.decide_leave(result(asked)["id"], "given"))
    world.clock.now = now


@pytest.mark.parametrize(
    ("ended", "status"),
    [("2026-11-05", 201), ("2026-11-06", 201), ("2026-11-09", 422), ("2026-12-04", 422)],
)
def test_ten_school_days_have_passed_since_the_leave(world: World, ended: str, status: int) -> None:
    """The tenth school day after Friday the 6th was Friday the 20th; after Monday the 9th it is to come."""
    world.opened()
    leave_to(world, ended)
    answer = delete(world, "H", MET["H"] | {"leave_ended_on": ended})
    assert status == answer.status
    if status == 422:
        assert "condition-not-met" == refusal(answer)[0]
    else:
        assert [] == warned(answer)


@pytest.mark.parametrize(("today", "status"), [("2026-11-20", 422), ("2026-11-21", 201)])
def test_the_tenth_school_day_has_passed_when_it_is_over(
    world: World, today: str, status: int
) -> None:
    """On the tenth school day itself the pupil may yet come; from the next day on the ground stands."""
    world.clock.now = datetime.fromisoformat(f"{today}T16:00:00+00:00")
    world.opened()
    leave_to(world, "2026-11-06")
    assert status == delete(world, "H", MET["H"], day="2026-11-23").status


def test_leave_that_is_not_recorded_is_warned_of(world: World) -> None:
    """The Regulations ask that leave was given, not that it is recorded here: a warning."""
    world.opened()
    assert ["leave-not-recorded"] == warned(delete(world, "H", MET["H"]))


@pytest.mark.parametrize(
    ("mark", "status"), [("/", 422), ("L", 422), ("U", 422), ("O", 201), ("I", 201)]
)
def test_a_pupil_who_came_back_did_return(world: World, mark: str, status: int) -> None:
    """One session attended, even late, since the leave and the ground has not arisen."""
    world.opened()
    leave_to(world, "2026-11-06")
    absent(world, ["2026-11-11"], d2026_11_11_AM=mark)
    answer = delete(world, "H", MET["H"])
    assert status == answer.status
    if status == 422:
        assert "1 sessions" in message(answer)


def test_further_leave_is_no_failure_to_return(world: World) -> None:
    """A pupil to whom leave is given for a day of those ten is on leave."""
    world.opened()
    leave_to(world, "2026-11-06")
    leave_to(world, "2026-11-20", first="2026-11-20")
    assert ("condition-not-met", "ground") == refusal(delete(world, "H", MET["H"]))


# -- L: over compulsory school age ---------------------------------------------------------------


def summer(world: World) -> None:
    """The school with a summer term of 2026/27."""
    world.describe()
    world.set_year(
        terms=[
            {"name": "Autumn", "from": "2026-09-02", "to": "2026-12-18"},
            {"name": "Summer", "from": "2027-04-12", "to": "2027-07-21"},
        ]
    )


@pytest.mark.parametrize(
    ("born", "day", "status"),
    [
        ("2011-05-14", "2027-06-25", 422),  # the last Friday in June, still to be attended
        ("2011-05-14", "2027-06-26", 201),
        ("2011-05-14", "2027-06-28", 201),
        ("2011-08-31", "2027-06-26", 201),  # sixteen before the next school year begins
        ("2011-09-01", "2027-06-26", 422),  # sixteen in the next school year
        ("2010-09-01", "2027-06-26", 201),
        ("2009-05-14", "2026-12-01", 201),  # a sixth-former
        ("2012-05-14", "2026-12-01", 422),
    ],
)
def test_over_compulsory_school_age_before_the_school_next_meets(
    world: World, born: str, day: str, status: int
) -> None:
    """Of one who is sixteen by August, school age ends with the last Friday in June."""
    summer(world)
    world.enter_names(0, date_of_birth=born)
    answer = delete(world, "L", MET["L"], day=day)
    assert status == answer.status
    if status == 422:
        assert ("condition-not-met", "ground") == refusal(answer)
    else:
        assert [] == warned(answer)


def test_where_it_is_not_known_when_the_school_meets(world: World) -> None:
    """In August, the next year not set, a pupil of school age is not known to be over it in time."""
    summer(world)
    world.enter_names(0, date_of_birth="2012-05-14")
    world.enter_names(1, date_of_birth="2011-05-14")
    assert ("condition-not-met", "ground") == refusal(
        delete(world, "L", MET["L"], day="2027-08-02")
    )
    assert delete(world, "L", MET["L"], day="2027-08-02", number=1).status == 201


@pytest.mark.parametrize("condition", sorted(MET["L"]))
def test_age_alone_is_not_enough(world: World, condition: str) -> None:
    """The school states both: over compulsory school age, and leaving."""
    world.opened()
    world.enter_names(9, date_of_birth="2009-05-14")
    answer = delete(world, "L", MET["L"] | {condition: False}, number=9)
    assert ("condition-not-met", f"evidence.{condition}") == refusal(answer)


# -- Age on the day of deletion ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "rules"),
    [("2027-06-25", []), ("2027-06-26", ["deletion-ground-not-for-this-age"])],
)
def test_the_grounds_are_those_for_the_age_on_the_day(
    world: World, day: str, rules: list[str]
) -> None:
    """School age ends with the last Friday in June: from Saturday the list is that of reg 9(3)."""
    summer(world)
    world.enter_names(0, date_of_birth="2011-05-14")
    assert rules == warned(delete(world, "A", MET["A"], day=day))


@pytest.mark.parametrize(
    ("day", "rules"),
    [("2027-03-30", ["deletion-ground-not-for-this-age"]), ("2027-03-31", [])],
)
def test_below_compulsory_school_age(world: World, day: str, rules: list[str]) -> None:
    """Five in February, of school age from 31 March: a day makes the difference."""
    world.opened()
    world.enter_names(9, date_of_birth="2022-02-14")
    assert rules == warned(delete(world, "G", MET["G"], day=day, number=9))


@pytest.mark.parametrize("ground", ["B", "K", "O"])
def test_grounds_believed_to_be_in_both_lists(world: World, ground: str) -> None:
    """Nursery, death and exclusion are grounds at any age (unconfirmed), so nothing is said."""
    world.opened()
    world.enter_names(9, date_of_birth="2022-06-14")
    assert [] == warned(delete(world, ground, MET[ground], number=9))


# -- F: the consent of the 2026 Act --------------------------------------------------------------


def unmet(evidence: dict[str, Any], day: date) -> list[str]:
    """What of ground F is not met on a day, by a table in which the Act's section 37 has its date."""
    texts = {table: built_in_text(table) for table in TABLES}
    commenced = texts["deletion_grounds"].replace('\nfrom = "not commenced"', f"\nfrom = {ACT}")
    assert commenced.count(f"\nfrom = {ACT}") == 4
    ground = Statute(texts | {"deletion_grounds": commenced}).deletion_ground("F", day)
    assert ground is not None
    stated = EducatedOtherwise.model_validate(MET["F"] | evidence)
    return [problem.path for problem in unmet_by_evidence(ground, stated, day)]


NOT_PLACED: dict[str, Any] = {
    "placed_by_local_authority_in_special_school": False,
    "placed_by_local_authority_for_special_educational_needs": False,
    "child_protection": False,
}


def test_before_its_commencement_the_act_asks_nothing() -> None:
    """On the day before, notice and day are enough."""
    assert [] == unmet({}, date(2027, 8, 31))
    assert [] == unmet({"child_protection": True}, date(2027, 8, 31))


def test_from_its_commencement_the_placements_are_stated() -> None:
    """From the day in the data, whether consent is needed has to be said."""
    assert [f"evidence.{name}" for name in NOT_PLACED] == unmet({}, ACT)
    assert [] == unmet(NOT_PLACED, ACT)


@pytest.mark.parametrize("why", NOT_PLACED)
def test_from_its_commencement_consent_is_needed(why: str) -> None:
    """Placed by an authority, or under child protection: without consent the name stays."""
    stated = NOT_PLACED | {why: True, "local_authority_consent": True}
    assert ["evidence.consent_to_withdrawal"] == unmet(stated, ACT)
    assert ["evidence.consent_to_withdrawal"] == unmet(
        stated | {"consent_to_withdrawal": False}, ACT
    )
    assert [] == unmet(stated | {"consent_to_withdrawal": True}, ACT)
