"""Lines of text from blocks of columns: no call of ours, and no tuple, for a single row.

Each line is laid out as some parts, and each part of all lines is put in its places of one long list at
once.  Columns looked up by the same keys are one part, and what is the same in all rows is part of the
text before or after it.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from projections.extracts.columns import Keyed, Made, Same
from projections.extracts.extract import Block
from projections.extracts.formats.cells import Cells

TABLES_MAX: Final = 64
"""Tables whose text is kept: those of a school come again with each of its blocks."""

_Group = list[tuple[str, Cells, Mapping[Any, Any]]]
"""Of columns looked up by the same keys: what comes before a cell, how it is written, what says it."""


class Lines:
    """Writes blocks whose columns are written so: each cell after its lead, each line with the same end."""

    def __init__(self, cells: Sequence[Cells], leads: Sequence[str], end: str) -> None:
        self._cells = cells
        self._leads = leads
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

    def _parts(self, block: Block, rows: int) -> Iterator[Iterable[str]]:
        literal = ""
        keys: Sequence[Any] = ()
        group: _Group = []
        for cells, lead, column in zip(self._cells, self._leads, block, strict=True):
            literal += lead
            if isinstance(column, Same):
                literal += cells.one(column.value)
                continue
            # What is the same before keys goes with these, before a plain column with what is before it.
            if isinstance(column, Keyed):
                if group and column.keys is not keys:
                    yield self._looked_up(group, "", keys)
                    group = []
                keys = column.keys
                group.append((literal, cells, column.table))
            else:
                if group:
                    yield self._looked_up(group, literal, keys)
                    group = []
                elif literal:
                    yield [literal] * rows
                yield cells.column(column)
            literal = ""
        literal += self._end
        yield self._looked_up(group, literal, keys) if group else [literal] * rows

    def _looked_up(self, group: _Group, tail: str, keys: Sequence[Any]) -> Sequence[str]:
        (lead, cells, table), *others = group
        name = (tail, id(cells), id(table), *((lead, id(c), id(t)) for lead, c, t in others))
        texts = self._kept(name, partial(_written, [("", cells, table), *others], tail))
        if lead:
            # Apart from what is looked up, since a day and a session come before codes that come again.
            texts = self._kept((lead, id(texts)), partial(_after, lead, texts))
        return texts.of(keys)

    def _kept(self, name: tuple[Any, ...], make: Callable[[Any], str]) -> "_Texts":
        # Texts hold the tables that they are made of, so that no other can take the identity of these.
        texts = self._tables.pop(name, None)
        if texts is None:
            texts = _Texts(make)
        self._tables[name] = texts
        if len(self._tables) > TABLES_MAX:
            del self._tables[next(iter(self._tables))]
        return texts


class _Texts(Made):
    """By key what some tables say of it, written; made when a key is met for the first time."""

    def __init__(self, make: Callable[[Any], str]) -> None:
        super().__init__(make)
        self._keys: Sequence[Any] = ()
        self._column: list[str] = []

    def of(self, keys: Sequence[Any]) -> Sequence[str]:
        """What is said of each of the keys; of the very keys of the last time it is at hand."""
        if self._keys is not keys:
            self._column = list(map(self.__getitem__, keys))
            self._keys = keys
        return self._column


def _written(group: _Group, tail: str, key: Any) -> str:
    return "".join([lead + cells.one(table[key]) for lead, cells, table in group]) + tail


def _after(lead: str, texts: _Texts, key: Any) -> str:
    text: str = texts[key]
    return lead + text
