"""The form in which a child's year is kept: compressed columns of original entries that hold nothing sealed.

They are written out where they are read.  As they are told they would take twice the room, and longer to be
decompressed than to be put together.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise, repeat
from struct import calcsize, pack, unpack, unpack_from
from typing import Final, NamedTuple
from zlib import compress, decompress

from ledger.schools import calendar
from projections import history_texts
from projections.history_events import Written
from projections.stored import parsed

FORM: Final = 1
"""Version of the form, and of what an entry is written as: a change of either is another one.

What is kept in another form is not read, and made anew."""
LEVEL: Final = 3
"""Of compression: 6 takes a twelfth less room, and twice the time."""
APART_MAX: Final = 64
"""Entries of a year that may be told from the log; of a year with more, all are."""


class Columns(NamedTuple):
    """Entries in the order of the log."""

    positions: Sequence[int]
    slots: Sequence[int]
    """Sessions by their places in the academic year."""
    said: Sequence[str]
    """A code alone, or the JSON that is stored of an entry that says more."""
    instants: Sequence[str]
    """When they were recorded, as it is written everywhere."""
    behind: Sequence[str]
    """What stands behind the instant in JSON: nearly always the same few texts."""


def packed(entries: Columns) -> bytes:
    """Of positions the steps are kept, which are small, and each text once."""
    count = len(entries.positions)
    numbers = {text: number for number, text in enumerate(dict.fromkeys(entries.behind))}
    columns = (
        pack(">i", count),
        pack(f">{count}q", *(later - one for one, later in pairwise((0, *entries.positions)))),
        pack(f">{count}h", *entries.slots),
        pack(f">{count}h", *map(numbers.__getitem__, entries.behind)),
        # JSON has no line feed in it: those of texts are escaped.
        "\n".join(chain(entries.said, entries.instants, numbers)).encode(),
    )
    return compress(b"".join(columns), LEVEL)


def unpacked(told: bytes, year: int) -> Iterator[tuple[int, Written]]:
    """The entries as they are told, with their positions."""
    content = decompress(told)
    (count,) = unpack_from(">i", content)
    columns = unpack_from(f">i{count}q{count}h{count}h", content)
    texts = content[calcsize(f">i{count}q{count}h{count}h") :].decode().split("\n")
    positions = list(accumulate(columns[1 : count + 1]))
    slots, numbers = columns[count + 1 : 2 * count + 1], columns[2 * count + 1 :]
    before = map(_before, repeat(year), slots, texts[:count])
    at, behind = texts[count : 2 * count], texts[2 * count :]
    instant = history_texts.BEFORE_INSTANT
    written = [
        f"{one}{position}{instant}{written_at}{behind[number]}"
        for one, position, written_at, number in zip(before, positions, at, numbers, strict=True)
    ]
    return zip(positions, written, strict=True)


@lru_cache(maxsize=1 << 15)
def _before(year: int, slot: int, said: str) -> str:
    day, session = calendar.session_of_slot(year, slot)
    if said.startswith("{"):
        return history_texts.saying(day.isoformat(), session, parsed(said.encode()))
    return history_texts.before_position(day.isoformat(), session, said)


def packed_slots(slots: Iterable[int]) -> bytes:
    """Sessions of a year by their places in it, in order."""
    ordered = sorted(slots)
    return pack(f">{len(ordered)}h", *ordered)


def unpacked_slots(apart: bytes) -> tuple[int, ...]:
    """The places again."""
    return unpack(f">{len(apart) // calcsize('>h')}h", apart)
