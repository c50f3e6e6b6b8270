"""Rows that are written as JSON piece by piece say what their objects say, to the byte."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from fastapi import Request
from pydantic_core import to_json

from api import formats, history_rows, register_rows
from api.formats import Listing
from ledger.requests import instant
from projections.asof import AsOf
from projections.history_events import HistoryEvent, Leafed, PlainEntry, Told
from projections.people import By, Said, said_in
from projections.register import Made, Marked, PlainMark, RegisterEntry

NINE = datetime(2025, 11, 20, 9, 0, 0, 120, UTC)
TUTOR, OFFICER = By('C "Tutor" \\ Ñandú', "Form tutor"), By("D Officer", "Attendance officer")
PUPIL = "00000000-0000-0000-0000-000000000001"


def _event(number: int, fields: dict[str, object], **other: object) -> HistoryEvent:
    at = NINE + timedelta(minutes=number)
    event = HistoryEvent(
        number, "attendance-entered", at, "137172", TUTOR, "MIS", "england-2026.1", fields, ()
    )
    return event._replace(**other)


def _mark(code: str) -> dict[str, object]:
    return {"date": "2025-11-20", "session": "PM", "revision": 0, "code": code}


EVENTS = [
    _event(1, _mark("/")),
    _event(2, _mark("\\")),
    _event(3, _mark("/"), by=OFFICER, client="Öffice"),
    _event(4, {**_mark("U"), "arrived_at": "09:40"}),
    _event(5, {**_mark("C"), "detail": None}, erased=("detail",)),
    _event(6, {**_mark("I"), "original": "N", "replaces": "N"}, type="attendance-amended"),
    _event(7, {"first": "2025-11-20", "a": 1, "b": 2, "c": 3}, type="leave-asked"),
    _event(8, _mark("/"), school="300001"),
]


def _entry(number: int, **other: object) -> RegisterEntry:
    entry = RegisterEntry(
        *(PUPIL, date(2025, 11, 20), "AM", "/", "attending", "/", False, False),
        *(NINE, TUTOR, number, None, None, (), None, None, None, None),
    )
    return entry._replace(**other)


ENTRIES = [
    _entry(1),
    _entry(2, session="PM", code="\\", original="\\"),
    _entry(8, by=OFFICER),
    _entry(3, by=OFFICER, recorded_at=NINE + timedelta(hours=1)),
    _entry(4, amended=True, original="N", reason='Said "ill"'),
    _entry(5, flags=("leave-in-force",)),
    _entry(6, planned=True, arrived_at="09:20"),
    _entry(7, detail="é"),
    _entry(9, planned=True, pupil=PUPIL.replace("1", "2")),
]


def _in_short(entries: list[RegisterEntry]) -> list[RegisterEntry | PlainMark]:
    """Each as the register tells it: those that are a code alone share what they have in common."""
    marked: dict[tuple[object, ...], Marked] = {}
    made: dict[tuple[object, ...], Made] = {}
    found: list[RegisterEntry | PlainMark] = []
    for one in entries:
        of_session = (one.date, one.session, one.code, one.counts_as, one.planned)
        of_act = (one.recorded_at, one.by)
        plain = PlainMark(
            *(one.pupil, one.position),
            marked.setdefault(of_session, Marked(*of_session)),
            made.setdefault(of_act, Made(*of_act)),
        )
        found.append(plain if plain.entry == one else one)
    return found


def _texts(events: list[HistoryEvent]) -> list[str]:
    return list(history_rows.texts(map(_told, events)))


def _told(event: HistoryEvent) -> Told:
    date, session, _, code = (*event.fields.values(), None, None, None)[:4]
    plain = PlainEntry(
        *(event.position, date, session, code, event.school, event.client),
        *(Said(event.by, event.rules), instant(event.recorded_at), b""),
    )
    return plain if plain.event == event else Leafed(event, b"")


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: str(event.position))
def test_an_event_of_a_history(event: HistoryEvent) -> None:
    """Of each kind: an entry that is a code alone, one that says more, amended, erased, no mark at all."""
    assert [to_json(row).decode() for row in history_rows.rows([event])] == _texts([event])


def test_events_one_after_the_other() -> None:
    """What one event leaves behind is not told of the next."""
    assert [to_json(row).decode() for row in history_rows.rows(EVENTS)] == _texts(EVENTS)


def test_entries_of_a_register() -> None:
    """Entries that are a code alone and entries that say more, in any order."""
    every = [*ENTRIES, *reversed(ENTRIES)]
    expected = [to_json(row).decode() for row in register_rows.rows(every)]
    in_short = _in_short(every)
    assert 2 * 5 == sum(isinstance(one, PlainMark) for one in in_short)
    assert expected == list(register_rows.texts(every)) == list(register_rows.texts(in_short))
    assert expected == [to_json(row).decode() for row in register_rows.rows(in_short)]


@pytest.mark.parametrize("form", ["json", "ndjson"])
@pytest.mark.parametrize("more", [None, "abc_-"])
def test_an_answer_of_texts_is_that_of_objects(form: formats.Format, more: str | None) -> None:
    """In both formats of JSON, with a next page and without."""
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "server": ("localhost", 80),
            "path": "/v1/x",
            "query_string": b"",
            "headers": [],
        }
    )
    at, head = AsOf(9, NINE), {"school": "137172", "from": date(2025, 11, 20)}
    rows = list(history_rows.rows(EVENTS))
    objects, texts = (
        formats.answer(request, form, at, head, Listing("events", made, ()), more)
        for made in (rows, _texts(EVENTS))
    )
    assert objects.body == texts.body
    assert objects.headers == texts.headers
    if form == "json":
        told = {**head, "position": 9, "as_of": "2025-11-20T09:00:00.000120Z", "events": rows}
        assert to_json(told if more is None else told | {"next": more}) == texts.body


def test_no_rows_are_an_empty_list() -> None:
    """An answer without any row is JSON all the same."""
    request = Request({"type": "http", "headers": []})
    answer = formats.answer(request, "json", AsOf(9, NINE), {}, Listing("events", [], ()))
    assert json.loads(bytes(answer.body))["events"] == []


def _act(name: str, rules: str, at: str) -> bytes:
    return to_json({"by": {"name": name, "position": "Head"}, "recorded_at": at, "rules": rules})


def test_acts_that_differ_in_their_instant_alone() -> None:
    """Each keeps its own instant; whoever is named otherwise, or decided by other rules, keeps that."""
    first, second = "2025-11-20T09:00:00.000000Z", "2025-11-20T09:01:00.000000Z"
    posing = '","recorded_at":"2020-01-01T00:00:00.000000Z"'
    asked = [
        ("A", "england-2025.2", first),
        ("A", "england-2025.2", second),
        ("A", "england-2026.1", second),
        ("B", "england-2025.2", first),
        (posing, "england-2025.2", second),
        (posing, "england-2025.2", first),
    ]
    found = said_in(_act(*act) for act in asked)
    assert asked == [(said.by.name, said.rules, at) for said, at in found]
