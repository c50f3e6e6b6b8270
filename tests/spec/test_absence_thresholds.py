"""Persistent and severe absence: DfE, pupil absence statistics, methodology."""

from datetime import date

import pytest

from ledger.law.statute import NotInForceError
from ledger.registers.absence import (
    Nearness,
    is_persistent,
    is_severe,
    sessions_to_persistent,
    sessions_to_severe,
)

DAY = date(2026, 7, 21)


def test_ac_038_exactly_ten_per_cent_is_persistent() -> None:
    """AC-038: 38 of 380 sessions; not severe."""
    assert is_persistent(38, 380, DAY)
    assert not is_severe(38, 380, DAY)


@pytest.mark.parametrize(
    ("absent", "possible", "persistent", "severe"),
    [
        (37, 380, False, False),
        (39, 380, True, False),
        (38, 381, False, False),
        (189, 380, True, False),
        (190, 380, True, True),
        (1, 10, True, False),
        (1, 11, False, False),
        (1, 2, True, True),
        (1, 1, True, True),
        (0, 1, False, False),
        (0, 0, False, False),
    ],
)
def test_the_boundaries(absent: int, possible: int, persistent: bool, severe: bool) -> None:
    """Exactly the percentage counts, a session less does not, and nothing of nothing is no absence."""
    assert persistent is is_persistent(absent, possible, DAY)
    assert severe is is_severe(absent, possible, DAY)


def test_a_share_that_a_float_rounds_up_is_not_reached() -> None:
    """One session short of a tenth of very many is short, though a float would not tell."""
    possible = 10**20
    assert 0.1 == (possible // 10 - 1) / possible
    assert not is_persistent(possible // 10 - 1, possible, DAY)


@pytest.mark.parametrize(("absent", "possible"), [(-1, 10), (11, 10), (1, 0)])
def test_impossible_counts_are_refused(absent: int, possible: int) -> None:
    """Absences are among the possible sessions."""
    with pytest.raises(ValueError, match="among the possible"):
        is_persistent(absent, possible, DAY)
    with pytest.raises(ValueError, match="among the possible"):
        sessions_to_severe(absent, possible, DAY)


def test_the_measure_is_that_of_its_day() -> None:
    """Before the first year that the Department's series reaches, there is none."""
    assert is_persistent(38, 380, date(2006, 8, 1))
    with pytest.raises(NotInForceError):
        is_persistent(38, 380, date(2006, 7, 31))


@pytest.mark.parametrize(
    ("absent", "possible", "expected"),
    [
        (38, 380, Nearness(True, 0, 0, 1)),
        (37, 380, Nearness(False, 2, 0, 0)),  # 38 of 381 is short, 39 of 382 is not
        (40, 380, Nearness(True, 0, 2, 21)),
        (0, 0, Nearness(False, 1, 0, 0)),  # the first session, if missed, is all of them
        (0, 9, Nearness(False, 1, 0, 0)),
        (0, 10, Nearness(False, 2, 0, 0)),
    ],
)
def test_how_near_to_persistent(absent: int, possible: int, expected: Nearness) -> None:
    """How many more absences, how many too many, how many attendances to get out of it."""
    assert expected == sessions_to_persistent(absent, possible, DAY)


def test_how_near_to_severe() -> None:
    """Half of 380 is 190; of 189, two more missed reach 191 of 382."""
    assert Nearness(True, 0, 0, 1) == sessions_to_severe(190, 380, DAY)
    assert Nearness(False, 2, 0, 0) == sessions_to_severe(189, 380, DAY)
