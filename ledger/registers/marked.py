"""The marks of a request as the rules may ask about them: those of one school, before they are decided."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from ledger.facts import EntryKey
from ledger.registers.attendance import Standing


class Marked(NamedTuple):
    """A mark of the request, as far as it is known before it is decided."""

    key: EntryKey
    code: str | None


class Request(NamedTuple):
    """The marks of a request that are of one school, and what stands where they want to write."""

    marks: Callable[[], Sequence[Marked]]
    """They are listed when a rule asks: for most requests none does."""
    standing: Mapping[EntryKey, Standing]
    """What stands at this school, with what earlier items of the request have left."""
    elsewhere: Mapping[str, Mapping[EntryKey, Standing]] = {}
    """The same of all schools that the request speaks of, by URN."""
