"""Totals: sessions by code and class, rates, persistent and severe absence.

Formulas as the Department publishes them: attendance is present and approved educational activity,
absence is authorised and unauthorised, possible sessions are both and, in 2020/21 and 2021/22, what
code X stood for.  Sums are divided, percentages never averaged.  Persistent absence is 10 % or more of
an enrolment's own possible sessions, severe absence 50 % or more (`law/thresholds.toml`, as on the last
day counted), in whole numbers.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any, Final, cast

from ledger.law.codes import Code
from ledger.law.rulebook import BUILT_IN, Rulebook
from ledger.schools.calendar import Span
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf
from projections.births import births
from projections.editions import Editions
from projections.grid import OF_TIME, Grid, Key, TotalsBy, TotalsQuery
from projections.school import Book
from projections.sheets.reading import Sheets, read
from projections.sheets.tally import Counted, tally
from projections.statements import fetch, statements

__all__ = [
    "TotalsBy",
    "TotalsQuery",
    "TotalsRow",
    "columns",
    "laid_out",
    "percentages",
    "totals",
]

PRESENT: Final = ("/", "\\", "L")
UNABLE_TO_ATTEND: Final = ("Q", "Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7")

_MORE_THAN_ALL: Final = 101
_SQL: Final = statements("totals")
_KIND: Final = {"year_group": "group", "registration_group": "group", "enrolment": "group"}


@dataclass(frozen=True, slots=True)
class TotalsRow:
    """Counts are sessions, `enrolments` and the absentees are enrolments, percentages unrounded."""

    key: str | None
    """URN, pupil, group, Monday's date, half term, term or weekday; None for what belongs to none."""
    enrolments: int
    possible_sessions: int
    attending: int
    """All attendance: present and approved educational activity."""
    present: int
    approved_educational_activity: int
    overall_absence: int
    authorised_absence: int
    unauthorised_absence: int
    late_before_close: int
    late_after_close: int
    unable_to_attend: int
    missing: int
    """Sessions whose register has opened, due of a pupil, without an entry."""
    codes: dict[str, int]
    """Sessions by code, where there are any."""
    attendance_percent: float | None
    overall_absence_percent: float | None
    authorised_absence_percent: float | None
    unauthorised_absence_percent: float | None
    persistent_absence: int
    """Enrolments persistently absent, judged by the marks of this row alone."""
    severe_absence: int


def totals(
    connection: Connection,
    book: Book,
    query: TotalsQuery,
    at: AsOf,
    vault: Vault | None = None,
    law: Rulebook = BUILT_IN,
) -> list[TotalsRow]:
    """Totals of a school's register as it stood, planned entries left out.

    Counted from the sheets where these are near that position, else from the log: the same numbers.
    Every mark counts in the codes; marks for days off the roll (imported ones) belong to no
    enrolment.  The vault opens dates of birth where code X counts by age (June 2020 to July 2022);
    without it, or where the key was destroyed, a pupil is taken to have been of compulsory school
    age.
    """
    if query.first > query.last:
        return []
    sheets = read(connection, query.urn, Span(query.first, query.last), at)
    grid, editions = laid_out(connection, book, query, at, vault, law, sheets)
    shares = percentages(query.last, law)
    counted: Iterable[Counted]
    if sheets is None:
        asked = columns(grid, editions) | shares
        counted = cast("list[Counted]", fetch(connection, _SQL["totals"], asked))
    else:
        counted = tally(grid, editions, sheets, shares)
    codes = [one.code for one in editions.readings]
    sums: defaultdict[Key, _Sums] = defaultdict(_Sums)
    for (line, pupil), of_row in groupby(counted, key=itemgetter(0, 1)):
        row = sums[grid.key_of_line(line, pupil)]
        row.take(of_row, codes)
    return [_row(key, grid, sums[key]) for key in grid.keys(sums.keys())]


