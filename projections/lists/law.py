"""What the numbers of the law have been: from when on there was one, and the least it ever was.

A list looks no further back than its rule goes, and at nobody who cannot be meant.
"""

from collections.abc import Iterator
from datetime import date
from functools import cache

from ledger.law.provisions import Threshold
from ledger.law.statute import BUILT_IN


@cache
def in_force_since(name: str) -> date:
    """The first day on which the number of that name was in force; ValueError for an unknown one."""
    return min(one.valid_from for one in _values(name) if one.valid_from is not None)


@cache
def least(name: str) -> int:
    """The least that the number of that name has ever been; ValueError for an unknown one."""
    return min(one.value for one in _values(name))


def _values(name: str) -> Iterator[Threshold]:
    found = (one for one in BUILT_IN.provisions() if isinstance(one, Threshold))
    return (one for one in found if one.name == name)
