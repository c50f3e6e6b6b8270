"""Every read: as of when, after what, in which format, page by page."""

import csv
import io
import json
from base64 import urlsafe_b64encode
from typing import Any

import httpx
import pytest

from api import examples
from api.examples import FOURTH, PUPIL, SECOND, THIRD
from api.service import Service
from tests.api.conftest import Client, MakeClient, SchoolWorld

READS = [
    "/schools/{urn}",
    "/schools/{urn}/years/2026",
    "/schools/{urn}/admissions",
    "/schools/{urn}/attendance?date=2026-10-01",
    "/schools/{urn}/leave",
    "/schools/{urn}/totals?from=2026-09-02&to=2026-12-18",
    "/pupils/{pupil}/history",
    "/codes?on=2026-10-01",
    "/log",
]
LISTS = READS[2:8]
_INSTANT = "2026-11-20T12:00:00+00:00"


def _read(school: SchoolWorld, asked: str, **more: Any) -> httpx.Response:
    path, _, query = asked.format(urn=school.urn, pupil=PUPIL).partition("?")
    given = dict(pair.split("=") for pair in query.split("&")) if query else {}
    return school.client.get(path, **given, **more)


@pytest.mark.parametrize("asked", READS)
def test_every_read_names_its_position(read_only: SchoolWorld, asked: str) -> None:
    """Every read answers `position` and `as_of` in its body, and the position as its ETag."""
    answer = _read(read_only, asked)
    assert 200 == answer.status_code, answer.text
    body = answer.json()
    assert f'"{body["position"]}"' == answer.headers["ETag"]
    assert body["as_of"] == answer.headers["Ledger-As-Of"]
    assert body["as_of"].endswith("Z")
    assert ("no-store", "nosniff") == (
        answer.headers["Cache-Control"],
        answer.headers["X-Content-Type-Options"],
    )


@pytest.mark.parametrize("asked", READS)
def test_every_read_answers_as_the_ledger_stood(school: SchoolWorld, asked: str) -> None:
    """Every read as of a position answers the same for ever, whatever is recorded later."""
    position = school.take({PUPIL: "N"})["last"]
    then = _read(school, asked, as_of=position)
    amendment = {**examples.AMENDMENTS["amendments"][0], "pupil": PUPIL}
    body = {"by": examples.OFFICER, "amendments": [amendment]}
    assert 201 == school.client.post(f"{school.path}/attendance/amendments", body).status_code
    again = _read(school, asked, as_of=position)
    assert 200 == then.status_code
    assert then.content == again.content
    assert position == again.json()["position"]


@pytest.mark.parametrize("asked", READS)
@pytest.mark.parametrize(
    ("parameters", "code", "path"),
    [
        ({"as_of": "yesterday"}, "not-an-instant", "as_of"),
        ({"as_of": "2026-10-01"}, "not-an-instant", "as_of"),
        ({"as_of": "2026-10-01T09:00:00"}, "not-an-instant", "as_of"),
        ({"as_of": "9000000000000000000"}, "as-of-in-the-future", "as_of"),
        ({"as_of": "9998-01-01T00:00:00Z"}, "as-of-in-the-future", "as_of"),
        ({"asof": "3"}, "unknown-member", ""),
        ({"as_of": ["3", "4"]}, "repeated", ""),
    ],
)
def test_a_read_refuses_what_it_does_not_know(
    read_only: SchoolWorld, asked: str, parameters: dict[str, str], code: str, path: str
) -> None:
    """An instant or position that is none, or is to come, and a misspelt parameter are each a 422."""
    answer = _read(read_only, asked, **parameters)
    assert 422 == answer.status_code
    assert [(code, path)] == [(e["code"], e["path"]) for e in answer.json()["errors"]]


def test_as_of_an_instant(school: SchoolWorld) -> None:
    """An instant means everything recorded at or before it, to the microsecond; an offset is an offset."""
    first = school.take({PUPIL: "/"})
    second = school.take({SECOND: "/"})
    path = f"{school.path}/attendance"
    for as_of in (first["recorded_at"], first["recorded_at"].replace("Z", "+00:00")):
        read = school.client.get(path, date="2026-10-01", as_of=as_of).json()
        assert [PUPIL] == [entry["pupil"] for entry in read["entries"]]
        assert first["last"] == read["position"]
    read = school.client.get(path, date="2026-10-01", as_of=second["recorded_at"]).json()
    assert {PUPIL, SECOND} == {entry["pupil"] for entry in read["entries"]}


