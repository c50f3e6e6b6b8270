"""Group commit: what waits together is appended together, and clients that come back are waited for."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, Queue

import pytest

from ledger.store import writer
from ledger.store.writer import ClosedError, TooBusyError, Writer

PATIENCE_SECONDS = 30
FLUSH_SECONDS = 0.002
A_WHILE_SECONDS = 0.2
"""Far longer than a writer takes that does not wait."""


@dataclass(frozen=True)
class Piece:
    """Work of a weight."""

    weight: int = 1


class Appended:
    """Batches as they were handed over, each held until it is let go."""

    def __init__(self) -> None:
        self.begun: Queue[list[Piece]] = Queue()
        self.released: Queue[None] = Queue()

    def __call__(self, batch: list[Piece]) -> None:
        self.begun.put(batch)
        self.released.get(timeout=PATIENCE_SECONDS)

    def next(self) -> int:
        """How many pieces the next batch has, which is let go."""
        batch = self.begun.get(timeout=PATIENCE_SECONDS)
        self.released.put(None)
        return len(batch)


@contextmanager
def _writing() -> Iterator[tuple[Writer[Piece], Appended]]:
    appended = Appended()
    one = Writer(appended, flush_seconds=lambda: FLUSH_SECONDS)
    one.start()
    try:
        yield one, appended
    finally:
        one.close()


def _submit(one: Writer[Piece], number: int) -> None:
    for _ in range(number):
        one.submit(Piece())


def _append_together(one: Writer[Piece], appended: Appended, number: int) -> None:
    """Have pieces gather while another is appended, so that they are appended together."""
    _submit(one, 1)
    assert len(appended.begun.get(timeout=PATIENCE_SECONDS)) == 1
    _submit(one, number)
    appended.released.put(None)
    assert appended.next() == number


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that would gather for as long as the test takes."""
    monkeypatch.setattr(writer, "GATHERING_SHARE", 1e9)
    monkeypatch.setattr(writer, "GATHERING_SECONDS_MAX", 10 * PATIENCE_SECONDS)


def test_what_gathers_while_one_batch_is_appended_is_the_next() -> None:
    """Four requests that come while the first is under way are one batch."""
    with _writing() as (one, appended):
        _append_together(one, appended, 4)


@pytest.mark.usefixtures("patient")
def test_as_many_are_waited_for_as_were_answered() -> None:
    """Three that were answered together and come back one after the other are one batch again."""
    with _writing() as (one, appended):
        _append_together(one, appended, 3)
        _submit(one, 2)
        with pytest.raises(Empty):
            appended.begun.get(timeout=A_WHILE_SECONDS)
        _submit(one, 1)
        assert appended.next() == 3


@pytest.mark.usefixtures("patient")
def test_the_end_is_not_waited_for() -> None:
    """A writer that gathers appends what it has when it is closed."""
    with _writing() as (one, appended):
        _append_together(one, appended, 3)
        _submit(one, 2)
        appended.released.put(None)
        one.close()
        assert len(appended.begun.get(timeout=PATIENCE_SECONDS)) == 2
        with pytest.raises(ClosedError):
            _submit(one, 1)


def test_nobody_is_waited_for_longer_than_a_part_of_the_flush() -> None:
    """Fewer that come back than were answered are appended all the same."""
    with _writing() as (one, appended):
        _append_together(one, appended, 3)
        _submit(one, 1)
        assert appended.next() == 1


def test_a_batch_and_the_queue_have_their_bounds() -> None:
    """Work beyond a batch waits for the next; beyond what may wait in all it is turned away."""
    with _writing() as (one, appended):
        one.submit(Piece())
        begun = appended.begun.get(timeout=PATIENCE_SECONDS)
        heavy = writer.BATCH_WEIGHT_MAX
        for weight in (heavy, heavy, writer.WAITING_WEIGHT_MAX - 2 * heavy):
            one.submit(Piece(weight))
        with pytest.raises(TooBusyError):
            one.submit(Piece())
        appended.released.put(None)
        assert [len(begun), *(appended.next() for _ in range(3))] == [1, 1, 1, 1]
