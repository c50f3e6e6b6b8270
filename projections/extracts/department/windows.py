"""The three school censuses of a year: the day of each, and whose sessions of which days it collects.

Attendance is collected one term in arrears.  The windows are dates of the calendar, not a school's terms
(DfE, Pupil absence in schools in England: methodology, Table 6):

    spring (January)   autumn term           1 August to 31 December
    summer (May)       spring term           1 January to Easter Sunday
    autumn (October)   summer, first half    Easter Monday to the Sunday before the spring bank holiday
                       summer, second half   the spring bank holiday to 31 July, kept apart

The spring bank holiday is taken to be the last Monday in May in every year (convention).  In 2002, 2012 and
2022 it was moved into June for a jubilee; no text seen says that the windows moved with it.
"""

from datetime import date, timedelta
from typing import Final, Literal, NamedTuple, get_args

from ledger.schools.calendar import Span, academic_year

CensusTerm = Literal["autumn", "spring", "summer"]
TERMS: Final[tuple[CensusTerm, ...]] = get_args(CensusTerm)

_MONDAY: Final = 0
_THURSDAY: Final = 3
_DAY: Final = timedelta(days=1)
_WEEK: Final = timedelta(weeks=1)


class Census(NamedTuple):
    """One census."""

    term: CensusTerm
    """The term in which it is taken, not the one that it collects."""
    year: int
    """The calendar year in which it is taken."""
    day: date
    """The day for which it asks who is on the roll."""
    termly: Span
    second_half: Span | None
    """The second half of the summer term, of the autumn census alone."""
    ages_on: date
    """31 August at the start of the academic year of its sessions: ages are those of that day."""

    @property
    def window(self) -> Span:
        """All the days whose sessions it collects."""
        return Span(self.termly.first, (self.second_half or self.termly).last)


def census(term: CensusTerm, year: int) -> Census:
    """The census taken in that term of a calendar year, 2 to 9998."""
    halves = _summer_term(year)
    termly, second_half = {
        "spring": (Span(date(year - 1, 8, 1), date(year - 1, 12, 31)), None),
        "summer": (Span(date(year, 1, 1), easter_sunday(year)), None),
        "autumn": halves,
    }[term]
    ages_on = date(academic_year(termly.first), 8, 31)
    return Census(term, year, _day_of(term, year), termly, second_half, ages_on)


def easter_sunday(year: int) -> date:
    """Easter Sunday of a year of the Gregorian calendar.

    By the anonymous algorithm of 1876 (Meeus, Astronomical Algorithms, chapter 8).  It is arithmetic, so
    that nothing hangs on how a list of holidays names its days.
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - moon + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (of_century // 4) - epact - of_century % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * late + 114, 31)
    return date(year, month, day + 1)


def spring_bank_holiday(year: int) -> date:
    """The last Monday in May (convention, see above)."""
    last = date(year, 5, 31)
    return last - timedelta(days=(last.weekday() - _MONDAY) % 7)


def _summer_term(year: int) -> tuple[Span, Span]:
    holiday = spring_bank_holiday(year)
    first = Span(easter_sunday(year) + _DAY, holiday - _DAY)
    return first, Span(holiday, date(year, 7, 31))


def _day_of(term: CensusTerm, year: int) -> date:
    """The first Thursday in October, the third in January and in May (secondary: the dates that councils
    published for 2020/21 and for 2023/24 to 2025/26).
    """
    month, weeks = {"autumn": (10, 0), "spring": (1, 2), "summer": (5, 2)}[term]
    first = date(year, month, 1)
    return first + timedelta(days=(_THURSDAY - first.weekday()) % 7) + weeks * _WEEK