def test_after_reads_your_own_write(school: SchoolWorld) -> None:
    """`after` a receipt's last position answers at that position or later."""
    last = school.take({PUPIL: "/"})["last"]
    read = school.client.get(f"{school.path}/attendance", date="2026-10-01", after=last).json()
    assert last <= read["position"]
    assert [PUPIL] == [entry["pupil"] for entry in read["entries"]]


def test_a_position_that_does_not_come_is_refused(read_only: SchoolWorld) -> None:
    """`after` a position that nothing reaches is a 422 after the wait, or at once if far ahead."""
    answer = _read(read_only, READS[0], after=10**15)
    assert 422 == answer.status_code
    assert "position-not-reached" == answer.json()["errors"][0]["code"]
    for wrong in ("-1", "x", "1.5", str(10**30)):
        assert 422 == _read(read_only, READS[0], after=wrong).status_code


@pytest.mark.parametrize("asked", LISTS)
def test_every_list_comes_in_three_formats(school: SchoolWorld, asked: str) -> None:
    """JSON, JSON lines and CSV hold the same rows, by Accept or by `format`, with the position."""
    school.take({PUPIL: "/", SECOND: "N"})
    position = school.client.post(f"{school.path}/leave", examples.LEAVE).json()["last"]
    body = _read(school, asked, as_of=position).json()
    rows = next(value for name, value in body.items() if name in _LISTED)
    assert rows
    lines = _read(school, asked, as_of=position, format="ndjson")
    assert "application/x-ndjson" == lines.headers["content-type"]
    assert rows == [json.loads(line) for line in lines.text.splitlines()]
    table = _read(school, asked, as_of=position, format="csv")
    assert "text/csv; charset=utf-8" == table.headers["content-type"]
    read = list(csv.DictReader(io.StringIO(table.text, newline=""), strict=True))
    assert len(rows) == len(read)
    for answer in (lines, table):
        assert str(position) == answer.headers["Ledger-Position"]
        assert f'"{position}"' == answer.headers["ETag"]


_LISTED = {"entries", "leave", "events", "rows", "codes"}


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("application/json", "application/json"),
        ("*/*", "application/json"),
        ("text/html, */*;q=0.1", "application/json"),
        ("application/x-ndjson", "application/x-ndjson"),
        ("text/csv", "text/csv; charset=utf-8"),
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv; charset=utf-8"),
        ("application/json;q=0, text/*", "text/csv; charset=utf-8"),
        ("text/html", None),
        ("image/png, application/xml;q=0.9", None),
        ("nonsense", None),
    ],
)
def test_accept_chooses_the_format(client: Client, accept: str, media_type: str | None) -> None:
    """The best of what Accept names is answered; where it names nothing of ours, a 406."""
    answer = client.http.get("/v1/codes", headers={"Accept": accept})
    if media_type is None:
        assert (406, "/problems/not-acceptable") == (answer.status_code, answer.json()["type"])
    else:
        assert media_type == answer.headers["content-type"]


