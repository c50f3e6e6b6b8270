"""The lines of an archive: what each kind of part holds, one JSON object a line.

A line of the log holds what the leaf covers and what it is for: position, act, stream, version, topic,
salt, leaf and state.  The typed columns of the tables are left out: they follow from these, by the same
functions that the recorder uses.  Bytes are written in hexadecimal, the state as the text that it is.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import ClassVar, Final

from pydantic import ConfigDict, TypeAdapter

LINE_BYTES_MAX: Final = 256 << 20
"""Far beyond the longest line there can be: the answer to an import of 100,000 lines."""

_STRICT: Final = ConfigDict(
    extra="forbid",
    strict=True,
    hide_input_in_errors=True,
    ser_json_bytes="hex",
    val_json_bytes="hex",
)


@dataclass(frozen=True, slots=True)
class AnswerKept:
    """What a request key was answered, as it is stored."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    digest: bytes
    """Keyed digest of the request: only the key file of the ledger makes it again."""
    status: int
    response: bytes
    """The receipt, packed."""
    check: bytes
    """SHA-256 of the three: no leaf covers an answer, so it is told here when one was changed."""

    @classmethod
    def of(cls, digest: bytes, status: int, response: bytes) -> "AnswerKept":
        """An answer with its check."""
        return cls(digest, status, response, _check(digest, status, response))

    @property
    def is_whole(self) -> bool:
        """Whether it is what it was when it was written."""
        return self.check == _check(self.digest, self.status, self.response)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One row of the log."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    position: int
    act: int
    """Position of the act under which it was entered; an act's own."""
    stream: str
    version: int
    topic: str
    salt: bytes
    leaf: bytes
    state: str
    answer: AnswerKept | None = None
    """With the first act of a request, what it was answered."""


@dataclass(frozen=True, slots=True)
class UnrecordedLine:
    """The answer to a request of which nothing was recorded, since everything stood already."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    client: str
    request_key: str
    answer: AnswerKept


@dataclass(frozen=True, slots=True)
class DataKeyLine:
    """A data key, wrapped: of use to nobody without the key file."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT

    scope: str
    wrapped: bytes


LOG: Final = TypeAdapter(LogLine)
UNRECORDED: Final = TypeAdapter(UnrecordedLine)
DATA_KEY: Final = TypeAdapter(DataKeyLine)


def _check(digest: bytes, status: int, response: bytes) -> bytes:
    return sha256(b"%d\n%b%b" % (status, digest, response)).digest()
