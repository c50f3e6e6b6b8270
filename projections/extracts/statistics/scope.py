"""Whose sessions are published: ages 5 to 15, and those of 15 until the second half of the summer term.

Ages are those on 31 August at the start of the academic year (DfE attendance and absence methodologies).
A pupil whose date of birth is not known is taken to be in scope, as most are; a guest is published by the
school where the guest is registered (convention).
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from projections.extracts.department.windows import spring_bank_holiday
from projections.extracts.statistics.phases import age_on_31_august
from projections.places import Place, in_force

YOUNGEST: Final = 5
OLDEST: Final = 15


def second_half_of_summer(year: int) -> date:
    """Its first day in academic year `year`: the spring bank holiday."""
    return spring_bank_holiday(year + 1)


def out_of_scope(
    born: Mapping[str, date], places: Mapping[str, Place], year: int, last: date
) -> dict[str, date]:
    """The pupils whose sessions of an academic year are not published, each with the day from which.

    `last` is the last day that is looked at: who is a guest on it is one.
    """
    found: dict[str, date] = {}
    for pupil, day in born.items():
        age = age_on_31_august(day, year)
        if not YOUNGEST <= age <= OLDEST:
            found[pupil] = date.min
        elif age == OLDEST:
            found[pupil] = second_half_of_summer(year)
    for pupil, place in places.items():
        if in_force(place.enrolment, last) == "guest":
            found[pupil] = date.min
    return found
