"""Sessions in which a code was used far more than is usual: at the school, or in one of its groups.

The share of the code among the possible sessions of each session is held against the median of these
shares over the days asked about.  Shares are fractions of whole numbers, so nothing is rounded.  It
is an indicator and no finding: a trip of a whole year group is a spike, and nothing is wrong with it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from statistics import median
from typing import Final, Literal, NamedTuple

from ledger.calendar import SESSIONS, Session, Span
from ledger.codes import class_periods
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.cells import Cells
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
    entries: int
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
        for group, sessions in _counted(connection, book, query, at).items()
        for spike in _spikes(group, sessions, query)
    ]
    return sorted(found, key=_in_order)


@dataclass(slots=True)
class _Count:
    """Sessions at the code, and possible ones."""

    at_code: int = 0
    possible: int = 0

    @property
    def share(self) -> Fraction:
        return Fraction(self.at_code, self.possible)


_Sessions = defaultdict[tuple[date, Session], _Count]
"""The counts of one group."""
_Group = tuple[GroupOf, str | None]


def _spikes(group: _Group, sessions: _Sessions, query: ActivityQuery) -> Iterator[Spike]:
    possible = {one: count for one, count in sessions.items() if count.possible}
    if not any(count.at_code >= query.at_least for count in possible.values()):
        return
    usual = median(count.share for count in possible.values())
    for (day, session), count in possible.items():
        if count.at_code >= query.at_least and count.share > query.times * usual:
            yield Spike(
                day,
                session,
                *group,
                count.at_code,
                count.possible,
                float(100 * count.share),
                float(100 * usual),
            )


def _in_order(spike: Spike) -> tuple[date, Session, int, bool, str]:
    group = spike.group
    return spike.day, spike.session, _GROUPS.index(spike.group_of), group is None, group or ""


def _counted(
    connection: Connection, book: Book, query: ActivityQuery, at: AsOf
) -> Mapping[_Group, _Sessions]:
    """The counts of the school, of its year groups and of its registration groups."""
    begun = Begun(book.school, at.instant)
    sessions = {one for one in held(book.school, query.span.first, query.span.last) if begun(*one)}
    cells = Cells(book, query.span, lambda stretch: stretch.period is not None)
    found: defaultdict[_Group, _Sessions] = defaultdict(lambda: defaultdict(_Count))
    for first, last, impossible in _pieces(query.span):
        asked = {
            "school": int(book.urn),
            "first": first,
            "last": last,
            "code": query.code,
            "impossible": impossible,
            "position": at.position,
            **cells.columns(),
        }
        for half_day, cell, at_code, possible in fetch(connection, _SQL["activity"], asked):
            day, half = first + timedelta(days=half_day // 2), half_day % 2
            if (day, SESSIONS[half]) in sessions:
                for group in _groups(cells, cell, day):
                    count = found[group][day, SESSIONS[half]]
                    count.at_code += at_code
                    count.possible += possible
    return found


def _groups(cells: Cells, cell: int | None, day: date) -> Iterator[_Group]:
    """What the pupils of a cell are counted in; those who are not on the roll at the school alone."""
    yield "school", None
    piece = cells.on(cell, day)
    if piece is not None:
        yield "year_group", piece.year_group
        yield "registration_group", piece.registration_group


def _pieces(span: Span) -> Iterator[tuple[date, date, list[str]]]:
    """The span cut where a code changed, each piece with the codes that were not possible in it."""
    periods = class_periods(span.first, span.last)
    starts = sorted({start for start, *_ in periods})
    ends = [*(start - timedelta(days=1) for start in starts[1:]), span.last]
    for first, last in zip(starts, ends, strict=True):
        yield first, last, [s for a, b, s, c in periods if a <= first <= b and not c.in_possible]
