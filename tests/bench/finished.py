"""Finished rows of one school week: acts, entries and amended entries as the recorder would store them.

Each class register is an act with its marks, each school's amendments one act on the week's last day.
Rows are what the recorder makes of the same events, which `attendance-ledger verify` holds them against;
what is alike in all rows is laid out once for a whole session, in NumPy.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from hashlib import sha256
from os import urandom
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from eventsourcing.persistence import JSONTranscoder, StoredEvent

from ledger.base import Event
from ledger.events import ActRecorded
from ledger.law.edition import RULES
from ledger.proof.leaf import NO_ACT, SALT_BYTES, leaf_of
from ledger.registers import attendance
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.requests import instant
from ledger.schools.calendar import LONDON, SESSIONS, version
from ledger.store import rows
from ledger.store.mapper import LedgerMapper
from ledger.store.vault import DataKey, scope_of
from tests.bench.codes import ARRIVALS, DETAILS
from tests.bench.country import SYMBOLS, Country, N, School, Week

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
_EPOCH: Final = date(2000, 1, 1)


class Rows(NamedTuple):
    """Rows in the binary format of COPY, without its header, and the data keys that they need."""

    acts: bytes
    marks: list[bytes]
    keys: dict[str, bytes]


def positions(country: Country, entered: np.ndarray, standing: np.ndarray) -> int:
    """How many positions a week takes."""
    days, halves, pupils = entered.shape
    amended = (entered != standing).any(axis=(0, 1))
    acts = sum(bool(amended[one.first : one.first + one.pupils].any()) for one in country.schools)
    registers = int(country.classes[-1]) + 1
    return days * halves * (pupils + registers) + acts + int((entered != standing).sum())


class WeekRows:
    """Makes the rows of one week."""

    def __init__(self, country: Country, week: Week, first: int) -> None:
        self._country = country
        self._week = week
        self._next = first
        self._mapper = LedgerMapper(JSONTranscoder())
        self._keys: dict[str, bytes] = {}
        self._acts: list[bytes] = []

    def sessions(self) -> Iterator[Rows]:
        """The rows of each session in turn, then those of the amendments."""
        entered, standing = self._country.codes(self._week)
        for number, day in enumerate(self._week.days):
            for half in range(len(SESSIONS)):
                yield self._taken(_Session(self._country, day, half), entered[number, half])
        yield self._taken_out(self._amended(entered, standing))

    # -- registers -------------------------------------------------------------------------------

    def _taken(self, session: "_Session", codes: np.ndarray) -> Rows:
        country = self._country
        classes, pupils = country.classes, np.arange(country.pupils)
        registers = int(classes[-1]) + 1
        starts = np.searchsorted(classes, np.arange(registers))
        act_positions = self._next + starts + np.arange(registers)
        mark_positions = self._next + pupils + classes + 1
        self._next += country.pupils + registers
        leaves = [
            self._act(int(position), session.sent(number, registers), f"register-{position}")
            for number, position in enumerate(act_positions)
        ]
        made = self._entries(session, codes, leaves, mark_positions, act_positions[classes])
        return self._taken_out(made)

    def _entries(
        self,
        session: "_Session",
        codes: np.ndarray,
        act_leaves: list[bytes],
        mark_positions: np.ndarray,
        act_positions: np.ndarray,
    ) -> list[bytes]:
        """One row a pupil, in their order."""
        country = self._country
        salts = urandom(SALT_BYTES * country.pupils)
        states, places, classes = session.states, session.places, country.classes.tolist()
        leaves, told = [], {}
        for pupil, code in enumerate(codes.tolist()):
            salt = salts[pupil * SALT_BYTES : (pupil + 1) * SALT_BYTES]
            act_leaf = act_leaves[classes[pupil]]
            if code in states:
                hashed = (b"\x00leaf-v1", act_leaf, salt, places[pupil], states[code].tail)
                leaves.append(sha256(b"".join(hashed)).digest())
                continue
            stored = self._stored(session.entry(pupil, SYMBOLS[code]))
            leaf = _leaf(act_leaf, salt, stored)
            leaves.append(leaf)
            place = int(mark_positions[pupil]), int(act_positions[pupil])
            told[pupil] = rows.mark_row(*place, stored, salt, leaf)
        packed = _Packing(session, codes, mark_positions, act_positions, salts, b"".join(leaves))
        return packed.rows(told)

    # -- amendments ------------------------------------------------------------------------------

    def _amended(self, entered: np.ndarray, standing: np.ndarray) -> list[bytes]:
        """The N of the week amended, one act a school on the last afternoon."""
        made: list[bytes] = []
        last = self._week.days[-1]
        for number, school in enumerate(self._country.schools):
            own = slice(school.first, school.first + school.pupils)
            found = np.argwhere((entered != standing)[:, :, own])
            if len(found):
                at = _local(last, _AMENDED_AT) + timedelta(milliseconds=number)
                act = self._next
                leaf = self._act(act, at, f"amendments-{act}", _OFFICER)
                self._next += 1
                made += self._amendments(school, found.tolist(), standing, (act, leaf))
        return made

    def _amendments(
        self,
        school: School,
        found: Sequence[list[int]],
        standing: np.ndarray,
        act: tuple[int, bytes],
    ) -> Iterator[bytes]:
        for day, half, of_school in found:
            pupil = school.first + of_school
            session = _Session(self._country, self._week.days[day], half)
            code = SYMBOLS[standing[day, half, pupil]]
            stored = self._stored(session.amendment(school, pupil, code))
            salt = urandom(SALT_BYTES)
            yield rows.mark_row(self._next, act[0], stored, salt, _leaf(act[1], salt, stored))
            self._next += 1

    # -- acts and keys ---------------------------------------------------------------------------

    def _act(self, position: int, at: datetime, key: str, by: dict[str, str] = _TUTOR) -> bytes:
        """Add an act; its leaf."""
        event = ActRecorded(f"act/{CLIENT}/{key}", 1, by, instant(at), RULES)
        stored = self._mapper.to_stored_event(event)
        salt = urandom(SALT_BYTES)
        leaf = _leaf(NO_ACT, salt, stored)
        self._acts.append(rows.act_row(position, at, stored, (salt, leaf)))
        return leaf

    def _stored(self, event: Event) -> StoredEvent:
        scope = scope_of(event.originator_id)
        # A key that follows from its scope, so that processes need not agree on one: these children
        # are invented, and there is nothing to keep secret.
        key = self._keys.setdefault(scope, sha256(b"invented" + scope.encode()).digest())
        with self._mapper.sealing_with({scope: DataKey(key)}):
            return self._mapper.to_stored_event(event)

    def _taken_out(self, marks: list[bytes]) -> Rows:
        made = Rows(b"".join(self._acts), marks, self._keys)
        self._acts, self._keys = [], {}
        return made


class _State(NamedTuple):
    """The bytes of an entry that are the same for everybody, and what the leaf has of them."""

    state: bytes
    tail: bytes


class _Session:
    """One session: where it stands and what entries in it are."""

    def __init__(self, country: Country, day: date, half: int) -> None:
        self.country = country
        self.day = day
        self.half = half
        self._year = day.year if day.month >= 8 else day.year - 1
        self._version = version(day, SESSIONS[half], 0)

    @cached_property
    def states(self) -> dict[int, _State]:
        """Of each code that needs no sealed detail."""
        found = {}
        topic = AttendanceEntered.topic.encode()
        for number, code in enumerate(SYMBOLS):
            if code in DETAILS:
                continue
            event = self._entry("", code)
            state = LedgerMapper(JSONTranscoder()).to_stored_event(event).state
            parts = (self._version.to_bytes(8), *_framed(topic), *_framed(state))
            found[number] = _State(state, b"".join(parts))
        return found

    @property
    def places(self) -> list[bytes]:
        """Each pupil's stream as the leaf has it."""
        return _places(self.country, self._year)

    def sent(self, number: int, registers: int) -> datetime:
        """When a class register was sent, of so many in that session."""
        begun = _local(self.day, _REGISTERS_SENT[self.half])
        return begun + number * (_REGISTERS_TAKE / registers)

    def entry(self, pupil: int, code: str) -> AttendanceEntered:
        """The original entry of a pupil."""
        return self._entry(_streams(self.country, self._year)[pupil], code)

    def amendment(self, school: School, pupil: int, code: str) -> AttendanceAmended:
        """N amended to a code."""
        stream = _streams(self.country, self._year)[pupil]
        arrived_at = ARRIVALS.get((SESSIONS[self.half], code))
        return AttendanceAmended(
            *(stream, self._version + 1, SYMBOLS[N], code, _REASONS[code]), arrived_at=arrived_at
        )

    def _entry(self, stream: str, code: str) -> AttendanceEntered:
        arrived_at = ARRIVALS.get((SESSIONS[self.half], code))
        return AttendanceEntered(stream, self._version, code, DETAILS.get(code), arrived_at)


