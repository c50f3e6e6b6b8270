"""The admission register as it stood: each name with the particulars in force on a day."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

from ledger.admissions.admission import NameEntered, ParticularsAmended
from ledger.admissions.particulars import PERSONAL
from ledger.admissions.roll import Due, History, before, started_on
from ledger.schools.calendar import LONDON, SESSIONS, Session
from ledger.store.database import Connection
from ledger.store.vault import Keys, Vault, scope_of
from projections.asof import AsOf
from projections.people import Act, By, acts
from projections.places import Place, in_force, in_force_since
from projections.school import Book
from projections.statements import fetch, statements
from projections.stored import opened, parsed

_SQL: Final = statements("roll")


@dataclass(frozen=True, slots=True)
class RollRow:
    """One enrolment: a pupil from a starting day on.  What was erased is None."""

    pupil: str
    starting_day: date
    starting_day_is: str | None
    """What made it the starting day: agreed, notified or first attended."""
    deleted_on: date | None
    """The first day no longer on the roll; it may lie ahead."""
    ground: str | None
    """Ground of regulation 9 on which the name was, or is going to be, deleted."""
    enrolment: str | None
    attends_there: list[str] | None
    """Half-days of the week at the other school of registration."""
    boarder: bool
    year_group: str | None
    registration_group: str | None
    surname: str | None
    forenames: str | None
    supplementary_names: list[str] | None
    sex: str | None
    date_of_birth: date | None
    upn: str | None
    former_upn: str | None
    """The number that the pupil had before: the one this register held last, else the one it was told of."""
    uln: str | None
    address: str | None
    other_addresses: list[str] | None
    parents: list[dict[str, Any]] | None
    move: dict[str, Any] | None
    previous_school: str | None
    previous_school_address: str | None
    other_school: dict[str, Any] | None
    future_school: dict[str, Any] | None
    due: dict[Session, Due | None] | None
    """What is due of the pupil here in each session of the day asked for, held or not (None)."""
    erased: tuple[str, ...]
    """Particulars that were entered and cannot be read any more."""
    position: int
    """The latest event of the log about this enrolment."""
    recorded_at: datetime
    by: By
    """Who made that entry."""


def roll(
    connection: Connection,
    vault: Vault,
    book: Book,
    at: AsOf,
    on: date | None = None,
    pupils: Collection[str] | None = None,
) -> list[RollRow]:
    """The names on the roll on a day; without a day every name ever entered, deleted ones as well.

    Particulars are those in force on that day; without one, those of the local day of `at`, or of the
    enrolment's own first or last day where that day lies outside it.  By registration group, then
    by surname and forenames.  With `pupils` theirs alone are opened.
    """
    chosen = [one for one in _chosen(book, at, on) if pupils is None or one[0] in pupils]
    asked = {
        "school": int(book.urn),
        "position": at.position,
        "pupils": [pupil for pupil, *_ in chosen],
    }
    rows = fetch(connection, _SQL["of_school"], asked) if chosen else []
    keys = vault.load_keys(connection, {scope_of(row[3]) for row in rows})
    people = acts(connection, (row[1] for row in rows))
    names: defaultdict[str, _Name] = defaultdict(_Name)
    for position, act, pupil, stream, version, topic, state in rows:
        names[pupil].add(topic, _Event(position, people[act], stream, version, state), keys)
    held = [s for s in SESSIONS if on is not None and book.school.held(on, s) == "held"]
    found = [
        _row(
            book.places[pupil],
            number,
            day,
            names[pupil],
            None if on is None else _due(book.places[pupil], on, held),
        )
        for pupil, number, day in chosen
    ]
    return sorted(found, key=_alphabetically)


def _due(place: Place, on: date, held: Sequence[Session]) -> dict[Session, Due | None]:
    return {s: place.on_roll.due_at(on, s) if s in held else None for s in SESSIONS}


class _Event(NamedTuple):
    """A row about a name."""

    position: int
    act: Act
    stream: str
    version: int
    state: bytes


@dataclass(slots=True)
class _Name:
    """The personal particulars of one pupil at one school, opened and dated."""

    particulars: defaultdict[str, History[Any]] = field(default_factory=lambda: defaultdict(list))
    starting_day: date = date.min
    erased: list[set[str]] = field(default_factory=list)
    """For each enrolment what was entered and cannot be read any more."""
    last: list[_Event] = field(default_factory=list)
    """For each enrolment the latest event about it."""

    def add(self, topic: str, event: _Event, keys: Keys) -> None:
        """Take in the next event about the name."""
        fields, erased = opened(event.stream, event.version, parsed(event.state), keys)
        if topic == NameEntered.topic:
            self.starting_day = date.fromisoformat(fields["starting_day"])
            self.erased.append(set())
            self.last.append(event)
            for name, history in self.particulars.items():
                self.particulars[name] = before(history, self.starting_day)
            self._hold(self.starting_day, dict.fromkeys(PERSONAL) | fields)
        elif topic == ParticularsAmended.topic:
            if starting_day := (fields.get("changes") or {}).get("starting_day"):
                self._start_on(date.fromisoformat(starting_day))
            since = date.fromisoformat(fields["in_force_from"])
            self._hold(in_force_since(since, self.starting_day), fields.get("personal") or {})
        self.erased[-1] |= PERSONAL.intersection(erased)
        self.last[-1] = event

    def _start_on(self, starting_day: date) -> None:
        for name, history in self.particulars.items():
            self.particulars[name] = started_on(history, self.starting_day, starting_day)
        self.starting_day = starting_day

    def _hold(self, since: date, values: Mapping[str, Any]) -> None:
        for name in PERSONAL & values.keys():
            self.particulars[name].append((since, values[name]))


def _chosen(book: Book, at: AsOf, on: date | None) -> Iterator[tuple[str, int, date]]:
    """Pupil, number of the enrolment, and the day whose particulars are meant."""
    today = at.instant.astimezone(LONDON).date()
    for pupil, place in book.places.items():
        for number, (first, deleted_on) in enumerate(place.on_roll.periods):
            if on is None:
                last = date.max if deleted_on is None else deleted_on - timedelta(days=1)
                yield pupil, number, max(first, min(today, last))
            elif first <= on and (deleted_on is None or on < deleted_on):
                yield pupil, number, on


def _row(
    place: Place, number: int, day: date, name: _Name, due: dict[Session, Due | None] | None
) -> RollRow:
    first, deleted_on = place.on_roll.periods[number]
    last = name.last[number]
    held = {field: in_force(history, day) for field, history in name.particulars.items()}
    held["former_upn"] = _former(name.particulars["upn"], day) or held["former_upn"]
    born = held["date_of_birth"]
    return RollRow(
        pupil=place.pupil,
        starting_day=first,
        starting_day_is=place.bases[number],
        deleted_on=deleted_on,
        ground=place.grounds[number],
        enrolment=in_force(place.enrolment, day),
        attends_there=in_force(place.attends_there, day),
        boarder=place.on_roll.boarder_on(day),
        year_group=in_force(place.year_group, day),
        registration_group=in_force(place.registration_group, day),
        **held | {"date_of_birth": date.fromisoformat(born) if born else None},
        due=due,
        erased=tuple(sorted(name.erased[number])),
        position=last.position,
        recorded_at=last.act.recorded_at,
        by=last.act.by,
    )


def _former(history: History[Any], day: date) -> str | None:
    """What held last before that which holds on a day, and was another; saying the same again changes nothing.

    What was put right from its own first day on never held.
    """
    standing = in_force(history, day)
    begun = sorted({since for since, _ in history if since <= day}, reverse=True)
    held = (in_force(history, since) for since in begun)
    return next((value for value in held if value not in (None, standing)), None)


def _alphabetically(row: RollRow) -> tuple[str, str, str, str, date]:
    group, surname, forenames = row.registration_group, row.surname, row.forenames
    return (group or "", surname or "", forenames or "", row.pupil, row.starting_day)
