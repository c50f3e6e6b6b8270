"""What is not shown, and the symbols that stand for it in files of the Department's layout.

In those files a figure is a number or a symbol; in rows for other readers a symbol is None, and a last
column says which figures have which symbol, so that columns of numbers hold numbers alone.
"""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final

_FEW: Final = (1, 2)


class Symbol(StrEnum):
    """What stands for a figure (Government Statistical Service; the Department's own use)."""

    CONFIDENTIAL = "c"
    NOT_AVAILABLE = "x"
    NOT_APPLICABLE = "z"


Figure = int | float | str | date | None
"""A cell of a published row: a figure, a text, a day, a symbol; None is blank."""


def is_one_schools(schools: int) -> bool:
    """Whether a row rests on one school alone, so that its figures are that school's.

    The Department suppresses rows of local authorities; we do the same at the levels above, where a
    published row never rests on one school and one of ours can (convention).
    """
    return schools == 1


def is_few(number: int) -> bool:
    """Whether so few enrolments are suppressed: 1 or 2 (DfE absence methodology 1.9)."""
    return number in _FEW


def shown(figure: Figure) -> Figure:
    """The figure for readers of numbers: a symbol is None."""
    return None if isinstance(figure, Symbol) else figure


def symbols(names: Sequence[str], row: Sequence[Figure]) -> str | None:
    """Which figures of a row have which symbol: `c: enrolments pa_perc; z: total_num_schools`."""
    found: dict[str, list[str]] = {}
    for name, figure in zip(names, row, strict=True):
        if isinstance(figure, Symbol):
            found.setdefault(figure.value, []).append(name)
    told = (f"{symbol}: {' '.join(of)}" for symbol, of in sorted(found.items()))
    return "; ".join(told) or None


def or_symbol(figure: Any, symbol: Symbol = Symbol.NOT_APPLICABLE) -> Any:
    """The figure, or a symbol where there is none."""
    return symbol if figure is None else figure
