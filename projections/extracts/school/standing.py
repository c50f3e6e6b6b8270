"""The entries of a school that stood, session by session and column by column, for registers by the million.

Nearly all entries say nothing but a code, and nearly every session is of the same pupils: so what is done
here for a single entry is done for those alone that say more.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from ledger.registers import attendance
from ledger.schools.calendar import SESSIONS, Session, Span, academic_year, version
from ledger.store.vault import scope_of
from projections.extracts.extract import Source
from projections.statements import statements
from projections.stored import BARE_BYTES_MAX, is_sealed, opened, parsed

_SQL: Final = statements("extracts/school/standing")
_UUID_BYTES: Final = 16
_ROLLS_MAX: Final = 16
"""Lists of pupils that are remembered: AM and PM may have different ones, and groups of their own."""
_STATES_MAX: Final = 256
"""Stored entries that are remembered read: those who come late at the same minute say the same."""
_TOLD: Final = frozenset({"detail", "arrived_at"})
"""What is told of an entry beside its code; nothing else of it is opened."""


class Said(NamedTuple):
    """What an entry says that was amended, or holds more than its code."""

    code: str
    original: str
    """The code first entered."""
    amended: bool
    detail: str | None
    """None as well where its key was destroyed."""
    arrived_at: str | None


class Standing(NamedTuple):
    """The entries that stood in one session, a column each, in the order of the pupils."""

    day: date
    session: Session
    pupils: list[str]
    """The very list of another session where the same pupils have entries in both."""
    said: list[str | Said]
    """A code alone, where an entry is nothing else."""
    positions: list[int]
    acts: list[int]


class _Roll(NamedTuple):
    """Pupils of a session, in order."""

    pupils: list[str]
    rows: dict[bytes, int]
    """In which row each is, by the bytes of its UUID."""


class _Special(NamedTuple):
    """An entry that says more than its code, as it is stored."""

    row: int
    pupil: str
    revision: int
    original: str
    state: bytes


class Reader:
    """Reads what stood at one school."""

    def __init__(self, source: Source, urn: str, pupil: str | None = None) -> None:
        """Of all pupils, or of one alone."""
        self._source = source
        self._urn = urn
        self._pupil = pupil
        self._roll = lru_cache(_ROLLS_MAX)(_roll)
        self._held = lru_cache(_STATES_MAX)(_held)

    def sessions(self, span: Span) -> list[Standing]:
        """The sessions of some days that have entries."""
        asked = {
            "school": int(self._urn),
            "first": span.first,
            "last": span.last,
            "pupil": self._pupil,
            "position": self._source.at.position,
            "bare": BARE_BYTES_MAX,
        }
        connection = self._source.connection
        # Planned each time, as `fetch` does, and read in binary, in which arrays are shorter.
        found = connection.execute(_SQL["sessions"], asked, prepare=False, binary=True).fetchall()
        folded = [self._standing(*row) for row in found]
        self._tell(folded)
        return [standing for standing, _ in folded]

    def _standing(
        self, day: date, half: int, pupils: bytes, codes: str, *columns: Any
    ) -> tuple[Standing, list[_Special]]:
        """A session without its details, and the entries that have some."""
        positions, acts, whose, revisions, states = columns
        roll = self._roll(pupils)
        said: list[Any] = codes.split(" ")
        standing = Standing(day, SESSIONS[half], roll.pupils, said, positions, acts)
        special: dict[int, _Special] = {}
        for at, revision, state in zip(_starts(whose), revisions or (), states or (), strict=True):
            row = roll.rows[whose[at : at + _UUID_BYTES]]
            before = special.get(row)
            original = before.original if before else said[row]
            if revision:
                # Here the revision before stands, and the amended one next to it.
                for column in (said, positions, acts):
                    del column[row]
            special[row] = _Special(row, roll.pupils[row], revision, original, state)
        return standing, list(special.values())

    def _tell(self, found: Sequence[tuple[Standing, list[_Special]]]) -> None:
        """Put what entries say more in the place of their codes."""
        sealed = []
        for standing, special in found:
            for one in special:
                held = self._held(one.state)
                if any(map(is_sealed, held.values())):
                    stream = attendance.stream(self._urn, one.pupil, academic_year(standing.day))
                    sealed.append((standing, one, stream, held))
                else:
                    _put(standing, one, held)
        scopes = [scope_of(stream) for _, _, stream, _ in sealed]
        keys = self._source.vault.load_keys(self._source.connection, scopes)
        for standing, one, stream, held in sealed:
            place = version(standing.day, standing.session, one.revision)
            _put(standing, one, opened(stream, place, held, keys).fields)


def _held(state: bytes) -> dict[str, Any]:
    return {name: value for name, value in parsed(state).items() if name in _TOLD}


def _put(standing: Standing, one: _Special, held: Mapping[str, Any]) -> None:
    code = standing.said[one.row]
    assert isinstance(code, str)
    standing.said[one.row] = Said(
        code, one.original, one.revision > 0, held.get("detail"), held.get("arrived_at")
    )


def _starts(whose: bytes | None) -> range:
    return range(0, len(whose or b""), _UUID_BYTES)


def _roll(pupils: bytes) -> _Roll:
    each = [pupils[at : at + _UUID_BYTES] for at in _starts(pupils)]
    return _Roll([str(UUID(bytes=one)) for one in each], {one: row for row, one in enumerate(each)})
