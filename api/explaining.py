"""Links from a figure of the totals to what it is made of."""

from datetime import date
from urllib.parse import urlencode

from ledger.requests import instant
from projections.asof import AsOf
from projections.grid import Key, TotalsQuery


def link_to_explanation(query: TotalsQuery, key: Key, at: AsOf, **figure: str) -> str:
    """Where the row, or one figure of it, is explained: at the same position, seen at the same instant.

    What has begun is a matter of the instant, so the position alone would explain another number.
    """
    return Explanations(query, at).of(key, **figure)


class Explanations:
    """The same for many rows of one answer: what their links share is written out once."""

    def __init__(self, query: TotalsQuery, at: AsOf) -> None:
        days = {"from": query.first.isoformat(), "to": query.last.isoformat(), "by": query.by}
        seen = {"as_of": str(at.position), "seen_at": instant(at.instant)}
        self._before = f"/v1/schools/{query.urn}/totals/explain?{urlencode(days)}&"
        self._after = urlencode(seen)

    def of(self, key: Key, **figure: str) -> str:
        """The link of one row, or of one figure of it."""
        asked = figure if key is None else {"key": key, **figure}
        row = f"{urlencode(asked)}&" if asked else ""
        return f"{self._before}{row}{self._after}"


def link_to_differences(
    query: TotalsQuery, key: Key, positions: tuple[int, int], days: tuple[date, date]
) -> str:
    """Where the entries are listed that gained events between two positions, those of a row of totals.

    Rows by weekday, and rows of what belongs to no group or term, lead to all entries of their days.
    """
    asked: dict[str, str | int] = {
        "from": positions[0],
        "to": positions[1],
        "first": days[0].isoformat(),
        "last": days[1].isoformat(),
    }
    if key is not None and query.by in ("pupil", "year_group", "registration_group"):
        asked[query.by] = key
    return f"/v1/schools/{query.urn}/attendance/diff?{urlencode(asked)}"
