"""Compulsory school age: the first and the last day of it, and whether a day lies between.

Education Act 1996 s.8; the days and ages are in `law/compulsory_school_age.toml`.  Asked on the day of
the session, the leave or the deletion: it can begin or end in the middle of a term.
"""

from calendar import isleap, monthrange
from datetime import date, timedelta
from typing import Final

from ledger.law.provisions import MonthDay
from ledger.law.statute import age_begins, age_ends

_FIVE: Final = 5
_SIXTEEN: Final = 16
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def of_compulsory_school_age(born: date, day: date) -> bool:
    """Whether one born on `born` is of compulsory school age on `day`."""
    return compulsory_school_age_from(born) <= day <= compulsory_school_age_to(born)


def compulsory_school_age_from(born: date) -> date:
    """The first day of compulsory school age (s.8(2)).

    The fifth birthday where it is one of the prescribed days, otherwise the next of them.
    """
    law = age_begins(anniversary(born, _FIVE))
    birthday = anniversary(born, law.age_years)
    years = (birthday.year, min(birthday.year + 1, date.max.year))
    prescribed = sorted(_in_year(day, year) for year in years for day in law.days)
    return next((day for day in prescribed if day >= birthday), date.max)


def compulsory_school_age_to(born: date) -> date:
    """The last day of compulsory school age, at whose end it ceases (s.8(3)).

    The last Friday in June of the school year in which the age of 16 is attained, even where the
    birthday comes after that Friday and before the next school year.  When that school year begins
    is for each school; we take 1 September for all (convention), as everyone does who counts years.
    """
    law = age_ends(anniversary(born, _SIXTEEN))
    birthday = anniversary(born, law.age_years)
    in_next_school_year = birthday >= _in_year(law.school_year_begins, birthday.year)
    year = min(birthday.year + in_next_school_year, date.max.year)
    return _last_weekday(year, law.month, law.weekday)


def anniversary(day: date, years: int) -> date:
    """The day `years` later; of 29 February, in a common year, 1 March.

    The last day of all where the calendar does not reach so far.  For compulsory school age it makes
    no difference whether 29 February becomes 28 February or 1 March: no boundary lies between.
    """
    year = day.year + years
    if year > date.max.year:
        return date.max
    if (day.month, day.day) == (2, 29) and not isleap(year):
        return date(year, 3, 1)
    return day.replace(year=year)


def _in_year(day: MonthDay, year: int) -> date:
    return date(year, day.month, day.day)


def _last_weekday(year: int, month: int, weekday: str) -> date:
    last = date(year, month, monthrange(year, month)[1])
    return last - timedelta(days=(last.weekday() - _WEEKDAYS.index(weekday)) % 7)
