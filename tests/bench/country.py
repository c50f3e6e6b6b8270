"""Schools, pupils, sessions and codes of any number, for stores that are loaded and not entered.

Nothing here is a real child or school.  Everything follows from the seed and the size.  Schools come in
the sizes of `SIZES`, by turns, some of them in each authority; a pupil stays at one school for all its
years.  The first school, the largest, may have a longer history than the others.
Codes stand in the published national shares (`tests.bench.codes`) in expectation; some children are away
far more often than others, and most absence takes whole days.  A share of what stands was first entered
as N and amended on the last school day of the week.
"""

import json
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import cycle, groupby, islice
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np

from ledger.law.codes import code_in_force
from ledger.schools.calendar import SESSIONS, SchoolYear, Span, Term
from tests.bench.codes import PRESENT, SESSIONS_BY_CODE

CLASS_SIZE: Final = 30
SIZES: Final = (1500, 210, 420, 210, 105, 420)
"""Pupils of a school, by turns; the largest is scaled to what is asked for, and the others with it."""
# fmt: off
AUTHORITIES: Final = (
    "855", "873", "330", "891", "382", "302", "816", "908", "371", "926", "203", "213", "306", "312",
    "335", "352", "356", "380", "393", "801", "826", "839", "846", "850", "860", "878", "886", "916",
    "931", "936",
)
# fmt: on
FIRST_URN: Final = 300_001
YEAR_GROUPS: Final = 5
LAST_YEAR: Final = 2025
"""The last academic year that is filled: all its sessions are in the past."""

SYMBOLS: Final = ("/", "\\", *(code for code in SESSIONS_BY_CODE if code is not PRESENT))
"""Codes by the number that arrays have of them."""
N: Final = SYMBOLS.index("N")
_OF_WHOLE_DAYS: Final = ("I", "O", "V", "G", "B", "E", "W", "P", "R", "K", "T")
_OF_ONE_SESSION: Final = ("L", "M", "U", "N")
_VARIES: Final = frozenset({"I", "O", "G", "U", "N", "L"})
"""Codes of which some pupils have many and some none."""
_FIRST_ENTERED_AS_N: Final = {"I": 0.25, "O": 0.25, "U": 1.0}
_SPREAD: Final = 1.2
"""Shape of the gamma distribution of how often a pupil is away, whose mean is 1."""
_OFTEN_MAX: Final = 8.0
_NOTE: Final = "country.json"


class School(NamedTuple):
    """One school and which of the country's pupils are its own."""

    urn: str
    authority: str
    first: int
    """Number of its first pupil."""
    pupils: int
    laestab: str
    first_year: int
    """Its first academic year."""


class Week(NamedTuple):
    """The sessions of one school week, a work unit of the loader."""

    number: int
    year: int
    days: tuple[date, ...]


