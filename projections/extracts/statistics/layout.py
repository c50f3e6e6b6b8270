"""The published layouts: the columns of each file in their order, from `<name>.csv` beside this module.

A layout says of each column what it is (`role`: of time, of place, a filter or an indicator), what stands
in it (`figure`, and `of` which code or sum), and what the metadata file says of it.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Final, Literal, NamedTuple

from projections.extracts.extract import Column, Kind, Row
from projections.extracts.formats.cells import quoted
from projections.extracts.formats.text import END_OF_LINE
from projections.extracts.statistics.suppression import Figure, shown, symbols

Role = Literal["time", "place", "filter", "indicator"]

_STATUS: Final = Column(
    "status", "text", "Which figures are not shown, by symbol: c confidential, x not available, "
    "z not applicable.",
)  # fmt: skip
_KINDS: Final[dict[str, Kind]] = {"mean": "number", "rate": "number", "share": "number"}


class Field(NamedTuple):
    """A column of a published file."""

    column: str
    role: Role
    figure: str
    """`sessions`, `rate`, `share` of enrolments, `mean` over days, `number`; blank for what is no figure."""
    of: str
    label: str
    grouping: str
    unit: str
    decimals: str
    filter_group: str


@cache
def layout(name: str) -> tuple[Field, ...]:
    """The columns of a published file, in their order."""
    text = files("projections.extracts.statistics").joinpath(f"{name}.csv")
    _, *rows = csv.reader(text.read_text(encoding="utf-8").splitlines())
    return tuple(Field(*row) for row in rows)  # type: ignore[arg-type]


def columns(fields: Iterable[Field]) -> tuple[Column, ...]:
    """The columns of an extract in this layout: those published, and the status at the end."""
    return (*(Column(one.column, _kind(one), one.label + ".") for one in fields), _STATUS)


def rows(fields: Sequence[Field], published: Iterable[Sequence[Figure]]) -> Iterator[Row]:
    """Published rows for readers of numbers: symbols are None, and the status tells them."""
    names = [one.column for one in fields]
    for row in published:
        yield (*map(shown, row), symbols(names, row))


def csv_lines(fields: Sequence[Field], published: Iterable[Sequence[Figure]]) -> Iterator[bytes]:
    """Published rows as the file that is published: the published columns alone, symbols in them."""
    yield _line(one.column for one in fields)
    for row in published:
        yield _line("" if figure is None else _written(figure) for figure in row)


def _written(figure: Figure) -> str:
    return repr(figure) if isinstance(figure, float) else quoted(str(figure))


def _line(cells: Iterable[str]) -> bytes:
    return (",".join(cells) + END_OF_LINE).encode()


def _kind(one: Field) -> Kind:
    if one.figure:
        return _KINDS.get(one.figure, "integer")
    return "date" if one.column == "reference_date" else "text"
