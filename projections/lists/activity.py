"""Sessions in which a code was used far more than is usual: at the school, or in one of its groups.

The share of the code among the possible sessions of each session is held against the median of these
shares over the days asked about.  Shares are fractions of whole numbers, so nothing is rounded.  It
is an indicator and no finding: a trip of a whole year group is a spike, and nothing is wrong with it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from statistics import median
from typing import Final, Literal, NamedTuple

from ledger.calendar import SESSIONS, Session, Span
from ledger.codes import class_periods
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.school import Book
from projections.sessions import Begun, held
from projections.statements import fetch, statements

GroupOf = Literal["school", "year_group", "registration_group"]

_SQL: Final = statements("lists/activity")
_GROUPS: Final[tuple[GroupOf, ...]] = ("school", "year_group", "registration_group")


@dataclass(frozen=True, slots=True)
class ActivityQuery:
    """A code in the sessions of these days: more than `times` the median, and of so many pupils."""

    span: Span
    code: str = "B"
    times: int = 3
    at_least: int = 5


class Spike(NamedTuple):
    """One session in which the code was used far more than is usual."""

    day: date
    session: Session
    group_of: GroupOf
    group: str | None
    """None for the school, and for the pupils of no such group."""
    count: int
    """Entries that stand at the code."""
    possible: int
    percent: float
    """Unrounded, as is the median; fractions of whole numbers decide."""
    median_percent: float
    """Over the sessions with a possible one that were held and had begun, those without the code too."""


def activity_spikes(
    connection: Connection, book: Book, query: ActivityQuery, at: AsOf
) -> list[Spike]:
    """The spikes by session; of each the school first, then year groups, then registration groups.

    Planned entries are left out.  Code X of 2020 to 2022 is possible as for a pupil of compulsory
    school age.
    """
    found = [
        spike
        for (kind, group), sessions in _counted(connection, book, query, at).items()
        for spike in _spikes(kind, group, sessions, query)
    ]
    return sorted(found, key=_in_order)


class _Count(NamedTuple):
    """Sessions at the code, and possible ones."""

    at_code: int
    possible: int

    def __add__(self, other: "_Count") -> "_Count":  # type: ignore[override]  # no concatenation
        return _Count(self.at_code + other.at_code, self.possible + other.possible)


Sessions = Mapping[tuple[date, Session], _Count]
"""The counts of one group."""


def _spikes(kind: GroupOf, group: str | None, sessions: Sessions, query: ActivityQuery) -> Iterator[Spike]:
    possible = {one: count for one, count in sessions.items() if count.possible}
    if not any(count.at_code >= query.at_least for count in possible.values()):
        return
    usual = median(Fraction(*count) for count in possible.values())
    for (day, session), count in possible.items():
        share = Fraction(*count)
        if count.at_code >= query.at_least and share > query.times * usual:
            yield Spike(day, session, kind, group, *count, float(100 * share), float(100 * usual))


def _in_order(spike: Spike) -> tuple[date, Session, int, bool, str]:
    group = spike.group
    return spike.day, spike.session, _GROUPS.index(spike.group_of), group is None, group or ""
