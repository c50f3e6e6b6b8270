"""A school's pupils day by day, as they are shared with the Department: who, and the codes of AM and PM.

Shared are pupils of reception to year 13 of whom marks are due: neither boarders nor guests.  A pupil whose
year group is not known, or not followed, is shared where aged 4 to 17 on 31 August (convention).  A code is
that of a session that has begun; one that is missing stays missing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

from ledger.schools import calendar
from ledger.schools.calendar import Session, Span
from projections.extracts.department.census import age_on
from projections.extracts.department.names import names_by_enrolment
from projections.extracts.department.sessions import EnrolmentKey, exported
from projections.extracts.extract import Source
from projections.lists.marks import StandingMark, on_days
from projections.places import Stretch
from projections.school import Book, load
from projections.sessions import Begun, held

SHARED: Final = frozenset({"R", *map(str, range(1, 14))})
"""Year groups that are shared: to year 11 always, 12 and 13 where a school holds them."""
_NEVER_SHARED: Final = frozenset({"E1", "E2", "N1", "N2", "14"})
_AGES: Final = range(4, 18)
_AUGUST: Final = 8


class Particulars(NamedTuple):
    """What is shared of a pupil; as it stands on the local day of the view, or on the enrolment's last."""

    upn: str | None
    forenames: str | None
    surname: str | None
    sex: str | None
    date_of_birth: date | None


class PupilDay(NamedTuple):
    """One pupil on one day."""

    day: date
    pupil: str


class Shared(NamedTuple):
    """What is shared of it."""

    authority: str | None
    particulars: Particulars
    year_group: str | None
    am: str | None
    pm: str | None
    position: int | None
    """The latest entry or amended entry of the day."""


@dataclass(frozen=True, slots=True)
class SchoolView:
    """A school seen from one place in the log."""

    source: Source
    urn: str
    book: Book
    particulars: dict[EnrolmentKey, Particulars]


def view_of(source: Source, urn: str) -> SchoolView:
    """A school as it stood."""
    book = load(source.connection, urn, source.at)
    names = names_by_enrolment(source, book)
    particulars = {
        key: Particulars(row.upn, row.forenames, row.surname, row.sex, row.date_of_birth)
        for key, row in names.items()
    }
    return SchoolView(source, urn, book, particulars)


def pupil_days(view: SchoolView, days: Sequence[date]) -> dict[PupilDay, Shared]:
    """What is shared of some days, given in order; by day and pupil."""
    span = Span(days[0], days[-1])
    marks = _marks(view, days, span)
    school_days = _school_days(view, days, span)
    authorities = {day: _authority(view, day) for day in days}
    found = {}
    for pupil, place in view.book.places.items():
        # A mark may stand on a day that the calendar does not know.
        of_pupil = marks.get(pupil, _NO_MARKS)
        for stretch in place.stretches(span.first, span.last):
            if not stretch.due or stretch.period is None:
                continue
            particulars = view.particulars[EnrolmentKey(pupil, stretch.period)]
            for day in school_days | of_pupil.keys():
                if stretch.first <= day <= stretch.last and _in_scope(stretch, particulars, day):
                    codes = _codes(of_pupil.get(day, {}))
                    place_of = (authorities[day], particulars, stretch.year_group)
                    found[PupilDay(day, pupil)] = Shared(*place_of, *codes)
    return dict(sorted(found.items()))


def _in_scope(stretch: Stretch, particulars: Particulars, day: date) -> bool:
    if stretch.year_group in SHARED:
        return True
    if stretch.year_group in _NEVER_SHARED:
        return False
    start_of_year = date(calendar.academic_year(day), _AUGUST, 31)
    return age_on(start_of_year, particulars.date_of_birth) in _AGES


def _codes(of_day: Mapping[Session, StandingMark]) -> tuple[str | None, str | None, int | None]:
    """The codes of AM and PM, and the position of the later entry."""
    am, pm = of_day.get("AM"), of_day.get("PM")
    position = max((one.position for one in of_day.values()), default=None)
    return am.code if am else None, pm.code if pm else None, position


def _authority(view: SchoolView, day: date) -> str | None:
    school = view.book.school.described_on(day)
    return school.local_authority if school else None


_Marks = dict[date, dict[Session, StandingMark]]
_NO_MARKS: Final[_Marks] = {}


def _marks(view: SchoolView, days: Sequence[date], span: Span) -> dict[str, _Marks]:
    """The marks that are shared, by pupil and day."""
    begun = Begun(view.book.school, view.source.at.instant)
    found: defaultdict[str, _Marks] = defaultdict(dict)
    for mark in on_days(view.source.connection, view.urn, days, span, view.source.at):
        code = exported(view.source, mark.code, mark.day)
        if code is not None and begun(mark.day, mark.session):
            found[mark.pupil].setdefault(mark.day, {})[mark.session] = mark._replace(code=code)
    return found


def _school_days(view: SchoolView, days: Sequence[date], span: Span) -> frozenset[date]:
    """The days with a session that has begun."""
    begun = Begun(view.book.school, view.source.at.instant)
    sessions = held(view.book.school, span.first, span.last)
    return frozenset(day for day, session in sessions if begun(day, session)) & frozenset(days)
