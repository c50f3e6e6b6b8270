"""Rows: the typed columns beside the stored bytes, and their binary form for COPY.

The columns of a row follow from its stream, version and state.  The recorder writes them by the
functions here and `verify` holds them against the bytes by the same: they cannot drift apart.
"""

import json
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from struct import Struct
from typing import NamedTuple
from uuid import UUID

from eventsourcing.persistence import StoredEvent

from ledger.schools.calendar import REVISIONS

MARKS = frozenset({"attendance-entered", "attendance-amended"})
ACT = "act-recorded"

_REGISTER = len("attendance-register/")
_URN = slice(_REGISTER, _REGISTER + 6)
_PUPIL = slice(_REGISTER + 7, _REGISTER + 43)
_YEAR = slice(_REGISTER + 44, None)


class MarkColumns(NamedTuple):
    """Typed columns of a mark.  `day` is days since 2000-01-01, as PostgreSQL counts them."""

    school: int
    day: int
    pupil: bytes
    half: int
    revision: int
    code: str
    replaced: str | None


class RecordColumns(NamedTuple):
    """Typed columns of a record: the school and the pupil it speaks of, if any."""

    school: int | None
    pupil: UUID | None


_EPOCH = date(2000, 1, 1).toordinal()


@cache
def _first_day(year: str) -> int:
    return date(int(year), 8, 1).toordinal() - _EPOCH


@cache
def _school(urn: str) -> int:
    return int(urn)


@cache
def _bare_code(state: bytes) -> str:
    # Cached for states that are nothing but a code: there are as many of them as codes.
    return str(json.loads(state)["code"])


_BARE_BYTES_MAX = 14


def mark_columns(stored: StoredEvent) -> MarkColumns:
    """The typed columns of an entry or amended entry."""
    return MarkColumns(*_mark(stored))


def _mark(stored: StoredEvent) -> tuple[int, int, bytes, int, int, str, str | None]:
    stream = stored.originator_id
    assert isinstance(stream, str)
    slot, revision = divmod(stored.originator_version, REVISIONS)
    state = stored.state
    replaced = None
    if len(state) <= _BARE_BYTES_MAX:
        code = _bare_code(state)
    else:
        payload = json.loads(state)
        code, replaced = payload["code"], payload.get("replaces")
    return (
        _school(stream[_URN]),
        _first_day(stream[_YEAR]) + (slot >> 1),
        bytes.fromhex(stream[_PUPIL].replace("-", "")),
        slot & 1,
        revision,
        code,
        replaced,
    )


def record_columns(stored: StoredEvent) -> RecordColumns:
    """The typed columns of any other event: `school/<urn>` or `<register>/<urn>/<pupil>/…`."""
    stream = stored.originator_id
    assert isinstance(stream, str)
    _, urn, *rest = stream.split("/")
    return RecordColumns(int(urn), UUID(rest[0]) if rest else None)


def act_columns(stored: StoredEvent) -> tuple[str, str]:
    """Client and request key of an act: `act/<client>/<request key>`."""
    assert isinstance(stored.originator_id, str)
    _, client, request_key = stored.originator_id.split("/", 2)
    return client, request_key


# -- binary COPY -------------------------------------------------------------------------------------

COPY_HEADER = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
COPY_TRAILER = b"\xff\xff"

_MARK_START = Struct(">hiqiq").pack
_MARK_PLACE = Struct(">iiiii").pack
_MARK_TURN = Struct(">ihihi").pack
_BYTES = Struct(">i").pack
_SALT = _BYTES(16)
BEFORE_LEAF = _BYTES(32)
_NULL = _BYTES(-1)
_ACT_FIXED = Struct(">hiqiq").pack
_TWO = Struct(">h").pack(2)
_FIVE = Struct(">h").pack(5)
_STATUS = Struct(">ihi").pack
_NUMBER = Struct(">ii").pack
_EPOCH_INSTANT = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def mark_row(position: int, act: int, stored: StoredEvent, salt: bytes, leaf: bytes) -> bytes:
    """One row of `mark` in the binary format of COPY, its columns in the table's order."""
    return b"".join(
        (mark_start(position, act), mark_middle(stored, salt), leaf, mark_end(stored.state))
    )


