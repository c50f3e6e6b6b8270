"""Schools and their days: what a school is, when its registers open, which sessions it holds."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from api import examples, examples_schools, formats, openapi, writing
from api.bodies import Body
from api.callers import caller_of, need
from api.formats import Listing, answer_object
from api.limits import DAYS_MAX
from api.parameters import DaysParameters, OnParameters, ReadParameters, UrnPath, YearPath
from api.problems import refuse
from api.reading import checked_span, of_school
from api.routing import ContractRoute, directory_of, must_see, service_of
from api.schemas import SchoolRead, YearRead
from api.schemas_schools import DaysRead
from api.writing import Write
from ledger.schools.calendar import Closure, SchoolYear, Span, Term, span_of_year
from ledger.schools.school import DescribeSchool, MakeClosure, SchoolDescribed, SetSchoolYear
from ledger.schools.school_days import SchoolDay, days_of

router = APIRouter(prefix="/v1/schools/{urn}", route_class=ContractRoute, tags=["Schools"])

_DESCRIBE = Write("school:write", Body[DescribeSchool](DescribeSchool))
_SET_YEAR = Write("school:write", Body[SetSchoolYear](SetSchoolYear))
_CLOSE = Write("school:write", Body[MakeClosure](MakeClosure))
_DAY_COLUMNS = (
    *("date", "kind", "AM", "PM", "term", "half_term", "bank_holiday"),
    *("closures.AM", "closures.PM"),
)


@router.put(
    "",
    **openapi.write(
        _DESCRIBE,
        {"contract": examples.SCHOOL},
        problems=("laestab-of-another-authority", "register-closes-before-it-opens"),
    ),
)
async def describe_school(request: Request, urn: UrnPath) -> Response:
    """Describe a school from a day on.

    A later description with a later `in_force_from` never changes what an earlier day meant.  A client
    of a local authority or trust may describe a school of it that nobody has described yet.
    """
    ledger, directory, caller = (
        service_of(request).ledger,
        directory_of(request),
        caller_of(request),
    )

    def check(asked: DescribeSchool) -> None:
        new = caller.covers(asked.local_authority, asked.trust) and not directory.known(urn)
        if not new:
            must_see(request, caller, urn)

    return await writing.answer(
        request,
        _DESCRIBE,
        lambda asked, key: ledger.describe_school(urn, asked, key),
        check=check,
    )


@router.get(
    "",
    **openapi.read(
        SchoolRead,
        "school",
        ["school:read"],
        problems=("school-not-found",),
    ),
)
def read_school(
    request: Request, urn: UrnPath, asked: Annotated[OnParameters, Query()]
) -> Response:
    """What is in force on a day, and everything that was said of the school."""
    with of_school(request, "school:read", urn, asked) as (found, book):
        school = book.school
        described = school.described_on(asked.on or found.today) or (
            None if asked.on else school.described_last
        )
        if described is None:
            raise refuse("school-not-found", "on")
        members = {
            "school": urn,
            **_description(described),
            "descriptions": [_description(each) for each in school.descriptions],
        }
    return answer_object(found.at, members)


@router.put(
    "/years/{year}",
    **openapi.write(
        _SET_YEAR,
        {"contract": examples.YEAR},
        problems=(
            "term-dates-reversed",
            "term-outside-academic-year",
            "terms-out-of-order",
            "term-name-repeated",
            "half-term-dates-reversed",
            "half-term-outside-term",
            "closure-dates-reversed",
            "closure-outside-academic-year",
            "closure-of-no-session",
        ),
    ),
)
async def set_school_year(request: Request, urn: UrnPath, year: YearPath) -> Response:
    """Set the terms and planned closures of an academic year.

    Monday to Friday inside a term and outside its half term and bank holidays has an AM and a PM
    session.
    """
    ledger = service_of(request).ledger
    return await writing.answer(
        request,
        _SET_YEAR,
        lambda asked, key: ledger.set_school_year(urn, year, asked, key),
        urn=urn,
    )


@router.get(
    "/years/{year}",
    **openapi.read(
        YearRead,
        "year",
        ["school:read"],
        problems=("school-not-found", "school-year-not-found"),
    ),
)
def read_school_year(
    request: Request, urn: UrnPath, year: YearPath, asked: Annotated[ReadParameters, Query()]
) -> Response:
    """The terms and closures of an academic year, closures made later among them."""
    with of_school(request, "school:read", urn, asked) as (found, book):
        set_year = book.school.years.get(year)
    if set_year is None:
        raise refuse("school-year-not-found", "year")
    return answer_object(found.at, {"school": urn, "year": year, **_year(set_year)})


@router.get(
    "/days",
    **openapi.read(
        DaysRead,
        "days",
        ["school:read"],
        problems=("school-not-found", "dates-reversed", "span-too-long"),
        formats=openapi.LIST_FORMATS,
    ),
)
def read_days(
    request: Request, urn: UrnPath, asked: Annotated[DaysParameters, Query()]
) -> Response:
    """What the ledger thinks of each day (at most 1,100 days): which sessions are held, or why not."""
    form = formats.wanted(request, asked.format, ("json", "ndjson", "csv"))
    checked_span(asked.from_, asked.to, DAYS_MAX)
    with of_school(request, "school:read", urn, asked) as (found, book):
        rows = [_day(day) for day in days_of(book.school, Span(asked.from_, asked.to))]
    head = {"school": urn, "from": asked.from_, "to": asked.to}
    return formats.answer(request, form, found.at, head, Listing("days", rows, _DAY_COLUMNS))


@router.post(
    "/closures",
    **openapi.write(
        _CLOSE,
        {"contract": examples.CLOSURE, "with its marks": examples_schools.CLOSURE_WITH_MARKS},
        received="receipt-of-closure",
        problems=(
            "school-year-not-set",
            "closure-dates-reversed",
            "closure-outside-academic-year",
            "closure-of-too-many-marks",
            "amended-too-often",
        ),
    ),
)
async def make_closure(request: Request, urn: UrnPath) -> Response:
    """Close a school for some sessions (code Y4 for those due to attend).

    No mark already entered is changed; the receipt lists those that now disagree.  With `enter_marks`
    every pupil due gets the code of the closure in the same act, and the receipt has one more result
    for each pupil and session, with what stood `before`; marks that say the pupil was there stay.
    It needs the scope `attendance:write` as well.
    """
    ledger = service_of(request).ledger
    caller = caller_of(request)

    def check(asked: MakeClosure) -> None:
        if asked.enter_marks:
            need(caller, "attendance:write")

    return await writing.answer(
        request,
        _CLOSE,
        lambda asked, key: ledger.make_closure(urn, asked, key),
        urn=urn,
        check=check,
    )


def _description(event: SchoolDescribed) -> dict[str, Any]:
    return {
        "name": event.name,
        "laestab": event.laestab,
        "local_authority": event.local_authority,
        "trust": event.trust,
        "type": event.type,
        "phase": event.phase,
        "register_times": event.register_times,
        "in_force_from": event.in_force_from,
    }


def _day(day: SchoolDay) -> dict[str, Any]:
    return {
        "date": day.day,
        "kind": day.kind,
        "AM": day.held["AM"],
        "PM": day.held["PM"],
        "term": day.term,
        "half_term": day.half_term,
        "bank_holiday": day.bank_holiday,
        "closures": day.closures,
    }


def _year(year: SchoolYear) -> dict[str, Any]:
    whole = span_of_year(year.year)
    return {
        "terms": [_term(term) for term in year.terms],
        "closures": [_closure(closure) for closure in year.closures],
        "sessions": len(year.sessions(whole.first, whole.last)),
        "school_days": len(year.school_days(whole.first, whole.last)),
        "school_weeks": len(year.school_weeks(whole.first, whole.last)),
    }


def _term(term: Term) -> dict[str, Any]:
    half_term = _span(term.half_term) if term.half_term else None
    return {"name": term.name, **_span(term.span), "half_term": half_term}


def _closure(closure: Closure) -> dict[str, Any]:
    return {
        **_span(closure.span),
        "sessions": sorted(closure.sessions),
        "kind": closure.kind,
        "reason": closure.reason,
    }


def _span(span: Span) -> dict[str, Any]:
    return {"from": span.first, "to": span.last}
