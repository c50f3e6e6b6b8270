"""The code table over a range of days: its editions, and how each code counts in each of them."""

from bisect import bisect_right
from datetime import date
from typing import Any

from ledger.codes import Code, PupilGroup, class_periods

OF_AGE: PupilGroup = "compulsory_school_age"
NOT_OF_AGE: PupilGroup = "not_compulsory_school_age"


class Editions:
    """What the codes meant from a day to a day, in numbered pieces over which nothing changed."""

    def __init__(self, first: date, last: date) -> None:
        pieces = {group: class_periods(first, last, group) for group in (OF_AGE, NOT_OF_AGE)}
        self._starts = sorted({start for found in pieces.values() for start, *_ in found})
        self._counted: dict[PupilGroup, dict[tuple[str, int], Code]] = {
            group: {
                (symbol, number): code
                for start, end, symbol, code in found
                for number in range(self.number(start), self.number(end) + 1)
            }
            for group, found in pieces.items()
        }

    def number(self, day: date) -> int:
        """The edition in which that day lies, from 1."""
        return bisect_right(self._starts, day)

    def symbols_by_age(self) -> list[str]:
        """The codes that counted differently for pupils not of compulsory school age."""
        of_age, not_of_age = self._counted[OF_AGE], self._counted[NOT_OF_AGE]
        return sorted({place[0] for place, code in of_age.items() if not_of_age[place] is not code})

    def columns(self) -> dict[str, list[Any]]:
        """The table as columns: symbol, edition, whether of age, class and whether possible."""
        rows = [
            (symbol, number, group == OF_AGE, code.statistical_class, code.in_possible)
            for group, counted in self._counted.items()
            for (symbol, number), code in counted.items()
        ]
        symbols, numbers, ages, classes, possible = map(list, zip(*rows, strict=True))
        return {
            "symbols": symbols,
            "editions": numbers,
            "ages": ages,
            "classes": classes,
            "possible": possible,
        }
