"""Cases of the admission register, and of what follows from it: deletion, boarders, returns, retention."""

from datetime import date, datetime

from ledger.authority_returns.returns import (
    new_pupil_return_due,
    new_pupil_return_needed,
    sickness_return_due,
)
from ledger.registers.retention import earliest_disposal, may_be_disposed_of
from ledger.schools.calendar import LONDON
from tests.spec.cases.register import observed
from tests.spec.cases.setting import School, Setting, school_days
from tests.spec.cases.table import Observed, case


def recorded_on(event: object) -> date:
    """The local day on which an event was recorded."""
    assert isinstance(event, dict)
    return datetime.fromisoformat(event["recorded_at"]).astimezone(LONDON).date()


def mark_days(school: School, pupil: str, days: list[str], codes: dict[str, str]) -> None:
    """O in both sessions of each school day, but for the sessions named `day session`."""
    for day in days:
        for session in ("AM", "PM"):
            code = codes.get(f"{day} {session}", "O")
            assert "refused" != school.mark(pupil, day, session, code).result


@case("AC-031", "deletion_grounds: I", "severity: other-code-in-run")
def one_session_of_illness_in_the_run(s: Setting) -> Observed:
    """Twenty school days of absence, but not G, N or O throughout: ground I does not arise."""
    school = s.school()
    ada = s.pupil(school)
    days = [*school_days("2026-09-07", "2026-10-02")]
    assert 20 == len(days)
    s.at("2026-10-02 16:00")
    mark_days(school, ada, days, {"2026-09-16 PM": "I"})

    s.at("2026-10-05 09:00")
    proposed = school.delete(
        ada, "I", "2026-10-05", joint_enquiries=True, no_grounds_to_think_sick=True
    )
    assert "other-code-in-run" in proposed.reasons

    return {"deletion": proposed.result, "ground": "I", "reason": proposed.reason or ""}


@case("AC-032", "deletion_grounds: F", "severity: condition-not-met")
def home_education_by_telephone(s: Setting) -> Observed:
    """Word of mouth is no written notice; and with one, the day it names must have passed."""
    school = s.school()
    ada = s.pupil(school)

    s.at("2026-11-10 09:00")
    proposed = school.delete(
        ada,
        "F",
        "2026-11-10",
        educated_otherwise_after="2026-11-09",
        school_attendance_order=False,
    )
    too_soon = school.delete(
        ada,
        "F",
        "2026-11-10",
        written_notice_on="2026-11-09",
        educated_otherwise_after="2026-11-10",
        school_attendance_order=False,
    )
    assert "refused" == too_soon.result
    assert [ada] == school.roll("2026-11-10")

    return {"deletion": proposed.result, "ground": "F", "reason": proposed.reason or ""}


@case("AC-033", "severity: pupil-not-on-roll", "codes: N", "severity: entered-after-starting-day")
def an_agreed_pupil_does_not_appear(s: Setting) -> Observed:
    """The name is on the register from the starting day, and the absence is a mark as any other."""
    school = s.school()
    s.at("2026-10-20 09:00")
    ada = s.pupil(school, starting_day="2026-11-02")

    s.at("2026-11-02 09:10")
    assert "recorded" == school.mark(ada, "2026-11-02", "AM", "N").result

    on_roll = [day for day in ("2026-11-01", "2026-11-02") if ada in school.roll(day)]
    assert school.listed("code-n", ada, on="2026-11-03") is not None
    return observed(school, ada, "2026-11-02", "AM", "am.") | {
        "on_roll_from": on_roll[0],
    }


@case(
    "AC-034",
    "thresholds: new-pupil-return-days",
    "ledger.authority_returns.returns.new_pupil_return_due",
)
def a_mid_year_joiner(s: Setting) -> Observed:
    """The new-pupil return is due by the end of the fifth calendar day after the entry."""
    school = s.school()
    s.at("2026-11-11 10:00")
    ada = s.pupil(school, starting_day="2026-11-11", year_group="8")

    (entered,) = map(recorded_on, school.history(ada, "name-entered"))

    needed = new_pupil_return_needed(
        entered, in_most_junior_class=False, starts_with_school_year=False
    )
    return {
        "return": "new_pupil",
        "return_due": "yes" if needed else "no",
        "due": new_pupil_return_due(entered).isoformat(),
    }


