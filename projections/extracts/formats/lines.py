"""Lines of text from blocks of columns: no call of ours, and no tuple, for a single row.

Each line is laid out as some parts, and each part of all lines is put in its places of one long list at
once.  What is the same in all rows goes before the part that follows it; columns looked up by the same
keys are one part.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from projections.extracts.columns import Keyed, Same
from projections.extracts.extract import Block
from projections.extracts.formats.cells import Cells

TABLES_MAX: Final = 64
"""Tables whose text is kept: those of a school's days come again with each of its blocks."""

_Told = list[tuple[str, Cells, Mapping[Any, Any]]]
"""What comes before a cell, how it is written, and the table that says it."""


class Lines:
    """Writes blocks whose columns are written so, each line with the same end."""

    def __init__(self, cells: Sequence[Cells], end: str) -> None:
        self._cells = cells
        self._end = end
        self._tables: dict[tuple[Any, ...], _Texts] = {}

    def of(self, block: Block) -> str:
        """The lines of a block."""
        rows = len(block[0])
        parts = list(self._parts(block, rows))
        width = len(parts)
        laid: list[str] = [""] * (width * rows)
        for place, part in enumerate(parts):
            laid[place::width] = part
        return "".join(laid)

    def _parts(self, block: Block, rows: int) -> Iterable[Iterable[str]]:
        literal = ""
        keys: Sequence[Any] = ()
        told: _Told = []
        for cells, column in zip(self._cells, block, strict=True):
            if isinstance(column, Same):
                literal += _one(cells, column.value)
                continue
            if told and not (isinstance(column, Keyed) and column.keys is keys):
                yield self._looked_up(told, keys)
                told = []
            if isinstance(column, Keyed):
                keys = column.keys
                told.append((literal, cells, column.table))
            else:
                if literal:
                    yield [literal] * rows
                yield cells(column)
            literal = ""
        if told:
            yield self._looked_up(told, keys)
        yield [literal + self._end] * rows

    def _looked_up(self, told: _Told, keys: Sequence[Any]) -> Iterable[str]:
        name = tuple((literal, id(cells), id(table)) for literal, cells, table in told)
        texts = self._tables.get(name)
        if texts is None:
            if len(self._tables) >= TABLES_MAX:
                self._tables.clear()
            # The tables are held with their texts, so that no other can take their identity.
            texts = self._tables[name] = _Texts(told)
        return map(texts.__getitem__, keys)


class _Texts(dict[Any, str]):
    """By key what some tables say of it, written; made when a key is met for the first time."""

    def __init__(self, told: _Told) -> None:
        super().__init__()
        self._told = told

    def __missing__(self, key: Any) -> str:
        written = [literal + _one(cells, table[key]) for literal, cells, table in self._told]
        made = self[key] = "".join(written)
        return made


def _one(cells: Cells, value: Any) -> str:
    """The text of one cell."""
    (text,) = cells((value,))
    return text