class _Packing:
    """Entries of one session laid out as rows, all those of one length together."""

    def __init__(
        self,
        session: _Session,
        codes: np.ndarray,
        mark_positions: np.ndarray,
        act_positions: np.ndarray,
        salts: bytes,
        leaves: bytes,
    ) -> None:
        self._session = session
        self._codes = codes
        self._columns: dict[str, Any] = {
            "position": mark_positions,
            "act": act_positions,
            "school": _urns(session.country),
            "pupil": session.country.ids.view("V16").ravel(),
            "salt": np.frombuffer(salts, "V16"),
            "leaf": np.frombuffer(leaves, "V32"),
        }

    def rows(self, told: dict[int, bytes]) -> list[bytes]:
        """Every row, those that were made by hand among them."""
        made: list[Any] = [None] * len(self._codes)
        for pupil, row in told.items():
            made[pupil] = row
        lengths: dict[tuple[int, int], list[int]] = {}
        for code, (state, _) in self._session.states.items():
            lengths.setdefault((len(SYMBOLS[code]), len(state)), []).append(code)
        for (code_bytes, state_bytes), alike in lengths.items():
            chosen = np.flatnonzero(np.isin(self._codes, alike))
            packed = self._packed(chosen, code_bytes, state_bytes)
            for pupil, row in zip(chosen.tolist(), packed, strict=True):
                made[pupil] = row
        return made

    def _packed(self, chosen: np.ndarray, code_bytes: int, state_bytes: int) -> list[bytes]:
        layout = _layout(code_bytes, state_bytes)
        made = np.zeros(len(chosen), layout)
        made["columns"] = 12
        for name in layout.names or ():
            if name.startswith("length of "):
                made[name] = layout[name.removeprefix("length of ")].itemsize
        for name, column in self._columns.items():
            made[name] = column[chosen]
        made["day"] = (self._session.day - _EPOCH).days
        made["half"] = self._session.half
        made["no replaced"] = -1
        states = self._session.states
        for code in np.unique(self._codes[chosen]).tolist():
            alike = self._codes[chosen] == code
            made["code"][alike] = SYMBOLS[code].encode()
            made["state"][alike] = states[code].state
        packed: list[bytes] = made.view(f"V{layout.itemsize}").tolist()
        return packed


