"""Which attendance codes the generated registers hold, in the published national shares.

Source: Department for Education, "Pupil attendance in schools", year to date of the academic year
2025/26 (8 September 2025 to 10 July 2026), England, sessions by code, the rows for state-funded primary
and secondary schools added up; read from `data/EES_ytd_data.csv` of the repository
dfe-analytical-services/attendance-data-dashboard at commit 8f4979c. Contains public sector information
licensed under the Open Government Licence v3.0.

Left out are the codes that need a decision on leave before they may be entered (C, C1, C2, J1, S) and
two that were no longer in force (H, J): together 0.7 % of the 2,392,971,445 possible sessions.
"""

from itertools import accumulate
from random import Random
from typing import Final

PRESENT: Final = "present"
"""Stands for `/` in a morning session and for `\\` in an afternoon session."""

SESSIONS_BY_CODE: Final[dict[str, int]] = {
    PRESENT: 2_156_082_065,
    "L": 45_094_743,
    "I": 75_866_768,
    "O": 38_845_506,
    "V": 17_497_376,
    "G": 10_387_930,
    "M": 7_649_496,
    "B": 5_756_222,
    "U": 5_443_457,
    "E": 3_637_080,
    "W": 3_374_919,
    "P": 2_656_710,
    "R": 1_484_385,
    "N": 1_183_319,
    "K": 1_092_003,
    "T": 217_945,
}

DETAILS: Final = {
    "B": "Taster day at the sixth form college",
    "K": "Home tuition arranged by the authority",
}
"""What B and K must say: the nature of the activity or provision."""

ARRIVALS: Final = {
    ("AM", "L"): "08:58",
    ("AM", "U"): "09:40",
    ("PM", "L"): "12:48",
    ("PM", "U"): "13:20",
}
"""When a late pupil came; it fits the register times of `world.SCHOOL_DAY`."""

_CODES: Final = tuple(SESSIONS_BY_CODE)
_CUMULATIVE: Final = tuple(accumulate(SESSIONS_BY_CODE.values()))


def draw(random: Random, session: str, number: int) -> list[str]:
    """Return `number` codes for one session ("AM" or "PM"), drawn in the published shares."""
    symbol = {"AM": "/", "PM": "\\"}[session]
    drawn = random.choices(_CODES, cum_weights=_CUMULATIVE, k=number)
    return [symbol if code is PRESENT else code for code in drawn]
