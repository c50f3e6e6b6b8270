"""What every event and every decision is made of.

An event is a frozen fact with a place: the stream it belongs to and its version there.  A decision
takes a command and the facts and answers with outcomes, one for each item that was asked.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
)

from ledger.problems import Problem

PupilId = Annotated[
    str,
    StringConstraints(
        to_lower=True, pattern=r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
    ),
    Field(
        description="The client's own UUID for the child, the same at every school.",
        examples=["0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01"],
    ),
]
# Control characters (NUL cannot be stored), lone surrogates and bidirectional overrides never belong
# in a name or a reason; a refused one names the field and is not echoed.
_PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069]*$"
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000, pattern=_PLAIN)
]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=_PLAIN)
]


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d{1,6})?)?", re.ASCII)


def _as_written(form: re.Pattern[str], read: Callable[[str], Any]) -> BeforeValidator:
    """Pydantic also reads texts of digits, and times with an offset; these are none."""

    def check(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            return read(value) if form.fullmatch(value) else None
        except ValueError:
            return None

    return BeforeValidator(check)


Day = Annotated[date, _as_written(_DAY, date.fromisoformat)]
"""A day, YYYY-MM-DD."""
TimeOfDay = Annotated[time, _as_written(_TIME, time.fromisoformat)]
"""A local time of day.  One with an offset could not be compared with the register times."""
CodeSymbol = Annotated[
    str,
    StringConstraints(min_length=1, max_length=3, pattern=r"^[!-~]+$"),
    Field(description="An attendance code, such as `/`, `L` or `Y4`.", examples=["/"]),
]


class Command(BaseModel):
    """What a client asks.  Unknown fields are refused, so that a misspelt one is never lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class By(Command):
    """The person whose entry it is (regulation 6 asks for name and position on an amendment)."""

    name: Line = Field(description="Name of the person who makes the entry.", examples=["C Tutor"])
    position: Line = Field(
        description="Position the person holds, not a user name.", examples=["Form tutor"]
    )


@dataclass(frozen=True, slots=True)
class Sealed:
    """A personal particular as it is stored: ciphertext under the pupil's data key.

    Stands in an event wherever it was read without the key, or after the key was destroyed.
    """

    ciphertext: str


Personal = str | Sealed


@dataclass(frozen=True, slots=True)
class Event:
    """A fact in the log.

    `originator_id` is the stream (readable: `admission-register/137172/<pupil>`), and
    `originator_version` the place in it; both names are the `eventsourcing` library's.
    """

    # A member that this version does not know might be what matters: never dropped without a word.
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    originator_id: str
    originator_version: int

    topic: ClassVar[str]
    sealed: ClassVar[frozenset[str]] = frozenset()
    """Fields that hold personal particulars and are encrypted before they are stored."""


class Recorded(NamedTuple):
    """The item is entered: this event goes to the log."""

    event: Event
    warnings: tuple[Problem, ...] = ()
    shows: Mapping[str, Any] = {}
    """What the receipt's result says besides its status, such as a minted id."""


class Unchanged(NamedTuple):
    """The item already stands as asked; nothing is appended."""

    shows: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Refused:
    """The item cannot be entered.  `conflict` when it collides with what stands, not with a rule."""

    problems: tuple[Problem, ...]
    conflict: bool = False
    shows: Mapping[str, Any] = field(default_factory=dict)


Outcome = Recorded | Unchanged | Refused


def refuse(code: str, path: str, message: str, reference: str) -> Refused:
    """A refusal for one reason."""
    return Refused((Problem(code, path, message, reference),))
