"""What a batch is about to append: jobs, their acts and events, and their answers."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ledger.base import By, Event, Recorded
from ledger.events import ActRecorded
from ledger.facts import Facts
from ledger.requests import Answer, Item, Request, instant
from ledger.store.head_facts import HeadFacts
from ledger.store.ready import ReadyRegister, ReadyRows
from ledger.store.ready_import import ReadyImport

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
    pupils: frozenset[str] | None = None
    """All whom the decision asks about; None where it may ask about others of the school."""
    make_ready: Callable[[Facts], ReadyRegister | None] | None = None
    """Makes a register ready before the head is taken; it may raise SchoolNotFoundError."""
    ready: ReadyRegister | None = None
    ahead: ReadyImport | None = None
    """What was decided of an import, on the log as it stood before."""
    future: Future[Answer] = field(default_factory=Future)


@dataclass(slots=True)
class Draft:
    """What a batch is about to append."""

    first: int = 0
    next: int = field(init=False)
    """The position that the next event takes."""
    recorded_at: datetime = _NEVER
    events: list[Event] = field(default_factory=list)
    acts: list[int] = field(default_factory=list)
    """For each event the index of its act among `events`."""
    positions: list[int] = field(default_factory=list)
    """For each event its position."""
    ready: list[ReadyRows] = field(default_factory=list)
    """Marks that stand between the events, their rows made already."""
    answers: list[tuple[Job, Answer]] = field(default_factory=list)
    unanswered: list[tuple[Job, int, Callable[[], bytes]]] = field(default_factory=list)
    """Jobs that were entered ready: the status of each one's answer, and what makes its receipt."""
    fresh_keys: dict[str, bytes] = field(default_factory=dict)
    """Data keys to be stored, by scope."""
    kept: list[tuple[Job, Answer]] = field(default_factory=list)
    """Answers to be stored with their keys."""
    again: list[Job] = field(default_factory=list)
    """Jobs for the next batch: another job of this one has their key, or they are to be alone."""
    faults: list[tuple[Job, Exception]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.next = self.first


class ActsOf:
    """The events of one accepted request: an act for each person in it, and what they entered.

    Events stand in the order sent, each act before the first entry made under it, so that the
    revisions of an entry take rising positions whoever made them.
    """

    def __init__(self, request: Request, items: list[Item], draft: Draft, rules: str) -> None:
        self.events: list[Event] = []
        self.acts: list[int] = []
        self.positions: list[int | None] = []
        before, start = len(draft.events), draft.next
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
                    self.events.append(act_by(by, len(act_of), request, draft, rules))
                act = act_of[by]
            self.positions.append(start + len(self.events))
            self.acts.append(act)
            self.events.append(outcome.event)
        self.span = range(start, start + len(self.events))


def act_by(by: By, number: int, request: Request, draft: Draft, rules: str) -> ActRecorded:
    """The act of one person in a request."""
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
