"""Sessions in which a code was used far more than is usual: at the school, or in one of its groups.

The share of the code among the possible sessions of each session is held against the median of these
shares over the days asked about.  Shares are fractions of whole numbers, so nothing is rounded.  It
is an indicator and no finding: a trip of a whole year group is a spike, and nothing is wrong with it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Final, Literal, NamedTuple

from ledger.law.codes import class_periods
from ledger.schools.calendar import SESSIONS, Session, Span
from ledger.store.database import Connection
from projections.asof import AsOf
from projections.lists.cells import Cells
from projections.school import Book
from projections.sessions import Begun, held
from projections.statements import fetch, statements

GroupOf = Literal["school", "year_group", "registration_group"]

_SQL: Final = statements("lists/activity")
HeldSession = tuple[date, Session]
_Group = tuple[GroupOf, str | None]
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
        for group, counts in _counted(connection, book, query, at).items()
        for spike in _spikes(group, counts, query)
    ]
    return sorted(found, key=_in_order)


class _Count(NamedTuple):
    """Sessions at the code, and possible ones, of one group in one half-day."""

    at_code: int
    possible: int

    @property
    def share(self) -> Fraction:
        return Fraction(self.at_code, self.possible)

    @property
    def rounded(self) -> float:
        """In the same order as the share: fractions of such numbers lie further apart than floats."""
        return self.at_code / self.possible


_Counts = Mapping[_Group, Mapping[HeldSession, _Count]]
"""By group and session, where any session was possible."""


def _spikes(
    group: _Group, counts: Mapping[HeldSession, _Count], query: ActivityQuery
) -> Iterator[Spike]:
    if not counts:
        return
    usual = _median(counts.values())
    most = query.times * usual
    for session, count in counts.items():
        # The share is above `most`, without making a fraction of every session.
        if count.at_code >= query.at_least and (
            count.at_code * most.denominator > most.numerator * count.possible
        ):
            yield Spike(*session, *group, *count, float(100 * count.share), float(100 * usual))


def _median(counts: Collection[_Count]) -> Fraction:
    """The median of the shares; of an even number the mean of the two in the middle."""
    ordered = sorted(counts, key=lambda count: count.rounded)
    return (ordered[(len(ordered) - 1) // 2].share + ordered[len(ordered) // 2].share) / 2


def _in_order(spike: Spike) -> tuple[date, Session, int, bool, str]:
    group = spike.group
    return spike.day, spike.session, _GROUPS.index(spike.group_of), group is None, group or ""


def _counted(connection: Connection, book: Book, query: ActivityQuery, at: AsOf) -> _Counts:
    """The counts of the school and of its groups, of those that have a session with enough pupils."""
    span, begun = query.span, Begun(book.school, at.instant)
    sessions = {
        2 * (day - span.first).days + SESSIONS.index(session): (day, session)
        for day, session in held(book.school, span.first, span.last)
        if begun(day, session)
    }
    cells = Cells(book, span, lambda stretch: stretch.period is not None)
    sums: defaultdict[_Group, defaultdict[int, list[int]]]
    sums = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for half_day, cell, at_code, possible in _rows(connection, book.urn, query, cells, at):
        if half_day in sessions:
            for group in _groups(cells, cell, sessions[half_day][0]):
                of_session = sums[group][half_day]
                of_session[0] += at_code
                of_session[1] += possible
    return {
        group: {sessions[half_day]: _Count(*own) for half_day, own in of_group.items() if own[1]}
        for group, of_group in sums.items()
        if any(at_code >= query.at_least for at_code, _ in of_group.values())
    }


def _rows(
    connection: Connection, urn: str, query: ActivityQuery, cells: Cells, at: AsOf
) -> Iterator[tuple[int, int | None, int, int]]:
    """Half-days numbered from 0, cells, sessions at the code and possible ones."""
    looked_up = cells.columns()
    for first, last, impossible in _pieces(query.span):
        asked = {
            "school": int(urn),
            "origin": query.span.first,
            "first": first,
            "last": last,
            "code": query.code,
            "impossible": impossible,
            "position": at.position,
        }
        yield from fetch(connection, _SQL["activity"], asked | looked_up)


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
