"""The entries of a register as the contract has them: as objects, and as JSON."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

from pydantic_core import to_json

from ledger.requests import instant
from projections.register import RegisterEntry

_DATE: Final = 1
_RECORDED_AT: Final = 8
_POSITION: Final = 10
_ARRIVED_AT: Final = 11
"""Members of an entry by their number: from one of these to the next they are shared by many."""
_CODE_ALONE: Final = (None, None, (), None, None, None, None)
"""What an entry says besides its code when it says nothing."""


def rows(entries: Iterable[RegisterEntry]) -> Iterator[dict[str, Any]]:
    """Each entry as an object of the contract."""
    for entry in entries:
        yield {
            **entry._asdict(),
            "recorded_at": instant(entry.recorded_at),
            "by": entry.by._asdict(),
            "flags": list(entry.flags),
        }


def texts(entries: Iterable[RegisterEntry]) -> Iterator[str]:
    """The same as JSON.

    Of nearly all entries only pupil and position are their own: the rest is written once for all that share
    it, in a fraction of the time that it takes to make an object of each and to write that.
    """
    shared: dict[tuple[Any, ...], str] = {}
    for entry in entries:
        if entry[_ARRIVED_AT:] != _CODE_ALONE:
            for row in rows([entry]):
                yield to_json(row).decode()
            continue
        marked, made = entry[_DATE:_RECORDED_AT], entry[_RECORDED_AT:_POSITION]
        of_session = shared.get(marked) or shared.setdefault(marked, _of_session(entry))
        of_act = shared.get(made) or shared.setdefault(made, _of_act(entry))
        yield f'{{"pupil":"{entry.pupil}",{of_session},{of_act},"position":{entry.position},{_ALONE}}}'


def _of_session(entry: RegisterEntry) -> str:
    names = RegisterEntry._fields[_DATE:_RECORDED_AT]
    return _members(dict(zip(names, entry[_DATE:_RECORDED_AT], strict=True)))


def _of_act(entry: RegisterEntry) -> str:
    return _members({"recorded_at": instant(entry.recorded_at), "by": entry.by._asdict()})


def _members(shown: dict[str, Any]) -> str:
    return to_json(shown).decode()[1:-1]


_ALONE: Final = _members(dict(zip(RegisterEntry._fields[_ARRIVED_AT:], _CODE_ALONE, strict=True)))
