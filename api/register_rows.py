"""The entries of a register as the contract has them: as objects, and as JSON."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic_core import to_json

from ledger.requests import instant
from projections.register import CODE_ALONE, Made, Marked, PlainMark, RegisterEntry, Told, whole

_NAMES: Final = RegisterEntry._fields
_RECORDED_AT: Final = _NAMES.index("recorded_at")
_POSITION: Final = _NAMES.index("position")


def rows(entries: Iterable[Told]) -> Iterator[dict[str, Any]]:
    """Each entry as an object of the contract."""
    for entry in map(whole, entries):
        yield {
            **entry._asdict(),
            "recorded_at": instant(entry.recorded_at),
            "by": entry.by._asdict(),
            "flags": list(entry.flags),
        }


def texts(entries: Iterable[Told]) -> Iterator[str]:
    """The same as JSON.

    Of nearly all entries only pupil and position are their own: the rest is written once for all that share
    it, in a fraction of the time that it takes to make an object of each and to write that.
    """
    shared: dict[Marked | Made, str] = {}
    for entry in entries:
        if isinstance(entry, PlainMark):
            pupil, position, marked, made = entry
            of_session = shared.get(marked) or shared.setdefault(marked, _of_session(entry))
            of_act = shared.get(made) or shared.setdefault(made, _of_act(made))
            yield f'{{"pupil":"{pupil}",{of_session}{of_act}{position}{_CODE_ALONE}'
        else:
            yield from (to_json(row).decode() for row in rows([entry]))


def _of_session(entry: PlainMark) -> str:
    """What stands between the pupil and what is said of the act."""
    names, values = _NAMES[1:_RECORDED_AT], entry.entry[1:_RECORDED_AT]
    return _members(dict(zip(names, values, strict=True))) + ","


def _of_act(made: Made) -> str:
    """What stands from there up to the position's number."""
    told = {"recorded_at": instant(made.recorded_at), "by": made.by._asdict()}
    return f'{_members(told)},"{_NAMES[_POSITION]}":'


def _members(shown: dict[str, Any]) -> str:
    return to_json(shown).decode()[1:-1]


_CODE_ALONE: Final = f",{_members(dict(zip(_NAMES[_POSITION + 1 :], CODE_ALONE, strict=True)))}}}"
"""What follows the position."""