def test_codes_come_back_unchanged_from_csv(school: SchoolWorld) -> None:
    r"""`/`, `\\` and `#` are text in CSV, with no escape and no comment."""
    school.take({PUPIL: "/"})
    school.take({PUPIL: "\\"}, session="PM")
    school.take({PUPIL: "#"}, "2026-11-27")
    span = {"from": "2026-10-01", "to": "2026-11-27"}
    text = school.client.get(f"{school.path}/attendance", **span, format="csv").text
    rows = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert ["/", "\\", "#"] == [row["code"] for row in rows]
    assert "\r\n" in text
    totals = school.client.get(f"{school.path}/totals", **span, format="csv").text
    (row,) = csv.DictReader(io.StringIO(totals, newline=""), strict=True)
    assert ("1", "1") == (row["codes_/"], row["codes_\\"])


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t"])
def test_free_text_is_no_formula(school: SchoolWorld, begins: str) -> None:
    """A text that a spreadsheet would run has an apostrophe before it in CSV, and in CSV alone."""
    name = f"{begins}cmd|' /C calc'!A0"
    change = {"changes": {"forenames": f"x{name}"}, "reason": "As on the certificate"}
    if begins != "\t":
        change["changes"]["forenames"] = name
    path = f"{school.path}/admissions/{PUPIL}/amendments"
    assert 201 == school.client.post(path, {**change, "by": examples.OFFICE}).status_code
    read = school.client.get(f"{school.path}/admissions", format="csv")
    rows = list(csv.DictReader(io.StringIO(read.text, newline=""), strict=True))
    shown = next(row["forenames"] for row in rows if row["pupil"] == PUPIL)
    assert shown == (f"x{name}" if begins == "\t" else f"'{name}")
    assert "apostrophe-before-formula" == read.headers["CSV-Text"]
    entries = school.client.get(f"{school.path}/admissions").json()["entries"]
    assert f"'{name}" not in [entry["forenames"] for entry in entries]


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("/schools/{urn}/admissions", "entries"),
        ("/schools/{urn}/attendance?from=2026-10-01&to=2026-10-07", "entries"),
        ("/schools/{urn}/attendance?from=2026-10-01&to=2026-10-07&pupil={pupil}", "entries"),
        ("/schools/{urn}/leave", "leave"),
        ("/pupils/{pupil}/history?school={urn}", "events"),
    ],
)
@pytest.mark.parametrize("limit", [1, 7, 30])
def test_pages_make_up_the_list(school: SchoolWorld, asked: str, listed: str, limit: int) -> None:
    """Followed by Link from page to page, a list is the one that a single page holds, as it stood."""
    for day in ("2026-10-01", "2026-10-02", "2026-10-05"):
        school.take(dict.fromkeys(school.pupils[:4], "/"), day)
        school.take(dict.fromkeys(school.pupils[:4], "\\"), day, "PM")
    for _ in range(3):
        school.client.post(f"{school.path}/leave", examples.LEAVE)
    whole = _read(school, asked).json()
    page = _read(school, asked, limit=limit)
    school.take({THIRD: "/", FOURTH: "/"}, "2026-10-06")
    rows = page.json()[listed]
    missing = list(page.json().get("missing_entries", []))
    while "next" in page.links:
        assert len(page.json()[listed]) == limit
        page = school.client.http.get(page.links["next"]["url"])
        assert 200 == page.status_code, page.text
        assert len(page.json()[listed]) <= limit
        rows += page.json()[listed]
        missing += page.json().get("missing_entries", [])
        assert whole["position"] == page.json()["position"]
    assert whole[listed] == rows
    assert whole.get("missing_entries", []) == missing


@pytest.mark.parametrize("limit", ["0", "-1", "x", "10001"])
def test_pages_have_a_limit(read_only: SchoolWorld, limit: str) -> None:
    """A page holds at least one item and no more than the stated limit."""
    for asked in ("/schools/{urn}/admissions", "/log"):
        answer = _read(read_only, asked, limit=limit)
        assert 422 == answer.status_code
        assert "limit" == answer.json()["errors"][0]["path"]


