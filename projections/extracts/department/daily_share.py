"""`daily-share`: what schools share with the Department every day, by pupil and day.

The items are those of the list of 2022; that of 2025 has not been seen.  What the registers do not hold
stands as a blank column: ethnicity, looked after, previously looked after, SEN support, EHC plan and free
school meals are for a school's own system to fill in.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any, Final

from ledger.schools.calendar import Span
from projections.asof import AsOfInFutureError, parse_as_of, resolve
from projections.extracts.department.daily_changes import changes
from projections.extracts.department.daily_days import PupilDay, Shared, pupil_days, view_of
from projections.extracts.extract import (
    Column,
    Extract,
    Option,
    Question,
    QuestionError,
    Row,
    Source,
)

DAYS_AT_ONCE: Final = 28
"""Days of one school that are held in memory: 30,000 pupil-days of a large one."""

_NOT_HELD: Final = "Not held by the ledger: always blank."
NOT_HELD: Final = (
    "ethnicity",
    "looked_after",
    "previously_looked_after",
    "sen_support",
    "ehc_plan",
    "free_school_meals",
)
"""Items of the collection that the registers do not hold."""

COLUMNS: Final = (
    Column("urn", "text", "Unique reference number of the school."),
    Column("la_code", "text", "Local authority, three digits."),
    Column("date", "date", "Day of the sessions."),
    Column("pupil", "text", "The pupil's id in the ledger."),
    Column("upn", "text", "Unique pupil number."),
    Column("forename", "text", "Forenames."),
    Column("surname", "text", "Surname."),
    Column("gender", "code", "The sex that the admission register holds."),
    Column("date_of_birth", "date", "Date of birth."),
    *(Column(name, "text", _NOT_HELD) for name in NOT_HELD),
    Column("nc_year", "code", "Year group on that day."),
    Column("code_am", "code", "Code of the morning; blank where no mark stands."),
    Column("code_pm", "code", "Code of the afternoon; blank where no mark stands."),
    Column(
        "log_position", "integer", "Position of the latest entry of the day; blank without any."
    ),
    Column("withdrawn", "flag", "In a feed of changes: the pupil-day was shared and no longer is."),
)


def rows(source: Source, question: Question) -> Iterator[Row]:
    """One row a pupil and day; by school, day and pupil.  With `since` those that changed after it."""
    since = question.options.get("since")
    if since is None:
        return _all(source, question)
    return _changed(_before(source, since), source, question)


def _all(source: Source, question: Question) -> Iterator[Row]:
    for urn in question.schools:
        view = view_of(source, urn)
        for days in _chunks(question.span):
            for at, shared in pupil_days(view, days).items():
                yield _row(urn, at, shared, withdrawn=False)


def _chunks(span: Span) -> Iterator[Sequence[date]]:
    days = list(span.days())
    for first in range(0, len(days), DAYS_AT_ONCE):
        yield days[first : first + DAYS_AT_ONCE]


def _changed(before: Source, after: Source, question: Question) -> Iterator[Row]:
    for urn in question.schools:
        for one in changes(before, after, urn, question.span, DAYS_AT_ONCE):
            yield _row(urn, one.at, one.shared, withdrawn=one.withdrawn)


def _before(source: Source, since: str) -> Source:
    """The same schools seen from the earlier place.  Raises QuestionError."""
    try:
        at = resolve(source.connection, parse_as_of(since.replace(" ", "+")))
    except ValueError:
        message = "A position of the log is expected, or an instant with its offset (RFC 3339)."
        raise QuestionError("since", "not-an-instant", message) from None
    except AsOfInFutureError:
        at = None
    if at is None or at.position > source.at.position:
        message = "This must not be later than what is asked for."
        raise QuestionError("since", "as-of-in-the-future", message)
    return source._replace(at=at)


def _row(urn: str, at: PupilDay, shared: Shared, *, withdrawn: bool) -> tuple[Any, ...]:
    of = shared.particulars
    return (
        urn,
        shared.authority,
        at.day,
        at.pupil,
        of.upn,
        of.forenames,
        of.surname,
        of.sex,
        of.date_of_birth,
        *(None for _ in NOT_HELD),
        shared.year_group,
        shared.am,
        shared.pm,
        shared.position,
        withdrawn,
    )


DAILY_SHARE: Final = Extract(
    name="daily-share",
    version="1.0",
    title="Daily attendance, as shared with the Department",
    receiver="Department for Education (by its supplier), trust",
    reference="DfE, Share your daily school attendance data: items of the version of 16 November 2022 and "
    "date of birth (secondary); the table of 2025 was not seen",
    columns=COLUMNS,
    rows=rows,
    options=(
        Option(
            "since",
            "text",
            "A position of the log, or an instant: only pupil-days that changed after it.",
        ),
    ),
    formats=("json", "ndjson", "csv"),
    particulars=True,
    key=("urn", "date", "pupil"),
)
