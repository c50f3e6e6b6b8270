"""Cases of the penalty-notice threshold and of notices to one parent for one child."""

from typing import Any

from tests.spec.cases.register import observed
from tests.spec.cases.setting import OFFICER, Answered, School, Setting, school_days
from tests.spec.cases.table import Observed, case

PARENTS = (
    {"id": "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f01", "name": "Ngozi Okafor"},
    {"id": "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f02", "name": "Chidi Okafor"},
)
ISSUER = {
    "name": "E Officer",
    "position": "Education welfare officer",
    "authority": "Leicestershire",
}


def notice(school: School, pupil: str, day: str, parent: Any = PARENTS[0]) -> Answered:
    """Somebody issued a notice, and it is recorded."""
    body = {
        "pupil": pupil,
        "parent": parent,
        "threshold_met_on": day,
        "sessions": [{"date": day, "session": "AM"}],
        "issued_on": day,
        "issued_by": ISSUER,
        "received_on": day,
        "offence": "Education Act 1996 s.444(1)",
        "by": OFFICER,
    }
    return school.setting.write("POST", f"{school.path}/penalty-notices", body)


def paid(school: School, answered: Answered, day: str) -> None:
    """The notice was paid."""
    body = {"outcome": "paid", "on": day, "amount": answered.shown["payment"]["full"]["pounds"]}
    path = f"{school.path}/penalty-notices/{answered.shown['id']}/outcome"
    said = school.setting.write("POST", path, {**body, "by": OFFICER})
    assert "refused" != said.result, said


@case(
    "AC-022",
    "thresholds: penalty-notice-sessions",
    "thresholds: penalty-notice-window-school-weeks",
    "ledger.intervention.penalty_notices.threshold_met",
)
def a_week_of_holiday_without_leave(s: Setting) -> Observed:
    """The tenth session meets the threshold: a notice must be considered, and none is issued."""
    school = s.school()
    ada = s.pupil(school)
    s.at("2026-10-01 09:00")
    school.refuse_leave(ada, "exceptional_circumstances", "2026-10-12", "2026-10-16")

    s.at("2026-10-16 16:00")
    for day in school_days("2026-10-12", "2026-10-16"):
        school.mark_day(ada, day, "G")

    listed = school.listed("penalty-threshold", ada)
    assert listed is not None
    assert ("2026-10-16", "PM") == (listed["first_met"]["date"], listed["first_met"]["session"])
    assert [] == s.read(f"{school.path}/interventions", pupil=ada)["interventions"]
    return observed(school, ada, "2026-10-16", "PM") | {
        "threshold": "met" if listed["met"] else "not_met",
        "sessions": str(listed["largest"]["counted"]),
        "action": listed["action"],
    }


@case(
    "AC-028",
    "thresholds: penalty-notice-window-school-weeks",
    "ledger.schools.school_time.SchoolTime",
)
def ten_sessions_eleven_school_weeks_apart(s: Setting) -> Observed:
    """The half-term is no school week; no ten school weeks hold all ten sessions."""
    school = s.school()
    ada = s.pupil(school)

    s.at("2025-11-18 12:00")
    school.mark(ada, "2025-09-04", "AM", "O")
    for day in ("2025-09-16", "2025-09-30", "2025-10-14", "2025-11-04"):
        school.mark_day(ada, day, "O")
    school.mark(ada, "2025-11-18", "AM", "O")

    listed = school.listed("penalty-threshold", ada, pupil=ada, near=1)
    assert listed is not None
    return {
        "threshold": "met" if listed["met"] else "not_met",
        "sessions": str(listed["largest"]["counted"]),
    }


@case(
    "AC-029",
    "thresholds: penalty-notices-max",
    "thresholds: penalty-notices-period-years",
    "severity: third-penalty-notice",
)
def a_third_notice_within_three_years(s: Setting) -> Observed:
    """Two notices stand in the three years that end that day: no third one to this parent."""
    school = s.school()
    ada = s.pupil(school)
    for issued, settled in (("2025-01-15", "2025-02-03"), ("2026-02-10", "2026-03-02")):
        s.at(f"{settled} 09:00")
        paid(school, notice(school, ada, issued), settled)

    s.at("2027-12-06 09:00")
    proposed = notice(school, ada, "2027-12-06")

    assert "third-penalty-notice" in proposed.reasons
    return {"notice": "not_permitted" if proposed.result == "refused" else "permitted"}


@case("AC-030", "thresholds: penalty-first-early-pounds", "thresholds: penalty-first-pounds")
def two_parents_and_two_children(s: Setting) -> Observed:
    """A notice for each parent and each child, each of them a first one."""
    school = s.school()
    children = (s.pupil(school), s.pupil(school))

    s.at("2026-11-03 09:00")
    notices = [notice(school, child, "2026-11-03", p) for child in children for p in PARENTS]

    assert all("refused" != one.result for one in notices), notices
    assert {"first"} == {one.shown["kind"] for one in notices}
    early = {one.shown["payment"]["early"]["pounds"] for one in notices}
    full = {one.shown["payment"]["full"]["pounds"] for one in notices}
    return {
        "notices": str(len({one.shown["id"] for one in notices})),
        "amount_21": ",".join(map(str, early)),
        "amount_28": ",".join(map(str, full)),
    }
