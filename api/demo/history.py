"""A row's year as the requests that record it: schools, roll, marks as imported, amendments.

Every body follows from the row alone and is the same bytes each time, and so is its idempotency
key. A demonstration that was interrupted and is run again with a key of the same client sends the
same requests, and the service answers those it already has from its record.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, cached_property
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

from api.demo.marks import Mark, make_marks
from api.demo.people import People, Pupil, School, people_of
from api.demo.published import PublishedRow
from api.demo.term_dates import TERMS
from api.demo.wire import Document, to_json

_T = TypeVar("_T")

LOCAL = ZoneInfo("Europe/London")
REGISTERS = {
    "AM": (time(8, 45), time(9, 15)),
    "PM": (time(12, 45), time(13, 15)),
}
LATE_BY = timedelta(minutes=20)
AMENDED = 200
LINES_A_REQUEST = 10_000
ITEMS_A_REQUEST = 100

# The census code of a school's phase.
PHASE_CODES = {"Primary": "PS", "Secondary": "SS", "Special": "SP"}
# What a code needs beside it: the nature of the activity (regulation 10, Table 2), the agreement
# (regulation 11(6)).
DETAILS = {
    "B": (
        "Forest school day",
        "Taster day at the further education college",
        "Riding for the disabled, supervised by school staff",
        "Swimming lessons at the leisure centre",
    ),
    "K": (
        "Tuition in person arranged by the local authority",
        "Hospital school",
        "Small-group teaching at the community learning centre",
    ),
    "C2": ("Part-time timetable agreed with the parent",),
}
# The codes an N is amended to here, which need neither a leave decision nor a detail, and why.
REASONS = {
    "I": "Parent telephoned: unwell",
    "O": "No reason established within five school days",
    "U": "Arrived after the register had closed",
}


def by(name: str, position: str) -> Document:
    """The person whose entry it is, as every write states it."""
    return {"name": name, "position": position}


@dataclass(frozen=True)
class Year:
    """One row, made into marks and people."""

    row: PublishedRow
    marks: Sequence[Mark]
    people: People

    @classmethod
    def of(cls, row: PublishedRow) -> "Year":
        """Make a row's marks and people; CannotBeReplayedError or ValueError when they cannot be."""
        marks = make_marks(row)
        return cls(row, marks, people_of(row, marks))

    def key(self, step: str, number: int) -> str:
        """The idempotency key of one request: the row, the kind of request, which of them."""
        return f"demo-{self.row.period}-{self.row.la_code}-{self.row.phase}-{step}-{number}".lower()

    def pupil(self, mark: Mark) -> Pupil:
        """Whose mark it is."""
        return self.people.pupils[mark.pupil - 1]

    @cached_property
    def amended(self) -> list[Mark]:
        """The marks entered as N first and amended afterwards, spread over the year."""
        candidates = [mark for mark in self.marks if mark.code in REASONS]
        wanted = min(AMENDED, len(candidates))
        return [candidates[n * len(candidates) // wanted] for n in range(wanted)]


def school_document(school: School, row: PublishedRow) -> Document:
    """PUT /v1/schools/{urn}."""
    return {
        "name": school.name,
        "laestab": school.laestab,
        "local_authority": row.la_code,
        "type": school.type,
        "phase": PHASE_CODES.get(row.phase),
        "register_times": {
            session: {"opens": f"{opens:%H:%M}", "closes": f"{closes:%H:%M}"}
            for session, (opens, closes) in REGISTERS.items()
        },
        "in_force_from": date(row.year, 9, 1).isoformat(),
        "by": by(school.head, "Headteacher"),
    }


def year_document(school: School, row: PublishedRow) -> Document:
    """PUT /v1/schools/{urn}/years/{year}. Bank holidays are the service's own affair."""
    return {
        "terms": [
            {
                "name": term.name,
                "from": term.first.isoformat(),
                "to": term.last.isoformat(),
                "half_term": {
                    "from": term.half_term[0].isoformat(),
                    "to": term.half_term[1].isoformat(),
                },
            }
            for term in TERMS[row.period]
        ],
        "closures": [],
        "by": by(school.head, "Headteacher"),
    }


def admissions(year: Year, school: School) -> list[Document]:
    """POST /v1/schools/{urn}/admissions, in requests of at most 100 entries."""
    entries = [_admission(p) for p in year.people.pupils if p.school == school]
    signed = by("Bea Office", "Data manager")
    return [{"entries": part, "by": signed} for part in chunks(entries, ITEMS_A_REQUEST)]


def _admission(pupil: Pupil) -> Document:
    parent: Document = {
        "name": pupil.parent,
        "address": pupil.address,
        "lives_with": True,
        "emergency_phone": pupil.telephone,
    }
    return {
        "pupil": pupil.id,
        "surname": pupil.surname,
        "forenames": pupil.forenames,
        "sex": pupil.sex,
        "date_of_birth": pupil.date_of_birth.isoformat(),
        "upn": pupil.upn,
        "starting_day": pupil.starting_day.isoformat(),
        "year_group": pupil.year_group,
        "registration_group": pupil.registration_group,
        "enrolment": "single",
        "boarder": False,
        "parents": [parent],
    }


def import_requests(year: Year) -> Iterator[bytes]:
    """POST /v1/attendance as NDJSON, in requests of at most 10,000 lines.

    Lines come register by register, as they were taken: day, session, school, class.
    """
    unknown = frozenset(year.amended)
    lines = (_line(year, mark, "N" if mark in unknown else mark.code) for mark in _as_taken(year))
    for part in chunks(lines, LINES_A_REQUEST):
        yield b"".join(to_json(line) + b"\n" for line in part)


def _as_taken(year: Year) -> list[Mark]:
    def register(mark: Mark) -> tuple[date, str, int, str, int]:
        group = year.pupil(mark).registration_group
        return mark.day, mark.session, mark.school, group, mark.pupil

    return sorted(year.marks, key=register)


def _line(year: Year, mark: Mark, code: str) -> Document:
    pupil = year.pupil(mark)
    line: Document = {
        "school": pupil.school.urn,
        "date": mark.day.isoformat(),
        "session": mark.session,
        "pupil": pupil.id,
        "code": code,
    }
    if code in DETAILS:
        line["detail"] = DETAILS[code][mark.pupil % len(DETAILS[code])]
    line["by"] = by(f"Tutor of {pupil.registration_group}", "Form tutor")
    line["entered_at"] = entered_at(mark.day, mark.session, code)
    return line


@cache
def entered_at(day: date, session: str, code: str) -> str:
    """When the school's own system had the mark: as its register closed, or later for a U."""
    closes = datetime.combine(day, REGISTERS[session][1], LOCAL)
    return (closes + LATE_BY if code == "U" else closes).isoformat()


def amendments(year: Year, school: School) -> list[Document]:
    """POST /v1/schools/{urn}/attendance/amendments, in requests of at most 100."""
    items = [_amendment(year, mark) for mark in year.amended if mark.school == school.number]
    signed = by("Dee Officer", "Attendance officer")
    return [{"by": signed, "amendments": part} for part in chunks(items, ITEMS_A_REQUEST)]


def _amendment(year: Year, mark: Mark) -> Document:
    return {
        "pupil": year.pupil(mark).id,
        "date": mark.day.isoformat(),
        "session": mark.session,
        "from": "N",
        "code": mark.code,
        "reason": REASONS[mark.code],
    }


def chunks(items: Iterable[_T], size: int) -> Iterator[list[_T]]:
    """The items in lists of `size`, the last one shorter."""
    remaining = iter(items)
    while part := list(islice(remaining, size)):
        yield part
