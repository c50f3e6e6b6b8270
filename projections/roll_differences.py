"""What changed in an admission register between two places in the log, and by which events.

Two states of the roll are laid side by side, enrolment by enrolment.  Particulars are those in force on
the day asked for; without one, on the day of each place, so that what was told ahead takes effect
between two places without any event.
"""

from collections import defaultdict
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, Final, Literal, NamedTuple

from ledger.store.database import Connection
from ledger.store.vault import Vault, scope_of
from projections.differences import Between, TwoBooks
from projections.people import By, acts
from projections.roll import RollRow, roll
from projections.statements import fetch, statements
from projections.stored import opened, parsed

_SQL: Final = statements("roll_differences")
_NO_PARTICULARS: Final = frozenset({"pupil", "due", "position", "recorded_at", "by"})
"""Members of a row that are not entered in it: `due` follows from the school's days as well."""
PARTICULARS: Final = tuple(one.name for one in fields(RollRow) if one.name not in _NO_PARTICULARS)


class ParticularDifference(NamedTuple):
    """A particular at both places; what was erased is None."""

    before: Any
    after: Any


class RollChange(NamedTuple):
    """An event about the name."""

    position: int
    type: str
    recorded_at: datetime
    by: By
    client: str
    rules: str
    reason: str | None
    in_force_from: date | None


class RollDifference(NamedTuple):
    """One enrolment that is not what it was."""

    pupil: str
    starting_day: date
    what: Literal["added", "removed", "changed"]
    before_position: int | None
    """The latest event about the enrolment as each place has it."""
    after_position: int | None
    fields: dict[str, ParticularDifference]
    """The particulars that differ; of an enrolment that was added or removed all it has."""
    events: tuple[RollChange, ...]
    """What was recorded about the name between the two places."""


@dataclass(frozen=True, slots=True)
class RollDifferencesQuery:
    """Names on the roll on this day; without one every name ever entered."""

    urn: str
    on: date | None = None


def roll_differences(
    connection: Connection,
    books: TwoBooks,
    query: RollDifferencesQuery,
    between: Between,
    vault: Vault,
) -> list[RollDifference]:
    """The enrolments that differ between two places, by pupil and starting day."""
    old, new = (
        _numbered(roll(connection, vault, book, at, query.on))
        for book, at in zip(books, between, strict=True)
    )
    events = _events(connection, query.urn, between, vault)
    found = []
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        differing = _differing(before, after)
        if differing:
            found.append(_difference(before, after, differing, tuple(events[key[0]])))
    return found


def _numbered(rows: list[RollRow]) -> dict[tuple[str, int], RollRow]:
    """Rows by pupil and number of the enrolment among those shown: a starting day may be put right."""
    numbers: defaultdict[str, int] = defaultdict(int)
    found = {}
    for row in sorted(rows, key=lambda one: (one.pupil, one.starting_day)):
        found[row.pupil, numbers[row.pupil]] = row
        numbers[row.pupil] += 1
    return found


def _differing(before: RollRow | None, after: RollRow | None) -> dict[str, ParticularDifference]:
    pairs = {
        name: ParticularDifference(getattr(before, name, None), getattr(after, name, None))
        for name in PARTICULARS
    }
    return {name: pair for name, pair in pairs.items() if pair.before != pair.after}


def _difference(
    before: RollRow | None,
    after: RollRow | None,
    differing: dict[str, ParticularDifference],
    events: tuple[RollChange, ...],
) -> RollDifference:
    row = after or before
    assert row is not None
    return RollDifference(
        row.pupil,
        row.starting_day,
        "changed" if before and after else "removed" if before else "added",
        before.position if before else None,
        after.position if after else None,
        differing,
        events,
    )


def _events(
    connection: Connection, urn: str, between: Between, vault: Vault
) -> defaultdict[str, list[RollChange]]:
    """By pupil what was recorded about the name, reasons opened."""
    asked = {
        "school": int(urn),
        "before": between.before.position,
        "position": between.after.position,
    }
    rows = fetch(connection, _SQL["events"], asked)
    keys = vault.load_keys(connection, {scope_of(stream) for _, _, _, stream, *_ in rows})
    made = acts(connection, (act for _, act, *_ in rows))
    found: defaultdict[str, list[RollChange]] = defaultdict(list)
    for position, act_position, pupil, stream, version, topic, state in rows:
        stored = parsed(state)
        sealed = {name: value for name, value in stored.items() if name == "reason"}
        reason = opened(stream, version, sealed, keys).fields.get("reason")
        since = stored.get("in_force_from")
        act = made[act_position]
        found[pupil].append(
            RollChange(
                position,
                topic,
                act.recorded_at,
                act.by,
                act.client,
                act.rules,
                reason,
                date.fromisoformat(since) if since else None,
            )
        )
    return found
