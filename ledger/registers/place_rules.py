"""Where a pupil was and who supervised: what no attending code and no approved activity may lack.

An approved educational activity takes place at a place the school approved, where the pupil is
physically, under a person whom the school considers suitable (SI 2024/208 reg 10(11), secondary);
a trip is supervised by school staff (reg 10(3) Table 2).  A pupil who learns online at home is absent,
accredited provider or not (secondary: Ealing).  What a mark does not say is not judged.
"""

import re
from collections.abc import Iterator
from typing import Final, Literal

from ledger.problems import Problem

Place = Literal["approved_place", "home"]
Supervision = Literal["school_staff", "other_adult", "none"]

REG_10_3: Final = "SI 2024/208 reg 10(3) Table 2"
REG_10_11: Final = "SI 2024/208 reg 10(11); Ealing, remote education (secondary)"

_PRESENT: Final = frozenset({"/", "\\", "L"})
_ACTIVITIES: Final = frozenset({"B", "P", "W"})
_TRIP: Final = "V"
_NOT_AT_HOME: Final = _PRESENT | _ACTIVITIES | {_TRIP}
"""K is left out: whether tuition at home can be K is unconfirmed."""

ONLINE_PHRASES: Final = (
    "online",
    "on-line",
    "remotely",
    "remote education",
    "remote learning",
    "remote lesson",
    "remote lessons",
    "remote teaching",
    "remote tuition",
    "virtual classroom",
    "virtual learning",
    "virtual lesson",
    "virtual lessons",
)
"""Words of a detail that plainly speak of learning without being there."""
HOME_PHRASES: Final = (
    "at home",
    "from home",
    "home learning",
    "home study",
    "home working",
)
"""Words of a detail that plainly speak of the pupil's home."""


def _any_of(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, phrases))})(?!\w)", re.IGNORECASE)


_SPOKEN_OF: Final = {
    "B": _any_of((*ONLINE_PHRASES, *HOME_PHRASES)),
    "K": _any_of(ONLINE_PHRASES),
}
"""By code, what its detail may speak of only where the mark says `place: approved_place`."""


def detail_is_read(symbol: str) -> bool:
    """Whether the detail of this code is read for words of learning online or at home."""
    return symbol in _SPOKEN_OF


def problem_of_detail(symbol: str, place: Place | None, detail: str | None) -> Problem | None:
    """What the detail of a mark says against its code, where the mark does not say the place."""
    words = _SPOKEN_OF.get(symbol)
    if place is not None or detail is None or words is None or not words.search(detail):
        return None
    return Problem(
        "not-physically-at-approved-place",
        "detail",
        "The detail speaks of learning online or at home, which is absence: enter the code for the "
        "reason. If the pupil was at an approved place, say so in `place`.",
        REG_10_11,
    )


def problems_of_place(
    symbol: str, place: Place | None, supervision: Supervision | None
) -> Iterator[Problem]:
    """What place and supervision of a mark say against its code."""
    if place == "home" and symbol in _NOT_AT_HOME:
        yield Problem(
            "not-physically-at-approved-place",
            "place",
            "A pupil at home is absent: enter the code for the reason.",
            REG_10_11,
        )
    if supervision == "none" and symbol in _ACTIVITIES:
        yield Problem(
            "activity-not-supervised",
            "supervision",
            "An approved educational activity is supervised: enter the code for the absence.",
            REG_10_11,
        )
    if symbol == _TRIP and supervision not in (None, "school_staff"):
        yield Problem(
            "trip-not-supervised-by-school-staff",
            "supervision",
            "A trip coded V is supervised by school staff; led by others it is B, P or W, or an "
            "absence.",
            REG_10_3,
        )
