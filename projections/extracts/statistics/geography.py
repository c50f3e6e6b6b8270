"""Areas of the published files: the nation, its regions, its local authorities."""

from collections.abc import Iterator
from typing import Final, Literal, NamedTuple

from ledger.law.local_authorities import LOCAL_AUTHORITIES, LocalAuthority

Level = Literal["National", "Regional", "Local authority"]
LEVELS: Final[tuple[Level, ...]] = ("National", "Regional", "Local authority")

_ENGLAND: Final = ("E92000001", "England")
_UNKNOWN: Final = "x"


class Area(NamedTuple):
    """An area, by the columns that name it; blank is what lies below its level."""

    geographic_level: Level
    region_code: str = ""
    region_name: str = ""
    new_la_code: str = ""
    la_name: str = ""
    old_la_code: str = ""
    country_code: str = _ENGLAND[0]
    country_name: str = _ENGLAND[1]

    @property
    def order(self) -> tuple[int, str, str, str]:
        """Levels from the nation down, areas by region and name."""
        level = LEVELS.index(self.geographic_level)
        return (level, self.region_name, self.la_name, self.old_la_code)


def areas_of(authority: str) -> Iterator[Area]:
    """The areas that a school of this authority (three digits) belongs to, from the nation down.

    An authority that is not in the list, such as one abolished, is in no region and has `x` (not
    available) for its name and codes.
    """
    known = LOCAL_AUTHORITIES.get(authority)
    yield Area("National")
    if known is None:
        unknown = (_UNKNOWN,) * 4
        yield Area("Local authority", *unknown, authority)
    else:
        yield Area("Regional", known.region_gss, known.region)
        yield _local(known)


def _local(known: LocalAuthority) -> Area:
    return Area(
        "Local authority", known.region_gss, known.region, known.gss, known.name, known.code
    )
