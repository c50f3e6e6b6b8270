"""The marks that stand, as the lists ask for them: by code, by pupil, by day."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, NamedTuple

from ledger.law.codes import Code, class_periods
from ledger.schools import calendar
from ledger.schools.calendar import Session, Span
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.statements import fetch, statements

_SQL: Final = statements("lists/marks")


class StandingMark(NamedTuple):
    """The entry that stands for one pupil and one session."""

    day: date
    session: Session
    pupil: str
    code: str
    position: int
    act: int


Marks = dict[tuple[date, Session], str]
"""One pupil's codes that stand, by session."""


def symbols(span: Span, counts: Callable[[Code], bool]) -> list[str]:
    """The codes of which that holds on some day of the span; retired ones as they last counted.

    It chooses what is looked at; the rule itself looks at each mark's own day.
    """
    return sorted({s for _, _, s, code in class_periods(span.first, span.last) if counts(code)})


@dataclass(frozen=True, slots=True)
class Coded:
    """Which marks of a school: at one of some codes, over some days, of some pupils (None: of all)."""

    urn: str
    codes: Collection[str]
    span: Span
    pupils: Collection[str] | None = None


def with_codes(connection: Connection, asked: Coded, at: AsOf) -> list[StandingMark]:
    """The marks that stand at one of some codes, by day, session and pupil."""
    if not asked.codes or (asked.pupils is not None and not asked.pupils):
        return []
    pupils = None if asked.pupils is None else list(asked.pupils)
    chosen = {"codes": list(asked.codes), "pupils": pupils}
    found = fetch(connection, _SQL["with_codes"], _asked(asked.urn, asked.span, at) | chosen)
    return _marks(found)


def of_pupils(
    connection: Connection, urn: str, pupils: Collection[str], span: Span, at: AsOf
) -> list[StandingMark]:
    """All that stands for some pupils, by day, session and pupil."""
    asked = _asked(urn, span, at) | {"pupils": list(pupils), "days": list(span.days())}
    return _marks(fetch(connection, _SQL["of_pupils"], asked)) if pupils else []


def on_days(
    connection: Connection, urn: str, days: Collection[date], span: Span, at: AsOf
) -> list[StandingMark]:
    """All that stands on some days of the span, by day, session and pupil."""
    asked = _asked(urn, span, at) | {"days": list(days)}
    return _marks(fetch(connection, _SQL["on_days"], asked)) if days else []


def by_pupil(marks: Iterable[StandingMark]) -> defaultdict[str, Marks]:
    """The codes of each pupil; of one without any, none."""
    found: defaultdict[str, Marks] = defaultdict(dict)
    for mark in marks:
        found[mark.pupil][mark.day, mark.session] = mark.code
    return found


def _asked(urn: str, span: Span, at: AsOf) -> dict[str, Any]:
    return {
        "school": int(urn),
        "first": span.first,
        "last": span.last,
        "position": at.position,
    }


def _marks(rows: Iterable[tuple[Any, ...]]) -> list[StandingMark]:
    return [
        StandingMark(day, calendar.SESSIONS[half], pupil, code, position, act)
        for day, half, pupil, code, position, act in rows
    ]
