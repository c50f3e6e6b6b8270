"""Cases of leave and compulsory school age: X, C2, J1, C1 and what stands behind them."""

from tests.spec.cases.register import observed
from tests.spec.cases.setting import Setting
from tests.spec.cases.table import Observed, case

BORN = "2021-10-10"
AGREED = {"name": "Ngozi Okafor", "relationship": "parent"}


@case(
    "AC-013",
    "codes: X",
    "compulsory_school_age: compulsory-school-age-begins",
    "leave_grounds: not_required_to_attend",
)
def mornings_only_before_compulsory_school_age(s: Setting) -> Observed:
    """The afternoon is no possible session of a child not of compulsory school age."""
    school = s.school()
    ada = s.pupil(school, date_of_birth=BORN, year_group="R", starting_day="2026-09-02")
    day = "2026-11-17"
    s.at("2026-09-02 16:00")
    given = school.give_leave(
        ada,
        "not_required_to_attend",
        "2026-09-03",
        "2026-12-18",
        sessions=["PM"],
        agreed_with=AGREED,
    )
    assert "refused" != given.result

    s.at(f"{day} 13:00")
    assert "recorded" == school.mark(ada, day, "PM", "X").result

    age = s.read(f"/v1/pupils/{ada}/compulsory-school-age")
    return observed(school, ada, day, "PM", "pm.") | {
        "csa_from": age["from"],
    }


@case(
    "AC-014",
    "codes: C2",
    "severity: code-not-for-this-age",
    "severity: no-part-time-agreement",
    "leave_grounds: part_time_timetable",
)
def part_time_at_compulsory_school_age(s: Setting) -> Observed:
    """The same child a term later: X is no longer for this age, C2 with the agreement is."""
    school = s.school()
    ada = s.pupil(school, date_of_birth=BORN, year_group="R", starting_day="2026-09-02")
    day = "2027-01-12"
    s.at("2027-01-05 16:00")
    given = school.give_leave(
        ada,
        "part_time_timetable",
        "2027-01-06",
        "2027-01-29",
        sessions=["PM"],
        agreed_with=AGREED,
        review_on=["2027-01-18"],
    )
    assert "refused" != given.result

    s.at(f"{day} 13:00")
    wrong = school.mark(ada, day, "PM", "X")
    assert "code-not-for-this-age" in wrong.reasons
    right = school.mark(ada, day, "PM", "C2", detail="Afternoons at home until 29 January")
    assert "recorded" == right.result

    return observed(school, ada, day, "PM", "pm.") | {
        "not_code": "X" if wrong.result == "refused" else "",
    }


@case("AC-015", "severity: no-part-time-agreement")
def c2_without_an_agreement(s: Setting) -> Observed:
    """Refused where regulation 11 binds; an academy records it with a warning."""
    school, academy = s.school(), s.school(type="academy")
    ada, ben = s.pupil(school), s.pupil(academy)
    day = "2026-11-18"

    s.at(f"{day} 13:00")
    answered = school.mark(ada, day, "PM", "C2", detail="Part-time")
    elsewhere = academy.mark(ben, day, "PM", "C2", detail="Part-time")
    assert ("warning", answered.reason) == (elsewhere.result, elsewhere.reason)

    return {"result": answered.result, "reason": answered.reason or ""}


@case("AC-020", "codes: J1", "leave_grounds: interview")
def an_apprenticeship_interview(s: Setting) -> Observed:
    """Leave asked for in advance and given: J1, an authorised absence, no longer attendance."""
    school = s.school()
    ada = s.pupil(school)
    day = "2025-10-07"
    s.at("2025-10-01 09:00")
    assert "refused" != school.give_leave(ada, "interview", day, day, sessions=["AM"]).result

    s.at(f"{day} 09:30")
    assert "recorded" == school.mark(ada, day, "AM", "J1").result

    return observed(school, ada, day, "AM")


@case("AC-023", "codes: C1", "leave_grounds: regulated_performance")
def licensed_for_a_theatre_run(s: Setting) -> Observed:
    """A regulated performance, leave given: C1, an authorised absence."""
    school = s.school()
    ada = s.pupil(school)
    day = "2026-11-19"
    s.at("2026-11-02 09:00")
    assert "refused" != school.give_leave(ada, "regulated_performance", day, day).result

    s.at(f"{day} 09:30")
    assert "recorded" == school.mark(ada, day, "AM", "C1").result

    return observed(school, ada, day, "AM")
