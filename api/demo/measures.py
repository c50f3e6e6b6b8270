r"""How the Department adds sessions up and works out its percentages.

present       = / + \ + L
attendance    = present + approved educational activity
absence       = authorised + unauthorised
possible      = attendance + absence
a percentage  = 100 x sessions / possible sessions

Counts are summed first and divided once; percentages are never averaged. Source: the Department's
methodology "Pupil attendance in schools" and its data dictionary; every complete published row
keeps these sums.
"""

from collections.abc import Iterable, Mapping

PRESENT = ("/", "\\", "L")
APPROVED_ACTIVITY = ("B", "J", "K", "P", "V", "W")
AUTHORISED = ("C", "C1", "C2", "E", "H", "I", "J1", "M", "R", "S", "T")
UNAUTHORISED = ("G", "N", "O", "U")

TWO_DIGITS = 10

# Percentages of a sum over classes of codes, by the published column, and of one code.
CLASS_RATES = {
    "attendance_perc": "overall_attendance",
    "overall_absence_perc": "overall_absence",
    "authorised_absence_perc": "authorised_absence",
    "unauthorised_absence_perc": "unauthorised_absence",
}
CODE_RATES = {
    "illness_perc": "I",
    "appointments_perc": "M",
    "unauth_hol_perc": "G",
    "unauth_oth_perc": "O",
    "unauth_late_registers_closed_perc": "U",
    "unauth_not_yet_perc": "N",
    "auth_religious_perc": "R",
    "auth_study_perc": "S",
    "auth_mob_perc": "T",
    "auth_excluded_perc": "E",
    "auth_performance_perc": "C1",
    "auth_interview_perc": "J1",
    "auth_part_time_perc": "C2",
    "auth_other_perc": "C",
}


def totals_of(codes: Mapping[str, int]) -> dict[str, int]:
    """Sessions by class, under the names of the published columns, from sessions by code."""

    def sessions(of: Iterable[str]) -> int:
        return sum(codes.get(code, 0) for code in of)

    present, activity = sessions(PRESENT), sessions(APPROVED_ACTIVITY)
    authorised, unauthorised = sessions(AUTHORISED), sessions(UNAUTHORISED)
    return {
        "possible_sessions": present + activity + authorised + unauthorised,
        "overall_attendance": present + activity,
        "present_sessions": present,
        "approved_educational_activity": activity,
        "overall_absence": authorised + unauthorised,
        "authorised_absence": authorised,
        "unauthorised_absence": unauthorised,
        # L is attendance and U is absence, so this sum is a part of neither.
        "late_sessions": sessions(("L", "U")),
    }


def rates_of(totals: Mapping[str, int], codes: Mapping[str, int]) -> dict[str, float | None]:
    """The published percentages; None where no session was possible, which is not 0 %."""
    numerators = {rate: totals[name] for rate, name in CLASS_RATES.items()}
    numerators |= {rate: codes.get(code, 0) for rate, code in CODE_RATES.items()}
    possible = totals["possible_sessions"]
    return {rate: 100 * n / possible if possible else None for rate, n in numerators.items()}


def tolerance(period: str, published: float) -> float:
    """How far a percentage may be from the published one, in percentage points.

    2024/25 was published with eleven characters, so with two digits before the point only eight
    decimals are there, and half of the last one is the best that can be asked.
    """
    return 5e-9 if period == "202425" and published >= TWO_DIGITS else 1e-9
