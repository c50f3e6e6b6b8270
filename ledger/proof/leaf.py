"""The leaf: what each row of the log commits to.

Version 1 of the format.  It is SHA-256 over the byte 0x00 (RFC 6962 marks leaves with it) followed by

    "leaf-v1"  act leaf (32)  salt (16)  stream  version (8)  topic  state

where stream, topic and state are UTF-8 or bytes preceded by their length (4 bytes, big-endian).  The
act leaf is the leaf of the act under which the row was entered, 32 zero bytes for an act itself: so
each entry commits to who made it, for which client and when.  The bytes hashed are the bytes stored;
nothing is encoded again.  The salt is random and kept in the row: an attendance code is one of some
forty words, and a hash without salt would be a look-up table.
"""

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from struct import Struct

NO_ACT = bytes(32)
SALT_BYTES = 16

_HEAD = b"\x00leaf-v1"
_LENGTH = Struct(">I").pack
_VERSION = Struct(">q").pack


def leaf_of(
    act_leaf: bytes, salt: bytes, stream: str, version: int, topic: str, state: bytes
) -> bytes:
    """The 32-byte leaf of one row."""
    return sha256(
        b"".join((_HEAD, act_leaf, salt, covered(stream, version, topic, state)))
    ).digest()


def start_of_leaf(act_leaf: bytes) -> bytes:
    """What is hashed before the salt: the same for all that was entered under one act."""
    return _HEAD + act_leaf


def leaves_under(act_leaf: bytes, hashed: Iterable[bytes]) -> list[bytes]:
    """The leaves of rows under one act; `hashed` has for each what is hashed from the salt on."""
    start = start_of_leaf(act_leaf)
    return [sha256(start + each).digest() for each in hashed]


def covered(stream: str, version: int, topic: str, state: bytes) -> bytes:
    """What is hashed after the salt: where the row stands, what it is, and its bytes."""
    place = stream.encode()
    return b"".join(
        (
            _LENGTH(len(place)),
            place,
            _VERSION(version),
            _topic(topic),
            _LENGTH(len(state)),
            state,
        )
    )


@cache
def _topic(topic: str) -> bytes:
    kind = topic.encode()
    return _LENGTH(len(kind)) + kind
