"""Lists that the law asks for: what stands in the registers and somebody must look at.

Every list is judged from what stands, by the edition of the rules that it names; none of them decides
anything or changes a mark.
"""

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response

from api import openapi
from api.callers import caller_of, need
from api.formats import answer_object
from api.list_parameters import (
    AbsenceParameters,
    CodeNOverdueParameters,
    CodeNParameters,
    OfPupilParameters,
    PenaltyParameters,
    ReturnsParameters,
    SchoolAgeParameters,
    SpanParameters,
)
from api.listing import Page, days_of_year, days_so_far
from api.parameters import PupilPath, UrnPath
from api.problems import refuse
from api.reading import of_school, reading
from api.routing import ContractRoute, directory_of, service_of
from api.schemas import ListRead
from api.schemas_lists import (
    AbsenceRead,
    ClosureMarksRead,
    CodeNRead,
    LeaveMarksRead,
    ReturnsRead,
    SchoolAgeRead,
    ThresholdRead,
    TwiceRead,
)
from ledger.law.edition import RULES
from ledger.registers.absence import Nearness
from ledger.schools.school_time import CODE_N_LIMIT
from projections.lists import code_n
from projections.lists.ages import school_age
from projections.lists.closures import ClosureQuery, closure_disagreements
from projections.lists.law import in_force_since
from projections.lists.leave import LeaveMarksQuery, marks_against_leave
from projections.lists.penalty import PenaltyQuery, penalty_threshold
from projections.lists.persistent import AbsenceQuery, absentees
from projections.lists.returns_due import ReturnsQuery, returns_due
from projections.lists.two_schools import PossibleTwice, TwoSchoolsQuery, two_possible_sessions

router = APIRouter(prefix="/v1", route_class=ContractRoute, tags=["Lists"])

ANOTHER_SCHOOL: Final = "another school"
_LISTS: Final = "/schools/{urn}/lists"
_MADE: Final = ("by.name", "by.position", "recorded_at", "position")
_CODE_N_COLUMNS: Final = (
    *("pupil", "date", "session", *_MADE),
    *("due", "overdue", "overdue_since", "school_days_overdue"),
)
_TAKER_COLUMNS: Final = ("by.name", "by.position", "entries", "overdue", "earliest")


def _documented(answer: type[ListRead], example: str) -> dict[str, Any]:
    return openapi.read(
        answer,
        example,
        ["attendance:read"],
        problems=("school-not-found", "dates-reversed", "span-too-long"),
        formats=openapi.LIST_FORMATS,
    )


@router.get(f"{_LISTS}/code-n", **_documented(CodeNRead, "list-code-n"))
def list_code_n(
    request: Request, urn: UrnPath, asked: Annotated[CodeNParameters, Query()]
) -> Response:
    """Entries that stand at N: who made them, and by when they must be replaced (regulation 10(7) to (9)).

    N is replaced no later than the fifth school day after its session, the next school day being the
    first; it is overdue from the day after.  Nothing changes by itself.  Sessions from 19 August 2024
    on, unless `from` says otherwise.
    """
    return _code_n(request, urn, asked, overdue=asked.overdue)


@router.get(f"{_LISTS}/code-n-overdue", **_documented(CodeNRead, "list-code-n"))
def list_code_n_overdue(
    request: Request, urn: UrnPath, asked: Annotated[CodeNOverdueParameters, Query()]
) -> Response:
    """Of the entries that stand at N those that are overdue; otherwise as `code-n`."""
    return _code_n(request, urn, asked, overdue=True)


def _code_n(
    request: Request, urn: str, asked: CodeNOverdueParameters, *, overdue: bool
) -> Response:
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        on = asked.on or found.today
        span = days_so_far(asked, on, in_force_since(CODE_N_LIMIT))
        query = code_n.CodeNQuery(span, on)
        rows = code_n.code_n(found.connection, book, query, found.at)
    rows = [row for row in rows if row.overdue or not overdue]
    if asked.by == "taker":
        return page.answer(found, span, code_n.takers(rows), _TAKER_COLUMNS, on=on)
    return page.answer(found, span, rows, _CODE_N_COLUMNS, on=on)


