"""The history of a child as a page: to be read, printed, and compared with another print of it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Final

from api.pages.code_key import code_key
from api.pages.markup import Markup, element, joined
from api.pages.sheet import Sheet, sheet
from api.pages.words import GONE, day_of, local, titled, told
from ledger.law.edition import RULES
from ledger.law.statute import deletion_ground
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.requests import instant
from projections.asof import AsOf
from projections.history import HistoryQuery
from projections.history_events import HistoryEvent
from projections.roll import RollRow

MARKS: Final = frozenset({AttendanceEntered.topic, AttendanceAmended.topic})
_MADE: Final = ("Recorded", "By (name, position)", "Client", "Position in the log")
_REGISTER: Final = ("Session", "Original entry", "Amended entry", "Reason and details", *_MADE)
_OTHERS: Final = ("School", "Event", "What it says", *_MADE)
_IN_THE_REGISTER: Final = frozenset({"date", "session", "revision", "original", "code"})
_NOTICE: Final = (
    "This page is no certificate, and is no evidence by itself of what it states. A certificate of "
    "attendance is evidence when the head teacher has signed it or, for a place of alternative "
    "provision, the person in charge (Education Act 1996, sections 566 and 444ZA). Software signs "
    "nothing."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class School:
    """A school of the history: its name, and the child's enrolments as its register has them."""

    urn: str
    name: str | None
    enrolments: Sequence[RollRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """All that the page is made of."""

    query: HistoryQuery
    at: AsOf
    client: str
    """Who asked."""
    events: Sequence[HistoryEvent]
    digest: str
    """SHA-256, in hexadecimal, over the leaves of these events one after the other."""
    schools: Sequence[School]
    unseen: Sequence[str]
    """What the client may not read: scopes that it has not."""
    begins_after: int
    """Position that the listed events begin after: 0 for the whole."""
    goes_on: bool
    """Whether more events follow on another page."""


def page(printed: Printed) -> Sheet:
    """The page.  It holds a child's particulars: treat it as such."""
    marks = [event for event in printed.events if event.type in MARKS]
    others = [event for event in printed.events if event.type not in MARKS]
    names = {school.urn: _school(school) for school in printed.schools}
    title = f"History of {_name(printed.schools)}"
    return sheet(
        title,
        f"Child {printed.query.pupil}, as at position {printed.at.position}, "
        f"digest {printed.digest[:16]}",
        element("h1", title),
        element("p", _NOTICE, class_="notice"),
        _facts(printed),
        _schools(printed),
        *(_register(names[urn], of) for urn, of in _by_school(marks)),
        _others(others),
        code_key(marks),
    )


def _name(schools: Sequence[School]) -> str:
    """The child's name by the latest enrolment that can be read."""
    rows = sorted((r for s in schools for r in s.enrolments), key=lambda row: row.starting_day)
    readable = [row for row in rows if row.surname]
    return _full_name(readable[-1]) if readable else "a child"


def _full_name(row: RollRow) -> str:
    return " ".join(part for part in (row.forenames, row.surname) if part)


# -- what the page is ----------------------------------------------------------------------------------


def _facts(printed: Printed) -> Markup:
    rows = [_row(name, value) for name, value in _facts_of(printed)]
    caption = element("caption", "What this page shows")
    return element("table", caption, element("tbody", *rows), class_="facts")


def _row(name: str, value: str) -> Markup:
    return element("tr", element("th", name, scope="row"), element("td", value))


def _facts_of(printed: Printed) -> Iterator[tuple[str, str]]:
    query, events, at = printed.query, printed.events, printed.at
    yield "Child", query.pupil
    yield "Schools", ", ".join(map(_school, printed.schools)) or "none"
    yield "Period", _period(query)
    moment = joined(local(at.instant), f" ({instant(at.instant)})")
    yield "True at", joined(f"position {at.position} of the log, ", moment)
    yield "Events listed", _extent(printed)
    yield "Rules", f"{_decided_by(events)}; shown by {RULES}"
    yield "Asked for by", f"the client {printed.client}"
    if printed.unseen:
        yield (
            "Not shown",
            f"what needs a scope that the client has not: {', '.join(printed.unseen)}",
        )
    digest = element("span", printed.digest, class_="digest")
    yield "SHA-256 over the leaves", joined(digest, " (equal on every print of the same events)")


def _decided_by(events: Sequence[HistoryEvent]) -> str:
    """The editions of the rules by which the acts were decided; where there are several, by position."""
    editions = [
        (rules, [event.position for event in found])
        for rules, found in groupby(events, key=lambda event: event.rules)
    ]
    if len(editions) == 1:
        return f"every act decided by {editions[0][0]}"
    spans = (f"{rules} at positions {at[0]} to {at[-1]}" for rules, at in editions)
    return f"acts decided by {', '.join(spans) or 'none'}"


def _period(query: HistoryQuery) -> str:
    if query.first is None and query.last is None:
        return "everything that was recorded"
    first = f"from {day_of(query.first)}" if query.first else ""
    last = f"to {day_of(query.last)}" if query.last else ""
    days = " ".join(part for part in (first, last) if part)
    return f"{days}: entries by the day of their session, all else by the day of recording"


def _extent(printed: Printed) -> str:
    types = [event.type for event in printed.events]
    amended = types.count(AttendanceAmended.topic)
    entered = types.count(AttendanceEntered.topic)
    found = f"{len(types)}: {entered} entries, {amended} amended entries, "
    found += f"{len(types) - entered - amended} others"
    if printed.begins_after:
        found += f". NOT THE WHOLE: only those after position {printed.begins_after}"
    if printed.goes_on:
        found += f". NOT THE WHOLE: more follow after position {printed.events[-1].position}"
    return found


def _schools(printed: Printed) -> Markup:
    heads = ("School", "Name", "Date of birth", "On the roll from", "Deleted on", "Ground")
    rows = [
        element("tr", element("th", _school(school), scope="row"), *_enrolment(row))
        for school in printed.schools
        for row in school.enrolments
    ]
    if not rows:
        return joined()
    caption = "In the admission register, as it stood"
    return element("table", *_heading(caption, heads), element("tbody", *rows))


def _enrolment(row: RollRow) -> Iterator[Markup]:
    born, until, ground = row.date_of_birth, row.deleted_on, row.ground
    law = deletion_ground(ground, until) if ground and until else None
    for text in (
        _full_name(row) or GONE,
        day_of(born) if born else GONE,
        day_of(row.starting_day),
        day_of(until) if until else "not deleted",
        f"{ground}: {law.title} ({law.reference})" if law else ground or "",
    ):
        yield element("td", text)


def _school(school: School) -> str:
    return f"{school.name} (URN {school.urn})" if school.name else f"URN {school.urn}"


# -- entries -------------------------------------------------------------------------------------------


def _by_school(marks: Sequence[HistoryEvent]) -> Iterator[tuple[str, list[HistoryEvent]]]:
    ordered = sorted(marks, key=lambda event: (event.school, *_session(event), event.position))
    for urn, found in groupby(ordered, key=lambda event: event.school):
        yield urn, list(found)


def _session(event: HistoryEvent) -> tuple[str, str]:
    return event.fields["date"], event.fields["session"]


def _register(name: str, marks: list[HistoryEvent]) -> Markup:
    caption = f"Attendance register of {name}, by session"
    sessions = [list(found) for _, found in groupby(marks, key=_session)]
    return joined(
        element("h2", f"Entries at {name}"),
        element(
            "table",
            _widths(_REGISTER),
            *_heading(caption, _REGISTER),
            *(element("tbody", *_revisions(found), class_="session") for found in sessions),
            class_="register",
        ),
    )


def _revisions(found: list[HistoryEvent]) -> Iterator[Markup]:
    """A row for the original entry and for each amended one, of which the last one stands."""
    for number, event in enumerate(found):
        fields, last = event.fields, event is found[-1]
        amended = fields["revision"] > 0
        session = f"{day_of(date.fromisoformat(fields['date']))} {fields['session']}"
        original = _code(
            fields["original"] if amended else fields["code"], stands=not amended and last
        )
        yield element(
            "tr",
            element("th", session if not number else _unseen(session), scope="row"),
            element("td", original),
            element("td", _code(fields["code"], stands=last) if amended else ""),
            element("td", told(event, _IN_THE_REGISTER)),
            *_made(event),
        )


def _code(symbol: str, *, stands: bool) -> Markup:
    """A code; one that was amended is struck through, and never hidden."""
    if stands:
        return element("span", symbol, class_="code stands")
    return joined(element("s", symbol, class_="code"), _unseen(" (amended)"))


def _unseen(text: str) -> Markup:
    """Text for those who listen to the page."""
    return element("span", text, class_="unseen")


# -- everything else -----------------------------------------------------------------------------------


def _others(events: Sequence[HistoryEvent]) -> Markup:
    if not events:
        return joined()
    caption = "Admission, leave, intervention: everything else that was recorded, in order"
    rows = [
        element(
            "tr",
            element("td", event.school),
            element("th", titled(event.type), scope="row"),
            element("td", told(event)),
            *_made(event),
        )
        for event in events
    ]
    table = (_widths(_OTHERS), *_heading(caption, _OTHERS), element("tbody", *rows))
    return joined(element("h2", "Other events"), element("table", *table, class_="others"))


def _made(event: HistoryEvent) -> tuple[Markup, ...]:
    """When, by whom and for which client, and where in the log."""
    return (
        element("td", local(event.recorded_at), class_="time"),
        element("td", f"{event.by.name}, {event.by.position}"),
        element("td", event.client),
        element("td", str(event.position), class_="number"),
    )


def _heading(caption: str, titles: Sequence[str]) -> tuple[Markup, Markup]:
    heads = (element("th", title, scope="col") for title in titles)
    return element("caption", caption), element("thead", element("tr", *heads))


def _widths(titles: Sequence[str]) -> Markup:
    return element("colgroup", *(element("col") for _ in titles))
