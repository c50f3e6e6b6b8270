"""Finished rows of one school week: acts, entries and amended entries as the recorder would store them.

Each class register is an act with its marks, each school's amendments one act on the week's last day.
Rows are what the recorder makes of the same events, which `attendance-ledger verify` holds them against;
those that are alike are made together (`tests.bench.packed`).
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

import numpy as np
from eventsourcing.persistence import JSONTranscoder, StoredEvent

from ledger.base import Event
from ledger.events import ActRecorded
from ledger.law.edition import RULES
from ledger.registers import attendance
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.requests import instant
from ledger.schools.calendar import LONDON, SESSIONS, version
from ledger.store.mapper import LedgerMapper
from ledger.store.vault import DataKey, place_of, scope_of
from tests.bench.codes import ARRIVALS, DETAILS
from tests.bench.country import SYMBOLS, Country, N, Week
from tests.bench.packed import PUPIL, SCHOOL, Acts, Marks, instants, microseconds, salts

CLIENT: Final = "Generated"
_TUTOR: Final = {"name": "C Tutor", "position": "Form tutor"}
_OFFICER: Final = {"name": "D Officer", "position": "Attendance officer"}
_REASONS: Final = {
    "I": "Parent telephoned: unwell",
    "O": "No reason established",
    "U": "Arrived after the register had closed",
}
_REGISTERS_SENT: Final = (time(9, 0), time(12, 50))
_REGISTERS_TAKE: Final = timedelta(minutes=20)
_AMENDED_AT: Final = time(15, 30)
_BETWEEN_AMENDMENTS: Final = 1_000
"""Microseconds from one school's amendments to the next one's."""
_DIGITS: Final = 11
"""Digits of the position in an act's key."""


class Rows(NamedTuple):
    """Rows in the binary format of COPY, without its header."""

    acts: list[bytes]
    marks: list[bytes]


class Roll:
    """The pupils of an academic year, in columns."""

    def __init__(self, country: Country, year: int) -> None:
        schools = country.schools_of(year)
        self.year = year
        self.pupils = country.pupils_of(year)
        self.number_of_schools = len(schools)
        sizes = [one.pupils for one in schools]
        self.school_number = np.repeat(np.arange(len(schools)), sizes)
        self.school = np.repeat([int(one.urn) for one in schools], sizes)
        ids = country.ids[: self.pupils]
        self.pupil = ids.view("V16").ravel()
        self.classes = country.classes[: self.pupils]
        self.registers = int(self.classes[-1]) + 1
        texts = [one.tobytes().hex() for one in ids]
        uuids = [f"{t[:8]}-{t[8:12]}-{t[12:16]}-{t[16:20]}-{t[20:]}" for t in texts]
        streams = map(attendance.stream, map(str, self.school.tolist()), uuids, [year] * len(uuids))
        self.stream = np.array(list(streams), "S")


def positions(country: Country, week: Week) -> tuple[int, int]:
    """How many positions a week takes, and how many of them are amended entries."""
    entered, standing = country.codes(week)
    days, halves, pupils = entered.shape
    differs = entered != standing
    of_pupils = differs.any(axis=(0, 1))
    firsts = [school.first for school in country.schools_of(week.year)]
    acts = int(np.logical_or.reduceat(of_pupils, firsts).sum())
    registers = int(country.classes[pupils - 1]) + 1
    amendments = int(differs.sum())
    return days * halves * (pupils + registers) + acts + amendments, amendments


