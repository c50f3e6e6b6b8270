"""What the extracts of schools have in common."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final, NamedTuple
from uuid import UUID

from ledger.schools.calendar import SESSIONS, Span
from ledger.store.vault import scope_of
from projections import school
from projections.extracts.extract import Column, Option, Question, QuestionError, Source
from projections.school import Book
from projections.statements import fetch, statements
from projections.stored import opened, parsed

URN: Final = Column("urn", "text", "Unique reference number of the school, six digits.")
LAESTAB: Final = Column(
    "laestab", "text", "Local authority and establishment number, seven digits, on the last day."
)
PUPIL: Final = Column("pupil", "text", "The child's UUID, the same at every school.")
UPN: Final = Column(
    "upn", "text", "Unique pupil number; blank where it is not known or was erased."
)
DATE: Final = Column("date", "date", "Day of the session.")
SESSION: Final = Column("session", "code", "AM or PM.")
OF_PUPIL: Final = Option("pupil", "text", "Of this pupil alone, by UUID.")

_HOLDS_UPN: Final = frozenset({"upn", "personal"})
_SQL: Final = statements("births")


class Place(NamedTuple):
    """A school as its rows name it."""

    urn: str
    laestab: str | None
    book: Book


def places(source: Source, question: Question) -> Iterator[Place]:
    """The schools asked, in order, each with its book as it stood."""
    for urn in question.schools:
        book = school.load(source.connection, urn, source.at)
        described = book.school.described_on(question.span.last) or book.school.described_last
        yield Place(urn, described.laestab if described else None, book)


def pupil_of(question: Question) -> str | None:
    """The pupil asked for, if any.  Raises QuestionError."""
    asked = question.options.get("pupil")
    try:
        return None if asked is None else str(UUID(asked))
    except ValueError:
        raise QuestionError("pupil", "not-a-uuid", "A UUID is expected.") from None


def pieces(span: Span, days: int) -> Iterator[Span]:
    """A span in pieces of at most so many days."""
    first = span.first
    while first <= span.last:
        last = min(first + timedelta(days=days - 1), span.last)
        yield Span(first, last)
        first = last + timedelta(days=1)


def days_at_once(book: Book, marks: int) -> int:
    """Over how many days a school has about so many marks."""
    return max(1, marks // (len(SESSIONS) * max(1, len(book.places))))


def upns(source: Source, book: Book) -> dict[str, str]:
    """Unique pupil numbers as the admission register had them; what was erased is left out."""
    asked = {
        "school": int(book.urn),
        "pupils": list(book.places),
        "position": source.at.position,
    }
    # What is asked of the record is the same as for dates of birth: what was entered about a name.
    rows = fetch(source.connection, _SQL["births"], asked)
    keys = source.vault.load_keys(source.connection, [scope_of(stream) for _, stream, *_ in rows])
    found: dict[str, str] = {}
    for pupil, stream, version, state in rows:
        fields = {name: one for name, one in parsed(state).items() if name in _HOLDS_UPN}
        plain, _ = opened(stream, version, fields, keys)
        upn = plain.get("upn") or (plain.get("personal") or {}).get("upn")
        if upn is not None:
            found[pupil] = upn
    return found