@router.get(f"{_LISTS}/penalty-threshold", **_documented(ThresholdRead, "list-penalty-threshold"))
def list_penalty_threshold(
    request: Request, urn: UrnPath, asked: Annotated[PenaltyParameters, Query()]
) -> Response:
    """Who has ten sessions of G, N, O or U in any ten consecutive school weeks of this school.

    Where the threshold is met a penalty notice must be considered; the ledger issues none and says of
    nobody that an offence was committed.  Worked out again from what stands each time: an N amended
    to I counts no more.  Sessions from 19 August 2024 on, unless `from` says otherwise, across half
    terms, terms and years; sessions at other schools are not added.
    """
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        span = days_so_far(asked, found.today, in_force_since("penalty-notice-sessions"))
        query = PenaltyQuery(span, asked.pupil, asked.near)
        vault = service_of(request).vault
        rows = penalty_threshold(found.connection, book, query, found.at, vault)
    columns = (
        *("pupil", "met", "action", "first_met.date", "first_met.session", "first_met.code"),
        *("window.from", "window.to", "window.counted", "window.sessions"),
        *("largest.from", "largest.to", "largest.counted", "largest.sessions"),
        *("of_compulsory_school_age", "on_roll", "outside_calendar"),
    )
    return page.answer(found, span, rows, columns)


@router.get(f"{_LISTS}/persistent-absence", **_documented(AbsenceRead, "list-persistent-absence"))
def list_persistent_absence(
    request: Request, urn: UrnPath, asked: Annotated[AbsenceParameters, Query()]
) -> Response:
    """Enrolments that missed 10 per cent or more of their possible sessions, or with `measure` 50.

    Compared in whole numbers: exactly 10 per cent is persistent absence.  The counts are those of the
    totals over the same days; from the start of the academic year to today, unless days are given.
    """
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        span = days_so_far(asked, found.today)
        query = AbsenceQuery(span, asked.measure, asked.near)
        rows = absentees(found.connection, book, query, found.at, service_of(request).vault)
    columns = (
        *("pupil", "starting_day", "deleted_on", "possible", "absent", "percent"),
        *("persistent", "severe"),
        *(
            f"to_{measure}.{name}"
            for measure in ("persistent", "severe")
            for name in Nearness._fields
        ),
    )
    return page.answer(found, span, rows, columns, measure=asked.measure)


_WITH_LEAVE: Final = _documented(LeaveMarksRead, "list-leave-disagreements")
# Both scopes are needed, where other reads need one of several.
_WITH_LEAVE["openapi_extra"]["security"] = [{"bearer": ["attendance:read", "leave:read"]}]


@router.get(f"{_LISTS}/leave-disagreements", **_WITH_LEAVE)
def list_leave_disagreements(
    request: Request, urn: UrnPath, asked: Annotated[OfPupilParameters, Query()]
) -> Response:
    """Marks that disagree with the leave recorded, in both directions.

    An absence with another code than that of the leave given for it, and a code that rests on leave
    where none is given (regulations 10 and 11).  The whole academic year, days ahead among them,
    unless days are given.  Needs the scopes `attendance:read` and `leave:read`.
    """
    need(caller_of(request), "leave:read")
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        span = days_of_year(asked, found.today)
        query = LeaveMarksQuery(span, asked.pupil)
        rows = marks_against_leave(found.connection, book, query, found.at)
    return page.answer(
        found, span, rows, ("pupil", "date", "session", "code", "why", "leave", *_MADE)
    )


