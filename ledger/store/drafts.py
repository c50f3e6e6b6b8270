"""What a batch is about to append: jobs, their acts and events, and their answers."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ledger.base import By, Event, Recorded
from ledger.events import ActRecorded
from ledger.requests import Answer, Item, Request, instant
from ledger.store.head_facts import HeadFacts

_NEVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class Job:
    """A request with the decision it asks for."""

    request: Request
    schools: frozenset[str]
    decide: Callable[[HeadFacts], list[Item]]
    weight: int
    alone: bool = False
    """Decided on what the database holds, not on books alone: nothing may wait to be appended."""
    future: Future[Answer] = field(default_factory=Future)


@dataclass(slots=True)
class Draft:
    """What a batch is about to append."""

    first: int = 0
    recorded_at: datetime = _NEVER
    events: list[Event] = field(default_factory=list)
    acts: list[int] = field(default_factory=list)
    """For each event the index of its act among `events`."""
    answers: list[tuple[Job, Answer]] = field(default_factory=list)
    kept: list[tuple[Job, Answer]] = field(default_factory=list)
    """Answers to be stored with their keys."""
    again: list[Job] = field(default_factory=list)
    """Jobs for the next batch: another job of this one has their key, or they are to be alone."""
    faults: list[tuple[Job, Exception]] = field(default_factory=list)


class ActsOf:
    """The events of one accepted request: an act for each person in it, and what they entered.

    Events stand in the order sent, each act before the first entry made under it, so that the
    revisions of an entry take rising positions whoever made them.
    """

    def __init__(self, request: Request, items: list[Item], draft: Draft, rules: str) -> None:
        self.events: list[Event] = []
        self.acts: list[int] = []
        self.positions: list[int | None] = []
        before = len(draft.events)
        act_of: dict[By, int] = {}
        act, person = -1, None
        for by, outcome in items:
            if not isinstance(outcome, Recorded):
                self.positions.append(None)
                continue
            if by is not person:  # one person makes nearly every request: seldom looked up
                person = by
                if by not in act_of:
                    act_of[by] = before + len(self.events)
                    self.acts.append(act_of[by])
                    self.events.append(_act(by, len(act_of), request, draft, rules))
                act = act_of[by]
            self.positions.append(draft.first + before + len(self.events))
            self.acts.append(act)
            self.events.append(outcome.event)
        start = draft.first + before
        self.span = range(start, start + len(self.events))


def _act(by: By, number: int, request: Request, draft: Draft, rules: str) -> ActRecorded:
    return ActRecorded(
        f"act/{request.client}/{request.key}",
        number,
        {"name": by.name, "position": by.position},
        instant(draft.recorded_at),
        rules,
    )


def together(drafts: list[Draft]) -> Draft:
    """One draft of several that were appended each by itself."""
    whole = Draft()
    for draft in drafts:
        whole.answers += draft.answers
        whole.faults += draft.faults
        whole.again += draft.again
    return whole
