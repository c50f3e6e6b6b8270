"""The code table over a range of days: its editions, and how each code counts in each of them."""

from bisect import bisect_right
from datetime import date
from typing import Any, Final, NamedTuple

from ledger.law.codes import BUILT_IN, Code, CodeTable, PupilGroup

OF_AGE: Final[PupilGroup] = "compulsory_school_age"
NOT_OF_AGE: Final[PupilGroup] = "not_compulsory_school_age"
ABSENCE: Final = frozenset({"authorised", "unauthorised"})


class Reading(NamedTuple):
    """How one code counts in one edition, for pupils of or not of compulsory school age."""

    code: Code
    edition: int
    of_age: bool


class Editions:
    """What the codes meant from a day to a day, in numbered pieces over which nothing changed."""

    def __init__(self, first: date, last: date, codes: CodeTable = BUILT_IN) -> None:
        pieces = {group: codes.class_periods(first, last, group) for group in (OF_AGE, NOT_OF_AGE)}
        self._starts = sorted({start for found in pieces.values() for start, *_ in found})
        self.readings = [
            Reading(code, number, group == OF_AGE)
            for group, found in pieces.items()
            for start, end, _, code in found
            for number in range(self.number(start), self.number(end) + 1)
        ]
        """Every code in every edition, at either age; `totals.sql` counts them from 1."""

    def number(self, day: date) -> int:
        """The edition in which that day lies, from 1."""
        return bisect_right(self._starts, day)

    def symbols_by_age(self) -> list[str]:
        """The codes that counted differently for pupils not of compulsory school age."""
        of_age = {(one.code, one.edition) for one in self.readings if one.of_age}
        not_of_age = {(one.code, one.edition) for one in self.readings if not one.of_age}
        return sorted({code.symbol for code, _ in of_age ^ not_of_age})

    def columns(self) -> dict[str, list[Any]]:
        """The readings as columns."""
        codes = [one.code for one in self.readings]
        return {
            "symbols": [code.symbol for code in codes],
            "editions": [one.edition for one in self.readings],
            "ages": [one.of_age for one in self.readings],
            "possible": [code.in_possible for code in codes],
            "absence": [code.statistical_class in ABSENCE for code in codes],
        }
