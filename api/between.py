"""The road of reads that compare: two places in the log, from one unmoving snapshot."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Protocol

from fastapi import Request

from api.callers import Scope, caller_of, need
from api.difference_parameters import BetweenParameters, PagedBetweenParameters
from api.parameters import PagedParameters
from api.problems import invalid_at, refuse
from api.reading import Reading, reading
from api.routing import must_see
from ledger.requests import instant
from ledger.store.database import Connection
from projections import asof, school
from projections.asof import AsOf
from projections.differences import Between, TwoBooks


@dataclass(frozen=True, slots=True)
class Comparison:
    """An open snapshot, the two places, and the school's book at each."""

    found: Reading
    """Read at the later place."""
    between: Between
    books: TwoBooks

    @property
    def head(self) -> dict[str, Any]:
        """What an answer says of the two places."""
        return {
            name: {"position": at.position, "as_of": instant(at.instant)}
            for name, at in zip(("from", "to"), self.between, strict=True)
        }


@contextmanager
def comparing(
    request: Request, scope: Scope, urn: str, asked: BetweenParameters
) -> Iterator[Comparison]:
    """Two places of a school's registers.  Raises ProblemError (403, 404, 422)."""
    caller = caller_of(request)
    need(caller, scope)
    must_see(request, caller, urn)
    with two_places(request, asked) as (found, between):
        books = TwoBooks(*(school.load(found.connection, urn, at) for at in between))
        if not books.after.school.descriptions:
            raise refuse("school-not-found", "urn")
        yield Comparison(found, between, books)


class AskedBetween(Protocol):
    """What names two places in the log."""

    from_: str
    to: str | None
    after: int | None


@contextmanager
def two_places(request: Request, asked: AskedBetween) -> Iterator[tuple[Reading, Between]]:
    """A snapshot and two places of it, read at the later one.  Raises ProblemError (422)."""
    first = _place(asked.from_, "from")
    last = None if asked.to is None else _place(asked.to, "to")
    if isinstance(first, datetime) and isinstance(last, datetime) and last < first:
        raise _reversed()
    with reading(request, _settled(asked, first, last)) as found:
        after = found.at if found.place else _resolved(found.connection, last, "to")
        between = Between(_resolved(found.connection, first, "from"), after)
        if after.position < between.before.position:
            raise _reversed()
        yield Reading(found.connection, after, found.place), between


def limits_of(asked: PagedBetweenParameters) -> PagedParameters:
    """The members that pages have in common."""
    return PagedParameters(limit=asked.limit, cursor=asked.cursor)


def _settled(
    asked: AskedBetween, first: datetime | int, last: datetime | int | None
) -> PagedParameters:
    """A snapshot that no append can still come before: it is begun for the later of the instants."""
    instants = [place for place in (first, last) if isinstance(place, datetime)]
    return PagedParameters(
        as_of=max(instants).isoformat() if instants else None,
        after=asked.after,
        cursor=asked.cursor if isinstance(asked, PagedBetweenParameters) else None,
    )


def _place(text: str, path: str) -> datetime | int:
    # A plus sign that was not escaped in an address comes as a space.
    try:
        place = asof.parse_as_of(text.replace(" ", "+"))
    except ValueError:
        message = "A log position or an instant with its offset is expected."
        raise invalid_at(path, "not-an-instant", message) from None
    if isinstance(place, datetime) and place > datetime.now(UTC):
        raise invalid_at(path, "as-of-in-the-future")
    return place


def _resolved(connection: Connection, place: datetime | int | None, path: str) -> AsOf:
    try:
        return asof.resolve(connection, place)
    except asof.AsOfInFutureError:
        raise invalid_at(path, "as-of-in-the-future") from None


def _reversed() -> Exception:
    return invalid_at("to", "dates-reversed", "`to` is before `from`.")
