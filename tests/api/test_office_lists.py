"""Lists that offices live by, over HTTP: each format, pages, as they stood, and who may see them."""

import csv
import io
import json
from datetime import datetime
from typing import Any

import pytest

from api import examples
from api.examples import FOURTH, PUPIL, SECOND, THIRD
from api.reading import cursor
from ledger.law.edition import RULES
from projections.asof import AsOf
from tests.api.conftest import Client, MakeClient, SchoolWorld
from tests.api.test_lists import amend, enter, items, read, standard

LISTS: dict[str, dict[str, Any]] = {
    "registers": {"date": "2026-10-01"},
    "unmarked": {},
    "amended-after": {"since": 0},
    "bulk-and-back-dated": {},
    "activity-spikes": {"at_least": 1},
}
"""Each list with what it is asked to show something."""
VISIT = ("2026-10-06", "AM", "B")


@pytest.fixture
def setting(client: Client, urn: str) -> SchoolWorld:
    """A school of the standard setting that no other test writes to."""
    return standard(client, urn)


@pytest.fixture(scope="module")
def busy(client: Client) -> SchoolWorld:
    """A school of whose every list something stands."""
    world = standard(client, "188882")
    for pupil in (PUPIL, SECOND, THIRD):
        enter(world, pupil, ("2026-10-01", "AM", "/"), ("2026-10-05", "AM", "/"), VISIT)
        enter(world, pupil, ("2026-11-19", "AM", "N"))
        amend(world, pupil, "2026-11-19", "AM", ("N", "I"))
    return world


def test_the_registers_of_a_day(busy: SchoolWorld) -> None:
    """Three of four entered on 1 October, all of them long after: partly taken, and late."""
    am, pm = items(busy, "registers", date="2026-10-01")
    assert ("9B", "partly_taken", 4, 3, 1, 3) == tuple(
        am[name] for name in ("registration_group", "state", "due", "marked", "missing", "late")
    )
    assert ("PM", "not_taken", None) == (pm["session"], pm["state"], pm["first_entry_at"])
    today = read(busy, "registers")
    assert {"2026-11-20"} == {today["from"], today["to"], *(one["date"] for one in today["items"])}
    # The clock of the ledger stands at noon: before the register of the afternoon.
    assert ["not_taken", "not_due"] == [one["state"] for one in today["items"]]


def test_who_is_unmarked(busy: SchoolWorld) -> None:
    """On one day, or from a day on; the same that the register says is missing."""
    [alone, *afternoon] = items(busy, "unmarked", date="2026-10-01")
    assert (FOURTH, "AM", "2026-10-01T07:35:00.000000Z") == (
        *(alone["pupil"], alone["session"]),
        alone["since"],
    )
    assert {PUPIL, SECOND, THIRD, FOURTH} == {one["pupil"] for one in afternoon}
    span = {"from": "2026-10-01", "to": "2026-10-06"}
    listed = items(busy, "unmarked", **span)
    register = busy.client.get(f"{busy.path}/attendance", **span).json()
    named = ("pupil", "date", "session")
    assert sorted(tuple(one[n] for n in named) for one in register["missing_entries"]) == sorted(
        tuple(one[n] for n in named) for one in listed
    )


def test_what_was_amended_after_a_position_or_an_instant(setting: SchoolWorld) -> None:
    """The code then and now, and the amendment between; nothing after the last of them."""
    before = enter(setting, PUPIL, ("2026-10-01", "AM", "N"), ("2026-10-02", "AM", "N"))
    amend(setting, PUPIL, "2026-10-01", "AM", ("N", "I"))
    amend(setting, PUPIL, "2026-10-02", "AM", ("N", "I"))
    whole = read(setting, "amended-after", since=before, to="2026-10-01")
    [found] = whole["items"]
    assert (before, "N", "I", "2026-10-01") == (
        *(whole["since"], found["code_then"], found["code_now"]),
        found["date"],
    )
    [change] = found["changes"]
    assert ("N", "I", "Parent: unwell", examples.OFFICER) == tuple(
        change[name] for name in ("replaces", "code", "reason", "by")
    )
    recorded = change["recorded_at"]
    assert [] == items(setting, "amended-after", since=recorded, to="2026-10-01")
    assert ["2026-10-02"] == [
        one["date"] for one in items(setting, "amended-after", since=recorded)
    ]
    assert [] == items(setting, "amended-after", since=before, as_of=before)


