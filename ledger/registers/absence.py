"""Persistent and severe absence of one enrolment, and how near it is to either.

Whole numbers throughout: exactly the percentage counts, and no rounding may decide about a child.
Source: DfE, pupil absence statistics, methodology.  A day says which measure is meant; any day of the
period judged.
"""

from datetime import date
from typing import Final, Literal, NamedTuple

from ledger.law.statute import limit

Measure = Literal["persistent", "severe"]

_ALL: Final = 100


class Nearness(NamedTuple):
    """How far an enrolment is from a measure of absence, in sessions.

    `absences_to_reach`: further possible sessions, all missed, until it is reached; 0 once it is.
    `absences_over`: absences beyond the fewest that reach it at this number of possible sessions.
    `attendances_to_leave`: further possible sessions, all attended, until it is left; 0 when not
    reached.
    """

    reached: bool
    absences_to_reach: int
    absences_over: int
    attendances_to_leave: int


def is_persistent(absent: int, possible: int, day: date) -> bool:
    """Whether 10 per cent or more of an enrolment's possible sessions were missed.

    Never of an enrolment without possible sessions.  ValueError unless 0 <= absent <= possible.
    """
    return _reached(absent, possible, _percent("persistent", day))


def is_severe(absent: int, possible: int, day: date) -> bool:
    """Whether 50 per cent or more were missed; otherwise as `is_persistent`."""
    return _reached(absent, possible, _percent("severe", day))


def sessions_to_persistent(absent: int, possible: int, day: date) -> Nearness:
    """How near an enrolment is to persistent absence.  ValueError as for `is_persistent`."""
    return _nearness(absent, possible, _percent("persistent", day))


def sessions_to_severe(absent: int, possible: int, day: date) -> Nearness:
    """How near an enrolment is to severe absence.  ValueError as for `is_persistent`."""
    return _nearness(absent, possible, _percent("severe", day))


def _percent(measure: Measure, day: date) -> int:
    return limit(f"{measure}-absence-percent", day)


def _reached(absent: int, possible: int, percent: int) -> bool:
    if not 0 <= absent <= possible:
        raise ValueError("absent sessions must be among the possible ones")
    return possible > 0 and _ALL * absent >= percent * possible


def _nearness(absent: int, possible: int, percent: int) -> Nearness:
    short = percent * possible - _ALL * absent  # of the measure, in hundredths of a session
    if not _reached(absent, possible, percent):
        # Every further absence is one more possible session too.
        return Nearness(False, max(1, _up(short, _ALL - percent)), 0, 0)
    fewest = _up(percent * possible, _ALL)
    return Nearness(True, 0, absent - fewest, -short // percent + 1)


def _up(dividend: int, divisor: int) -> int:
    """The quotient, rounded up."""
    return -(-dividend // divisor)
