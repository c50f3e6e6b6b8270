r"""Marks whose count for every code equals a published row's, to the session.

The counts are the Department's; which pupil and which day are invented. Kept: `/` only in the
morning and `\` only in the afternoon, one mark at most per pupil and session, school days only, one
school per pupil, and a mark in every session from a pupil's first day to their last (one session
in a whole row stays open when the total is odd).
"""

from bisect import bisect
from collections.abc import Iterable, Iterator
from datetime import date
from fractions import Fraction
from itertools import accumulate, islice
from typing import NamedTuple

from api.demo.measures import totals_of
from api.demo.numbers import Numbers
from api.demo.published import PublishedRow
from api.demo.term_dates import school_days

# Shortest and longest run, in days, when whole days of a code are laid out.
RUNS = {
    "I": (1, 5),
    "G": (3, 10),
    "H": (3, 10),
    "E": (1, 5),
    "S": (5, 15),
    "T": (5, 20),
    "R": (1, 2),
    "C": (1, 5),
    "C1": (1, 3),
    "C2": (5, 20),
    "K": (10, 60),
    "B": (1, 10),
    "V": (1, 3),
    "P": (1, 1),
    "W": (5, 10),
    "O": (1, 4),
    "N": (1, 2),
}
# Which codes move first when the mornings, or the afternoons, need more marks.
# fmt: off
MORE_AM = ("L", "U", "M", "N", "O", "C", "I", "B", "K", "V", "C2", "P", "E", "G", "R", "S", "T",
           "W", "C1", "J1", "J", "H")
MORE_PM = ("M", "C2", "P", "B", "C", "I", "O", "N", "K", "V", "E", "G", "R", "S", "T", "W", "C1",
           "J1", "J", "H", "U", "L")
# fmt: on
USUAL = ("/", "\\")
SESSIONS = ("AM", "PM")
# Draws that hit nothing free before the places are gone through in order instead.
PATIENCE = 2000


class Mark(NamedTuple):
    """One session of one pupil; pupils and schools are numbered from 1 within their row."""

    day: date
    session: str
    school: int
    pupil: int
    code: str


class CannotBeReplayedError(ValueError):
    """The row's figures are suppressed, or leave some sessions without a code."""


def make_marks(row: PublishedRow) -> list[Mark]:
    """The marks of a row, by day, session, school and pupil; the same row, the same marks.

    Raises CannotBeReplayedError for a row whose authorised absence is larger than the sum of its
    authorised codes, or that is suppressed.
    """
    if not row.complete:
        raise CannotBeReplayedError(f"{row.title}: the figures are suppressed")
    if totals_of(row.counts())["possible_sessions"] != row.count("possible_sessions"):
        raise CannotBeReplayedError(f"{row.title}: not every session has a published code")
    return sorted(_Layout(row).marks())


def _half_up(text: str) -> int:
    return int(Fraction(text) + Fraction(1, 2))


