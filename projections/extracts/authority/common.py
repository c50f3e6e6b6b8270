"""What all returns have in common: who a pupil is, what was sent about an episode, what changed since."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, TypeVar

from ledger.authority_returns.returns_sent import Episode, Sent, latest_of_each
from ledger.schools.calendar import LONDON, Span
from projections.asof import resolve
from projections.births import births
from projections.differences import Between, DifferencesQuery, EntryDifference, differences
from projections.extracts.extract import Column, Option, Question, Row, Source
from projections.extracts.school.common import PUPIL, UPN, URN
from projections.lists.ages import always_of_age
from projections.parts import Part
from projections.roll import RollRow, roll
from projections.school import Book

TO_SEND: Final = "to-send"
SENT: Final = "sent"
CHANGED: Final = "changed"
NO_LONGER: Final = "no-longer"

ALL: Final = Option(
    "all",
    "flag",
    "Episodes that were sent already as well, with what changed since, and those that were sent and no "
    "longer stand.",
)
WHO: Final = (
    URN,
    PUPIL,
    Column("surname", "text", "Blank where it was erased."),
    Column("forenames", "text", "Blank where they were erased."),
    UPN,
    Column("address", "text", "The pupil's, else that of a parent whom the pupil lives with."),
)
OF_SENDING: Final = (
    Column(
        "status",
        "code",
        "to-send; sent; changed: sent, and changed since; no-longer: sent, and no longer so.",
    ),
    Column("sent_on", "date", "The day on which it was last sent."),
    Column("sent_to", "text", "To whom it was sent."),
    Column("sent_position", "integer", "Position in the log of the record that it was sent."),
    Column("made_at", "integer", "Position of the log that what was sent was made at."),
    Column("changes", "text", "What changed since that position."),
)

_CHANGES_MAX: Final = 2_000

What = TypeVar("What")
"""What the record says of an episode: an absence, an illness, a threshold that was met."""


class Found(NamedTuple, Generic[What]):
    """An episode before its rows are made."""

    episode: Episode
    sent: Sent | None
    """The latest return that told of it."""
    stands: bool
    what: What | None = None
    """None of an episode that was sent and no longer stands, and of one that is nothing but its days."""


class Shown(NamedTuple):
    """What is shown of any episode."""

    name: RollRow | None
    """The enrolment that it belongs to."""
    on_roll: bool
    """Whether the name is on the roll at the instant of the extract."""
    of_age: bool | None
    """Whether the pupil was of compulsory school age; None where that is not known."""
    sending: Row
    """The columns of OF_SENDING."""


class Told(NamedTuple):
    """An episode, and the rows that a return tells it in."""

    episode: Episode
    status: str
    rows: list[Row]


def shown(found: Iterator[Told], question: Question) -> Iterator[Told]:
    """What a return tells: episodes to be sent, with `all` every one."""
    everything = bool(question.options.get("all"))
    return (one for one in found if everything or one.status == TO_SEND)


def rows_of(found: Iterator[Told]) -> Iterator[Row]:
    """The rows of what is told."""
    return (row for one in found for row in one.rows)


# -- episodes ------------------------------------------------------------------------------------


def with_returns(
    book: Book,
    span: Span,
    kind: tuple[str, str],
    of_pupil: Mapping[str, Sequence[tuple[date, date, What]]],
) -> Iterator[Found[What]]:
    """The episodes of a return (its name, and why) on some days, each beside what was sent about it.

    They are given by pupil: first day, last day, and what they are.  Of those that were sent and no
    longer stand the latest is among them.
    """
    name, why = kind
    for pupil in sorted({*of_pupil, *book.returns.of_pupil}):
        own = of_pupil.get(pupil, ())
        days = [(first, last) for first, last, _ in own]
        sent, left = latest_of_each(book.returns.about(pupil, name, why), days)
        for (first, last, what), before in zip(own, sent, strict=True):
            if within(span, first, last):
                yield Found(Episode(pupil, why, first, last), before, True, what)
        for gone in left[-1:]:
            if within(span, gone.event.first, gone.event.last):
                yield Found(gone.event.episode, gone, False)


def with_pupils(
    source: Source,
    book: Book,
    found: Iterable[Found[What]],
    judged_on: Callable[[Found[What]], Sequence[date]],
) -> Iterator[tuple[Found[What], Shown]]:
    """The episodes in order, each with what is shown of it and its pupil.

    Left out are those of pupils who on the days by which they are judged were not of compulsory school
    age, unless they were sent.
    """
    found = sorted(found, key=attrgetter("episode"))
    pupils = {one.episode.pupil for one in found}
    people = names(source, book, pupils)
    born = births(source.connection, source.vault, book.urn, pupils, source.at)
    today = source.at.instant.astimezone(LONDON).date()
    for one in found:
        pupil, _, first, last = one.episode
        of_age = always_of_age(born, pupil, judged_on(one))
        if of_age is False and not one.sent:
            continue
        changes = changed_sessions(source, book, one.sent, first, last)
        sent = sending(one.sent, changes, None if one.stands else NO_LONGER)
        on_roll = pupil in book.roll and book.roll[pupil].on(today)
        yield one, Shown(name_on(people.get(pupil, ()), last), on_roll, of_age, sent)


# -- who -----------------------------------------------------------------------------------------


def names(source: Source, book: Book, pupils: Collection[str]) -> Mapping[str, list[RollRow]]:
    """The enrolments of some pupils as the admission register had them, in their order."""
    found: dict[str, list[RollRow]] = {}
    for row in roll(source.connection, source.vault, book, source.at, None, frozenset(pupils)):
        found.setdefault(row.pupil, []).append(row)
    for rows in found.values():
        rows.sort(key=lambda row: row.starting_day)
    return found


def name_on(rows: Sequence[RollRow], day: date) -> RollRow | None:
    """The enrolment that had begun by a day, else the first; None of a name that was never entered."""
    begun = [row for row in rows if row.starting_day <= day]
    return begun[-1] if begun else next(iter(rows), None)


def who(urn: str, pupil: str, name: RollRow | None) -> Row:
    """The columns that say who it is."""
    if name is None:
        return (urn, pupil, None, None, None, None)
    return (urn, pupil, name.surname, name.forenames, name.upn, address_of(name))


def address_of(name: RollRow) -> str | None:
    """The address of the pupil, else of a parent whom the pupil lives with; None where none is known."""
    if name.address:
        return name.address
    homes = (one.get("address") for one in name.parents or () if one.get("lives_with"))
    return next((home for home in homes if home), None)


# -- what was sent -------------------------------------------------------------------------------


def sending(sent: Sent | None, changes: str | None, status: str | None = None) -> Row:
    """The columns about what was sent, in the order of OF_SENDING."""
    if sent is None:
        return (TO_SEND, None, None, None, None, None)
    event = sent.event
    status = status or (CHANGED if changes else SENT)
    return (status, event.sent_on, event.sent_to, sent.position, event.made_at, changes)


def within(span: Span, first: date, last: date) -> bool:
    """Whether an episode shares days with those asked about."""
    return first <= span.last and span.first <= last


def changed_sessions(
    source: Source, book: Book, sent: Sent | None, first: date, last: date
) -> str | None:
    """The sessions of an episode, by first and last day, that say something else than when it was sent.

    The days are those that were told of as well as those that the episode has now.
    """
    if sent is None:
        return None
    event = sent.event
    query = DifferencesQuery(
        book.urn, min(first, event.first), max(last, event.last), event.episode.pupil
    )
    between = Between(resolve(source.connection, event.made_at), source.at)
    found = differences(source.connection, book, query, between, Part(_CHANGES_MAX), source.vault)
    said = [_said(one) for one in found if one.net_change]
    return "; ".join(said) or None


def _said(one: EntryDifference) -> str:
    before = one.before.code if one.before else "no mark"
    at = f"position {one.after.position}"
    return f"{one.date.isoformat()} {one.session} {before} to {one.after.code} ({at})"


# -- text ----------------------------------------------------------------------------------------


def listed(values: Sequence[str] | None) -> str | None:
    """Several texts in one cell."""
    return "; ".join(values) if values else None


def joined(*values: Any) -> str | None:
    """What is known of several values, in one text."""
    return ", ".join(str(value) for value in values if value) or None
