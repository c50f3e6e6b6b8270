"""The schools, classes and pupils of the benchmark: made up, and the same for the same seed.

Every school is a secondary school of 34 classes of 30: 1,020 pupils, about the national mean. Nothing
here is a real child or school; the numbers (URN, LAESTAB, UPN) are only well formed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from random import Random
from typing import Any, Final
from uuid import UUID

CLASS_SIZE: Final = 30
CLASSES: Final = 34
YEAR: Final = 2025
"""The calendar year in which the academic year starts. All its sessions are in the past."""

BY: Final = {"name": "A Bench", "position": "Data manager"}
SCHOOL_DAY: Final = {
    "AM": {"opens": "08:35", "closes": "09:05"},
    "PM": {"opens": "12:25", "closes": "12:55"},
}
TERMS: Final = (
    ("Autumn", "2025-09-08", "2025-12-19", "2025-10-27", "2025-10-31"),
    ("Spring", "2026-01-05", "2026-03-27", "2026-02-16", "2026-02-20"),
    ("Summer", "2026-04-13", "2026-07-10", "2026-05-25", "2026-05-29"),
)
"""Name, first and last day, first and last day of the half term."""
BANK_HOLIDAYS: Final = frozenset({date(2026, 5, 4)})
"""The only one of the year inside a term and outside its half term."""


@dataclass(frozen=True)
class School:
    """One school: its URN, its place in the world, and its pupils class by class."""

    urn: str
    number: int
    classes: tuple[tuple[str, ...], ...]

    @property
    def pupils(self) -> list[str]:
        """Every pupil's UUID, in class order."""
        return [pupil for members in self.classes for pupil in members]


@dataclass(frozen=True)
class World:
    """Schools and school sessions that follow from a seed."""

    seed: int
    number_of_schools: int

    @cached_property
    def schools(self) -> tuple[School, ...]:
        """The schools, with URNs from 900001 up."""
        random = Random(self.seed)
        return tuple(_school(random, number) for number in range(self.number_of_schools))

    @cached_property
    def sessions(self) -> tuple[tuple[str, str], ...]:
        """Every session of the academic year in order: (ISO date, "AM" or "PM")."""
        return tuple((day.isoformat(), half) for day in school_days() for half in ("AM", "PM"))


def _school(random: Random, number: int) -> School:
    classes = tuple(
        tuple(str(UUID(int=random.getrandbits(128), version=4)) for _ in range(CLASS_SIZE))
        for _ in range(CLASSES)
    )
    return School(str(900_001 + number), number, classes)


def school_days() -> Iterator[date]:
    """Yield the days in term, outside half terms and bank holidays, Monday to Friday."""
    for _, first, last, break_first, break_last in TERMS:
        day = date.fromisoformat(first)
        while day <= date.fromisoformat(last):
            in_break = date.fromisoformat(break_first) <= day <= date.fromisoformat(break_last)
            if day.weekday() < 5 and not in_break and day not in BANK_HOLIDAYS:
                yield day
            day += timedelta(days=1)


def school_body(school: School) -> dict[str, Any]:
    """Return the body of `PUT /v1/schools/{urn}`."""
    return {
        "name": f"Bench School {school.number + 1}",
        "laestab": f"855{4000 + school.number}",
        "local_authority": "855",
        "type": "academy",
        "register_times": SCHOOL_DAY,
        "in_force_from": f"{YEAR}-09-01",
        "by": BY,
    }


def year_body() -> dict[str, Any]:
    """Return the body of `PUT /v1/schools/{urn}/years/{year}`."""
    terms = [
        {"name": name, "from": first, "to": last, "half_term": {"from": out, "to": back}}
        for name, first, last, out, back in TERMS
    ]
    return {"terms": terms, "closures": [], "by": BY}


def admission_entries(school: School) -> list[dict[str, Any]]:
    """Return one entry of `POST /v1/schools/{urn}/admissions` for each pupil, in class order."""
    return [_admission(school, serial, pupil) for serial, pupil in enumerate(school.pupils)]


def _admission(school: School, serial: int, pupil: str) -> dict[str, Any]:
    group = serial // CLASS_SIZE
    year_group = 7 + group % 5
    born = date(YEAR - 5 - year_group, 9, 1) + timedelta(days=serial % 360)
    surname = f"Pupil{serial:04d}"
    return {
        "pupil": pupil,
        "surname": surname,
        "forenames": "Test",
        "sex": "FM"[serial % 2],
        "date_of_birth": born.isoformat(),
        "upn": _upn(school.number, serial),
        "starting_day": TERMS[0][1],
        "year_group": str(year_group),
        "registration_group": f"{year_group}{chr(ord('A') + group // 5)}",
        "enrolment": "single",
        "boarder": False,
        "parents": [
            {
                "name": f"Parent {surname}",
                "address": "1 High Street, Coalville",
                "lives_with": True,
                "emergency_phone": "01530 000000",
            }
        ],
        "previous_school": "Sandfield Primary",
    }


def _upn(school: int, serial: int) -> str:
    """Return a well-formed unique pupil number; the two-digit year moves on after 1,000 serials."""
    body = f"855{4000 + school}{18 + serial // 1000}{serial % 1000:03d}"
    total = sum(weight * int(digit) for weight, digit in enumerate(body, start=2))
    return "ABCDEFGHJKLMNPQRTUVWXYZ"[total % 23] + body
