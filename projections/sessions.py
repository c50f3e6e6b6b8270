"""Sessions as a view needs them: which are held, and which had begun by the instant it is seen at."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, datetime

from ledger.schools import calendar
from ledger.schools.calendar import LONDON, Session
from ledger.schools.school import School


class Begun:
    """Which sessions of a school had begun by an instant: their registers had opened.

    Where no register times are known for the day, its sessions begin with it.
    """

    def __init__(self, school: School, instant: datetime) -> None:
        # A register opens on its own day, so only that day's sessions need the time.
        self.today = instant.astimezone(LONDON).date()
        setting = calendar.register_times_on(school.times, self.today)
        self._today: dict[Session, bool] = {
            session: setting is None or calendar.opens_at(self.today, session, setting) <= instant
            for session in calendar.SESSIONS
        }

    def __call__(self, day: date, session: Session) -> bool:
        """Whether that session had begun."""
        return self._today[session] if day == self.today else day < self.today


def held(school: School, first: date, last: date) -> list[tuple[date, Session]]:
    """The sessions that the school holds from `first` to `last`, in order."""
    found: list[tuple[date, Session]] = []
    for number in sorted(school.years):
        found += school.years[number].sessions(first, last)
    return found


def between(
    sessions: Sequence[tuple[date, Session]], first: date, last: date
) -> Sequence[tuple[date, Session]]:
    """Those of some sessions, given in order, that lie on the days from `first` to `last`."""
    return sessions[bisect_left(sessions, (first, "AM")) : bisect_right(sessions, (last, "PM"))]