class WeekRows:
    """Makes the rows of one week, from a position on."""

    def __init__(self, country: Country, roll: Roll, week: Week, first: int) -> None:
        self._codes = country.codes(week)
        self._roll = roll
        self._week = week
        self._next = first
        self.told_of: set[int] = set()
        """Pupils of whom something is sealed."""

    def sessions(self) -> Iterator[Rows]:
        """The rows of each session in turn, then those of the amendments."""
        entered, standing = self._codes
        for number, day in enumerate(self._week.days):
            for half in range(len(SESSIONS)):
                yield self._taken(day, half, entered[number, half])
        differs = entered != standing
        if differs.any():
            yield self._amended(np.argwhere(differs), standing[differs])

    def _taken(self, day: date, half: int, codes: np.ndarray) -> Rows:
        """The class registers of one session, one after the other."""
        roll, number = self._roll, np.arange(self._roll.registers)
        starts = np.searchsorted(roll.classes, number)
        act = self._next + starts + number
        begun = microseconds(_local(day, _REGISTERS_SENT[half]))
        sent = begun + number * (_REGISTERS_TAKE // timedelta(microseconds=1)) // roll.registers
        acts, leaves = self._acts("register", act, sent)
        columns = {
            "position": self._next + np.arange(roll.pupils) + roll.classes + 1,
            "act": act[roll.classes],
            "act_leaf": leaves[roll.classes],
        }
        self._next += roll.pupils + roll.registers
        marks = np.empty(roll.pupils, object)
        for code in np.unique(codes).tolist():
            chosen = np.flatnonzero(codes == code)
            event = _entry(roll.year, day, half, SYMBOLS[code])
            of_these = {name: column[chosen] for name, column in columns.items()}
            marks[chosen] = self._marks(event, chosen, of_these)
        return Rows(acts, marks.tolist())

    def _amended(self, places: np.ndarray, codes: np.ndarray) -> Rows:
        """The N of the week amended, school by school; a place is day, half and pupil."""
        roll, last = self._roll, self._week.days[-1]
        of_school = np.argsort(roll.school_number[places[:, 2]], kind="stable")
        places, codes = places[of_school], codes[of_school]
        schools, number = np.unique(roll.school_number[places[:, 2]], return_inverse=True)
        starts = np.searchsorted(number, np.arange(len(schools)))
        act = self._next + starts + np.arange(len(schools))
        sent = microseconds(_local(last, _AMENDED_AT)) + schools * _BETWEEN_AMENDMENTS
        acts, leaves = self._acts("amendments", act, sent)
        columns = {
            "position": self._next + np.arange(len(places)) + number + 1,
            "act": act[number],
            "act_leaf": leaves[number],
        }
        marks = np.empty(len(places), object)
        alike, which = np.unique(
            np.column_stack((places[:, :2], codes)), axis=0, return_inverse=True
        )
        for turn, (day, half, code) in enumerate(alike.tolist()):
            chosen = np.flatnonzero(which == turn)
            event = _amendment(roll.year, self._week.days[day], half, SYMBOLS[code])
            of_these = {name: column[chosen] for name, column in columns.items()}
            marks[chosen] = self._marks(event, places[chosen, 2], of_these)
        return Rows(acts, marks.tolist())

    def _acts(
        self, kind: str, position: np.ndarray, sent: np.ndarray
    ) -> tuple[list[bytes], np.ndarray]:
        """Acts whose keys have their position; their leaves."""
        columns = {
            "position": position,
            "recorded_at": sent,
            "instant": instants(sent),
            "number": np.array([f"{one:0{_DIGITS}}" for one in position.tolist()], "S"),
            "salt": salts(len(position)),
        }
        made, leaves = _acts_like(kind).made(columns)
        return made.tolist(), leaves

    def _marks(
        self, event: Event, pupils: np.ndarray, columns: dict[str, np.ndarray]
    ) -> np.ndarray:
        """Marks of these pupils that are like a specimen."""
        roll = self._roll
        columns |= {"school": roll.school[pupils], "pupil": roll.pupil[pupils]}
        columns |= {"stream": roll.stream[pupils], "salt": salts(len(pupils))}
        for name in event.sealed:
            told = getattr(event, name)
            if told is not None:
                self.told_of.update(pupils.tolist())
                streams = [one.decode() for one in columns["stream"].tolist()]
                texts = [_sealed(one, event.originator_version, name, told) for one in streams]
                columns["sealed"] = np.array(texts, "S")
        return _marks_like(event).made(columns)


# -- specimens ---------------------------------------------------------------------------------------


def key_of(scope: str) -> bytes:
    """The data key of a scope.

    It follows from the scope, so that processes need not agree on one: these children are invented, and
    there is nothing to keep secret.
    """
    return sha256(b"invented" + scope.encode()).digest()


def _sealed(stream: str, number: int, name: str, told: str) -> str:
    key = DataKey(key_of(scope_of(stream)))
    return key.seal(place_of(stream, number, name), told).ciphertext


def _entry(year: int, day: date, half: int, code: str) -> AttendanceEntered:
    arrived_at = ARRIVALS.get((SESSIONS[half], code))
    place = _stream(year), version(day, SESSIONS[half], 0)
    return AttendanceEntered(*place, code, DETAILS.get(code), arrived_at)


def _amendment(year: int, day: date, half: int, code: str) -> AttendanceAmended:
    """N amended to a code."""
    arrived_at = ARRIVALS.get((SESSIONS[half], code))
    place = _stream(year), version(day, SESSIONS[half], 1)
    return AttendanceAmended(*place, SYMBOLS[N], code, _REASONS[code], arrived_at=arrived_at)


def _stream(year: int) -> str:
    return attendance.stream(SCHOOL, str(PUPIL), year)


def _marks_like(event: Event) -> Marks:
    stored = _stored(event)
    sealed = [v["sealed"] for v in json.loads(stored.state).values() if isinstance(v, dict)]
    return Marks(stored, sealed[0] if sealed else None)


@lru_cache
def _acts_like(kind: str) -> Acts:
    at, number = datetime(2001, 2, 3, 4, 5, 6, 7, UTC), "9" * _DIGITS
    by = _OFFICER if kind == "amendments" else _TUTOR
    event = ActRecorded(f"act/{CLIENT}/{kind}-{number}", 1, by, instant(at), RULES)
    return Acts(_stored(event), at, number)


def _stored(event: Event) -> StoredEvent:
    mapper = LedgerMapper(JSONTranscoder())
    scope = scope_of(event.originator_id)
    with mapper.sealing_with({scope: DataKey(key_of(scope))}):
        return mapper.to_stored_event(event)


def _local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)
