"""Cases of earlier code sets: H, and code X in the pandemic."""

from tests.spec.cases.register import observed
from tests.spec.cases.setting import Setting
from tests.spec.cases.table import Observed, case


@case("AC-021", "codes: H", "severity: code-not-in-force")
def h_before_and_after_it_ended(s: Setting) -> Observed:
    """The code table is that of the day of the session, whenever the entry is made."""
    school = s.school(years=(2022, 2024))
    ada = s.pupil(school, starting_day="2022-09-02")

    s.at("2025-06-11 09:30")
    then = school.mark(ada, "2023-06-14", "AM", "H")
    assert "refused" != then.result
    now = school.mark(ada, "2025-06-11", "AM", "H")

    return observed(school, ada, "2023-06-14", "AM", "2023-06-14.") | {
        "2025-06-11.result": now.result,
        "2025-06-11.reason": now.reason or "",
    }


@case("AC-026", "codes: X", "ledger.law.codes.CodeTable.last_counted")
def at_home_under_the_national_lockdown(s: Setting) -> Observed:
    """Possible, and neither attendance nor absence."""
    school = s.school(years=(2020,))
    ada = s.pupil(school, starting_day="2020-09-02", date_of_birth="2008-11-20")
    day = "2021-02-08"

    s.at("2026-11-20")
    assert "refused" != school.import_mark(ada, day, "AM", "X").result

    row = school.total(day, day)
    (of_age,) = (
        code
        for code in s.read("/v1/codes", on=day)["codes"]
        if code["code"] == "X" and code["pupil_group"] != "not_compulsory_school_age"
    )
    return observed(school, ada, day, "AM") | {
        "in_possible": "yes" if row["possible_sessions"] == 1 else "no",
        "absence": "no" if row["overall_absence"] == 0 else "yes",
        "export_as": of_age["export_as"],
    }


@case("AC-027", "codes: X", "severity: code-discouraged")
def x_after_the_department_advised_i(s: Setting) -> Observed:
    """Kept as received, with a warning: the legal category still ran."""
    school = s.school(years=(2021,))
    ada = s.pupil(school, starting_day="2021-09-02", date_of_birth="2010-01-20")
    day = "2022-05-09"

    s.at("2026-11-20")
    answered = school.import_mark(ada, day, "AM", "X")

    return observed(school, ada, day, "AM") | {"result": answered.result}