@dataclass(frozen=True)
class Country:
    """So many marks at schools of these sizes over these academic years.

    `history` is how many years the first school has, where that is more than the others'; `together`
    how many schools that follow each other have one authority; `weeks_a_year` how many weeks from the
    beginning of a year are filled at most, `weeks_free` how many at the end of the last year are not:
    registers can be taken on their days.
    """

    marks: int
    years: int = 1
    largest: int = SIZES[0]
    seed: int = 2025
    weeks_a_year: int = 52
    history: int = 0
    together: int = 3
    weeks_free: int = 0

    @classmethod
    def noted(cls, data_dir: Path) -> "Country":
        """The country that a data directory was filled with.  Raises FileNotFoundError."""
        return cls(**json.loads((data_dir / _NOTE).read_text(encoding="utf-8")))

    def note(self, data_dir: Path) -> None:
        """Write down in a data directory what it is filled with."""
        (data_dir / _NOTE).write_text(json.dumps(asdict(self)) + "\n", encoding="utf-8")

    @cached_property
    def first_year(self) -> int:
        """The first academic year of all."""
        return LAST_YEAR - max(self.years, self.history) + 1

    @cached_property
    def weeks(self) -> tuple[Week, ...]:
        """Every school week in order."""
        days = [(y, d) for y in range(self.first_year, LAST_YEAR + 1) for d in school_days(y)]
        found = groupby(days, key=lambda one: (one[0], one[1] - timedelta(one[1].weekday())))
        weeks = [(year, tuple(day for _, day in of_week)) for (year, _), of_week in found]
        taken = [
            one
            for _, of_year in groupby(weeks, key=lambda week: week[0])
            for one in islice(of_year, self.weeks_a_year)
        ]
        filled = taken[: len(taken) - self.weeks_free]
        return tuple(Week(number, *one) for number, one in enumerate(filled))

    @cached_property
    def pupils(self) -> int:
        """Pupils there are: as many as make the marks, and one at least."""
        of_first, of_others = self._sessions(self.first_year), self._sessions(self._usual_year)
        first = self.marks // of_first
        if first <= self.largest:
            return max(1, first)
        return self.largest + (self.marks - self.largest * of_first) // of_others

    @property
    def _usual_year(self) -> int:
        """The first academic year of all schools but the first."""
        return LAST_YEAR - self.years + 1

    def _sessions(self, first_year: int) -> int:
        """Sessions of a pupil from an academic year on."""
        return 2 * sum(len(week.days) for week in self.weeks if week.year >= first_year)

    @cached_property
    def schools(self) -> tuple[School, ...]:
        """The schools, their pupils numbered through."""
        sizes = cycle(max(1, size * self.largest // SIZES[0]) for size in SIZES)
        found: list[School] = []
        first = 0
        while first < self.pupils:
            number = len(found)
            pupils = min(next(sizes), self.pupils - first)
            authority = AUTHORITIES[number // self.together % len(AUTHORITIES)]
            laestab = f"{authority}{2000 + number}"
            year = self._usual_year if number else self.first_year
            found.append(School(str(FIRST_URN + number), authority, first, pupils, laestab, year))
            first += pupils
        return tuple(found)

    def schools_of(self, year: int) -> tuple[School, ...]:
        """The schools that have this academic year: all, or the first."""
        return tuple(school for school in self.schools if school.first_year <= year)

    def pupils_of(self, year: int) -> int:
        """How many pupils have this academic year: the country's first ones."""
        return sum(school.pupils for school in self.schools_of(year))

    @cached_property
    def ids(self) -> np.ndarray:
        """The pupils' UUIDs, 16 bytes each."""
        drawn = np.random.default_rng([self.seed, 1]).integers(
            0, 256, (self.pupils, 16), dtype=np.uint8
        )
        drawn[:, 6] = drawn[:, 6] & 0x0F | 0x40
        drawn[:, 8] = drawn[:, 8] & 0x3F | 0x80
        return drawn

    @cached_property
    def classes(self) -> np.ndarray:
        """Each pupil's class, numbered through the country."""
        numbers, before = [], 0
        for school in self.schools:
            numbers.append(np.arange(school.pupils) // CLASS_SIZE + before)
            before = int(numbers[-1][-1]) + 1
        return np.concatenate(numbers)

    @cached_property
    def _often(self) -> np.ndarray:
        """How often each pupil is away, against the mean of all."""
        drawn = np.random.default_rng([self.seed, 2]).gamma(_SPREAD, 1 / _SPREAD, self.pupils)
        drawn = np.minimum(drawn, _OFTEN_MAX)
        return drawn / drawn.mean()

    def codes(self, week: Week) -> tuple[np.ndarray, np.ndarray]:
        """By day, half and pupil: the codes first entered, and those that stand at the week's end."""
        rng = np.random.default_rng([self.seed, 3, week.number])
        shape = (len(week.days), 2, self.pupils_of(week.year))
        standing = np.empty(shape, np.uint8)
        standing[:, 0], standing[:, 1] = SYMBOLS.index("/"), SYMBOLS.index("\\")
        shares = _shares(week.days[0])
        whole = {code: shares.get(code, 0.0) for code in _OF_WHOLE_DAYS}
        single = {code: shares[code] / (1 - sum(whole.values())) for code in _OF_ONE_SESSION}
        away = np.zeros((shape[0], shape[2]), bool)
        drawn = rng.random((shape[0], shape[2]), np.float32)
        for code, low, high in self._bounds(whole, shape[2]):
            hit = (low <= drawn) & (drawn < high)
            standing.transpose(0, 2, 1)[hit] = SYMBOLS.index(code)
            away |= hit
        drawn = rng.random(shape, np.float32)
        for code, low, high in self._bounds(single, shape[2]):
            hit = (low <= drawn) & (drawn < high) & ~away[:, None, :]
            standing[hit] = SYMBOLS.index(code)
        entered = standing.copy()
        drawn = rng.random(shape, np.float32)
        for code, share in _FIRST_ENTERED_AS_N.items():
            entered[(standing == SYMBOLS.index(code)) & (drawn < share)] = N
        return entered, standing

    def _bounds(self, shares: dict[str, float], pupils: int) -> list[tuple[str, Any, Any]]:
        """For each code the part of the numbers from 0 to 1 that draws it, pupil by pupil."""
        found, low = [], np.zeros(pupils)
        for code, share in shares.items():
            high = low + share * (self._often[:pupils] if code in _VARIES else 1.0)
            found.append((code, low, high))
            low = high
        return found


def _shares(day: date) -> dict[str, float]:
    """Published shares, those of codes that were not there yet given to B (K is of August 2024)."""
    total = sum(SESSIONS_BY_CODE.values())
    found: dict[str, float] = {}
    for code, sessions in SESSIONS_BY_CODE.items():
        if code is not PRESENT:
            then = code if code_in_force(code, day) else "B"
            found[then] = found.get(then, 0.0) + sessions / total
    return found


# -- days --------------------------------------------------------------------------------------------


def school_days(year: int) -> list[date]:
    """The days of an academic year on which the schools are open."""
    terms = tuple(
        Term(name, Span(first, last), Span(*half_term))
        for name, first, half_term, last in terms_of(year)
    )
    held = SchoolYear(year, terms, ()).sessions(date(year, 8, 1), date(year + 1, 7, 31))
    return [day for day, session in held if session == SESSIONS[0]]


def terms_of(year: int) -> list[tuple[str, date, tuple[date, date], date]]:
    """Three terms of an academic year, typical and invented: name, first day, half term, last day."""
    halves = (_week(year, 10, 25), _week(year + 1, 2, 14), _week(year + 1, 5, 25))
    return [
        ("Autumn", _monday(year, 9, 2), halves[0], _friday(year, 12, 14)),
        ("Spring", _monday(year + 1, 1, 4), halves[1], _friday(year + 1, 3, 26)),
        ("Summer", _monday(year + 1, 4, 13), halves[2], _friday(year + 1, 7, 15)),
    ]


def _monday(year: int, month: int, day: int) -> date:
    """The first Monday from that day on."""
    since = date(year, month, day)
    return since + timedelta(-since.weekday() % 7)


def _friday(year: int, month: int, day: int) -> date:
    return _monday(year, month, day) + timedelta(4)


def _week(year: int, month: int, day: int) -> tuple[date, date]:
    return _monday(year, month, day), _friday(year, month, day)
