"""Many rows alike but for some fields: the bytes of one specimen, copied, and its fields written over.

The specimen comes from the functions by which the recorder makes a row and hashes it, and its fields are
where its own values stand in it: no layout is written down a second time.
"""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from os import urandom
from typing import Any, Final, NamedTuple
from uuid import UUID

import numpy as np
from eventsourcing.persistence import StoredEvent

from ledger.proof.leaf import NO_ACT, SALT_BYTES, covered, start_of_leaf
from ledger.requests import instant
from ledger.store import rows


class Field(NamedTuple):
    """A field of a specimen: its NumPy format, and the bytes that it has there."""

    format: str
    value: bytes


class Alike:
    """Makes byte strings that are alike but for their fields."""

    def __init__(self, specimen: bytes, fields: dict[str, Field]) -> None:
        """Raises ValueError where a field's value does not stand in the specimen exactly once."""
        for name, field in fields.items():
            if specimen.count(field.value) != 1:
                raise ValueError(f"{name} does not stand in the specimen once")
        self._specimen = specimen
        self._layout = np.dtype(
            {
                "names": list(fields),
                "formats": [field.format for field in fields.values()],
                "offsets": [specimen.index(field.value) for field in fields.values()],
                "itemsize": len(specimen),
            }
        )

    def made(self, number: int, columns: dict[str, Any]) -> np.ndarray:
        """So many byte strings, an array of objects, with these columns as their fields."""
        found = np.frombuffer(bytearray(self._specimen * number), self._layout)
        for name in self._layout.names or ():
            found[name] = columns[name]
        return found.view(f"V{self._layout.itemsize}").astype(object)


PUPIL: Final = UUID(bytes=b"\xa5" * 16)
SCHOOL: Final = "999999"
"""Whose entry or amended entry a specimen is."""
_POSITION: Final = 0x7172737475767778
_ACT: Final = 0x6162636465666768
_SALT: Final = b"\x5a" * SALT_BYTES
_LEAF: Final = b"\x3c" * 32
_ACT_LEAF: Final = b"\xc3" * 32
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)


class Marks:
    """Rows of `mark` that differ in school, pupil and, where there is one, in a sealed field."""

    def __init__(self, stored: StoredEvent, sealed: str | None) -> None:
        """`stored` is an entry of `PUPIL` at `SCHOOL`, and `sealed` the text that its state has sealed."""
        stream, version = stored.originator_id, stored.originator_version
        assert isinstance(stream, str)
        after_salt = covered(stream, version, stored.topic, stored.state)
        text = {} if sealed is None else {"sealed": Field(f"S{len(sealed)}", sealed.encode())}
        self._hashed = Alike(
            start_of_leaf(_ACT_LEAF) + _SALT + after_salt,
            {
                "act_leaf": Field("V32", _ACT_LEAF),
                "salt": Field("V16", _SALT),
                "stream": Field(f"S{len(stream)}", stream.encode()),
                **text,
            },
        )
        self._rows = Alike(
            rows.mark_row(_POSITION, _ACT, stored, _SALT, _LEAF),
            {
                "position": Field(">i8", _POSITION.to_bytes(8)),
                "act": Field(">i8", _ACT.to_bytes(8)),
                "school": Field(">i4", int(SCHOOL).to_bytes(4)),
                "pupil": Field("V16", PUPIL.bytes),
                "salt": Field("V16", _SALT),
                "leaf": Field("V32", _LEAF),
                **text,
            },
        )

    def made(self, columns: dict[str, np.ndarray]) -> np.ndarray:
        """The rows, an array of bytes.

        `columns` has position, act, act_leaf, school, pupil, stream, salt and, if need be, sealed.
        """
        number = len(columns["position"])
        hashed = self._hashed.made(number, columns)
        return self._rows.made(number, {**columns, "leaf": _digests(hashed)})


class Acts:
    """Rows of `act` that differ in their position, their instant and the digits of their key."""

    def __init__(self, stored: StoredEvent, at: datetime, number: str) -> None:
        """`stored` is an act at this instant, whose key has these digits."""
        stream = stored.originator_id
        assert isinstance(stream, str)
        text = {
            "instant": Field("S27", instant(at).encode()),
            "number": Field(f"S{len(number)}", number.encode()),
        }
        after_salt = covered(stream, stored.originator_version, stored.topic, stored.state)
        self._hashed = Alike(
            start_of_leaf(NO_ACT) + _SALT + after_salt, {"salt": Field("V16", _SALT), **text}
        )
        self._rows = Alike(
            rows.act_row(_POSITION, at, stored, (_SALT, _LEAF)),
            {
                "position": Field(">i8", _POSITION.to_bytes(8)),
                "recorded_at": Field(">i8", microseconds(at).to_bytes(8)),
                "salt": Field("V16", _SALT),
                "leaf": Field("V32", _LEAF),
                **text,
            },
        )

    def made(self, columns: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The rows, an array of bytes, and their leaves.

        `columns` has position, recorded_at, instant, number and salt.
        """
        number = len(columns["position"])
        leaves = _digests(self._hashed.made(number, columns))
        return self._rows.made(number, {**columns, "leaf": leaves}), leaves


def salts(number: int) -> np.ndarray:
    """So many salts."""
    return np.frombuffer(urandom(SALT_BYTES * number), "V16")


def microseconds(at: datetime) -> int:
    """An instant as PostgreSQL counts it."""
    return (at - _EPOCH) // timedelta(microseconds=1)


def instants(counted: np.ndarray) -> np.ndarray:
    """Instants that are counted so, as they are written everywhere (`ledger.requests.instant`)."""
    moments = np.datetime64(_EPOCH.replace(tzinfo=None), "us") + counted.astype("m8[us]")
    return np.char.add(np.datetime_as_string(moments, "us"), "Z").astype("S27")


def _digests(hashed: np.ndarray) -> np.ndarray:
    return np.frombuffer(b"".join([sha256(one).digest() for one in hashed.tolist()]), "V32")
