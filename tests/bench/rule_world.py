"""The school, its registers and its log that the cost of the rules is measured on.

A ledger of its own is filled over the commands and its book read back, so that decisions are measured on
what they meet in the service.  Four classes are admitted, alike but for what the rules ask about: a class
enrolled at this school alone, one registered at two schools, one with leave, one below school age.  Of
the first, every session of the five school days before the last day stands at E.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from random import Random
from typing import Any, Final, cast
from uuid import UUID

from api.opening import open_service
from api.settings import Settings
from ledger.admissions.admission import EnterNames
from ledger.application import AttendanceLedger
from ledger.book import SchoolBook
from ledger.facts import EntryKey, PupilDay
from ledger.leave_of_absence.leave import AskLeave, DecideLeave
from ledger.registers.attendance import AmendRegister, Standing, TakeRegister
from ledger.requests import Answer, Request
from ledger.schools.calendar import SESSIONS, Session
from ledger.schools.school import DescribeSchool, SetSchoolYear
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections import asof
from projections.school import load
from tests.bench.codes import ARRIVALS, DETAILS, draw
from tests.bench.world import (
    BY,
    CLASS_SIZE,
    YEAR,
    School,
    World,
    admission_entries,
    school_body,
    year_body,
)

SEED: Final = 2026
SESSIONS_MEASURED: Final = 60
"""Registers of the mix: the published shares need more marks than one class has."""
NOW: Final = datetime(YEAR + 1, 8, 1, tzinfo=UTC)
BORN: Final = date(YEAR - 12, 5, 14)
BORN_LATELY: Final = date(YEAR - 4, 10, 3)
"""Of a pupil below compulsory school age until April of the year."""
EXCLUDED_BEFORE: Final = date(YEAR, 11, 10)
"""The sixth school day of an exclusion: on each of the five before, both sessions stand at E."""

ALONE, TWICE, WITH_LEAVE, YOUNG = range(4)
"""The classes by what the rules ask about."""

_THERE: Final[Mapping[str, str]] = {"900002": "D"}

Marks = list[tuple[date, Session, list[str]]]
"""Day, session and the codes of a class."""


class Memory:
    """The facts of one school from memory: what the queries of a ledger would have answered."""

    def __init__(
        self,
        book: SchoolBook,
        standing: Mapping[EntryKey, Standing] | None = None,
        lasted: Iterable[PupilDay] = (),
        marked_twice: Iterable[EntryKey] = (),
    ) -> None:
        self.now = NOW
        self._book = book
        self._standing = standing or {}
        self._lasted = frozenset(lasted)
        self._elsewhere = dict.fromkeys(marked_twice, _THERE)

    def book(self, _urn: str) -> SchoolBook:
        """The school's book."""
        return self._book

    def standing(self, _urn: str, _keys: Iterable[EntryKey]) -> Mapping[EntryKey, Standing]:
        """The entries to be amended."""
        return self._standing

    def probably_standing(self, _urn: str, _keys: object) -> Mapping[EntryKey, Standing]:
        """None of the entries to be made."""
        return {}

    def codes_elsewhere(self, _urn: str, _keys: object) -> Mapping[EntryKey, Mapping[str, str]]:
        """At the other school each of these has a mark that is not possible there."""
        return self._elsewhere

    def coded_throughout(
        self, _urn: str, _code: str, _asked: object, _days: object
    ) -> frozenset[PupilDay]:
        """Of whom every earlier day stands at the code: of these all or none are asked about."""
        return self._lasted

    def born(self, _urn: str, pupils: Iterable[str]) -> Mapping[str, date]:
        """The dates of birth that the book has."""
        roll = self._book.roll
        return {pupil: born for pupil in pupils if (born := roll[pupil].born) is not None}


@dataclass(frozen=True)
class Filled:
    """The school as its ledger has it."""

    school: School
    book: SchoolBook
    connection: Connection
    vault: Vault


def chosen_sessions(world: World) -> Marks:
    """Sessions drawn from the year, each with codes in the published shares for a class."""
    random = Random(SEED)
    chosen = sorted(random.sample(world.sessions, SESSIONS_MEASURED))
    return [
        (date.fromisoformat(day), cast("Session", half), draw(random, half, CLASS_SIZE))
        for day, half in chosen
    ]


@contextmanager
def filled(school: School, directory: Path) -> Iterator[Filled]:
    """A ledger with the school in it, open for queries; its book knows every date of birth."""
    with open_service(Settings(data_dir=directory)) as service:
        _fill(service.ledger, school)
        with asof.reading(service.database) as (connection, at):
            book = load(connection, school.urn, at)
            for number, members in enumerate(school.classes):
                for pupil in members if number <= YOUNG else ():
                    book.roll[pupil].born = BORN_LATELY if number == YOUNG else BORN
            yield Filled(school, book, connection, service.vault)


