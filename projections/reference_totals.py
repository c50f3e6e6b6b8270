"""Totals as a plain fold over the log: every entry that stands is looked at and counted.

The view adds and takes away codes and never looks for the entry that stands; this does nothing else.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta

from ledger.schools import calendar
from ledger.schools.calendar import SESSIONS
from projections.grid import OF_TIME, WEEKDAYS, Key, TotalsQuery, in_order
from projections.reference import Entry, Registers, counts, days_of
from projections.totals import PRESENT, UNABLE_TO_ATTEND, TotalsRow


def totals(registers: Registers, query: TotalsQuery) -> list[TotalsRow]:
    """Totals: each entry that stands is counted once, under the row it belongs to."""
    counted = {key: _Count() for key in _always_shown(registers, query)}
    _count_entries(registers, query, counted)
    _count_enrolments(registers, query, counted)
    for day, session, pupil in registers.due(query.first, query.last):
        if (day, session, pupil) not in registers.entries:
            counted[_key(registers, query, day, pupil)].missing += 1
    if query.by not in OF_TIME:
        return [_row(key, counted[key]) for key in in_order(query.by, counted)]
    as_days_go = dict.fromkeys(_key(registers, query, d, "") for d in _days(query))
    return [_row(key, counted[key]) for key in in_order(query.by, as_days_go) if key in counted]


def _days(query: TotalsQuery) -> list[date]:
    return days_of(query.first, query.last)


def _always_shown(registers: Registers, query: TotalsQuery) -> Iterator[Key]:
    """The rows that are shown though nothing be counted in them."""
    if query.by == "school":
        yield query.urn
    if query.by in OF_TIME:
        for day in _days(query):
            if "held" in [registers.book.school.held(day, session) for session in SESSIONS]:
                yield _key(registers, query, day, "")


def _count_entries(
    registers: Registers,
    query: TotalsQuery,
    counted: dict[Key, "_Count"],
) -> None:
    for entry in registers.entries.values():
        if query.first <= entry.day <= query.last and registers.begun(entry.day, entry.session):
            key = _key(registers, query, entry.day, entry.pupil)
            enrolment = _enrolment(registers, entry.pupil, entry.day)
            counted.setdefault(key, _Count()).add(entry, enrolment, registers.born(entry.pupil))


def _count_enrolments(
    registers: Registers, query: TotalsQuery, counted: dict[Key, "_Count"]
) -> None:
    for pupil, name in registers.names.items():
        for enrolment in name.enrolments:
            on_roll = [day for day in _days(query) if enrolment.on(day)]
            for key in {_key(registers, query, day, pupil) for day in on_roll}:
                # A week or a term without sessions is no row for having pupils in it.
                if key in counted or query.by not in OF_TIME:
                    counted.setdefault(key, _Count()).enrolments += 1


def _key(registers: Registers, query: TotalsQuery, day: date, pupil: str) -> Key:
    """The row that a mark belongs to, by its day and pupil."""
    match query.by:
        case "school":
            return query.urn
        case "pupil":
            return pupil
        case "enrolment":
            enrolment = _enrolment(registers, pupil, day)
            return None if enrolment is None else f"{pupil}/{enrolment}"
        case "week":
            return (day - timedelta(days=day.weekday())).isoformat()
        case "day_of_week":
            return WEEKDAYS[day.weekday()]
        case "half_term" | "term":
            return _term(registers, query, day)
        case "year_group" | "registration_group":
            if _enrolment(registers, pupil, day) is None:
                return None
            group: Key = registers.names[pupil].particular(query.by, day)
            return group


def _term(registers: Registers, query: TotalsQuery, day: date) -> Key:
    year = registers.book.school.years.get(calendar.academic_year(day))
    term = year.term_of(day) if year else None
    if year is None or term is None:
        return None
    name = year.half_term_of(day) if query.by == "half_term" else term.name
    if calendar.academic_year(query.first) == calendar.academic_year(query.last):
        return name
    return name and f"{name} {year.year}/{str(year.year + 1)[2:]}"


@dataclass(slots=True)
class _Count:
    """One row while it is counted."""

    codes: Counter[str] = field(default_factory=Counter)
    classes: Counter[str] = field(default_factory=Counter)
    possible: Counter[tuple[str, int]] = field(default_factory=Counter)
    """Possible sessions by enrolment."""
    absent: Counter[tuple[str, int]] = field(default_factory=Counter)
    possible_in_all: int = 0
    missing: int = 0
    enrolments: int = 0

    def add(self, entry: Entry, enrolment: int | None, born: date | None) -> None:
        """Count the code that stands."""
        code = entry.revisions[-1].code
        counts_as, possible = counts(code, entry.day, born)
        self.codes[code] += 1
        self.classes[counts_as] += 1
        self.possible_in_all += possible
        if enrolment is not None:
            self.possible[entry.pupil, enrolment] += possible
            self.absent[entry.pupil, enrolment] += counts_as in ("authorised", "unauthorised")

    def absentees(self, one_in: int) -> int:
        """Enrolments absent for at least one in so many of their possible sessions."""
        return sum(
            1
            for enrolment, possible in self.possible.items()
            if possible > 0 and one_in * self.absent[enrolment] >= possible
        )


def _row(key: Key, count: _Count) -> TotalsRow:
    classes, possible = count.classes, count.possible_in_all
    present = sum(count.codes[code] for code in PRESENT)
    attended = classes["attending"] + classes["approved_educational_activity"]
    absent = classes["authorised"] + classes["unauthorised"]

    def percent(part: int) -> float | None:
        return 100 * part / possible if possible else None

    return TotalsRow(
        key=key,
        enrolments=count.enrolments,
        possible_sessions=possible,
        attending=attended,
        present=present,
        approved_educational_activity=classes["approved_educational_activity"],
        overall_absence=absent,
        authorised_absence=classes["authorised"],
        unauthorised_absence=classes["unauthorised"],
        late_before_close=count.codes["L"],
        late_after_close=count.codes["U"],
        unable_to_attend=sum(count.codes[code] for code in UNABLE_TO_ATTEND),
        missing=count.missing,
        codes=dict(sorted(count.codes.items())),
        attendance_percent=percent(attended),
        overall_absence_percent=percent(absent),
        authorised_absence_percent=percent(classes["authorised"]),
        unauthorised_absence_percent=percent(classes["unauthorised"]),
        persistent_absence=count.absentees(10),
        severe_absence=count.absentees(2),
    )


def _enrolment(registers: Registers, pupil: str, day: date) -> int | None:
    """Which enrolment of the pupil that day belongs to."""
    name = registers.names.get(pupil)
    if name is None:
        return None
    return next((n for n, enrolment in enumerate(name.enrolments) if enrolment.on(day)), None)