def test_acts_that_came_late_or_amended_much(busy: SchoolWorld) -> None:
    """Entered weeks after: back-dated.  One amendment is bulk for whoever asks for more than none."""
    acts = items(busy, "bulk-and-back-dated")
    assert [(3, 0, False)] * 3 == [
        (one["late_entries"], one["amendments"], one["bulk"]) for one in acts
    ]
    shown = acts[0]
    assert ({"date": "2026-10-01", "session": "AM"}, {"date": "2026-10-06", "session": "AM"}) == (
        *(shown["earliest"], shown["latest"]),
    )
    codes = [(None, "/", 2), (None, "B", 1)]
    assert codes == [(one["replaces"], one["code"], one["entries"]) for one in shown["codes"]]
    bulk = items(busy, "bulk-and-back-dated", bulk=0, **{"from": "2026-11-19"})
    assert [(0, 1, True)] * 3 == [
        (one["late_entries"], one["amendments"], one["bulk"]) for one in bulk
    ]


def test_a_spike_of_educational_visits(busy: SchoolWorld) -> None:
    """Three of three possible at B where the median is none: the school, its year and its group."""
    body = read(busy, "activity-spikes", at_least=3)
    assert ("B", 3, 3) == (body["code"], body["times"], body["at_least"])
    assert ["school", "year_group", "registration_group"] == [
        one["group_of"] for one in body["items"]
    ]
    spike = body["items"][0]
    assert ("2026-10-06", None, 3, 3, 100.0, 0.0) == tuple(
        spike[name]
        for name in ("date", "group", "entries", "possible", "percent", "median_percent")
    )
    assert [] == items(busy, "activity-spikes")


# -- what every list has in common -----------------------------------------------------------------


@pytest.mark.parametrize("name", LISTS)
def test_every_list_comes_in_three_formats(busy: SchoolWorld, name: str) -> None:
    """JSON, JSON lines and CSV hold the same items, with the position that they are true at."""
    body = read(busy, name, **LISTS[name])
    assert (busy.urn, RULES) == (body["school"], body["rules"])
    assert {"position", "as_of", "from", "to"} <= body.keys()
    assert body["items"]
    asked, shown = {"as_of": body["position"], **LISTS[name]}, body["items"]
    lines = busy.client.get(f"{busy.path}/lists/{name}", format="ndjson", **asked)
    assert shown == [json.loads(line) for line in lines.text.splitlines()]
    table = busy.client.get(f"{busy.path}/lists/{name}", format="csv", **asked)
    rows = list(csv.DictReader(io.StringIO(table.text, newline=""), strict=True))
    assert [_flat(one) for one in shown] == [
        {key: value for key, value in row.items() if value} for row in rows
    ]
    for answer in (lines, table):
        assert f'"{body["position"]}"' == answer.headers["ETag"]


def _flat(item: dict[str, Any], before: str = "") -> dict[str, str]:
    """The item as a row of CSV, its empty cells left out."""
    row: dict[str, str] = {}
    for name, value in item.items():
        if isinstance(value, dict):
            row |= _flat(value, f"{before}{name}_")
        elif isinstance(value, bool):
            row[before + name] = "true" if value else "false"
        elif isinstance(value, list):
            row[before + name] = json.dumps(value, separators=(",", ":"))
        elif value is not None:
            row[before + name] = str(value)
    return row


@pytest.mark.parametrize("name", LISTS)
def test_pages_make_up_the_list(busy: SchoolWorld, name: str) -> None:
    """Followed by Link from page to page, a list is the one that a single page holds."""
    whole = read(busy, name, **LISTS[name])
    path = f"{busy.path}/lists/{name}"
    page = busy.client.get(path, limit=2, as_of=whole["position"], **LISTS[name])
    found = page.json()["items"]
    while "next" in page.links:
        assert 2 == len(page.json()["items"])
        page = busy.client.http.get(page.links["next"]["url"])
        found += page.json()["items"]
    assert whole["items"] == found