def _layout(code_bytes: int, state_bytes: int) -> np.dtype:
    """A row of `mark` as `ledger.store.rows.mark_row` packs it."""
    columns: list[tuple[str, str]] = [
        *(("position", ">i8"), ("act", ">i8"), ("school", ">i4"), ("day", ">i4")),
        *(("pupil", "V16"), ("half", ">i2"), ("revision", ">i2"), ("code", f"S{code_bytes}")),
        *(("no replaced", ">i4"), ("salt", "V16"), ("leaf", "V32"), ("state", f"S{state_bytes}")),
    ]
    laid_out: list[tuple[str, str]] = [("columns", ">i2")]
    for name, kind in columns:
        laid_out += [] if name.startswith("no ") else [(f"length of {name}", ">i4")]
        laid_out.append((name, kind))
    return np.dtype(laid_out)


_kept: dict[tuple[Any, ...], Any] = {}
"""What belongs to a country and year; one of each kind is kept."""


def _streams(country: Country, year: int) -> list[str]:
    def make() -> list[str]:
        urns = [one.urn for one in country.schools for _ in range(one.pupils)]
        ids = (str(UUID(bytes=one.tobytes())) for one in country.ids)
        return [attendance.stream(urn, i, year) for urn, i in zip(urns, ids, strict=True)]

    return _once("streams", (country, year), make)


def _places(country: Country, year: int) -> list[bytes]:
    def make() -> list[bytes]:
        return [b"".join(_framed(one.encode())) for one in _streams(country, year)]

    return _once("places", (country, year), make)


def _urns(country: Country) -> np.ndarray:
    def make() -> np.ndarray:
        return np.repeat([int(s.urn) for s in country.schools], [s.pupils for s in country.schools])

    return _once("urns", (country,), make)


def _once(what: str, of: tuple[Any, ...], make: Any) -> Any:
    known, found = _kept.get((what,), (None, None))
    if known != of:
        found = make()
        _kept[(what,)] = (of, found)
    return found


def _framed(text: bytes) -> tuple[bytes, bytes]:
    return len(text).to_bytes(4), text


def _leaf(act_leaf: bytes, salt: bytes, stored: StoredEvent) -> bytes:
    stream = stored.originator_id
    assert isinstance(stream, str)
    return leaf_of(act_leaf, salt, stream, stored.originator_version, stored.topic, stored.state)


def _local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LONDON).astimezone(UTC)
