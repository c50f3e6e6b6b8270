"""The marks of a request as the rules may ask about them: those of one school, before they are decided."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import NamedTuple, Self

from ledger.facts import EntryKey
from ledger.registers.attendance import Standing, TakeRegister
from ledger.schools.calendar import Session

Marked = tuple[str, date, Session, str | None]
"""A mark of the request, as far as it is known before it is decided: pupil, day, session and code.

A plain tuple, since to name its parts would cost more than the rules that ask for it.
"""


class Request(NamedTuple):
    """The marks of a request that are of one school, and what stands where they want to write."""

    marks: Callable[[], Sequence[Marked]]
    """They are listed when a rule asks: for most requests none does, and no rule asks for them twice."""
    standing: Mapping[EntryKey, Standing]
    """What stands at this school, with what earlier items of the request have left."""
    elsewhere: Mapping[str, Mapping[EntryKey, Standing]] = {}
    """The same of all schools that the request speaks of, by URN."""

    @classmethod
    def of_register(cls, asked: TakeRegister) -> Self:
        """A register of one session, none of whose marks is asked about again."""
        return cls(partial(_marks_of_register, asked), {})


def _marks_of_register(asked: TakeRegister) -> list[Marked]:
    day, session = asked.date, asked.session
    return [(entry.pupil, day, session, entry.code) for entry in asked.entries]
