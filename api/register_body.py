"""The body of a class register, read in columns.

A morning sends nothing else in numbers, and nearly all of it is plain: each entry a pupil and a code.  Such a
body is read without making an object for each entry.  Whatever is not plainly right is left to the usual
way, which alone says what is wrong; an entry that says more than that is read by its own model.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, get_args

from pydantic import TypeAdapter
from pydantic_core import from_json, to_json

from api.bodies import Body, register_members
from ledger.base import By, CodeSymbol
from ledger.registers.attendance import ENTRIES_MAX, Entry, SessionDay, TakeRegister
from ledger.registers.plain import SentRegister
from ledger.schools.calendar import Session

_MEMBERS: Final = frozenset({"date", "session", "by", "entries"})
_BY_MEMBERS: Final = frozenset({"name", "position"})
_BARE_MEMBERS: Final = 2
_SPACE: Final = b" \t\r\n"
_PUPIL: Final = len("00000000-0000-0000-0000-000000000000")
_HYPHENS: Final = (8, 13, 18, 23)
_DIGITS: Final = _PUPIL - len(_HYPHENS)
_SESSIONS: Final[frozenset[str]] = frozenset(get_args(Session))
_ENTRY: Final = TypeAdapter(Entry)
_BY: Final = TypeAdapter(By)
_DAY: Final[TypeAdapter[Any]] = TypeAdapter(SessionDay)
_SYMBOL: Final[TypeAdapter[str]] = TypeAdapter(CodeSymbol)
_NOT_PLAIN: Final = (AttributeError, KeyError, TypeError, ValueError)
"""Of what is not in the form expected; pydantic's own error is a ValueError."""


class RegisterBody(Body[SentRegister]):
    """A register of one session as JSON."""

    def __init__(self) -> None:
        super().__init__(TakeRegister)

    def parse(self, body: bytes) -> SentRegister:
        """The register.  Raises ProblemError (400, 422)."""
        try:
            return _plainly(body)
        except _NOT_PLAIN:
            return SentRegister.of(_CLOSELY.parse(body))


_CLOSELY: Final = Body(TakeRegister, register_members)


def _plainly(body: bytes) -> SentRegister:
    """The register of a body that is plainly right.  Raises one of `_NOT_PLAIN` for any other."""
    sent = from_json(body, cache_strings="keys")
    if sent.keys() != _MEMBERS or type(sent["entries"]) is not list:
        raise TypeError
    entries, by, session = sent["entries"], sent["by"], sent["session"]
    if by.keys() != _BY_MEMBERS or session not in _SESSIONS or not 0 < len(entries) <= ENTRIES_MAX:
        raise ValueError
    members = sum(map(len, entries))
    _refuse_any_repeated(body, len(_MEMBERS) + len(_BY_MEMBERS) + members)
    pupils = [entry["pupil"] for entry in entries]
    codes = [entry["code"] for entry in entries]
    _refuse_any_but_pupils(pupils)
    for code in set(codes):
        _checked_symbol(code)
    more = {}
    if members != _BARE_MEMBERS * len(entries):
        more = {i: _read(entry) for i, entry in enumerate(entries) if len(entry) != _BARE_MEMBERS}
    day, who = _checked_day(sent["date"]), _checked_by(by["name"], by["position"])
    return SentRegister(day, session, who, pupils, codes, more)


def _refuse_any_repeated(body: bytes, members: int) -> None:
    """Raises ValueError where the text may name more members than were read from it.

    Every member has its colon, after a quote and nothing but space, so that neither count is ever too low;
    text that holds the same may make it too high.
    """
    if body.count(b":") != members and body.translate(None, _SPACE).count(b'":') != members:
        raise ValueError


def _refuse_any_but_pupils(pupils: Sequence[str]) -> None:
    """Raises ValueError or TypeError where one is no UUID in small letters: all are looked at together."""
    number = len(pupils)
    text = "".join(pupils)
    digits = text.replace("-", "")
    hyphens = "-" * number
    if (
        set(map(len, pupils)) != {_PUPIL}
        or any(text[at::_PUPIL] != hyphens for at in _HYPHENS)
        or len(digits) != _DIGITS * number
        or digits != digits.lower()
        # What reads them passes over space.
        or 2 * len(bytes.fromhex(digits)) != len(digits)
    ):
        raise ValueError


def _read(entry: Any) -> Entry:
    return _ENTRY.validate_json(to_json(entry), strict=True)


@lru_cache(maxsize=512)
def _checked_symbol(code: str) -> str:
    return _SYMBOL.validate_python(code, strict=True)


@lru_cache(maxsize=512)
def _checked_day(day: str) -> Any:
    return _DAY.validate_python(day, strict=True)


@lru_cache(maxsize=512)
def _checked_by(name: str, position: str) -> By:
    return _BY.validate_json(to_json({"name": name, "position": position}), strict=True)