@pytest.mark.parametrize("name", LISTS)
def test_a_list_as_it_stood_before_anything(busy: SchoolWorld, name: str) -> None:
    """As of before the school was described it is not found; at its first name nothing is entered."""
    path = f"{busy.path}/lists/{name}"
    assert 404 == busy.client.get(path, as_of=0, **LISTS[name]).status_code
    earliest = items(busy, "bulk-and-back-dated")[0]["position"] - 1
    answer = busy.client.get(path, as_of=earliest, **LISTS[name])
    assert 200 == answer.status_code
    assert f'"{earliest}"' == answer.headers["ETag"]
    if name in ("amended-after", "bulk-and-back-dated", "activity-spikes"):
        assert [] == answer.json()["items"]


@pytest.mark.parametrize(
    ("name", "asked", "errors"),
    [
        ("registers", {"date": "2005-07-31"}, [("out-of-range", "date")]),
        ("registers", {"from": "2026-10-01"}, [("unknown-member", "from")]),
        ("unmarked", {"date": "2026-10-01", "to": "2026-10-01"}, [("not-consistent", "date")]),
        ("unmarked", {"from": "2026-10-02", "to": "2026-10-01"}, [("dates-reversed", "to")]),
        ("unmarked", {"from": "2010-10-02", "to": "2026-10-01"}, [("span-too-long", "to")]),
        ("amended-after", {}, [("missing", "since")]),
        ("amended-after", {"since": "yesterday"}, [("not-an-instant", "since")]),
        ("amended-after", {"since": "9" * 19}, [("as-of-in-the-future", "since")]),
        ("amended-after", {"since": "9998-01-01T00:00:00Z"}, [("as-of-in-the-future", "since")]),
        (
            "amended-after",
            {"since": 0, "from": "2026-10-02", "to": "2026-10-01"},
            [("dates-reversed", "to")],
        ),
        ("bulk-and-back-dated", {"days": -1}, [("out-of-range", "days")]),
        ("bulk-and-back-dated", {"bulk": "many"}, [("wrong-type", "bulk")]),
        ("activity-spikes", {"code": "QQ"}, [("unknown-code", "code")]),
        ("activity-spikes", {"times": 0}, [("out-of-range", "times")]),
        ("activity-spikes", {"at_least": 0}, [("out-of-range", "at_least")]),
    ],
)
def test_what_a_list_takes_has_limits(
    busy: SchoolWorld, name: str, asked: dict[str, Any], errors: list[tuple[str, str]]
) -> None:
    """Each parameter is refused beyond its range, at its own path, and its value is not repeated."""
    answer = busy.client.get(f"{busy.path}/lists/{name}", **asked)
    assert 422 == answer.status_code
    assert errors == [(error["code"], error["path"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize("name", LISTS)
def test_a_cursor_made_up_is_no_fault(busy: SchoolWorld, name: str) -> None:
    """A cursor beyond every list answers an empty page."""
    body = read(busy, name, **LISTS[name])
    at = AsOf(body["position"], datetime.fromisoformat(body["as_of"]))
    beyond = {**LISTS[name], "cursor": cursor(at, 10**30)}
    answer = busy.client.get(f"{busy.path}/lists/{name}", **beyond)
    assert (200, []) == (answer.status_code, answer.json()["items"])


def test_a_list_needs_its_scope_and_school(make_client: MakeClient, busy: SchoolWorld) -> None:
    """Without the scope 403, for another's school 404."""
    stranger = make_client(["attendance:read"], ["199998"])
    clerk = make_client(["attendance:read"], [busy.urn])
    without = make_client(["leave:read", "admissions:read"], [busy.urn])
    for name, asked in LISTS.items():
        path = f"{busy.path}/lists/{name}"
        assert 404 == stranger.get(path, **asked).status_code
        assert 200 == clerk.get(path, **asked).status_code
        assert 403 == without.get(path, **asked).status_code
