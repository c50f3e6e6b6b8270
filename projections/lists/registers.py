"""The registers of a day: which are taken, which partly, which not at all, and which late (reg 10(1)).

A register is that of one session and one registration group, the pupils without a group among
themselves.  Entries recorded before it opened, such as leave, are marks but do not take it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final, Literal, NamedTuple

from ledger.schools.calendar import LONDON, SESSIONS, Held, Session, register_times_on
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.school import Book
from projections.sessions import Begun
from projections.statements import fetch, statements

State = Literal["not_due", "not_taken", "partly_taken", "taken"]
Group = str | None
"""A registration group; None for the pupils without one."""

_SQL: Final = statements("lists/registers")


@dataclass(frozen=True, slots=True)
class RegistersQuery:
    """The sessions of this day."""

    day: date


class RegisterTaken(NamedTuple):
    """The register of one session and one registration group."""

    day: date
    session: Session
    registration_group: Group
    state: State
    held: Held
    due: int
    """Pupils of whom a mark is due where the session is held: on the roll, neither boarder nor guest."""
    marked: int
    missing: int
    """Pupils due without an entry; 0 while the register is not due."""
    ahead: int
    """Entries recorded before the register opened."""
    first_entry_at: datetime | None
    """When the first entry was recorded since it opened."""
    last_entry_at: datetime | None
    late: int | None
    """Entries recorded when the register had closed; None where its times are not known."""


def registers(
    connection: Connection, book: Book, query: RegistersQuery, at: AsOf
) -> list[RegisterTaken]:
    """The registers of a day by session and group; the pupils without a group stand last.

    Original entries are looked at alone: an amended entry has been entered before.
    """
    due = _due(book, query.day)
    windows = [_window(book, query.day, session) for session in SESSIONS]
    counted = _counted(connection, book.urn, due, (query.day, windows), at)
    begun = Begun(book.school, at.instant)
    found = []
    for half, session in enumerate(SESSIONS):
        held = book.school.held(query.day, session)
        is_due = held == "held" and begun(query.day, session)
        for number, (group, pupils) in enumerate(due.items()):
            entered = counted.get((half, number), _NOTHING)
            missing = len(pupils) - entered.marked if is_due else 0
            found.append(
                RegisterTaken(
                    query.day,
                    session,
                    group,
                    _state(entered, missing) if is_due else "not_due",
                    held,
                    len(pupils),
                    entered.marked,
                    missing,
                    entered.ahead,
                    entered.first_entry_at,
                    entered.last_entry_at,
                    entered.late if windows[half].closes else None,
                )
            )
    return found


class _Window(NamedTuple):
    """When a register opens and closes."""

    opens: datetime
    """Where no register times are known the session begins with its day."""
    closes: datetime | None


class _Entered(NamedTuple):
    """What was entered for the pupils due in one register."""

    marked: int
    ahead: int
    first_entry_at: datetime | None
    last_entry_at: datetime | None
    late: int


_NOTHING: Final = _Entered(0, 0, None, None, 0)


def _due(book: Book, day: date) -> dict[Group, list[str]]:
    """The pupils due on a day by group, in the order of the list."""
    found: defaultdict[Group, list[str]] = defaultdict(list)
    for place in book.places.values():
        for stretch in place.stretches(day, day):
            if stretch.due:
                found[stretch.registration_group].append(stretch.pupil)
    return {group: found[group] for group in sorted(found, key=lambda g: (g is None, g or ""))}


def _window(book: Book, day: date, session: Session) -> _Window:
    setting = register_times_on(book.school.times, day)
    if setting is None:
        return _Window(datetime.combine(day, time.min, tzinfo=LONDON), None)
    opens, closes = setting.of(session).opens, setting.of(session).closes
    return _Window(
        datetime.combine(day, opens, tzinfo=LONDON), datetime.combine(day, closes, tzinfo=LONDON)
    )


def _counted(
    connection: Connection,
    urn: str,
    due: Mapping[Group, Sequence[str]],
    on: tuple[date, Sequence[_Window]],
    at: AsOf,
) -> dict[tuple[int, int], _Entered]:
    """What was entered, by half of the day and number of the group."""
    day, windows = on
    asked = {
        "school": int(urn),
        "day": day,
        "position": at.position,
        "pupils": [pupil for pupils in due.values() for pupil in pupils],
        "groups": [number for number, pupils in enumerate(due.values()) for _ in pupils],
        "opens": [window.opens for window in windows],
        "closes": [window.closes for window in windows],
    }
    rows = fetch(connection, _SQL["entered"], asked)
    return {(half, number): _Entered(*counts) for half, number, *counts in rows}


def _state(entered: _Entered, missing: int) -> State:
    if not missing:
        return "taken"
    return "partly_taken" if entered.marked > entered.ahead else "not_taken"
