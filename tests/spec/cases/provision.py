"""Cases of education elsewhere: online, alternative provision, dual registration, trips, exclusion."""

from tests.spec.cases.register import observed
from tests.spec.cases.setting import Setting
from tests.spec.cases.table import Observed, case

TUESDAY = "2026-11-17"


@case("AC-016", "severity: not-physically-at-approved-place")
def learns_online_at_home(s: Setting) -> Observed:
    """No code of attendance or provision is for a pupil at home, accredited provider or not."""
    school = s.school()
    ada = s.pupil(school)
    s.at(f"{TUESDAY} 13:00")
    provider = "Online lessons of an accredited provider"

    asked = school.mark(ada, TUESDAY, "AM", "B", detail=provider, place="home")
    refused = [
        code
        for code, session, said in (
            ("B", "AM", {"place": "home"}),
            ("K", "AM", {}),
            ("/", "AM", {"place": "home"}),
            ("\\", "PM", {"place": "home"}),
            ("L", "AM", {"place": "home"}),
        )
        if school.mark(ada, TUESDAY, session, code, detail=provider, **said).result == "refused"
    ]
    unsaid = school.mark(ada, TUESDAY, "AM", "B", detail=f"{provider} at home")
    assert "refused" == unsaid.result

    return {
        "result": asked.result,
        "reason": asked.reason or "",
        "not_code": ",".join(refused),
    }


@case("AC-017", "codes: K", "severity: detail-missing")
def a_tutor_arranged_by_the_authority(s: Setting) -> Observed:
    """Education that the authority arranged, in person, at a place of no registration."""
    school = s.school()
    ada = s.pupil(school)

    s.at(f"{TUESDAY} 13:00")
    answered = school.mark(
        ada, TUESDAY, "AM", "K", detail="Tutor in person, town library", place="approved_place"
    )
    assert "recorded" == answered.result

    return observed(school, ada, TUESDAY, "AM")


@case("AC-018", "severity: detail-missing", "codes: B")
def a_college_course_without_its_nature(s: Setting) -> Observed:
    """B says what the activity is, or is not entered."""
    school = s.school()
    ada = s.pupil(school)

    s.at(f"{TUESDAY} 13:00")
    answered = school.mark(ada, TUESDAY, "AM", "B")
    given = school.mark(ada, TUESDAY, "AM", "B", detail="Construction course, supervised")
    assert "recorded" == given.result

    return {"result": answered.result, "reason": answered.reason or ""}


@case("AC-019", "codes: D", "severity: not-dually-registered", "severity: other-school-not-named")
def tuesdays_at_the_unit(s: Setting) -> Observed:
    """One school has D, the other the real mark: the half-day is possible once."""
    school = s.school()
    unit = s.school(type="pupil_referral_unit", name="Brook Unit", laestab="8551100")
    ada = s.pupil(school, enrolment="main")
    assert "refused" != unit.enter(ada, enrolment="subsidiary").result

    s.at(f"{TUESDAY} 13:00")
    assert "recorded" == school.mark(ada, TUESDAY, "AM", "D", detail="Brook Unit").result
    assert "recorded" == unit.mark(ada, TUESDAY, "AM", "/").result

    assert 0 == school.total(TUESDAY, TUESDAY)["possible_sessions"]
    assert 1 == unit.total(TUESDAY, TUESDAY)["possible_sessions"]
    assert "attending" == unit.stands(ada, TUESDAY, "AM").counts_as
    return observed(school, ada, TUESDAY, "AM", "x.")


@case("AC-024", "codes: E", "severity: excluded-without-provision")
def suspended_for_three_days(s: Setting) -> Observed:
    """Suspended, with no alternative provision made: an authorised absence in each session."""
    school = s.school()
    ada = s.pupil(school)

    s.at("2026-11-23 08:00")
    for day in ("2026-11-23", "2026-11-24", "2026-11-25"):
        school.mark_day(ada, day, "E", detail="Suspension of 23 November")

    assert 6 == school.total("2026-11-23", "2026-11-25")["authorised_absence"] or s.today
    return observed(school, ada, "2026-11-25", "PM")


@case("AC-025", "codes: T", "severity: code-not-for-this-age")
def a_showman_s_child(s: Setting) -> Observed:
    """A mobile child whose family travels for work, agreed with the school."""
    school = s.school()
    ada = s.pupil(school)

    s.at("2027-06-11 16:00")
    for day in ("2027-06-07", "2027-06-08", "2027-06-09", "2027-06-10", "2027-06-11"):
        school.mark_day(ada, day, "T")

    assert 10 == school.total("2027-06-07", "2027-06-11")["authorised_absence"]
    return observed(school, ada, "2027-06-07", "AM")
