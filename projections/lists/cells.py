"""The pupils of a school in cells: in each those whose places changed on the same days to the same.

What is counted by session and cell is known for every group on every day, and a school has hardly
more cells than registration groups: so marks are counted without looking at each pupil's place.
"""

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any, Final, NamedTuple
from uuid import UUID

from ledger.schools.calendar import Span
from projections.places import Stretch
from projections.school import Book

NO_CELL: Final = -1
_IDS: Final = 2**128


class Piece(NamedTuple):
    """Days, both included, over which the pupils of a cell are in the same groups."""

    first: date
    last: date
    year_group: str | None
    registration_group: str | None


class Cells:
    """The cells of a school over some days, by number."""

    def __init__(self, book: Book, span: Span, counts: Callable[[Stretch], bool]) -> None:
        """Of the pupils' stretches those that count."""
        found: defaultdict[tuple[Piece, ...], list[str]] = defaultdict(list)
        for pupil in sorted(book.places):
            pieces = tuple(
                Piece(one.first, one.last, one.year_group, one.registration_group)
                for one in book.places[pupil].stretches(span.first, span.last)
                if counts(one)
            )
            if pieces:
                found[pieces].append(pupil)
        self._pieces = list(found)
        self.pupils = list(found.values())
        """The pupils of each cell, in order."""

    def columns(self) -> dict[str, list[Any]]:
        """The cells as the statements look them up, by halving: `(cells)[width_bucket(pupil, pupils)]`.

        Each pupil's id is followed by the next id there could be, with which the cell ends again: so
        whoever has no cell is found to have none (-1, or null before the first) in a single look-up.
        """
        bounds: list[tuple[int, int, int]] = []
        for cell, pupils in enumerate(self.pupils):
            for pupil in pupils:
                number = UUID(pupil).int
                bounds += [(number, 1, cell), (number + 1, 0, NO_CELL)]
        bounds = [one for one in sorted(bounds) if one[0] < _IDS]
        return {
            "pupils": [UUID(int=number) for number, _, _ in bounds],
            "cells": [cell for _, _, cell in bounds],
        }

    def on(self, cell: int | None, day: date) -> Piece | None:
        """Where the pupils of a cell are on a day; None where they are nowhere that counts."""
        if cell is None or cell == NO_CELL:
            return None
        return next((one for one in self._pieces[cell] if one.first <= day <= one.last), None)
