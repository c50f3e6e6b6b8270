"""`code-breakdown`: how often each code stands, by week, half term, term, day of the week or group."""

from collections.abc import Iterator
from typing import Final, cast

from projections.extracts.extract import Column, Extract, Option, Question, Row, Source
from projections.extracts.school.common import LAESTAB, URN, places
from projections.extracts.school.counts import SYMBOLS
from projections.totals import TotalsBy, TotalsQuery, totals

_BY: Final = (
    "week",
    "half_term",
    "term",
    "day_of_week",
    "year_group",
    "registration_group",
    "school",
)


def _rows(source: Source, question: Question) -> Iterator[Row]:
    by = cast("TotalsBy", question.options.get("by", _BY[0]))
    span = question.span
    for place in places(source, question):
        query = TotalsQuery(place.urn, span.first, span.last, by)
        found = totals(source.connection, place.book, query, source.at, source.vault, source.law)
        for row in found:
            possible = row.possible_sessions
            for symbol in SYMBOLS:
                if sessions := row.codes.get(symbol):
                    share = 100 * sessions / possible if possible else None
                    key = (place.urn, place.laestab, by, row.key)
                    yield (*key, symbol, sessions, possible, row.missing, share)


CODE_BREAKDOWN: Final = Extract(
    name="code-breakdown",
    version="1.0",
    title="Codes by week, half term, term, day of the week or group",
    receiver="School",
    reference="Columns are a convention",
    columns=(
        URN,
        LAESTAB,
        Column("by", "code", "What a row is of, as asked."),
        Column(
            "key", "text", "The week by its Monday, the term, the day or the group; blank for none."
        ),
        Column("code", "code", "The code that stands."),
        Column("sessions", "integer", "Sessions that stand at the code."),
        Column("possible_sessions", "integer", "Possible sessions of the key, under all codes."),
        Column("missing", "integer", "Marks of the key that were due and have not been entered."),
        Column(
            "percent",
            "number",
            "Sessions at the code for each hundred possible ones, unrounded; also of codes that are no "
            "possible session themselves.",
        ),
    ),
    rows=_rows,
    options=(Option("by", "code", "What a row is of; `week` when left out.", _BY),),
    key=("urn", "by", "key", "code"),
)
