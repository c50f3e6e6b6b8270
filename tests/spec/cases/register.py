"""Cases of the attendance register: present marks, lateness, amended entries, code N, register times."""

from tests.spec.cases.setting import OFFICER, School, Setting
from tests.spec.cases.table import Observed, case

TUESDAY = "2026-11-03"


def observed(school: School, pupil: str, day: str, session: str, scope: str = "") -> dict[str, str]:
    """Code and class of the entry that stands, by themselves and under a scope, as a row asks."""
    stands = school.stands(pupil, day, session)
    seen = {"code": stands.code, "class": stands.counts_as}
    return seen | {f"{scope}{key}": value for key, value in seen.items()}


@case("AC-001", "codes: /", "ledger.schools.calendar.mark_for_arrival")
def in_class_when_the_register_begins(s: Setting) -> Observed:
    """In class at the time the register begins to be taken: present."""
    school = s.school()
    ada = s.pupil(school)

    s.at(f"{TUESDAY} 08:36")
    school.mark(ada, TUESDAY, "AM", arrived_at="08:35")

    return observed(school, ada, TUESDAY, "AM", "am.")


@case("AC-002", "codes: L", "ledger.schools.calendar.mark_for_arrival")
def arrives_before_the_register_closes(s: Setting) -> Observed:
    """Late before the register closed: attending, and nothing toward the threshold."""
    school = s.school()
    ada = s.pupil(school)

    s.at(f"{TUESDAY} 08:51")
    school.mark(ada, TUESDAY, "AM", arrived_at="08:50")

    return observed(school, ada, TUESDAY, "AM", "am.") | {
        "penalty_count": str(school.penalty_count(ada)),
    }


@case(
    "AC-003",
    "codes: U",
    "ledger.schools.calendar.mark_for_arrival",
    "thresholds: penalty-notice-sessions",
)
def arrives_after_the_register_closed(s: Setting) -> Observed:
    """Late after the register closed: an unauthorised absence that counts toward the threshold."""
    school = s.school()
    ada = s.pupil(school)

    s.at(f"{TUESDAY} 09:21")
    school.mark(ada, TUESDAY, "AM", arrived_at="09:20")

    return observed(school, ada, TUESDAY, "AM", "am.") | {
        "penalty_count": str(school.penalty_count(ada)),
    }


@case("AC-039", "severity: wrong-session-for-code", "codes: /")
def the_morning_mark_in_the_afternoon(s: Setting) -> Observed:
    """The morning's present mark is not one of the afternoon."""
    school = s.school()
    ada = s.pupil(school)

    s.at(f"{TUESDAY} 12:30")
    answered = school.mark(ada, TUESDAY, "PM", "/")

    return {"result": answered.result, "reason": answered.reason or ""}


@case("AC-004", "severity: amendment-details-missing", "codes: U", "codes: N")
def walks_in_after_a_mark_of_n(s: Setting) -> Observed:
    """N is amended to U, and both entries stay, with what regulation 6 asks for."""
    school = s.school()
    ada = s.pupil(school)
    s.at(f"{TUESDAY} 09:05")
    school.mark(ada, TUESDAY, "AM", "N")

    s.at(f"{TUESDAY} 10:10")
    school.amend(ada, TUESDAY, "AM", "N", "U", reason="Walked in at 10:10", arrived_at="10:10")

    entered, amended = school.history(ada)
    shown = {
        "original": amended["from"] == entered["code"],
        "amended": amended["code"] == "U",
        "reason": amended["reason"] == "Walked in at 10:10",
        "date": amended["recorded_at"].startswith(TUESDAY),
        "name": amended["by"]["name"] == OFFICER["name"],
        "position": amended["by"]["position"] == OFFICER["position"],
    }
    return observed(school, ada, TUESDAY, "AM", "am.") | {
        "history": f"{entered['code']},{amended['code']}",
        "amendment_fields": ",".join(name for name, is_there in shown.items() if is_there),
    }


@case("AC-040", "severity: amendment-details-missing")
def amends_without_a_reason(s: Setting) -> Observed:
    """Nobody amends without a reason; and a position is as needed as a name."""
    school = s.school()
    ada = s.pupil(school)
    s.at(f"{TUESDAY} 09:05")
    school.mark(ada, TUESDAY, "AM", "N")

    technician = {"name": "T Technician", "position": "Technician, not school staff"}
    answered = school.amend(ada, TUESDAY, "AM", "N", "/", by=technician, reason=None)
    nameless = school.amend(ada, TUESDAY, "AM", "N", "/", by={"name": "T Technician"})
    assert "refused" == nameless.result
    assert "N" == school.stands(ada, TUESDAY, "AM").code

    return {"result": answered.result, "reason": answered.reason or ""}


@case("AC-005", "severity: register-open-over-30-minutes", "thresholds: register-open-minutes")
def registers_open_for_45_minutes(s: Setting) -> Observed:
    """Guidance has at most 30 minutes: it is not accepted silently."""
    school = s.school()

    answered = school.describe(
        register_times={
            "AM": {"opens": "08:35", "closes": "09:20"},
            "PM": {"opens": "12:25", "closes": "13:10"},
        },
        in_force_from="2026-09-02",
    )

    return {"result": answered.result, "reason": answered.reason or ""}


@case(
    "AC-006",
    "thresholds: code-n-replaced-within-school-days",
    "severity: code-n-not-replaced-in-time",
)
def n_still_stands_a_week_later(s: Setting) -> Observed:
    """N counts meanwhile, changes by nobody's hand, and is due on the fifth school day; then O."""
    school = s.school()
    ada = s.pupil(school)
    s.at("2026-11-09 09:10")
    school.mark(ada, "2026-11-09", "AM", "N")

    s.at("2026-11-16 16:00")
    listed = school.listed("code-n", ada, on="2026-11-16")
    assert listed is not None
    assert listed["overdue"] is False
    late = school.listed("code-n-overdue", ada, on="2026-11-17")
    assert late is not None
    meanwhile = observed(school, ada, "2026-11-09", "AM", "am.")
    replaced = school.amend(ada, "2026-11-09", "AM", "N", "O", reason="Nothing is known")
    assert "recorded" == replaced.result

    return meanwhile | {
        "due": listed["due"],
        "replacement_code": school.stands(ada, "2026-11-09", "AM").code,
    }


@case("AC-007", "codes: N", "codes: I", "thresholds: penalty-notice-sessions")
def n_becomes_i(s: Setting) -> Observed:
    """A late explanation that is accepted takes both sessions out of the threshold."""
    school = s.school()
    ada = s.pupil(school)
    day = "2026-11-10"
    s.at(f"{day} 13:00")
    school.mark_day(ada, day, "N")
    assert 2 == school.penalty_count(ada)

    s.at("2026-11-13 09:00")
    for session in ("AM", "PM"):
        assert "recorded" == school.amend(ada, day, session, "N", "I").result

    histories = {
        session: ",".join(e["code"] for e in school.history(ada) if e["session"] == session)
        for session in ("AM", "PM")
    }
    assert histories["AM"] == histories["PM"]
    assert observed(school, ada, day, "AM") == observed(school, ada, day, "PM")
    return observed(school, ada, day, "AM") | {
        "penalty_count": str(school.penalty_count(ada)),
        "history": histories["AM"],
    }
