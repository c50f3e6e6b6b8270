"""What the parent knows: every acknowledgement, every request whose outcome is open, every finding."""

import json
import zlib
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from threading import Condition
from time import monotonic
from typing import Any, NamedTuple

from tests.drills.requests import Request


class Finding(NamedTuple):
    """A promise that was broken."""

    kind: str
    """`lost`, `doubled`, `hole`, `altered`, `unasked`, `order`, `answer`, `replay`, `recovery`, `end`."""
    what: str


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """A request and the answer that made its client believe it; times are of the monotonic clock."""

    request: Request
    packed: bytes
    span: range
    """The positions it took; empty when nothing was appended."""
    asked: float
    answered: float

    @property
    def body(self) -> bytes:
        """The bytes that were answered."""
        return zlib.decompress(self.packed)

    @property
    def receipt(self) -> Any:
        """The receipt that was answered."""
        return json.loads(self.body)


@dataclass
class Board:
    """Shared by all threads of the drill."""

    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    open: list[tuple[Request, float]] = field(default_factory=list)
    """Requests whose answer was lost and whose writer went away, and when each was first sent."""
    findings: list[Finding] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    _changed: Condition = field(default_factory=Condition)
    _gone: datetime | None = None
    _recovered: float | None = None

    def acknowledge(self, request: Request, body: bytes, asked: float) -> Acknowledgement:
        """Keep an acknowledgement.  Raises ValueError or KeyError when the body is no receipt."""
        receipt = json.loads(body)
        recorded_at = receipt["recorded_at"]
        span = range(0) if recorded_at is None else range(receipt["first"], receipt["last"] + 1)
        found = Acknowledgement(request, zlib.compress(body, 1), span, asked, monotonic())
        with self._changed:
            self.acknowledgements.append(found)
            if (
                self._gone is not None
                and self._recovered is None
                and recorded_at is not None
                and datetime.fromisoformat(recorded_at) > self._gone
            ):
                self._recovered = found.answered
            self._changed.notify_all()
        return found

    def leave_open(self, request: Request, asked: float) -> None:
        """Keep a request that nobody asks again before the end."""
        with self._changed:
            self.open.append((request, asked))

    def find(self, kind: str, what: str) -> None:
        """Keep a finding."""
        with self._changed:
            self.findings.append(Finding(kind, what))

    def count(self, *names: str) -> None:
        """Add one to each of these counts."""
        with self._changed:
            self.counts.update(names)

    def wait_for_more(self, number: int, seconds_max: float) -> bool:
        """Wait for so many further acknowledgements; False when they do not come in time."""
        with self._changed:
            wanted = len(self.acknowledgements) + number
            return self._changed.wait_for(lambda: len(self.acknowledgements) >= wanted, seconds_max)

    def gone(self, when: datetime) -> None:
        """What was killed was gone by `when`: what is recorded later shows a recovery."""
        with self._changed:
            self._gone = when
            self._recovered = None

    def recovered(self, seconds_max: float) -> float | None:
        """Wait for the first acknowledgement of something recorded after that: when it came."""
        with self._changed:
            self._changed.wait_for(lambda: self._recovered is not None, seconds_max)
            return self._recovered
