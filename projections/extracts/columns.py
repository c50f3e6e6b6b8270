"""Columns of a block that say in few values what stands in many rows.

They are sequences like any other, so whoever takes rows sees no difference.  Whoever writes text makes
each value's once, and columns that are looked up by the same keys are looked up together.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any


class Same(Sequence[Any]):
    """One value in every row."""

    def __init__(self, value: Any, rows: int) -> None:
        self.value = value
        self._rows = rows

    def __len__(self) -> int:
        """How many rows."""
        return self._rows

    def __getitem__(self, row: Any) -> Any:
        """The value; of some rows, a column of as many."""
        if isinstance(row, slice):
            return Same(self.value, len(range(*row.indices(self._rows))))
        if not -self._rows <= row < self._rows:
            raise IndexError
        return self.value

    def __iter__(self) -> Iterator[Any]:
        """The value as often as there are rows."""
        return repeat(self.value, self._rows)


class Keyed(Sequence[Any]):
    """What a table says of the key of each row."""

    def __init__(self, keys: Sequence[Any], table: Mapping[Any, Any]) -> None:
        self.keys = keys
        self.table = table

    def __len__(self) -> int:
        """How many rows."""
        return len(self.keys)

    def __getitem__(self, row: Any) -> Any:
        """What is said of the key of that row; of some rows, a column of them."""
        keys = self.keys[row]
        return Keyed(keys, self.table) if isinstance(row, slice) else self.table[keys]

    def __iter__(self) -> Iterator[Any]:
        """What is said of each key."""
        return map(self.table.__getitem__, self.keys)