def excluded_days(book: SchoolBook) -> Sequence[date]:
    """The school days of which all sessions stand at E, in order."""
    return book.school_time.school_days_before(EXCLUDED_BEFORE, 5)


def register_of(
    members: Sequence[str], day: date, session: Session, codes: Sequence[str]
) -> TakeRegister:
    """The register of a class."""
    entries = [
        {"pupil": pupil, "code": code, **_more(session, code)}
        for pupil, code in zip(members, codes, strict=True)
    ]
    return TakeRegister.model_validate(
        {"date": day, "session": session, "by": BY, "entries": entries}
    )


def amendment_of(keys: Iterable[EntryKey]) -> AmendRegister:
    """N amended to I, for these entries."""
    amendments = [
        {
            "pupil": key.pupil,
            "date": key.day,
            "session": key.session,
            "from": "N",
            "code": "I",
            "reason": "Parent telephoned: unwell",
        }
        for key in keys
    ]
    return AmendRegister.model_validate({"by": BY, "amendments": amendments})


def _more(session: str, code: str) -> dict[str, str]:
    """The detail or the time that the registers of the append benchmark carry as well."""
    found = {}
    if code in DETAILS:
        found["detail"] = DETAILS[code]
    if code == "D":
        found["detail"] = "Sandfield Short Stay School"
    if (session, code) in ARRIVALS:
        found["arrived_at"] = ARRIVALS[session, code]
    return found


# -- filling the ledger --------------------------------------------------------------------------


class _Clerk:
    """Enters one thing after the other, and stops at what is not recorded."""

    def __init__(self) -> None:
        self._keys = count()

    def request(self) -> Request:
        key = f"bench-{next(self._keys)}"
        return Request("Bench of the rules", key, key.encode())

    def entered(self, answer: Answer) -> Answer:
        if answer.status != 201:
            raise RuntimeError(f"the school could not be entered: {answer.refused}")
        return answer


def _fill(ledger: AttendanceLedger, school: School) -> None:
    clerk, urn = _Clerk(), school.urn
    described = DescribeSchool.model_validate(school_body(school))
    year = SetSchoolYear.model_validate(year_body())
    names = EnterNames.model_validate({"entries": _names(school), "by": BY})
    for asked in (
        ledger.describe_school(urn, described, clerk.request()),
        ledger.set_school_year(urn, YEAR, year, clerk.request()),
        ledger.set_school_year(urn, YEAR + 1, _next_year(), clerk.request()),
        ledger.enter_names(urn, names, clerk.request()),
    ):
        clerk.entered(asked.result(timeout=60))
    for pupil in school.classes[WITH_LEAVE]:
        asked = ledger.ask_leave(urn, _leave(pupil), clerk.request())
        leave = UUID(_id_of(clerk.entered(asked.result(timeout=60))))
        given = DecideLeave.model_validate({"decision": "given", "reason": "Agreed", "by": BY})
        clerk.entered(ledger.decide_leave(urn, leave, given, clerk.request()).result(timeout=60))
    for day in _days_of_exclusion():
        for session in SESSIONS:
            taken = register_of(school.classes[ALONE], day, session, ["E"] * CLASS_SIZE)
            clerk.entered(ledger.take_register(urn, taken, clerk.request()).result(timeout=60))


def _id_of(answer: Answer) -> str:
    # A receipt about one thing that has an id names it first: {"id":"…"
    return answer.receipt.split(b'"')[3].decode()


def _days_of_exclusion() -> list[date]:
    return [date(YEAR, 11, day) for day in (3, 4, 5, 6, 7)]


def _names(school: School) -> list[dict[str, Any]]:
    entries = admission_entries(school)[: CLASS_SIZE * (YOUNG + 1)]
    for place, entry in enumerate(entries):
        if place // CLASS_SIZE == TWICE:
            entry |= {"enrolment": "main"}
        born = BORN_LATELY if place // CLASS_SIZE == YOUNG else BORN
        entry |= {"date_of_birth": born.isoformat()}
    return entries


def _leave(pupil: str) -> AskLeave:
    return AskLeave.model_validate(
        {
            "pupil": pupil,
            "ground": "exceptional_circumstances",
            "from": f"{YEAR}-09-08",
            "to": f"{YEAR + 1}-07-31",
            "asked_by": {"name": "A Parent", "relationship": "parent"},
            "asked_on": f"{YEAR}-07-01",
            "circumstances": "Travels with the family",
            "by": BY,
        }
    )


def _next_year() -> SetSchoolYear:
    terms = [{"name": "All", "from": f"{YEAR + 1}-09-07", "to": f"{YEAR + 2}-07-16"}]
    return SetSchoolYear.model_validate({"terms": terms, "closures": [], "by": BY})
