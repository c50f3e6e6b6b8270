"""Columns of a block that say in few values what stands in many rows.

They are sequences like any other, so whoever takes rows sees no difference.  Whoever writes text makes
each value's once, and columns that are looked up by the same keys are looked up together, or not again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from typing import Any, Final


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
    """What a table says of the key of each row.

    Keys and table stay as they are: text that was made of the very same ones is used again.
    """

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


class Made(dict[Any, Any]):
    """A table that is filled as it is asked: what is said of a key is made once."""

    def __init__(self, make: Callable[[Any], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: Any) -> Any:
        made = self[key] = self._make(key)
        return made


class _Itself(dict[Any, Any]):
    """A table in which each key stands for itself."""

    def __missing__(self, key: Any) -> Any:
        return key


ITSELF: Final[Mapping[Any, Any]] = _Itself()
"""Of a column that stands beside others looked up by it."""
