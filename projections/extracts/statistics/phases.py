"""The phase under which a school is published: Primary, Secondary or Special.

Its description says so.  Of a school whose description does not, it follows from the school's type and,
for schools that are neither, from the year groups of its enrolments (convention).
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final, Literal

from ledger.schools.school import SchoolDescribed

Phase = Literal["Primary", "Secondary", "Special"]
PHASES: Final[tuple[Phase, ...]] = ("Primary", "Secondary", "Special")

_OF_PHASE: Final[dict[str, Phase | None]] = {
    "NS": None,
    "PS": "Primary",
    "MP": "Primary",
    "MS": "Secondary",
    "SS": "Secondary",
    "AT": "Secondary",
    "SP": "Special",
    "PR": None,
}
"""Middle schools as they are deemed, all-through schools as secondary; nursery schools and pupil referral
units are not published under any (DfE absence methodology; unconfirmed for the year-to-date files)."""
_NOT_PUBLISHED: Final = frozenset({"independent", "pupil_referral_unit", "alternative_provision"})
_SECONDARY_FROM: Final = 7
_SECONDARY_AGE: Final = 11


def phase_of(
    description: SchoolDescribed, year_groups: Iterable[str | None], ages: Iterable[int]
) -> Phase | None:
    """The phase of a school; None where it is not among those published, or nothing tells.

    `year_groups` and `ages` (on 31 August) are those of its enrolments in the period.
    """
    if description.type in _NOT_PUBLISHED:
        return None
    if description.phase is not None:
        return _OF_PHASE[description.phase]
    if description.type == "special":
        return "Special"
    return _by_year_group(year_groups) or _by_age(ages)


def age_on_31_august(born: date, year: int) -> int:
    """Whole years on the 31 August at which academic year `year` begins."""
    return year - born.year - ((born.month, born.day) > (8, 31))


def _by_year_group(year_groups: Iterable[str | None]) -> Phase | None:
    number = Counter(
        "Secondary" if int(group) >= _SECONDARY_FROM else "Primary"
        for group in ("0" if group == "R" else group for group in year_groups)
        if group is not None and group.isdecimal()
    )
    return _more(number)


def _by_age(ages: Iterable[int]) -> Phase | None:
    return _more(Counter("Secondary" if age >= _SECONDARY_AGE else "Primary" for age in ages))


def _more(number: Counter[str]) -> Phase | None:
    if not number:
        return None
    return "Secondary" if number["Secondary"] > number["Primary"] else "Primary"
