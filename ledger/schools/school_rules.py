"""What guidance and the Regulations ask of a school's registers and years: recorded, with a warning.

The numbers are in `law/thresholds.toml`, what a breach leads to at which type of school in
`law/severity.toml`.
"""

from datetime import date
from typing import Final

from ledger import identifiers
from ledger.law import statute
from ledger.law.findings import weigh
from ledger.law.provisions import SchoolType
from ledger.problems import Problem
from ledger.schools.calendar import SESSIONS, RegisterSetting, SchoolYear, span_of_year

REGISTER_MINUTES: Final = "register-open-minutes"
SESSIONS_A_YEAR: Final = "sessions-a-school-year"


def warnings_about_times(
    setting: RegisterSetting, school_type: SchoolType, last: date = date.max
) -> list[Problem]:
    """What is discouraged about register times that stand until `last`, judged by the law of that day.

    "Working together to improve school attendance": a register is open for at most 30 minutes, and as
    long in the one session as in the other.
    """
    found = []
    longest = statute.threshold(REGISTER_MINUTES, last)
    if longest is not None:
        found = [
            _problem(
                "register-open-over-30-minutes",
                f"register_times.{session}",
                f"Guidance: a register should not stay open longer than {longest.value} minutes.",
                last,
            )
            for session in SESSIONS
            if setting.of(session).minutes > longest.value
        ]
    if setting.am.minutes != setting.pm.minutes:
        message = "Guidance: every register should stay open for the same length of time."
        found.append(_problem("register-lengths-differ", "register_times", message, last))
    return list(weigh(found, school_type, last).warning)


def warnings_about_authority(
    local_authority: str, school_type: SchoolType, last: date = date.max
) -> list[Problem]:
    """Whether the number is that of an authority, in a description that stands until `last`."""
    found = identifiers.about_authority(local_authority, "local_authority")
    return list(weigh(found, school_type, last).warning)


def warnings_about_year(year: SchoolYear, school_type: SchoolType, path: str) -> list[Problem]:
    """Whether the year has the sessions asked for (SI 1999/3181 reg 3), by the law of its first day.

    Sessions lost for reasons nobody foresaw count as held.  Nursery classes are apart: a calendar of
    theirs alone may pass over the warning.
    """
    first = span_of_year(year.year).first
    fewest = statute.threshold(SESSIONS_A_YEAR, first)
    if fewest is None or len(year.sessions_planned) >= fewest.value:
        return []
    message = (
        f"The school year has fewer than {fewest.value} sessions; those lost for unforeseen reasons "
        "count as held, and nursery classes are apart."
    )
    found = [_problem("too-few-sessions", path, message, first)]
    return list(weigh(found, school_type, first).warning)


def _problem(rule: str, path: str, message: str, day: date) -> Problem:
    found = statute.severity_rule(rule, day)
    return Problem(rule, path, message, found.reference if found else "")