def split_sessions(counts: dict[str, int]) -> tuple[dict[str, int], dict[str, int]]:
    """How many sessions of each code are mornings and how many afternoons, as even as can be."""
    total = sum(counts.values())
    mornings = max(counts["/"], min(total - total // 2, total - counts["\\"]))
    am = {code: n // 2 for code, n in counts.items() if code not in USUAL}
    pm = {code: counts[code] - n for code, n in am.items()}
    change = mornings - counts["/"] - sum(am.values())
    giver, taker = (pm, am) if change > 0 else (am, pm)
    left = abs(change)
    for code in MORE_AM if change > 0 else MORE_PM:
        step = min(left, giver[code])
        giver[code] -= step
        taker[code] += step
        left -= step
    am["/"], pm["\\"] = counts["/"], counts["\\"]
    return am, pm


class _Layout:
    """A grid of pupils by sessions, filled code by code. None is a free session, "" one kept open.

    The order in which numbers are drawn is part of what it makes: a change here changes every
    mark of every row.
    """

    def __init__(self, row: PublishedRow) -> None:
        self._draw = Numbers(f"{row.period}|{row.area}|{row.phase}")
        self._days = school_days(row.period)
        self._left = split_sessions(row.counts())
        sides = [sum(side.values()) for side in self._left]
        pupil_days = max(sides)
        fewest = -(-pupil_days // len(self._days))
        self._pupils = min(pupil_days, max(_half_up(row.columns["enrolments"]), fewest))
        self._schools = min(self._pupils, max(1, _half_up(row.columns["num_schools"])))
        self._order = sorted(range(self._pupils), key=lambda _: self._draw.next())
        self._window = self._windows(pupil_days)
        self._grid: list[list[str | None]] = [
            [None] * (2 * len(self._days)) for _ in range(self._pupils)
        ]
        for side in (0, 1):
            for pupil, day in islice(self._backwards(), pupil_days - sides[side]):
                self._grid[pupil][2 * day + side] = ""
        # Some pupils are absent far more than others.
        self._reach = list(
            accumulate(
                (1 << 16) // (900 + self._draw.next() % 20000) + 1 for _ in range(self._pupils)
            )
        )

    def marks(self) -> Iterator[Mark]:
        """Fill the grid and read it."""
        self._whole_days()
        for side in (0, 1):
            self._single_sessions(side)
        for pupil in range(self._pupils):
            school = 1 + pupil * self._schools // self._pupils
            for day in range(*self._window[pupil]):
                for side, session in enumerate(SESSIONS):
                    code = self._grid[pupil][2 * day + side]
                    code = USUAL[side] if code is None else code
                    if code:
                        yield Mark(self._days[day], session, school, pupil + 1, code)

    def _windows(self, pupil_days: int) -> list[tuple[int, int]]:
        """Each pupil's days on the roll: all year, then joiners and leavers take up the slack."""
        joins, leaves = [0] * self._pupils, [len(self._days)] * self._pupils
        slack = self._pupils * len(self._days) - pupil_days
        limit = max(1, len(self._days) * 6 // 10)
        while slack:
            for pupil in self._order:
                room = leaves[pupil] - joins[pupil] - 1
                cut = min(slack, room, self._draw.between(1, limit))
                if self._draw.next() % 3:
                    joins[pupil] += cut
                else:
                    leaves[pupil] -= cut
                slack -= cut
                if not slack:
                    break
        return list(zip(joins, leaves, strict=True))

    def _backwards(self) -> Iterator[tuple[int, int]]:
        for pupil in reversed(self._order):
            for day in reversed(range(*self._window[pupil])):
                yield pupil, day

    def _forwards(self) -> Iterator[tuple[int, int]]:
        for pupil in self._order:
            for day in range(*self._window[pupil]):
                yield pupil, day

    def _pick(self) -> int:
        return bisect(self._reach, self._draw.next() % self._reach[-1])

    def _free(self, pupil: int, sessions: Iterable[int]) -> bool:
        return all(self._grid[pupil][session] is None for session in sessions)

    def _whole_days(self) -> None:
        am, pm = self._left
        for code, lengths in RUNS.items():
            whole, misses = min(am[code], pm[code]), 0
            while whole and misses < PATIENCE:
                pupil = self._pick()
                first, last = self._window[pupil]
                day = self._draw.between(first, last - 1)
                run = min(whole, self._draw.between(*lengths))
                placed = self._place_run(code, pupil, range(day, min(last, day + run)))
                misses = 0 if placed else misses + 1
                whole -= placed
                am[code] -= placed
                pm[code] -= placed

    def _place_run(self, code: str, pupil: int, days: range) -> int:
        """Lay a run out up to the first day that is not free; how many days it took."""
        for placed, day in enumerate(days):
            if not self._free(pupil, (2 * day, 2 * day + 1)):
                return placed
            self._grid[pupil][2 * day] = self._grid[pupil][2 * day + 1] = code
        return len(days)

    def _single_sessions(self, side: int) -> None:
        places = self._forwards()
        for code in MORE_AM:
            need, misses = self._left[side][code], 0
            while need:
                if misses < PATIENCE:
                    pupil = self._pick()
                    first, last = self._window[pupil]
                    day = self._draw.between(first, last - 1)
                else:
                    pupil, day = next(places)
                if self._free(pupil, (2 * day + side,)):
                    self._grid[pupil][2 * day + side] = code
                    need -= 1
                else:
                    misses += 1
