"""Registers made ready: rows that lack nothing but what only the head of the log can give.

While one process holds the head, the others make their next rows.  What is left to be done under the head's
lock is to see that the school's book has not changed, to hash each row under its act (whose time is that
of the append), and to send it.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from functools import lru_cache
from itertools import compress, repeat
from os import urandom
from typing import Final, NamedTuple, Protocol

from ledger.base import Recorded
from ledger.book import SchoolBook
from ledger.facts import Facts
from ledger.proof.leaf import SALT_BYTES, covered, leaves_under
from ledger.registers.attendance import AttendanceEntered, stream
from ledger.registers.plain import SentRegister, ToldApart, decide_others, told_apart
from ledger.registers.session_rules import SessionFacts
from ledger.schools.calendar import REVISIONS
from ledger.store import rows
from ledger.store.mapper import state_of

_ANY_PUPIL: Final = "00000000-0000-0000-0000-000000000000"
"""Stands in what all rows of a register share, where each has its pupil."""
_NAME_BYTES: Final = len(_ANY_PUPIL)
_NUMBER_BYTES: Final = 16


class _Kind(NamedTuple):
    """What all rows of one register with the same code and time of arrival share."""

    before_pupil: bytes
    after_pupil: bytes
    """Of what the leaf covers after the salt."""
    turn: bytes
    end: bytes
    """Of the row, before the salt and after the leaf."""


class _Marks(NamedTuple):
    """Marks of a register in columns, each with a value for each mark."""

    places: Sequence[int]
    """Of the entries in their register, counted from 0."""
    hashed: Sequence[bytes]
    """What the leaf covers, from the salt on."""
    middles: Sequence[bytes]
    """Of the row, from the school to what stands before the leaf."""
    ends: Sequence[bytes]


class ReadyRegister:
    """The plain marks of a register, their rows ready but for position, act and leaf."""

    def __init__(self, urn: str, asked: SentRegister, book: SchoolBook, apart: ToldApart) -> None:
        self.urn = urn
        self.asked = asked
        self.others = [index for index, plain in enumerate(apart.plain) if not plain]
        """Indexes of the entries that are still to be decided."""
        self._session = apart.session
        self._book = book
        self._position = book.position
        self._marks = _made(urn, asked, apart)

    def still_true(self, book: SchoolBook) -> bool:
        """Whether the book of the school is still the one that this was decided on."""
        return book is self._book and book.position == self._position

    def decide_others(self, facts: Facts) -> Mapping[int, Recorded] | None:
        """What is entered for the marks that are not plain; None where one is refused."""
        if not self.others:
            return {}
        return decide_others(self.asked, self.urn, self._session, self.others, facts)

    def rows(self, act: int, leaves: Sequence[bytes]) -> Iterator[bytes]:
        """The rows of `mark` under an act of this position and leaf; they follow it in the order sent."""
        (act_leaf,) = leaves
        places, hashed, middles, ends = self._marks
        first, begin = act + 1, rows.mark_start
        starts = [begin(first + place, act) for place in places]
        own = leaves_under(act_leaf, hashed)
        return map(b"".join, zip(starts, middles, own, ends, strict=True))


class Made(Protocol):
    """What was made ready."""

    def rows(self, first: int, leaves: Sequence[bytes]) -> Iterator[bytes]:
        """Its rows of `mark`, from its first position on, under acts of these leaves."""
        ...


class ReadyRows(NamedTuple):
    """What was made ready, in its place among what is appended."""

    made: Made
    acts: Sequence[int]
    """Indexes of its acts among the events."""
    position: int
    """The first: that of its first act."""


def make_ready(asked: SentRegister, urn: str, facts: Facts) -> ReadyRegister | None:
    """The register made ready; None where it is to be decided mark by mark.

    Raises SchoolNotFoundError.
    """
    apart = told_apart(asked, urn, facts)
    return None if apart is None else ReadyRegister(urn, asked, facts.book(urn), apart)


def _made(urn: str, asked: SentRegister, apart: ToldApart) -> _Marks:
    """Whole columns at once: what is done for each of a morning's marks is most of what a mark costs."""
    places = [index for index, plain in enumerate(apart.plain) if plain]
    if not places:
        return _Marks((), (), (), ())
    together = "".join(compress(asked.pupils, apart.plain))
    names = rows.pieces(together.encode(), _NAME_BYTES)
    numbers = rows.pieces(bytes.fromhex(together.replace("-", "")), _NUMBER_BYTES)
    salts = rows.pieces(urandom(SALT_BYTES * len(places)), SALT_BYTES)
    kinds = _kinds(urn, asked, apart.session, places)
    before_pupil, after_pupil, turns, ends = zip(*kinds, strict=True)
    shared = repeat(rows.mark_place(int(urn), rows.day_number(apart.session.day)))
    hashed = zip(salts, before_pupil, names, after_pupil, strict=True)
    middles = zip(shared, numbers, turns, salts, repeat(rows.BEFORE_LEAF))
    return _Marks(places, list(map(b"".join, hashed)), list(map(b"".join, middles)), ends)


def _kinds(
    urn: str, asked: SentRegister, session: SessionFacts, places: Sequence[int]
) -> list[_Kind]:
    of_code = {code: _kind(urn, code, None, session) for code in set(asked.codes) if code}
    kinds = []
    for place in places:
        code, entry = asked.codes[place], asked.more.get(place)
        assert code is not None
        kinds.append(
            of_code[code] if entry is None else _kind(urn, code, entry.arrived_at, session)
        )
    return kinds


def _kind(urn: str, code: str, arrived_at: time | None, session: SessionFacts) -> _Kind:
    return _kind_of(urn, code, arrived_at, session.original, session.year)


@lru_cache(maxsize=4096)
def _kind_of(urn: str, code: str, arrived_at: time | None, original: int, year: int) -> _Kind:
    slot, revision = divmod(original, REVISIONS)
    state = _state(code, arrived_at)
    shared = covered(stream(urn, _ANY_PUPIL, year), original, AttendanceEntered.topic, state)
    before_pupil, _, after_pupil = shared.partition(_ANY_PUPIL.encode())
    turn = rows.mark_turn(slot & 1, revision, code, None)
    return _Kind(before_pupil, after_pupil, turn, rows.mark_end(state))


@lru_cache(maxsize=4096)
def _state(code: str, arrived_at: time | None) -> bytes:
    when = arrived_at.isoformat("minutes") if arrived_at else None
    return state_of(AttendanceEntered(_ANY_PUPIL, 0, code, None, when))
