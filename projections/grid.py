"""The grid that marks are counted into: days by row, pupils' places by stretch, codes by edition.

It is small (days, pupils and codes, not marks) and is handed to the database beside the marks.  What
follows from it alone, marks due and enrolments, is counted here.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import accumulate
from typing import Any, Final, Literal

from ledger.admissions.ages import compulsory_school_age_from, compulsory_school_age_to
from ledger.schools import calendar
from ledger.schools.calendar import Session, Span
from ledger.schools.school import School
from projections.asof import AsOf
from projections.editions import Editions
from projections.places import Places, Stretch
from projections.sessions import Begun, between, held

TotalsBy = Literal[
    "school",
    "pupil",
    "year_group",
    "registration_group",
    "week",
    "half_term",
    "term",
    "day_of_week",
]
RowsBy = TotalsBy | Literal["enrolment"]
"""What a row may stand for; those by enrolment are for the list of absentees."""
OF_TIME: Final = frozenset({"week", "half_term", "term", "day_of_week"})
Key = str | None
"""What a row stands for; None for what belongs to no group, or to no term."""

WEEKDAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


@dataclass(frozen=True, slots=True)
class TotalsQuery:
    """Days (both included) and what a row stands for."""

    urn: str
    first: date
    last: date
    by: RowsBy = "school"


@dataclass(frozen=True)
class Grid:
    """What the marks of a school are counted into."""

    query: TotalsQuery
    school: School
    places: Places
    at: AsOf
    born: Mapping[str, date] = field(default_factory=dict)
    """Dates of birth of the pupils for whom a code counts by age."""

    @cached_property
    def _days(self) -> list[date]:
        return list(Span(self.query.first, self.query.last).days())

    @cached_property
    def _day_keys(self) -> list[Key]:
        """For each day the row it belongs to, where rows are of time."""
        if self.query.by not in OF_TIME:
            return [None] * len(self._days)
        return [_label(self.query, self.school, day) for day in self._days]

    @cached_property
    def _held(self) -> list[tuple[date, Session]]:
        return held(self.school, self.query.first, self.query.last)

    @cached_property
    def _begun(self) -> Begun:
        return Begun(self.school, self.at.instant)

    @cached_property
    def _due_sessions(self) -> list[tuple[date, Session]]:
        """Sessions in which marks are due: held, and begun by the instant of the view."""
        return [(day, session) for day, session in self._held if self._begun(day, session)]

    @cached_property
    def _dues(self) -> dict[tuple[date, date], int]:
        return {}

    @cached_property
    def pieces(self) -> list[tuple[Stretch, bool]]:
        """Stretches of every place, each with whether the pupil is of compulsory school age then."""
        first, last = self.query.first, self.query.last
        return [
            (piece, of_age)
            for place in self.places.values()
            for stretch in place.stretches(first, last)
            for piece, of_age in _cut_by_age(stretch, self.born.get(stretch.pupil))
            if piece.first <= last and first <= piece.last
        ]

    def key_of_stretch(self, stretch: Stretch) -> Key:
        """The row that a stretch belongs to, where rows are not of time."""
        match self.query.by:
            case "pupil":
                return stretch.pupil
            case "enrolment":
                return None if stretch.period is None else f"{stretch.pupil}/{stretch.period}"
            case "year_group":
                return stretch.year_group
            case "registration_group":
                return stretch.registration_group
            case _:
                return self.query.urn

    def key_of(self, day: date | None, pupil: str | None) -> Key:
        """The row that a mark belongs to; its day or its pupil may be None where rows are not of it."""
        if self.query.by in OF_TIME:
            assert day is not None
            return self._day_keys[(day - self.query.first).days]
        if self.query.by == "school":
            return self.query.urn
        assert pupil is not None
        if self.query.by == "pupil":
            return pupil
        assert day is not None
        place = self.places.get(pupil)
        return None if place is None else self.key_of_stretch(place.stretches(day, day)[0])

    def days_of(self, key: Key) -> tuple[date, date]:
        """The first and the last of a row's days: of time those it stands for, else all there are."""
        pairs = zip(self._days, self._day_keys, strict=True)
        days = [day for day, of_day in pairs if self.query.by in OF_TIME and of_day == key]
        return (days[0], days[-1]) if days else (self.query.first, self.query.last)

    # -- what follows from the grid alone --------------------------------------------------------

    @cached_property
    def lines(self) -> list[Key]:
        """The keys of rows of time and of groups, by the numbers that `totals.sql` has of them."""
        if self.query.by in OF_TIME:
            return list({key: None for key in self._day_keys if key is not None})
        found = {self.key_of_stretch(stretch): None for stretch, _ in self.pieces}
        return [key for key in found if key is not None]

    def key_of_line(self, line: int | None, pupil: str | None) -> Key:
        """The row that a line of `totals.sql` is."""
        if self.query.by == "school":
            return self.query.urn
        return pupil if line is None else self.lines[line]

    def keys(self, counted: Collection[Key]) -> list[Key]:
        """The rows there are, in order: those with marks, and those that are there without any."""
        if self.query.by == "school":
            return [self.query.urn]
        if self.query.by not in OF_TIME:
            return in_order(self.query.by, {*self.enrolments, *counted})
        days = {day for day, _ in self._held}
        pairs = zip(self._days, self._day_keys, strict=True)
        as_days_go = dict.fromkeys(key for day, key in pairs if day in days or key in counted)
        return in_order(self.query.by, as_days_go)

    @cached_property
    def enrolments(self) -> Counter[Key]:
        """For each row how many enrolments were on the roll on one of its days."""
        on_roll = [stretch for stretch, _ in self.pieces if stretch.period is not None]
        if self.query.by in OF_TIME:
            return self._enrolments_over_time(on_roll)
        found = {(self.key_of_stretch(one), one.pupil, one.period) for one in on_roll}
        return Counter(key for key, _, _ in found)

    def enrolled(self, key: Key) -> list[tuple[str, int]]:
        """The enrolments that `enrolments` counts in a row: the pupil, and which of the pupil's it is."""
        of_time = self.query.by in OF_TIME
        pairs = zip(self._days, self._day_keys, strict=True)
        days = [day for day, of_day in pairs if of_time and of_day == key]
        return sorted(
            {
                (one.pupil, one.period)
                for one, _ in self.pieces
                if one.period is not None
                and (
                    any(one.first <= day <= one.last for day in days)
                    if of_time
                    else self.key_of_stretch(one) == key
                )
            }
        )

    @cached_property
    def due(self) -> Counter[Key]:
        """For each row how many marks are due."""
        due = [stretch for stretch, _ in self.pieces if stretch.due]
        if self.query.by in OF_TIME:
            return self._due_over_time(due)
        found: Counter[Key] = Counter()
        for stretch in due:
            found[self.key_of_stretch(stretch)] += self._due_between(stretch.first, stretch.last)
        return found

    def _due_between(self, first: date, last: date) -> int:
        """How many sessions in which marks are due lie on these days; most stretches have the same days."""
        found = self._dues.get((first, last))
        if found is None:
            found = len(between(self._due_sessions, first, last))
            self._dues[first, last] = found
        return found

    def _due_over_time(self, due: Iterable[Stretch]) -> Counter[Key]:
        start, end = self.query.first.toordinal(), self.query.last.toordinal()
        joining = [0] * (len(self._days) + 1)
        for stretch in due:
            joining[max(stretch.first.toordinal(), start) - start] += 1
            joining[min(stretch.last.toordinal(), end) - start + 1] -= 1
        heads = list(accumulate(joining))
        found: Counter[Key] = Counter()
        for day, _ in self._due_sessions:
            number = day.toordinal() - start
            found[self._day_keys[number]] += heads[number]
        return found

    def _enrolments_over_time(self, on_roll: Iterable[Stretch]) -> Counter[Key]:
        periods: dict[tuple[str, int | None], tuple[date, date]] = {}
        for stretch in on_roll:
            since, _ = periods.get((stretch.pupil, stretch.period), (stretch.first, None))
            periods[stretch.pupil, stretch.period] = (since, stretch.last)
        # Nearly everyone is on the roll throughout, so equal periods are looked at once.
        alike = Counter(periods.values())
        days: defaultdict[Key, list[date]] = defaultdict(list)
        for day, key in zip(self._days, self._day_keys, strict=True):
            days[key].append(day)
        found: Counter[Key] = Counter()
        for key, of_key in days.items():
            for (since, upto), enrolments in alike.items():
                if any(since <= day <= upto for day in of_key):
                    found[key] += enrolments
        return found

    # -- what the database is given --------------------------------------------------------------

    def columns(self, editions: Editions) -> dict[str, Any]:
        """What `totals.sql` is given of sessions, periods and places."""
        return {**self.calendar(editions), **self._places()}

    def calendar(self, editions: Editions) -> dict[str, list[Any]]:
        """Sessions as `totals.sql` describes them, and what their periods stand for."""
        due = set(self._due_sessions)
        lines = {key: line for line, key in enumerate(self.lines)}
        periods: dict[tuple[Key, int], int] = {}
        sessions = []
        for day, key in zip(self._days, self._day_keys, strict=True):
            period = periods.setdefault((key, editions.number(day)), len(periods) + 1)
            for session in calendar.SESSIONS:
                begun = self._begun(day, session)
                sessions.append(2 * period + ((day, session) in due) if begun else 0)
        return {
            "sessions": sessions,
            "period_lines": [lines.get(key) for key, _ in periods],
            "period_editions": [edition for _, edition in periods],
        }

    def _places(self) -> dict[str, Any]:
        pieces = self.pieces
        lines = {key: line for line, key in enumerate(self.lines)}
        return {
            "pupils": [stretch.pupil for stretch, _ in pieces],
            "firsts": [stretch.first for stretch, _ in pieces],
            "lasts": [stretch.last for stretch, _ in pieces],
            "due": [stretch.due for stretch, _ in pieces],
            "place_lines": [lines.get(self.key_of_stretch(stretch)) for stretch, _ in pieces],
            "enrolments": [stretch.period for stretch, _ in pieces],
            "of_age": [of_age for _, of_age in pieces],
            "unsteady": self.unsteady(),
            "a_day": self.a_day,
        }

    @property
    def a_day(self) -> date | None:
        """A day on which marks are due: on all of them a steady pupil's place is the same."""
        return self._due_sessions[0][0] if self._due_sessions else None

    def unsteady(self) -> list[str]:
        """Pupils whose place is not the same in all sessions in which marks are due."""
        steady: dict[str, tuple[Any, ...]] = {}
        unsteady = set()
        for stretch, of_age in self.pieces:
            if self._due_between(stretch.first, stretch.last):
                place = (self.key_of_stretch(stretch), stretch.period, stretch.due, of_age)
                if steady.setdefault(stretch.pupil, place) != place:
                    unsteady.add(stretch.pupil)
        return sorted(unsteady)