def laid_out(  # noqa: PLR0913, PLR0917 -- what a total is asked with, and what is at hand already
    connection: Connection,
    book: Book,
    query: TotalsQuery,
    at: AsOf,
    vault: Vault | None,
    law: Rulebook = BUILT_IN,
    sheets: Sheets | None = None,
) -> tuple[Grid, Editions]:
    """What marks are counted into, and how each code counts in it; whoever explains a total asks the same."""
    editions = Editions(query.first, query.last, law.codes)
    born = {}
    by_age = editions.symbols_by_age()
    if vault is not None and by_age:
        if sheets is not None:
            pupils = list(sheets.pupils_with(by_age))
        else:
            asked = {**_asked(query, at), "codes": by_age}
            pupils = [pupil for (pupil,) in fetch(connection, _SQL["pupils_with"], asked)]
        born = births(connection, vault, query.urn, pupils, at)
    return Grid(query, book.school, book.places, at, born), editions


def columns(grid: Grid, editions: Editions) -> dict[str, Any]:
    """What the statements are given of a grid."""
    by = grid.query.by
    return {
        **_asked(grid.query, grid.at),
        "by": "time" if by in OF_TIME else _KIND.get(by, by),
        **grid.columns(editions),
        **editions.columns(),
    }


def _asked(query: TotalsQuery, at: AsOf) -> dict[str, Any]:
    return {
        "school": int(query.urn),
        "first": query.first,
        "last": query.last,
        "position": at.position,
    }


def percentages(day: date, law: Rulebook = BUILT_IN) -> dict[str, int]:
    """From which share of its possible sessions on an enrolment is persistently, or severely, absent."""
    measures = ("persistent", "severe")
    found = {m: law.statute.threshold(f"{m}-absence-percent", day) for m in measures}
    # Before either was published nobody is: no share reaches more than all.
    return {m: _MORE_THAN_ALL if one is None else one.value for m, one in found.items()}


@dataclass(slots=True)
class _Sums:
    """What was counted for one row."""

    of: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    """By class, and by the other things that are counted."""
    codes: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def take(self, counted: Iterable[Counted], codes: Sequence[Code]) -> None:
        """Add what was counted; `codes` are those of the editions' readings."""
        of, by_code = self.of, self.codes
        for _, _, what, reading, n in counted:
            if reading is None:
                of[what] += n
                continue
            code = codes[reading - 1]
            by_code[code.symbol] += n
            of[code.statistical_class] += n
            of["possible"] += n * code.in_possible


def _row(key: Key, grid: Grid, sums: _Sums) -> TotalsRow:
    of, codes = sums.of, sums.codes
    attendance = of["attending"] + of["approved_educational_activity"]
    absence = of["authorised"] + of["unauthorised"]
    possible = of["possible"]
    return TotalsRow(
        key=key,
        enrolments=grid.enrolments[key],
        possible_sessions=possible,
        attending=attendance,
        present=_together(codes, PRESENT),
        approved_educational_activity=of["approved_educational_activity"],
        overall_absence=absence,
        authorised_absence=of["authorised"],
        unauthorised_absence=of["unauthorised"],
        late_before_close=codes["L"],
        late_after_close=codes["U"],
        unable_to_attend=_together(codes, UNABLE_TO_ATTEND),
        missing=grid.due[key] - of["entered"],
        codes={code: n for code, n in sorted(codes.items()) if n},
        attendance_percent=_percent(attendance, possible),
        overall_absence_percent=_percent(absence, possible),
        authorised_absence_percent=_percent(of["authorised"], possible),
        unauthorised_absence_percent=_percent(of["unauthorised"], possible),
        persistent_absence=of["persistent"],
        severe_absence=of["severe"],
    )


def _together(codes: Mapping[str, int], some: Iterable[str]) -> int:
    return sum([codes.get(code, 0) for code in some])


def _percent(part: int, possible: int) -> float | None:
    """Unrounded; nothing possible gives no rate, not one of 0."""
    return 100 * part / possible if possible else None
