"""What all lists that the law asks for share: their days, and rows made ready for an answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from fastapi import Request, Response

from api import formats
from api.formats import Format, Listing
from api.list_parameters import SpanParameters
from api.parameters import PagedParameters
from api.reading import Reading, checked_span, cursor, limit_of, number_at, page_of
from ledger.law.edition import RULES
from ledger.requests import instant
from ledger.schools.calendar import Span, academic_year, span_of_year
from projections.lists.cut import Cut

LIST_DAYS_MAX: Final = 4_000
"""Days of a list in one request: more than the six years that registers are kept."""

_ROWS_MAX: Final = 2**62
_NAMES: Final = {"day": "date", "first": "from", "last": "to"}
"""Members whose names in the views are not those of the contract."""


def days_of_year(asked: SpanParameters, today: date) -> Span:
    """The days asked for; what is left out is that of the whole academic year.

    Raises ProblemError (422), as all of these do, for a span that is reversed or too long.
    """
    year = span_of_year(academic_year(asked.from_ or asked.to or today))
    return _checked(asked.from_ or year.first, asked.to or year.last)


def days_so_far(asked: SpanParameters, today: date, since: date | None = None) -> Span:
    """The days asked for; left out, to today, and from `since` or from the start of that academic year."""
    last = asked.to or max(today, asked.from_ or today)
    first = asked.from_ or min(since or span_of_year(academic_year(last)).first, last)
    return _checked(first, last)


@dataclass(frozen=True, slots=True)
class Page:
    """The list of one school that a request asks for: its format, and how many rows a page holds."""

    request: Request
    urn: str
    form: Format
    limit: int

    @classmethod
    def asked(
        cls, request: Request, urn: str, parameters: PagedParameters, usual: int | None = None
    ) -> "Page":
        """The page that is asked for, of `usual` rows at most unless more are asked for.

        Raises ProblemError (406, 422).
        """
        form = formats.wanted(request, parameters.format, ("json", "ndjson", "csv"))
        return cls(request, urn, form, limit_of(request, parameters, usual))

    def cut(self, found: Reading) -> Cut:
        """The part of a list that is cut in the view: the page, and one row that says there is more."""
        # A cursor may have been made up; no list is so long.
        return Cut(min(number_at(found.place, 0), _ROWS_MAX), self.limit + 1)

    def answer(
        self, found: Reading, span: Span, rows: Sequence[Any], columns: Sequence[str], **head: Any
    ) -> Response:
        """The rows of the page in its format; `head` stands before them in JSON."""
        page, more = page_of(list(rows), found, self.limit)
        return self._answer(found, span, (page, more), columns, head)

    def answer_cut(
        self, found: Reading, span: Span, rows: Sequence[Any], columns: Sequence[str], **head: Any
    ) -> Response:
        """The same where the view has cut the page out already."""
        end = number_at(found.place, 0) + self.limit
        more = cursor(found.at, end) if len(rows) > self.limit else None
        return self._answer(found, span, (rows[: self.limit], more), columns, head)

    def _answer(
        self,
        found: Reading,
        span: Span,
        part: tuple[Sequence[Any], str | None],
        columns: Sequence[str],
        head: Mapping[str, Any],
    ) -> Response:
        page, more = part
        shown = {"school": self.urn, "rules": RULES, "from": span.first, "to": span.last, **head}
        listing = Listing("items", [plain(row) for row in page], columns)
        return formats.answer(self.request, self.form, found.at, shown, listing, more)


def plain(value: Any) -> Any:
    """A view's row, ready for JSON and CSV, with the names of the contract."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {_NAMES.get(name, name): plain(one) for name, one in value._asdict().items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return instant(value) if isinstance(value, datetime) else value


def _checked(first: date, last: date) -> Span:
    checked_span(first, last, LIST_DAYS_MAX)
    return Span(first, last)