@case(
    "AC-035",
    "thresholds: sickness-return-school-days",
    "ledger.authority_returns.returns.sickness_return_due",
)
def two_more_weeks_in_hospital(s: Setting) -> Observed:
    """Twelve days are counted and ten more believed: the return is due now, not on the fifteenth day."""
    school = s.school()
    ada = s.pupil(school)
    days = [*school_days("2026-11-02", "2026-11-17")]
    assert 12 == len(days)
    s.at("2026-11-17 16:00")
    for day in days:
        school.mark_day(ada, day, "I")

    assert school.listed("returns-due", ada) is None
    listed = school.listed("returns-due", ada, near=3)
    assert listed is not None

    due = sickness_return_due(listed["school_days"], 10, s.today)
    return {"return": listed["kind"], "return_due": "yes" if due else "no"}


@case("AC-036", "retention: register-entry", "ledger.registers.retention.earliest_disposal")
def a_chain_is_kept_from_its_latest_entry(s: Setting) -> Observed:
    """Original and amended entry are kept together, six years from the day of the amendment."""
    school = s.school(years=(2024,))
    ada = s.pupil(school)
    s.at("2024-09-03 09:10")
    school.mark(ada, "2024-09-03", "AM", "N")
    s.at("2025-01-10 09:00")
    school.amend(ada, "2024-09-03", "AM", "N", "I")

    made = [recorded_on(event) for event in school.history(ada)]

    assert [date(2024, 9, 3), date(2025, 1, 10)] == made
    assert not may_be_disposed_of(made, date(2031, 1, 10), held=False)
    return {"earliest_disposal": earliest_disposal(made).isoformat()}


@case("AC-037", "severity: boarder-carries-no-mark")
def a_boarder_and_a_day_pupil(s: Setting) -> Observed:
    """Both are on the admission register; of the day pupil alone a mark is due."""
    school = s.school()
    ada, boarder = s.pupil(school), s.pupil(school, boarder=True)
    day = "2026-11-03"

    s.at(f"{day} 09:10")
    school.describe(name="Ashfield Lane School and House", in_force_from=day)
    missing = school.missing(day, "AM")
    assert "recorded" == school.mark(ada, day, "AM", "/").result
    assert "boarder-carries-no-mark" == school.mark(boarder, day, "AM", "/").reason
    assert {ada, boarder} == set(school.roll(day))

    return {
        "boarder.mark_due": "yes" if boarder in missing else "no",
        "day_pupil.mark_due": "yes" if ada in missing else "no",
    }


@case(
    "AC-038",
    "thresholds: persistent-absence-percent",
    "thresholds: severe-absence-percent",
    "ledger.registers.absence.is_persistent",
)
def exactly_ten_per_cent(s: Setting) -> Observed:
    """38 of 380 sessions is persistent absence: the numbers are whole, and nothing is rounded."""
    school = s.school()
    ada = s.pupil(school)
    held = school.held("2025-09-01", "2026-07-22")
    assert 190 == len(held)
    marks = [(day, session) for day in held for session in ("AM", "PM")]

    s.at("2026-07-22 16:00")
    present = {"AM": "/", "PM": "\\"}
    school.import_marks(
        ada,
        [
            (day, session, "I" if number < 38 else present[session])
            for number, (day, session) in enumerate(marks)
        ],
    )

    span = {"from_": "2025-09-01", "to": "2026-07-22"}
    listed = school.listed("persistent-absence", ada, **span)
    assert listed is not None
    row = school.total("2025-09-01", "2026-07-22")
    assert (380, 38, 1, 0) == (
        row["possible_sessions"],
        row["overall_absence"],
        row["persistent_absence"],
        row["severe_absence"],
    )
    return {
        "possible": str(listed["possible"]),
        "absent": str(listed["absent"]),
        "absence_pct": str(listed["percent"]),
        "pa": "yes" if listed["persistent"] else "no",
        "sa": "yes" if listed["severe"] else "no",
    }