@router.get(
    f"{_LISTS}/closure-disagreements",
    **_documented(ClosureMarksRead, "list-closure-disagreements"),
)
def list_closure_disagreements(
    request: Request, urn: UrnPath, asked: Annotated[SpanParameters, Query()]
) -> Response:
    """Marks that stand for sessions which the school does not hold, but for the code of the closure.

    The whole academic year, days ahead among them, unless days are given.  Days of years whose terms
    have not been set are passed over.
    """
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        span = days_of_year(asked, found.today)
        rows = closure_disagreements(found.connection, book, ClosureQuery(span), found.at)
    columns = ("pupil", "date", "session", "code", "held", "rule", "reference", *_MADE)
    return page.answer(found, span, rows, columns)


@router.get(
    f"{_LISTS}/two-possible-sessions", **_documented(TwiceRead, "list-two-possible-sessions")
)
def list_two_possible_sessions(
    request: Request, urn: UrnPath, asked: Annotated[SpanParameters, Query()]
) -> Response:
    """Half-days with a mark in possible sessions here and another at a second school.

    One of the two should be D, which counts nowhere; nothing is put right by itself.  A school that
    is not the caller's is not named.  From the start of the academic year to today, unless days are
    given.
    """
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        span = days_so_far(asked, found.today)
        rows = two_possible_sessions(found.connection, book, TwoSchoolsQuery(span), found.at)
    columns = ("pupil", "date", "session", "code", "other_school", "other_code", "position")
    return page.answer(found, span, [_seen(request, row) for row in rows], columns)


def _seen(request: Request, row: PossibleTwice) -> PossibleTwice:
    """The row as the caller may see it."""
    if directory_of(request).sees(caller_of(request), row.other_school):
        return row
    return row._replace(other_school=ANOTHER_SCHOOL, other_code=None)


@router.get(f"{_LISTS}/returns-due", **_documented(ReturnsRead, "list-returns-due"))
def list_returns_due(
    request: Request, urn: UrnPath, asked: Annotated[ReturnsParameters, Query()]
) -> Response:
    """Pupils whom the attendance return or the sickness return is due about (regulation 13).

    Attendance: ten continuous school days of G, N, O or U, once an episode.  Sickness: fifteen school
    days of I in the academic year, or fewer where the school recorded its belief that they will be
    missed; with `near` those as well who come close.  Each says when it was last sent.  From the start
    of the academic year to today, unless days are given.
    """
    page = Page.asked(request, urn, asked)
    with of_school(request, "attendance:read", urn, asked) as (found, book):
        span = days_so_far(asked, found.today)
        query = ReturnsQuery(span, asked.near)
        rows = returns_due(found.connection, book, query, found.at, service_of(request).vault)
    columns = (
        *("pupil", "kind", "due", "since", "from", "to", "school_days", "has_late"),
        *("of_compulsory_school_age", "on_roll", "sent_on", "sent_position"),
    )
    return page.answer(found, span, rows, columns)


@router.get(
    "/pupils/{pupil}/compulsory-school-age",
    **openapi.read(
        SchoolAgeRead,
        "compulsory-school-age",
        ["admissions:read"],
        problems=("pupil-not-found", "school-not-found"),
    ),
)
def read_compulsory_school_age(
    request: Request, pupil: PupilPath, asked: Annotated[SchoolAgeParameters, Query()]
) -> Response:
    """First and last day of a child's compulsory school age (Education Act 1996 s.8).

    By the date of birth in the admission register of the school named, else of that school of the
    caller's which last said something about the child; null where it was erased.
    """
    caller, directory = caller_of(request), directory_of(request)
    need(caller, "admissions:read")
    if asked.school is None:
        schools = directory.schools_of(caller)
    elif directory.sees(caller, asked.school):
        schools = frozenset({asked.school})
    else:
        raise refuse("school-not-found", "school")
    with reading(request, asked) as found:
        on = asked.on or found.today
        vault = service_of(request).vault
        age = school_age(found.connection, vault, str(pupil), schools, on, found.at)
    if age is None:
        raise refuse("pupil-not-found", "pupil")
    return answer_object(
        found.at,
        {
            "pupil": str(pupil),
            "school": age.school,
            "on": on,
            "from": age.first,
            "to": age.last,
            "of_compulsory_school_age": age.on,
            "rules": RULES,
        },
    )
