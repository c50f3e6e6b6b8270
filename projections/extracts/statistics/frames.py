"""Time frames of the tidy file: days, weeks and the year to date, of which each names its week."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Final, NamedTuple

YEAR_TO_DATE: Final = "Year to date"
WEEK: Final = "Week"
_WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_ORDER: Final = (*_WEEKDAYS, WEEK, YEAR_TO_DATE)


class Frame(NamedTuple):
    """A day, a week or the year up to a week's end."""

    monday: date
    name: str
    reference: date
    """The day itself; of a week, and of the year to date, the Monday of the week."""

    @property
    def order(self) -> tuple[date, int]:
        """Week by week, each by its days and then as a whole."""
        return self.monday, _ORDER.index(self.name)

    @property
    def time_period(self) -> str:
        """The calendar year of the week (ISO 8601)."""
        return str(self.monday.isocalendar().year)

    @property
    def time_identifier(self) -> str:
        """Such as `Week 37` (ISO 8601)."""
        return f"Week {self.monday.isocalendar().week}"


def of_day(day: date) -> Frame:
    """The frame of a day alone."""
    return Frame(_monday(day), _WEEKDAYS[day.weekday()], day)


def of_week(day: date) -> Frame:
    """The frame of the week in which a day lies."""
    return Frame(_monday(day), WEEK, _monday(day))


def year_to_date(days: Iterable[date]) -> Frame:
    """The frame of all the days, named after the week of the last of them."""
    monday = _monday(max(days))
    return Frame(monday, YEAR_TO_DATE, monday)


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
