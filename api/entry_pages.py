"""Pages of a long list of entries, each begun after the last entry of the page before it."""

from uuid import UUID

from api.problems import invalid_at
from api.reading import Reading, cursor, day_at, number_at
from ledger.schools.calendar import SESSIONS
from projections.parts import EntryPlace, Part


def part_of(found: Reading, limit: int) -> Part:
    """The entries of a page, and the one after it that tells there is more.  Raises ProblemError (422)."""
    if not found.place:
        return Part(limit + 1)
    day, half = day_at(found.place, 0, found.today), number_at(found.place, 1)
    try:
        pupil = str(UUID(found.place[2]))
    except (AttributeError, IndexError, TypeError, ValueError):
        raise invalid_at("cursor", "malformed") from None
    if half >= len(SESSIONS):
        raise invalid_at("cursor", "malformed")
    return Part(limit + 1, EntryPlace(day, half, pupil))


def cursor_after(found: Reading, place: EntryPlace) -> str:
    """The cursor of the page that goes on after this entry."""
    return cursor(found.at, place.day.isoformat(), place.half, place.pupil)
