"""Returns to the local authority that were sent: what the record remembers of them (SI 2024/208 reg 13).

Event: `return-sent`, one for each pupil and episode that a return told of.

A return is made of the registers as they stood at a position of the log, and is sent by a person, on
paper or in a file.  The ledger sends nothing: it records what was sent, so that the next return tells of
each episode once, and shows what has changed in the registers since.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, ClassVar, Final, Literal, NamedTuple, Self

from pydantic import Field, StringConstraints, model_validator

from ledger.base import (
    By,
    Command,
    Day,
    Event,
    Line,
    Outcome,
    PupilId,
    Recorded,
    Refused,
    Unchanged,
    refuse,
)
from ledger.requests import Item

REG_13: Final = "SI 2024/208 reg 13"
PUPILS_MAX: Final = 2_000
POSITION_MAX: Final = 2**63 - 1

ReturnName = Literal[
    "la-attendance-return",
    "la-sickness-return",
    "la-new-pupil-return",
    "la-deletion-return",
    "penalty-watch",
]
"""The extracts that are returns: each under its own name."""


def stream(urn: str, pupil: str) -> str:
    """What the local authority was told of one pupil by one school."""
    return f"local-authority-returns/{urn}/{pupil}"


class Episode(NamedTuple):
    """What a return tells of one pupil once: an absence, an illness, an entry, a deletion, a threshold.

    `first` and `last` are its days as they stood when the return was made.
    """

    pupil: str
    why: str
    first: date
    last: date


# -- what is asked -------------------------------------------------------------------------------


class SendReturn(Command):
    """That a return was sent: which one, made at which position of the log, when, and to whom.

    It is named as it was asked for, so that the ledger makes it once more and knows of whom it told.
    """

    extract: ReturnName
    position: Annotated[int, Field(ge=0, le=POSITION_MAX)] = Field(
        description="The log position that the return was made at, as its file states it.",
        examples=[5120],
    )
    seen_at: Line | None = Field(
        default=None,
        description="The instant that its file was seen at, as it states it; that of the position when "
        "left out.",
        examples=["2026-11-20T12:00:00.000000Z"],
    )
    from_: Day = Field(
        alias="from", description="First day that was asked about.", examples=["2026-09-01"]
    )
    to: Day = Field(description="Last day that was asked about.", examples=["2026-11-30"])
    options: dict[
        Annotated[str, StringConstraints(pattern=r"^[a-z_]{1,40}$")],
        Annotated[str, StringConstraints(max_length=200)],
    ] = Field(
        default_factory=dict,
        max_length=20,
        description="The return's own options, as its address had them.",
        examples=[{"all": "true"}],
    )
    pupils: Annotated[list[PupilId], Field(min_length=1, max_length=PUPILS_MAX)] | None = Field(
        default=None, description="Those alone that were sent; everybody in it, when left out."
    )
    sent_on: Day = Field(examples=["2026-11-20"])
    sent_to: Line | None = Field(default=None, examples=["Leicestershire: education welfare"])
    by: By

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.to < self.from_:
            raise ValueError("`to` is before `from`")
        return self


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ReturnSent(Event):
    """A return to the local authority sent that told of an episode of the pupil's."""

    topic: ClassVar[str] = "return-sent"

    extract: str
    why: str
    """What brought the pupil on the return, such as `ten-days`."""
    first: date
    last: date
    made_at: int
    """The position of the log that it was made at."""
    sent_on: date
    sent_to: str | None = None

    @property
    def episode(self) -> Episode:
        """The episode that it told of."""
        pupil = self.originator_id.rpartition("/")[2]
        return Episode(pupil, self.why, self.first, self.last)


# -- what follows --------------------------------------------------------------------------------


class Sent(NamedTuple):
    """A return sent, and the position of the log at which that was recorded."""

    position: int
    event: ReturnSent


