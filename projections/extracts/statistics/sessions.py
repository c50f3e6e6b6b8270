r"""What is counted of a session: its code, and the published sums that the code belongs to.

present = / + \ + L; attendance = present + approved educational activity; absence = authorised +
unauthorised; possible = attendance + absence and, in 2020/21 and 2021/22, what code X stood for; late =
L + U, which is a part of neither (`docs/reference/statistics.md`).
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Final

from ledger.law.codes import Code, CodeTable, StatisticalClass
from projections.totals import TotalsRow

SUMS: Final[Mapping[StatisticalClass, tuple[str, ...]]] = {
    "attending": ("present", "attendance"),
    "approved_educational_activity": ("activity", "attendance"),
    "authorised": ("authorised", "absence"),
    "unauthorised": ("unauthorised", "absence"),
    "covid_not_attending": ("covid",),
    "not_possible": (),
    "not_collected": (),
}
"""The sums that a code of each class is part of, beside the possible sessions."""
NAMES: Final = frozenset(
    {"possible", "present_on_time", "late", "exceptional"}.union(*SUMS.values())
)
"""Every sum there is; none is named like a code."""

_ALSO: Final[Mapping[str, str]] = {
    "/": "present_on_time",
    "\\": "present_on_time",
    "L": "late",
    "U": "late",
    **dict.fromkeys(("Y", "Y1", "Y2", "Y3", "Y4", "Y5", "Y6", "Y7"), "exceptional"),
}
_KEPT_APART: Final = frozenset({"F"})
"""Codes that leave a school as another, and are not published as that other."""


def add(codes: Iterable[tuple[str, int]], day: date, table: CodeTable, to: Counter[str]) -> None:
    """Count sessions of a day, by the codes entered, under codes and sums as they are published.

    A retired code counts as it last counted; pupils in scope are of compulsory school age.
    """
    for symbol, number in codes:
        code = _code(symbol, day, table)
        to[_published(code)] += number
        for name in _sums(code):
            to[name] += number


def add_row(row: TotalsRow, day: date, table: CodeTable, to: Counter[str]) -> None:
    """Count the sessions of a row of totals, whose days end with `day`."""
    for symbol, number in row.codes.items():
        code = _code(symbol, day, table)
        to[_published(code)] += number
        if symbol in _ALSO:
            to[_ALSO[symbol]] += number
    to["possible"] += row.possible_sessions
    to["present"] += row.present
    to["attendance"] += row.attending
    to["activity"] += row.approved_educational_activity
    to["authorised"] += row.authorised_absence
    to["unauthorised"] += row.unauthorised_absence
    to["absence"] += row.overall_absence
    to["covid"] += row.possible_sessions - row.attending - row.overall_absence


def _code(symbol: str, day: date, table: CodeTable) -> Code:
    code = table.last_counted(symbol, day)
    # The ledger takes no symbol that was never a code.
    assert code is not None
    return code


def _published(code: Code) -> str:
    """The code as which it is published: I01 of 2020 is an illness as any other."""
    return code.symbol if code.symbol in _KEPT_APART else code.export_as


def _sums(code: Code) -> Iterable[str]:
    if code.in_possible:
        yield "possible"
    yield from SUMS[code.statistical_class]
    if code.symbol in _ALSO:
        yield _ALSO[code.symbol]
