"""Cases of closures and unavoidable causes: codes Y1 to Y7, the staff training day, optional attendance."""

from tests.spec.cases.register import observed
from tests.spec.cases.setting import Setting
from tests.spec.cases.table import Observed, case


@case("AC-008", "codes: Y4", "ledger.registers.closing.close")
def snow_closes_the_whole_site(s: Setting) -> Observed:
    """Every pupil but the boarder gets Y4, and none of the sessions is possible."""
    school = s.school()
    day = "2027-01-12"
    ada, ben, boarder = s.pupil(school), s.pupil(school), s.pupil(school, boarder=True)

    s.at(f"{day} 07:00")
    closed = school.close(day, "Snow", enter_marks=True)
    assert closed.result != "refused"

    for session in ("AM", "PM"):
        for pupil in (ada, ben):
            assert "Y4" == school.stands(pupil, day, session).code
    assert [] == school.history(boarder)
    assert 0 == school.total(day, day)["possible_sessions"]
    return observed(school, ada, day, "AM")


@case("AC-009", "codes: C", "leave_grounds: exceptional_circumstances")
def attendance_is_optional_in_a_heatwave(s: Setting) -> Observed:
    """The school is open: staying at home is leave in exceptional circumstances, not a closure."""
    school = s.school()
    ada = s.pupil(school)
    day = "2026-06-24"
    assert school.is_school_day(day)
    s.at("2026-06-23 15:30")
    given = school.give_leave(ada, "exceptional_circumstances", day, day)
    assert "refused" != given.result

    s.at(f"{day} 09:10")
    assert "recorded" == school.mark(ada, day, "AM", "C").result

    return observed(school, ada, day, "AM")


@case("AC-010", "codes: Y2")
def roads_are_closed_across_the_county(s: Setting) -> Observed:
    """The school is open and the pupil cannot travel: widespread disruption."""
    school = s.school()
    ada = s.pupil(school)
    day = "2027-01-13"

    s.at(f"{day} 09:10")
    assert (
        "recorded" == school.mark(ada, day, "AM", "Y2", detail="Snow, county roads closed").result
    )

    return observed(school, ada, day, "AM")


@case("AC-011", "codes: Y1", "thresholds: walking-distance-miles")
def the_authority_s_taxi_does_not_come(s: Setting) -> Observed:
    """Transport that is normally provided is not there; the morning is not a possible session."""
    school = s.school()
    ada = s.pupil(school)
    day = "2026-11-12"

    s.at(f"{day} 09:10")
    assert "recorded" == school.mark(ada, day, "AM", "Y1").result

    return observed(school, ada, day, "AM", "am.")


@case("AC-012", "codes: #", "ledger.schools.calendar.SchoolYear.session_held")
def a_staff_training_day(s: Setting) -> Observed:
    """The day is shown as a planned closure, is collected by nobody, and is no school day."""
    school = s.school()
    ada = s.pupil(school)
    day = "2026-11-26"

    s.at(f"{day} 09:10")
    assert "recorded" == school.mark(ada, day, "AM", "#").result
    assert "school-closed" == school.mark(ada, day, "PM", "/").reason or s.at(f"{day} 12:30")

    return observed(school, ada, day, "AM") | {
        "school_day": "yes" if school.is_school_day(day) else "no"
    }