@dataclass(slots=True)
class SentReturns:
    """What one school sent, by pupil, in the order of recording."""

    of_pupil: dict[str, list[Sent]] = field(default_factory=dict)

    def apply(self, event: ReturnSent, position: int) -> None:
        """Fold the next event in."""
        self.of_pupil.setdefault(event.episode.pupil, []).append(Sent(position, event))

    def about(self, pupil: str, extract: str, why: str | None = None) -> list[Sent]:
        """What was sent about a pupil with one return, for one reason or for any."""
        return [
            sent
            for sent in self.of_pupil.get(pupil, ())
            if sent.event.extract == extract and why in (None, sent.event.why)
        ]

    def version(self, pupil: str) -> int:
        """The version of the pupil's stream."""
        return len(self.of_pupil.get(pupil, ()))


def latest_of_each(
    sent: Iterable[Sent], episodes: Sequence[tuple[date, date]]
) -> tuple[list[Sent | None], list[Sent]]:
    """For each episode, by first and last day, the latest return about it; and those about none that is left.

    `episodes` are in order and share no day.  A return belongs to the first that shares days with it:
    where an amendment cuts an episode in two, the second has not been told of as one.
    """
    found: list[Sent | None] = [None] * len(episodes)
    left: list[Sent] = []
    for one in sent:
        place = _place_of(one.event, episodes)
        if place is None:
            left.append(one)
        else:
            found[place] = one
    return found, left


def _place_of(event: ReturnSent, episodes: Sequence[tuple[date, date]]) -> int | None:
    sharing = (
        n for n, (first, last) in enumerate(episodes) if first <= event.last and event.first <= last
    )
    return next(sharing, None)


# -- the decision --------------------------------------------------------------------------------


def send(
    asked: SendReturn,
    urn: str,
    episodes: Sequence[Episode],
    standing: SentReturns,
    today: date,
) -> list[Item]:
    """Record that a return was sent; `episodes` are those that it told of, made at its position.

    One item for each episode.  What is recorded already with the same particulars is unchanged.
    """
    if problem := _refused(asked, episodes, today):
        return [Item(asked.by, problem)]
    versions: dict[str, int] = {}
    items = []
    for episode in episodes:
        if asked.pupils is not None and episode.pupil not in asked.pupils:
            continue
        version = versions.get(episode.pupil, standing.version(episode.pupil)) + 1
        outcome = _about(asked, urn, episode, standing, version)
        if isinstance(outcome, Recorded):
            versions[episode.pupil] = version
        items.append(Item(asked.by, outcome))
    return items


def _about(
    asked: SendReturn, urn: str, episode: Episode, standing: SentReturns, version: int
) -> Outcome:
    event = ReturnSent(
        stream(urn, episode.pupil),
        version,
        asked.extract,
        episode.why,
        episode.first,
        episode.last,
        asked.position,
        asked.sent_on,
        asked.sent_to,
    )
    shows = {
        "pupil": episode.pupil,
        "why": episode.why,
        "from": episode.first.isoformat(),
        "to": episode.last.isoformat(),
    }
    recorded = standing.about(episode.pupil, asked.extract, episode.why)
    if any(_says(one.event) == _says(event) for one in recorded):
        return Unchanged(shows)
    return Recorded(event, shows=shows)


def _says(event: ReturnSent) -> tuple[object, ...]:
    return (event.episode, event.made_at, event.sent_on, event.sent_to)


def _refused(asked: SendReturn, episodes: Sequence[Episode], today: date) -> Refused | None:
    if asked.sent_on > today:
        return refuse("dated-ahead", "sent_on", "The day has not come yet.", REG_13)
    if not episodes:
        message = "Made at that position and asked so, the return tells of nobody."
        return refuse("return-empty", "position", message, REG_13)
    told = {episode.pupil for episode in episodes}
    for index, pupil in enumerate(asked.pupils or ()):
        if pupil not in told:
            message = "Made at that position and asked so, the return does not tell of this pupil."
            return refuse("pupil-not-in-return", f"pupils[{index}]", message, REG_13)
    return None
