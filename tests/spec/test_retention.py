"""Retention: SI 2024/208 reg 7, six years from the day an entry was made."""

from datetime import date, timedelta

import pytest

from ledger.registers.retention import earliest_disposal, may_be_disposed_of


def test_ac_036_an_amendment_restarts_the_chain() -> None:
    """AC-036: made 3 September 2024, amended 10 January 2025: disposal from 11 January 2031."""
    chain = [date(2024, 9, 3), date(2025, 1, 10)]
    assert date(2031, 1, 11) == earliest_disposal(chain)
    assert date(2031, 1, 11) == earliest_disposal(reversed(chain))


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (date(2024, 2, 29), date(2030, 3, 1)),  # kept through 28 February 2030
        (date(2024, 2, 28), date(2030, 3, 1)),
        (date(2024, 3, 1), date(2030, 3, 2)),
        (date(2026, 2, 28), date(2032, 2, 29)),  # kept through 28 February 2032
        (date(2026, 12, 31), date(2033, 1, 1)),
        (date(2024, 8, 18), date(2030, 8, 19)),  # under the three-year rule, kept six all the same
        (date(2024, 8, 19), date(2030, 8, 20)),
        (date(2001, 5, 4), date(2007, 5, 5)),  # before any rule known here
    ],
)
def test_an_entry_is_kept_through_its_sixth_anniversary(made: date, expected: date) -> None:
    """The day of entry is outside the period, so disposal begins the day after the anniversary."""
    assert expected == earliest_disposal([made])


def test_disposal_waits_for_its_day() -> None:
    """The day before is too early, the day itself is not."""
    made = [date(2024, 9, 3)]
    assert not may_be_disposed_of(made, date(2030, 9, 3), held=False)
    assert may_be_disposed_of(made, date(2030, 9, 4), held=False)


def test_a_hold_stops_disposal() -> None:
    """However old the chain."""
    assert not may_be_disposed_of([date(2001, 5, 4)], date(2099, 1, 1), held=True)


def test_the_original_is_never_disposed_of_before_its_amendments() -> None:
    """Whatever is added to a chain, its day never comes earlier."""
    chain = [date(2024, 9, 3)]
    days = [earliest_disposal(chain)]
    for n in range(1, 6):
        chain.append(chain[-1] + timedelta(days=90 * n))
        days.append(earliest_disposal(chain))
    assert sorted(days) == days


def test_a_chain_has_an_entry() -> None:
    """Of no entries nothing can be said."""
    with pytest.raises(ValueError, match="empty"):
        earliest_disposal([])
