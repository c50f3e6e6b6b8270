"""Rounding half up, exactly, on whole numbers: for what is published rounded, and for nothing else.

The Department rounds half up (its dashboard's `roundFiveUp`); Python's `round` takes ties to even, and a
binary fraction is seldom the tie that it was meant to be.  Stored and exchanged figures are counts and
unrounded rates.
"""

from decimal import Decimal
from fractions import Fraction


def half_up(number: Fraction, places: int) -> Decimal:
    """A number, not negative, to so many decimals; a tie goes up."""
    shifted, whole = number.numerator * 10**places, number.denominator
    return Decimal((2 * shifted + whole) // (2 * whole)).scaleb(-places)


def percent(part: int, whole: int, places: int) -> Decimal | None:
    """100 part / whole to so many decimals, half up; None where there is no whole."""
    return half_up(Fraction(100 * part, whole), places) if whole else None


def to_multiple(number: int, of: int) -> int:
    """The nearest multiple, the upper one of two as near; `number` is not negative."""
    return (2 * number + of) // (2 * of) * of