# The pieces of a row, for those who make many that share them.


def mark_start(position: int, act: int) -> bytes:
    """How a row of `mark` begins: position and act."""
    return _MARK_START(12, 8, position, 8, act)


def mark_place(school: int, day: int) -> bytes:
    """The columns that all rows of one session share, up to the pupil (16 bytes), which follows."""
    return _MARK_PLACE(4, school, 4, day, 16)


def mark_turn(half: int, revision: int, code: str, replaced: str | None) -> bytes:
    """The columns from the session's half to the salt (16 bytes), which follows."""
    symbol = code.encode()
    if replaced is None:
        replacing = _NULL
    else:
        before = replaced.encode()
        replacing = _BYTES(len(before)) + before
    return b"".join((_MARK_TURN(2, half, 2, revision, len(symbol)), symbol, replacing, _SALT))


def mark_middle(stored: StoredEvent, salt: bytes) -> bytes:
    """From the school to what stands before the leaf."""
    school, day, pupil, half, revision, code, replaced = _mark(stored)
    turn = mark_turn(half, revision, code, replaced)
    return b"".join((mark_place(school, day), pupil, turn, salt, BEFORE_LEAF))


def mark_end(state: bytes) -> bytes:
    """The column after the leaf, the last one."""
    return _BYTES(len(state)) + state


def pieces(whole: bytes, size: int) -> list[bytes]:
    """Values of one size, such as salts or ids, out of all of them in a row."""
    return [whole[at : at + size] for at in range(0, len(whole), size)]


def day_number(day: date) -> int:
    """Days since 2000-01-01, as PostgreSQL counts them."""
    return day.toordinal() - _EPOCH


@lru_cache(maxsize=4096)
def day_of(number: int) -> date:
    """The day of such a number."""
    return date.fromordinal(number + _EPOCH)


def act_row(
    position: int, recorded_at: datetime, stored: StoredEvent, salt_leaf: tuple[bytes, bytes]
) -> bytes:
    """One row of `act` in the binary format of COPY, its columns in the table's order."""
    client, request_key = (text.encode() for text in act_columns(stored))
    salt, leaf = salt_leaf
    return b"".join(
        (
            _ACT_FIXED(8, 8, position, 8, (recorded_at - _EPOCH_INSTANT) // _MICROSECOND),
            _BYTES(len(client)),
            client,
            _BYTES(len(request_key)),
            request_key,
            _NUMBER(4, stored.originator_version),
            _SALT,
            salt,
            BEFORE_LEAF,
            leaf,
            _BYTES(len(stored.state)),
            stored.state,
        )
    )


def key_row(client: str, key: str, digest: bytes, status: int, packed: bytes) -> bytes:
    """One row of `request_key` in the binary format of COPY, its columns in the table's order."""
    texts = [client.encode(), key.encode(), digest]
    return b"".join(
        (
            _FIVE,
            *(part for text in texts for part in (_BYTES(len(text)), text)),
            _STATUS(2, status, len(packed)),
            packed,
        )
    )


def data_key_row(scope: str, wrapped: bytes) -> bytes:
    """One row of `data_key` in the binary format of COPY, its columns in the table's order."""
    name = scope.encode()
    return b"".join((_TWO, _BYTES(len(name)), name, _BYTES(len(wrapped)), wrapped))


def register_place(stream: str) -> tuple[int, str, int] | None:
    """School, pupil and academic year of an attendance register's stream; None for any other."""
    kind, _, rest = stream.partition("/")
    if kind != "attendance-register":
        return None
    urn, pupil, year = rest.split("/")
    return int(urn), pupil, int(year)
