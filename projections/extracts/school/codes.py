"""`codes`: every attendance code that ever was, dated, and how it counts."""

from collections.abc import Iterator
from typing import Final

from projections.extracts.extract import Column, Extract, Question, Row, Source


def _rows(source: Source, _question: Question) -> Iterator[Row]:
    for code in source.law.codes.codes:
        yield (
            code.symbol,
            code.title,
            code.valid_from,
            code.valid_to,
            " ".join(session for session, given in (("AM", code.am), ("PM", code.pm)) if given),
            code.statistical_class,
            code.in_possible,
            code.detail,
            code.reference,
            code.confidence,
        )


CODES: Final = Extract(
    name="codes",
    version="1.0",
    title="Attendance codes",
    receiver="Everyone",
    reference="SI 2024/208 reg 10(3) to (6) and the regulations before it; each row names its own",
    columns=(
        Column("code", "code", "The code as it is entered."),
        Column("title", "text", "What it says."),
        Column("valid_from", "date", "First day whose sessions it may be given to."),
        Column("valid_to", "date", "Last such day; blank while it is in force."),
        Column("sessions", "text", "The sessions that it may be given to."),
        Column("counts_as", "code", "Its statistical class."),
        Column("in_possible_sessions", "flag", "Whether its sessions are possible sessions."),
        Column("detail", "code", "Whether something must be entered beside it."),
        Column("reference", "text", "Where it stands."),
        Column("confidence", "text", "How sure this is."),
    ),
    rows=_rows,
    formats=("csv", "json", "ndjson", "xlsx", "parquet"),
    of_schools=False,
)