@pytest.mark.parametrize("cursor", ["", "x", "é", "bm90IGpzb24", "A" * 401])
def test_what_is_no_cursor_is_refused(read_only: SchoolWorld, cursor: str) -> None:
    """Text that is no cursor of ours is a 422."""
    for asked in (LISTS[0], LISTS[1], LISTS[2], LISTS[4]):
        answer = _read(read_only, asked, cursor=cursor)
        assert 422 == answer.status_code
        assert ["cursor"] == [error["path"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "content",
    [
        ["HEAD"],
        ["HEAD", "2026"],
        ["HEAD", _INSTANT],
        [-1, _INSTANT, 0],
        [1.5, _INSTANT, 0],
        [10**18, _INSTANT, 0],
        {"position": "HEAD"},
        ["HEAD", _INSTANT, -1],
        ["HEAD", _INSTANT, True],
        ["HEAD", _INSTANT, None, "y"],
        [[], _INSTANT, 0],
    ],
)
def test_a_cursor_is_not_made_up(read_only: SchoolWorld, content: Any) -> None:
    """A cursor that no page gave, though it looks like one, is a 422."""
    head = read_only.client.get("/codes").json()["position"]
    text = json.dumps(content).replace('"HEAD"', str(head))
    cursor = urlsafe_b64encode(text.encode()).decode()
    for asked in (LISTS[0], LISTS[1], LISTS[2], LISTS[4]):
        assert 422 == _read(read_only, asked, cursor=cursor).status_code


def test_a_register_is_filtered(school: SchoolWorld) -> None:
    """A register may be read for one session, one pupil, one group."""
    school.take({PUPIL: "/", SECOND: "N"})
    school.take({PUPIL: "\\"}, session="PM")
    path = f"{school.path}/attendance"

    def read(**given: str) -> list[tuple[str, str]]:
        answer = school.client.get(path, date="2026-10-01", **given).json()
        return [(entry["pupil"], entry["session"]) for entry in answer["entries"]]

    assert [(PUPIL, "AM"), (SECOND, "AM"), (PUPIL, "PM")] == read()
    assert [(PUPIL, "PM")] == read(session="PM")
    assert [(PUPIL, "AM"), (PUPIL, "PM")] == read(pupil=PUPIL.upper())
    assert 3 == len(read(registration_group="9B", year_group="9"))
    assert [] == read(registration_group="9C")


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ({}, [("missing", "from"), ("missing", "to")]),
        ({"from": "2026-10-01"}, [("missing", "to")]),
        ({"date": "2026-10-01", "to": "2026-10-02"}, [("not-consistent", "date")]),
        ({"from": "2026-10-02", "to": "2026-10-01"}, [("dates-reversed", "to")]),
        ({"from": "2024-10-02", "to": "2026-10-01"}, [("span-too-long", "to")]),
        ({"date": "2026-13-01"}, [("not-a-date", "date")]),
        ({"date": "20261001"}, [("not-a-date", "date")]),
        ({"date": "2026-10-01", "session": "am"}, [("not-one-of", "session")]),
        ({"date": "2026-10-01", "pupil": "Ada"}, [("malformed", "pupil")]),
        ({"date": "2026-10-01", "format": "xml"}, [("not-one-of", "format")]),
    ],
)
def test_days_are_asked_for_one_way(
    read_only: SchoolWorld, given: dict[str, str], errors: list[tuple[str, str]]
) -> None:
    """A register is of one `date`, or from a day to a day within the limit; anything else is a 422."""
    answer = read_only.client.get(f"{read_only.path}/attendance", **given)
    assert 422 == answer.status_code
    assert errors == [(error["code"], error["path"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "path",
    [
        "/schools/12345",
        "/schools/037172",
        "/schools/abcdef",
        "/schools/1371722/leave",
        "/pupils/Ada/history",
        "/schools/137172/years/x",
        "/schools/137172/years/1800",
    ],
)
def test_what_is_no_urn_year_or_uuid_is_refused(client: Client, path: str) -> None:
    """An address that names no URN, academic year or UUID is a 422 that does not repeat it."""
    answer = client.get(path)
    assert 422 == answer.status_code
    assert "Ada" not in answer.text
    assert "abcdef" not in answer.text


def test_the_edges_of_time_are_no_fault(read_only: SchoolWorld) -> None:
    """The first and the last day that can be written are answered, not stumbled over."""
    for first, last in (("0001-01-01", "0001-02-01"), ("9999-12-01", "9999-12-31")):
        span = {"from": first, "to": last}
        for address in ("attendance", "totals"):
            assert 200 == read_only.client.get(f"{read_only.path}/{address}", **span).status_code
        assert 200 == read_only.client.get(f"/pupils/{PUPIL}/history", **span).status_code
        for address in (f"{read_only.path}/admissions", f"{read_only.path}/leave", "/codes"):
            assert 200 == read_only.client.get(address, on=last).status_code


def test_history_is_of_the_schools_that_the_caller_sees(
    school: SchoolWorld, make_client: MakeClient, client: Client, urn: str
) -> None:
    """A caller of one school is shown what happened there; a child of none of its schools is a 404."""
    other = make_client(schools=[school.urn])
    seen = other.get(f"/pupils/{PUPIL}/history").json()["events"]
    assert {school.urn} == {event["school"] for event in seen}
    stranger = make_client(schools=["999999"])
    answer = stranger.get(f"/pupils/{PUPIL}/history")
    assert (404, "/problems/pupil-not-found") == (answer.status_code, answer.json()["type"])
    assert 404 == other.get(f"/pupils/{PUPIL}/history", school="999999").status_code
    nobody = "0192d3f0-0000-7c55-9d10-000000000000"
    assert 404 == client.get(f"/pupils/{nobody}/history").status_code
    none_then = client.get(f"/pupils/{PUPIL}/history", **{"from": "1990-01-01", "to": "1990-01-02"})
    assert (200, []) == (none_then.status_code, none_then.json()["events"])


@pytest.mark.parametrize(
    ("scope", "types"),
    [
        ("attendance:read", {"attendance-entered"}),
        ("admissions:read", {"name-entered"}),
        ("leave:read", {"leave-asked"}),
    ],
)
def test_history_shows_what_the_scopes_cover(
    school: SchoolWorld, make_client: MakeClient, scope: str, types: set[str]
) -> None:
    """Marks, admissions and leave are shown each with its own scope."""
    school.take({PUPIL: "/"})
    school.client.post(f"{school.path}/leave", examples.LEAVE)
    reader = make_client(scopes=[scope], schools=[school.urn])
    events = reader.get(f"/pupils/{PUPIL}/history").json()["events"]
    assert types == {event["type"] for event in events}


def test_the_page_limit_is_the_setting(service: Service) -> None:
    """What the service states as its page limit is the limit that it was set to."""
    assert 10_000 == service.settings.page_items_max
