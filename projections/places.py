"""A pupil's place at a school, dated: on the roll or not, boarder, enrolment, year and registration group.

Each is kept as a history of (day from which it holds, value) in the order of recording, and asked for
by day: the latest that had begun holds, and of two from the same day the one recorded later.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, NamedTuple, TypeVar

from ledger.admissions.admission import NameDeleted, NameEntered, ParticularsAmended
from ledger.admissions.roll import History, OnRoll, before, started_on

Value = TypeVar("Value")


def in_force(history: Sequence[tuple[date, Value]], day: date) -> Value | None:
    """What holds on a day; None before anything did."""
    found, since = None, date.min
    for begun, value in history:
        if since <= begun <= day:
            found, since = value, begun
    return found


def in_force_since(told: date, starting_day: date) -> date:
    """The day from which amended particulars hold, told to be true from a day on.

    What is true since before the starting day, such as a name put right, holds from that day on: it
    amends what was entered for it.
    """
    return max(told, starting_day)


class Stretch(NamedTuple):
    """Days, both included, over which nothing about a pupil's place changes."""

    pupil: str
    first: date
    last: date
    period: int | None
    """Which of the pupil's periods on the roll, from 0; None while the name is not on it."""
    due: bool
    """Whether marks are due of the pupil: on the roll, neither a boarder nor a guest."""
    year_group: str | None
    registration_group: str | None


_DATED: Final = ("enrolment", "year_group", "registration_group", "attends_there")
"""Particulars of a place that are kept as histories."""


@dataclass(slots=True)
class Place:
    """One pupil at one school, as the admission register's events leave it."""

    pupil: str
    on_roll: OnRoll
    enrolment: History[str | None] = field(default_factory=list)
    year_group: History[str | None] = field(default_factory=list)
    registration_group: History[str | None] = field(default_factory=list)
    attends_there: History[list[str] | None] = field(default_factory=list)
    grounds: list[str | None] = field(default_factory=list)
    """For each period on the roll the ground of its end."""
    bases: list[str | None] = field(default_factory=list)
    """For each period on the roll what made its first day the starting day."""
    _since: date = date.min
    """The starting day of the latest period."""
    _stretches: tuple[Stretch, ...] = ()

    def apply(self, event: NameEntered | ParticularsAmended | NameDeleted) -> None:
        """Fold the next event of the pupil's admission register."""
        self._stretches = ()
        match event:
            case NameEntered():
                self.grounds.append(None)
                self.bases.append(event.starting_day_is)
                self._since = event.starting_day
                for name in _DATED:
                    # On re-admission the register begins afresh.
                    history = before(getattr(self, name), event.starting_day)
                    history.append((event.starting_day, getattr(event, name)))
                    setattr(self, name, history)
            case ParticularsAmended():
                self._amend(event.in_force_from, event.changes or {})
            case NameDeleted():
                self.grounds[-1] = event.ground

    def stretches(self, first: date, last: date) -> list[Stretch]:
        """The stretches that hold a day from `first` to `last`, whole: no gap, no overlap."""
        if not self._stretches:
            self._stretches = tuple(self._all_stretches())
        return [one for one in self._stretches if one.first <= last and first <= one.last]

    def _amend(self, told: date, changes: Mapping[str, Any]) -> None:
        if "starting_day" in changes:
            # The roll has taken it in before.
            starting_day = self.on_roll.periods[-1][0]
            for name in _DATED:
                setattr(self, name, started_on(getattr(self, name), self._since, starting_day))
            self._since = starting_day
        if "starting_day_is" in changes:
            self.bases[-1] = changes["starting_day_is"]
        for name in _DATED:
            if name in changes:
                getattr(self, name).append((in_force_since(told, self._since), changes[name]))

    def _all_stretches(self) -> Iterator[Stretch]:
        """All days there are, cut."""
        starts = [date.min, *sorted({day for day in self._days_of_change() if day > date.min})]
        ends = [*(start - timedelta(days=1) for start in starts[1:]), date.max]
        return map(self._stretch, starts, ends)

    def _days_of_change(self) -> Iterator[date]:
        for first, deleted_on in self.on_roll.periods:
            yield first
            if deleted_on is not None:
                yield deleted_on
        yield from (since for since, _ in self.on_roll.boarding)
        for history in (self.enrolment, self.year_group, self.registration_group):
            yield from (since for since, _ in history)

    def _stretch(self, start: date, end: date) -> Stretch:
        period = self._period_on(start)
        if period is None:
            return Stretch(self.pupil, start, end, None, False, None, None)
        return Stretch(
            self.pupil,
            start,
            end,
            period,
            in_force(self.enrolment, start) != "guest" and not self.on_roll.boarder_on(start),
            in_force(self.year_group, start),
            in_force(self.registration_group, start),
        )

    def _period_on(self, day: date) -> int | None:
        for number, (first, deleted_on) in enumerate(self.on_roll.periods):
            if first <= day and (deleted_on is None or day < deleted_on):
                return number
        return None


Places = dict[str, Place]


class Membership(NamedTuple):
    """A pupil's groups from a day to a day, both included; `last` is None while it goes on."""

    pupil: str
    first: date
    last: date | None
    year_group: str | None
    registration_group: str | None


def groups(places: Places) -> list[Membership]:
    """Which groups each pupil was in and when, by pupil and day; only days on the roll."""
    found: list[Membership] = []
    for pupil in sorted(places):
        before: Stretch | None = None
        for stretch in places[pupil].stretches(date.min, date.max):
            if stretch.period is None:
                before = None
                continue
            if before is not None and _alike(before, stretch):
                found[-1] = found[-1]._replace(last=_open_end(stretch.last))
            else:
                found.append(
                    Membership(
                        pupil,
                        stretch.first,
                        _open_end(stretch.last),
                        stretch.year_group,
                        stretch.registration_group,
                    )
                )
            before = stretch
    return found


def _alike(one: Stretch, other: Stretch) -> bool:
    return (one.period, one.year_group, one.registration_group) == (
        other.period,
        other.year_group,
        other.registration_group,
    )


def _open_end(last: date) -> date | None:
    return None if last == date.max else last
