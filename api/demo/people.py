"""Invented schools and children for the marks of a row; nobody here exists.

Everything follows from the row, so that the same row always makes the same people: a request sent
again after an interruption is then the same request.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import NAMESPACE_URL, uuid5

from api.demo.marks import Mark
from api.demo.names import FORENAMES, PLACES, SITES, SURNAMES
from api.demo.numbers import Numbers
from api.demo.published import PublishedRow

# Schools in England have numbers that begin with 1; PROVENANCE.md says what else is nobody's.
FIRST_URN = 900_000
FIRST_LA_CODE = 200
PHASES = ("Primary", "Secondary", "Special", "Total")
SCHOOLS_OF_A_PHASE = 25
LARGEST_SCHOOL = 999
CLASS_SIZE = 15
SEXES = ("F", "M")
YEAR_GROUPS = {
    "Primary": (1, 6),
    "Secondary": (7, 11),
    "Special": (1, 11),
    "Total": (1, 11),
}
# Codes of the oldest: work experience, study leave, interviews.
OLDEST_ONLY = frozenset({"W", "S", "J1"})
# Codes of pupils of compulsory school age, which year 11 leaves before its last term ends.
OF_AGE_ONLY = frozenset({"C2", "T"})
OLDEST_OF_AGE = 10
# Sessions of pupils of 15, who are in year 11, are not published in the second half of the summer term,
# from the spring bank holiday (the last Monday in May) on.
MAY, MONDAY = 5, 0
UPN_LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"


@dataclass(frozen=True, slots=True)
class School:
    """An invented school; `number` counts from 1 within its row."""

    number: int
    urn: str
    laestab: str
    name: str
    type: str
    head: str


@dataclass(frozen=True, slots=True)
class Pupil:
    """An invented child on the roll of one school; `number` counts from 1 within the row."""

    number: int
    id: str
    school: School
    surname: str
    forenames: str
    sex: str
    date_of_birth: date
    upn: str
    starting_day: date
    year_group: str
    registration_group: str
    parent: str
    address: str
    telephone: str


@dataclass(frozen=True, slots=True)
class People:
    """The schools and pupils of a row, each at the place of its number less one."""

    schools: tuple[School, ...]
    pupils: tuple[Pupil, ...]


def people_of(row: PublishedRow, marks: Iterable[Mark]) -> People:
    """The schools and pupils that a row's marks need.

    Raises ValueError for a row with more than 25 schools, or a school of more than 999 pupils:
    the numbers that are nobody's do not reach further.
    """
    facts = _facts(row, marks)
    draw = Numbers(f"{row.period}|{row.area}|{row.phase}|people")
    schools = _schools(row, max(fact.school for fact in facts.values()), draw)
    members: Counter[str] = Counter()
    pupils = []
    for number, fact in sorted(facts.items()):
        school = schools[fact.school - 1]
        members[school.urn] += 1
        year = _year_group(row, draw, fact)
        classmates = f"{school.urn}/{year}"
        group = f"{year}{chr(ord('A') + members[classmates] // CLASS_SIZE)}"
        members[classmates] += 1
        places = _Places(number, school, members[school.urn], fact.starting_day, year, group)
        pupils.append(_pupil(row, places, draw))
    return People(schools, tuple(pupils))


def upn(digits: str) -> str:
    """A unique pupil number: its twelve digits behind their check letter.

    The letter is the sum of each digit times its place, 2 to 13, modulo 23, in an alphabet
    without I, O and S. Source: Common Basic Data Set.
    """
    weighed = sum(place * int(digit) for place, digit in enumerate(digits, start=2))
    return UPN_LETTERS[weighed % len(UPN_LETTERS)] + digits


@dataclass(slots=True)
class _Fact:
    """What a pupil's marks say: the school, the first day, whose codes they are alone."""

    school: int
    starting_day: date
    oldest: bool = False
    not_oldest: bool = False


def _spring_bank_holiday(year: int) -> date:
    last = date(year, MAY, 31)
    return last - timedelta(days=(last.weekday() - MONDAY) % 7)


def _facts(row: PublishedRow, marks: Iterable[Mark]) -> dict[int, _Fact]:
    facts: dict[int, _Fact] = {}
    late = _spring_bank_holiday(row.year + 1)
    for mark in marks:
        fact = facts.setdefault(mark.pupil, _Fact(mark.school, mark.day))
        fact.starting_day = min(fact.starting_day, mark.day)
        fact.oldest = fact.oldest or mark.code in OLDEST_ONLY
        fact.not_oldest = fact.not_oldest or mark.code in OF_AGE_ONLY or mark.day >= late
    return facts


@dataclass(frozen=True, slots=True)
class _Places:
    """Where a pupil stands: number in the row and in the school, first day, year and class."""

    number: int
    school: School
    serial: int
    starting_day: date
    year: int
    group: str


def _pupil(row: PublishedRow, places: _Places, draw: Numbers) -> Pupil:
    if places.serial > LARGEST_SCHOOL:
        raise ValueError("The demonstration has no numbers for a school of this size")
    # A year group's children are born from September to August: year 1 turns six in it.
    born = date(row.year - places.year - 5, 9, 1) + timedelta(draw.between(0, 364))
    sex = _one_of(SEXES, draw)
    surname = _one_of(SURNAMES, draw)
    first_year = (born.year + 5) % 100
    return Pupil(
        number=places.number,
        id=str(uuid5(NAMESPACE_URL, f"{row.period}/{row.la_code}/{row.phase}/{places.number}")),
        school=places.school,
        surname=surname,
        forenames=_one_of(FORENAMES[sex], draw),
        sex=sex,
        date_of_birth=born,
        upn=upn(f"{places.school.laestab}{first_year:02}{places.serial:03}"),
        starting_day=places.starting_day,
        year_group=str(places.year),
        registration_group=places.group,
        parent=f"{_one_of(FORENAMES[_one_of(SEXES, draw)], draw)} {surname}",
        address=f"{draw.between(1, 99)} {_one_of(PLACES, draw)} Road, {row.area}",
        telephone=f"01632 960{draw.between(0, 999):03}",
    )


def _schools(row: PublishedRow, how_many: int, draw: Numbers) -> tuple[School, ...]:
    if how_many > SCHOOLS_OF_A_PHASE:
        raise ValueError("The demonstration has no numbers for so many schools")
    before = PHASES.index(row.phase) * SCHOOLS_OF_A_PHASE
    of_area = FIRST_URN + (int(row.la_code) - FIRST_LA_CODE) * len(PHASES) * SCHOOLS_OF_A_PHASE
    # Steps of six change both words, so that no two schools of a row sound alike.
    names = [f"{place} {site}" for site in SITES for place in PLACES]
    start = draw.between(0, len(names) - 1)
    return tuple(
        School(
            number=number,
            urn=str(of_area + before + number),
            laestab=f"{row.la_code}99{before + number - 1:02}",
            name=f"{names[(start + number * 6) % len(names)]} School",
            type="special" if row.phase == "Special" else "maintained",
            head=f"{_one_of(FORENAMES['F'], draw)} {_one_of(SURNAMES, draw)}",
        )
        for number in range(1, how_many + 1)
    )


def _year_group(row: PublishedRow, draw: Numbers, fact: _Fact) -> int:
    first, last = YEAR_GROUPS[row.phase]
    drawn = draw.between(first, last)
    year = last if fact.oldest else drawn
    return min(year, OLDEST_OF_AGE) if fact.not_oldest else year


def _one_of(names: tuple[str, ...], draw: Numbers) -> str:
    return names[draw.between(0, len(names) - 1)]
