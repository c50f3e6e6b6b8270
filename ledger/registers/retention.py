"""How long an entry in a register is kept with its amendments (SI 2024/208 reg 7).

An amendment is an entry itself, and the original must stay readable with it: the whole chain is
disposed of together, or not at all (convention).  The years are in `law/retention.toml`.
"""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta

from ledger.law.statute import retention_period


def earliest_disposal(made: Iterable[date]) -> date:
    """The first day on which a chain of entries may be disposed of.

    `made` are the days on which its entries were made, amendments included.  Each is kept through
    its anniversary, the day of entry being outside the period; of 29 February that is 28 February
    (convention).  ValueError for a chain without entries.
    """
    return max(_kept_through(day) for day in made) + timedelta(days=1)


def may_be_disposed_of(made: Iterable[date], day: date, *, held: bool) -> bool:
    """Whether a chain may be disposed of on `day`; never while a legal hold covers it."""
    return not held and earliest_disposal(made) <= day


def _kept_through(made: date) -> date:
    year = made.year + retention_period(made).kept_years
    last = monthrange(year, made.month)[1]
    return date(year, made.month, min(made.day, last))
