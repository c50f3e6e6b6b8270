"""The attendance tables of the school summary report, which the head teacher signs.

Tables 13 (ages 5 to 15), 14 (age 4) and 15 (absence by reason) of the report of spring 2022; only their
subjects were seen, so that lines and order are ours (convention).  Of pupils aged 4 overall absence alone
is told, and pupils aged 15 are apart in the second half of the summer term, as the statistics have them
(DfE, Pupil absence in schools in England: methodology, 4.4.1, 4.4.5, 1.6).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from projections.extracts.department.census import CensusPupil, CensusReturn, Part
from projections.extracts.department.census_termly import CODES
from projections.extracts.department.sessions import Sessions
from projections.extracts.extract import Source

_ABSENCE: Final = ("authorised", "unauthorised")


class Line(NamedTuple):
    """One line of a table."""

    part: Part
    table: str
    """Its number in the report."""
    group: str
    """Whose sessions it tells."""
    item: str
    code: str | None
    """The code of absence, of a reason."""
    title: str
    value: int
    """Enrolments, or sessions."""
    possible: int | None
    """The possible sessions that it is a share of; None where it is no share."""

    @property
    def percent(self) -> float | None:
        """Of the possible sessions, unrounded; nothing possible gives no rate."""
        return 100 * self.value / self.possible if self.possible else None


class _Group(NamedTuple):
    """Pupils whose sessions are told together."""

    table: str
    name: str
    ages: range


_OLDER: Final = _Group("13", "Ages 5 to 15", range(5, 16))
_UP_TO_14: Final = _Group("13", "Ages 5 to 14", range(5, 15))
_AGED_15: Final = _Group("13", "Age 15, collected and not published", range(15, 16))
_AGED_4: Final = _Group("14", "Age 4", range(4, 5))


def lines(source: Source, found: CensusReturn) -> Iterator[Line]:
    """The lines of the tables of a school, part by part."""
    parts: tuple[Part, ...] = ("termly", "summer_half_term_2")
    for part in parts if found.census.second_half else parts[:1]:
        groups = (_OLDER,) if part == "termly" else (_UP_TO_14, _AGED_15)
        for group in (*groups, _AGED_4):
            sessions = [one.parts[part] for one in found.pupils if _in(one, group, part)]
            yield from _totals(part, group, sessions)
        for group in groups:
            sessions = [one.parts[part] for one in found.pupils if _in(one, group, part)]
            yield from _by_reason(source, found, part, group, sessions)


def _in(pupil: CensusPupil, group: _Group, part: Part) -> bool:
    return pupil.age in group.ages and part in pupil.parts


def _totals(part: Part, group: _Group, sessions: Sequence[Sessions]) -> Iterator[Line]:
    possible = sum(one.possible for one in sessions)
    authorised = sum(one.authorised for one in sessions)
    unauthorised = sum(one.unauthorised for one in sessions)
    about = (part, group.table, group.name)
    yield Line(*about, "enrolments", None, "Enrolments", len(sessions), None)
    yield Line(*about, "possible", None, "Possible sessions", possible, None)
    if group is not _AGED_4:
        for item, title, n in (
            ("authorised", "Authorised absence", authorised),
            ("unauthorised", "Unauthorised absence", unauthorised),
        ):
            yield Line(*about, item, None, title, n, possible)
    absent = authorised + unauthorised
    yield Line(*about, "absence", None, "Overall absence", absent, possible)


def _by_reason(
    source: Source, found: CensusReturn, part: Part, group: _Group, sessions: Sequence[Sessions]
) -> Iterator[Line]:
    """Codes of absence with any session, in the order of the columns of census-termly."""
    possible = sum(one.possible for one in sessions)
    codes = sum((Counter(one.codes) for one in sessions), Counter[str]())
    day = found.census.window.last
    for symbol in CODES:
        code = source.law.codes.last_counted(symbol, day)
        if codes[symbol] and code and code.statistical_class in _ABSENCE:
            about = (part, "15", group.name, "reason", symbol, code.title)
            yield Line(*about, codes[symbol], possible)