def _label(query: TotalsQuery, school: School, day: date) -> Key:
    """The row of time that a day belongs to."""
    if query.by == "week":
        return calendar.monday_of(day).isoformat()
    if query.by == "day_of_week":
        return WEEKDAYS[day.weekday()]
    number = calendar.academic_year(day)
    year = school.years.get(number)
    if year is None:
        return None
    term = year.term_of(day)
    label = year.half_term_of(day) if query.by == "half_term" else term.name if term else None
    if label is None or _in_one_year(query.first, query.last):
        return label
    return f"{label} {number}/{(number + 1) % 100:02d}"


def _in_one_year(first: date, last: date) -> bool:
    return calendar.academic_year(first) == calendar.academic_year(last)


def _cut_by_age(stretch: Stretch, born: date | None) -> Iterator[tuple[Stretch, bool]]:
    """A stretch cut where compulsory school age begins and where it has ended."""
    if born is None:
        yield stretch, True
        return
    begins, ends = compulsory_school_age_from(born), compulsory_school_age_to(born)
    day = timedelta(days=1)
    for first, last, of_age in (
        (stretch.first, min(stretch.last, begins - day), False),
        (max(stretch.first, begins), min(stretch.last, ends), True),
        (max(stretch.first, ends + day), stretch.last, False),
    ):
        if first <= last:
            yield stretch._replace(first=first, last=last), of_age


def enrolment_of_key(key: str) -> tuple[str, int]:
    """The pupil and the number of the enrolment that a row by enrolment stands for."""
    pupil, _, period = key.partition("/")
    return pupil, int(period)


def in_order(by: RowsBy, keys: Iterable[Key]) -> list[Key]:
    """Year groups from the youngest, weekdays from Monday, other rows of time as given, others by
    name; None last.
    """
    return sorted(keys, key=lambda key: (key is None, _rank(by, key or "")))


def _rank(by: RowsBy, key: str) -> tuple[int, str]:
    if by == "year_group":
        return (int(key) if key.isdecimal() else _BEFORE_YEAR_1.get(key, 99), key)
    if by == "day_of_week":
        return (WEEKDAYS.index(key) if key else 0, "")
    return (0, "" if by in OF_TIME else key)


_BEFORE_YEAR_1: Final = {"E1": -5, "E2": -4, "N1": -3, "N2": -2, "R": -1}
