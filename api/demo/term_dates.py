"""Term dates for the demonstration's schools: typical, and invented.

The Department publishes no figures by day for a local authority. 2025/26 starts and ends with the
period that was published, 8 September to 10 July.
"""

from dataclasses import dataclass
from datetime import date, timedelta

MONDAY, FRIDAY = 0, 4


@dataclass(frozen=True, slots=True)
class Term:
    """One term: its first and last day, and those of its half term (Monday to Friday)."""

    name: str
    first: date
    last: date
    half_term: tuple[date, date]


def _term(name: str, first: str, half_term: tuple[str, str], last: str) -> Term:
    starts, ends = (date.fromisoformat(day) for day in half_term)
    return Term(name, date.fromisoformat(first), date.fromisoformat(last), (starts, ends))


TERMS = {
    "202425": (
        _term("Autumn", "2024-09-09", ("2024-10-28", "2024-11-01"), "2024-12-20"),
        _term("Spring", "2025-01-06", ("2025-02-17", "2025-02-21"), "2025-04-04"),
        _term("Summer", "2025-04-22", ("2025-05-26", "2025-05-30"), "2025-07-18"),
    ),
    "202526": (
        _term("Autumn", "2025-09-08", ("2025-10-27", "2025-10-31"), "2025-12-19"),
        _term("Spring", "2026-01-05", ("2026-02-16", "2026-02-20"), "2026-03-27"),
        _term("Summer", "2026-04-13", ("2026-05-25", "2026-05-29"), "2026-07-10"),
    ),
}
# The early May bank holiday is the only one inside these terms and outside their half terms.
BANK_HOLIDAYS = frozenset({date(2025, 5, 5), date(2026, 5, 4)})


def school_days(period: str) -> list[date]:
    """The days with an AM and a PM session, in order; KeyError for a period without terms."""
    days = []
    for term in TERMS[period]:
        starts, ends = term.half_term
        for offset in range((term.last - term.first).days + 1):
            day = term.first + timedelta(offset)
            if MONDAY <= day.weekday() <= FRIDAY and not starts <= day <= ends:
                days.append(day)
    return [day for day in days if day not in BANK_HOLIDAYS]


def span(period: str) -> tuple[date, date]:
    """The first and the last day of a period's terms."""
    terms = TERMS[period]
    return terms[0].first, terms[-1].last
