"""The one road of every read: who may, at which place in the log, from one unmoving snapshot."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from fastapi import Request

from api.callers import Scope, caller_of, need
from api.parameters import PagedParameters, ReadParameters
from api.problems import error, invalid, invalid_at, refuse
from api.routing import must_see, service_of
from ledger.schools.calendar import LONDON
from ledger.store.database import Connection
from projections import asof, school
from projections.asof import AsOf
from projections.school import Book


@dataclass(frozen=True, slots=True)
class Reading:
    """An open snapshot, the place in the log it is read at, and where in a list the page begins."""

    connection: Connection
    at: AsOf
    place: list[Any]

    @property
    def today(self) -> date:
        """The local day on which the reader stands."""
        return self.at.instant.astimezone(LONDON).date()


@contextmanager
def reading(request: Request, asked: ReadParameters) -> Iterator[Reading]:
    """A snapshot as of what was asked.  Raises ProblemError (422)."""
    begun = _Cursor.read(asked.cursor) if isinstance(asked, PagedParameters) else None
    as_of = begun.at.position if begun else _as_of(asked)
    database = service_of(request).database
    try:
        with asof.reading(database, as_of) as (connection, at):
            # A list is read to its end as it was begun: at one position, seen at one instant.
            yield Reading(connection, begun.at if begun else at, begun.place if begun else [])
    except asof.AsOfInFutureError:
        raise invalid_at("as_of", "as-of-in-the-future") from None


@contextmanager
def of_school(
    request: Request, scope: Scope, urn: str, asked: ReadParameters
) -> Iterator[tuple[Reading, Book]]:
    """The same with the book of a school.  Raises ProblemError (403, 404, 422)."""
    caller = caller_of(request)
    need(caller, scope)
    must_see(request, caller, urn)
    with reading(request, asked) as found:
        book = school.load(found.connection, urn, found.at)
        if not book.school.descriptions:
            raise refuse("school-not-found", "urn")
        yield found, book


def seen_later(found: Reading, seen_at: str | None) -> Reading:
    """The same position, seen at a later instant.  Raises ProblemError (422)."""
    if seen_at is None:
        return found
    try:
        instant = asof.parse_as_of(seen_at.replace(" ", "+"))
    except ValueError:
        instant = 0
    if not isinstance(instant, datetime):
        raise invalid_at("seen_at", "not-an-instant")
    if instant > max(datetime.now(UTC), found.at.instant):
        raise invalid_at("seen_at", "as-of-in-the-future")
    if instant < found.at.instant:
        message = "The position was recorded, or is read, later than that."
        raise invalid_at("seen_at", "not-consistent", message)
    return replace(found, at=AsOf(found.at.position, instant))


def limit_of(request: Request, asked: PagedParameters, usual: int | None = None) -> int:
    """How many rows a page holds at most.  Raises ProblemError (422) for more than may be."""
    most = service_of(request).settings.page_items_max
    if asked.limit is None:
        return min(usual or most, most)
    if asked.limit > most:
        raise invalid_at("limit", "out-of-range", f"At most {most}.")
    return asked.limit


def page_of(rows: list[Any], found: Reading, limit: int) -> tuple[list[Any], str | None]:
    """The page of a list that begins where the cursor says, and the cursor of the next."""
    begin = number_at(found.place, 0)
    end = begin + limit
    return rows[begin:end], cursor(found.at, end) if end < len(rows) else None


def cursor(at: AsOf, *place: int | str) -> str:
    """An opaque cursor: the snapshot that the list is read from, and a place in the list."""
    content = json.dumps([at.position, at.instant.isoformat(), *place], separators=(",", ":"))
    return urlsafe_b64encode(content.encode()).decode().rstrip("=")


def number_at(place: list[Any], index: int) -> int:
    """A number of a cursor's place, 0 on the first page.  Raises ProblemError (422)."""
    if not place:
        return 0
    number = place[index] if index < len(place) else None
    if type(number) is not int or number < 0:
        raise invalid_at("cursor", "malformed")
    return number


def day_at(place: list[Any], index: int, otherwise: date) -> date:
    """A day of a cursor's place.  Raises ProblemError (422)."""
    if not place:
        return otherwise
    try:
        return date.fromisoformat(place[index])
    except (IndexError, TypeError, ValueError):
        raise invalid_at("cursor", "malformed") from None


def checked_span(first: date, last: date, days_max: int) -> None:
    """Raises ProblemError (422) for a span that is reversed or too long."""
    if last < first:
        raise invalid([error("dates-reversed", "to", "`to` is before `from`.")])
    if (last - first).days >= days_max:
        raise invalid([error("span-too-long", "to", f"At most {days_max} days.")])


@dataclass(frozen=True, slots=True)
class _Cursor:
    at: AsOf
    place: list[Any]

    @classmethod
    def read(cls, text: str | None) -> "_Cursor | None":
        if text is None:
            return None
        try:
            padded = text.encode("ascii") + b"=" * (-len(text) % 4)
            position, seen_at, *place = json.loads(urlsafe_b64decode(padded))
            at = AsOf(position, datetime.fromisoformat(seen_at).astimezone(UTC))
        except (ValueError, TypeError, OverflowError, RecursionError):
            raise invalid_at("cursor", "malformed") from None
        if type(position) is not int or position < 0 or not place:
            raise invalid_at("cursor", "malformed")
        return cls(at, place)


def _as_of(asked: ReadParameters) -> datetime | int | None:
    if asked.as_of is None:
        return None
    # A plus sign that was not escaped in an address comes as a space.
    text = asked.as_of.replace(" ", "+")
    try:
        return asof.parse_as_of(text)
    except ValueError:
        message = "A log position or an instant with its offset is expected."
        raise invalid_at("as_of", "not-an-instant", message) from None
