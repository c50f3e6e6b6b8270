"""Lists that the law asks for, over HTTP: the cases of the law, each format, who may see what."""

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from api import examples
from api.examples import FOURTH, PUPIL, SECOND, THIRD
from ledger.law.edition import RULES
from ledger.schools.calendar import SESSIONS, SchoolYear
from tests.api.conftest import Client, MakeClient, SchoolWorld, make_school
from tests.spec.test_sessions import YEAR_2024, YEAR_2025, YEAR_2026

LISTS = (
    "code-n",
    "code-n-overdue",
    "penalty-threshold",
    "persistent-absence",
    "leave-disagreements",
    "closure-disagreements",
    "two-possible-sessions",
    "returns-due",
)
BORN = "2014-05-14"


def standard(client: Client, urn: str) -> SchoolWorld:
    """The standard setting of the cases: a maintained school, the reference calendar, pupils of 12."""
    world = SchoolWorld(urn, client, [PUPIL, SECOND, THIRD, FOURTH])
    described = {**examples.SCHOOL, "type": "maintained", "in_force_from": "2024-09-01"}
    assert 201 == client.put(world.path, described).status_code
    for year in (YEAR_2024, YEAR_2025, YEAR_2026):
        answer = client.put(f"{world.path}/years/{year.year}", _body(year))
        assert 201 == answer.status_code, answer.text
    entry = {**examples.ADMISSIONS["entries"][0], "starting_day": "2024-09-03"}
    entries = [
        {**entry, "pupil": p, "date_of_birth": BORN, "enrolment": "main"} for p in world.pupils
    ]
    answer = client.post(f"{world.path}/admissions", {"entries": entries, "by": examples.OFFICE})
    assert 201 == answer.status_code, answer.text
    return world


def _body(year: SchoolYear) -> dict[str, Any]:
    def span(one: Any) -> dict[str, str]:
        return {"from": one.first.isoformat(), "to": one.last.isoformat()}

    terms = [{"name": t.name, **span(t.span), "half_term": span(t.half_term)} for t in year.terms]
    closures = [
        {**span(c.span), "sessions": ["AM", "PM"], "kind": c.kind, "reason": c.reason}
        for c in year.closures
    ]
    return {"terms": terms, "closures": closures, "by": examples.HEAD}


@pytest.fixture
def setting(client: Client, urn: str) -> SchoolWorld:
    """A school of the standard setting that no other test writes to."""
    return standard(client, urn)


def enter(world: SchoolWorld, pupil: str, *marks: tuple[str, str, str]) -> int:
    """Import marks of day, session and code; the last position taken."""
    common = {"school": world.urn, "pupil": pupil, "by": examples.TUTOR}
    lines = [{**common, "date": day, "session": half, "code": code} for day, half, code in marks]
    answer = world.client.send_lines(lines)
    assert 201 == answer.status_code, answer.text
    return answer.json()["last"]


def amend(world: SchoolWorld, pupil: str, day: str, half: str, codes: tuple[str, str]) -> None:
    """Amend one mark from a code to a code."""
    place = {"pupil": pupil, "date": day, "session": half}
    amendment = {**place, "from": codes[0], "code": codes[1], "reason": "Parent: unwell"}
    body = {"by": examples.OFFICER, "amendments": [amendment]}
    answer = world.client.post(f"{world.path}/attendance/amendments", body)
    assert 201 == answer.status_code, answer.text


def read(world: SchoolWorld, name: str, **asked: Any) -> dict[str, Any]:
    """A list; as of the latest entry, whose day is that of the ledger's clock, unless told otherwise."""
    asked.setdefault("as_of", world.client.get("/codes").json()["position"])
    answer = world.client.get(f"{world.path}/lists/{name}", **asked)
    assert 200 == answer.status_code, answer.text
    return answer.json()


def items(world: SchoolWorld, name: str, **asked: Any) -> list[dict[str, Any]]:
    """The items of a list."""
    return read(world, name, **asked)["items"]


def both(*days: str, code: str) -> list[tuple[str, str, str]]:
    """The same code for both sessions of some days."""
    return [(day, half, code) for day in days for half in SESSIONS]


# -- the cases of the law --------------------------------------------------------------------------


def test_ac_006_a_code_n_is_due_on_the_fifth_school_day(setting: SchoolWorld) -> None:
    """AC-006: N of Monday 9 November 2026 is due on 16 November, and overdue from the day after."""
    position = enter(setting, PUPIL, ("2026-11-09", "AM", "N"))
    assert [] == items(setting, "code-n-overdue", on="2026-11-16")
    (stands,) = items(setting, "code-n", on="2026-11-16")
    assert ("2026-11-16", False, None, 0) == (
        *(stands["due"], stands["overdue"]),
        *(stands["overdue_since"], stands["school_days_overdue"]),
    )
    (overdue,) = items(setting, "code-n-overdue", on="2026-11-17")
    assert {**stands, "overdue": True, "overdue_since": "2026-11-17", "school_days_overdue": 1} == (
        overdue
    )
    assert (PUPIL, "2026-11-09", "AM", examples.TUTOR, position) == (
        *(overdue["pupil"], overdue["date"], overdue["session"]),
        *(overdue["by"], overdue["position"]),
    )
    # Judged on the day of the ledger's clock, 20 November, where no day is named.
    today = read(setting, "code-n", overdue="true")
    assert ("2026-11-20", 4) == (today["on"], today["items"][0]["school_days_overdue"])


def test_ac_007_a_code_n_that_was_amended_in_time(setting: SchoolWorld) -> None:
    """AC-007: both N of 10 November 2026 amended to I: neither stands nor counts; both did before."""
    before = enter(setting, PUPIL, *both("2026-11-10", code="N"))
    for half in SESSIONS:
        amend(setting, PUPIL, "2026-11-10", half, ("N", "I"))
    for name in ("code-n", "penalty-threshold"):
        asked = {"near": 1} if name == "penalty-threshold" else {}
        assert [] == items(setting, name, **asked)
        assert items(setting, name, as_of=before, **asked)


def test_entries_at_n_are_counted_by_who_made_them(setting: SchoolWorld) -> None:
    """By taker: name and position, entries, how many are overdue, and the day of the earliest."""
    enter(setting, PUPIL, *both("2026-11-09", code="N"), ("2026-11-18", "AM", "N"))
    counted = {"by": examples.TUTOR, "entries": 3, "overdue": 2, "earliest": "2026-11-09"}
    assert [counted] == items(setting, "code-n", by="taker")
    assert [{**counted, "entries": 2}] == items(setting, "code-n-overdue", by="taker")


WEEK = ("2026-10-12", "2026-10-13", "2026-10-14", "2026-10-15", "2026-10-16")


def test_ac_022_the_threshold_is_met_by_the_tenth_session(setting: SchoolWorld) -> None:
    """AC-022: ten G from 12 to 16 October 2026: met by the last; to be considered, and nothing more."""
    enter(setting, PUPIL, *both(*WEEK, code="G")[:9])
    assert [] == items(setting, "penalty-threshold")
    assert [9] == [one["largest"]["counted"] for one in items(setting, "penalty-threshold", near=9)]
    enter(setting, PUPIL, ("2026-10-16", "PM", "G"))
    (met,) = items(setting, "penalty-threshold")
    tenth = {"date": "2026-10-16", "session": "PM", "code": "G"}
    assert (True, "consider", tenth, 10) == (
        *(met["met"], met["action"], met["first_met"]),
        met["window"]["counted"],
    )
    assert ("2026-07-06", "2026-10-18") == (met["window"]["from"], met["window"]["to"])
    assert [day for day in WEEK for _ in SESSIONS] == [
        one["date"] for one in met["window"]["sessions"]
    ]
    assert (True, True, []) == (
        *(met["of_compulsory_school_age"], met["on_roll"]),
        met["outside_calendar"],
    )


def test_ac_028_eleven_school_weeks_apart_do_not_meet_it(setting: SchoolWorld) -> None:
    """AC-028: ten sessions from 4 September to 18 November 2025, of which ten weeks hold nine."""
    days = ("2025-09-16", "2025-09-30", "2025-10-14", "2025-11-04")
    enter(setting, PUPIL, ("2025-09-04", "AM", "O"), ("2025-11-18", "AM", "O"))
    enter(setting, PUPIL, *both(*days, code="O"))
    assert [] == items(setting, "penalty-threshold", to="2025-11-18")
    (near,) = items(setting, "penalty-threshold", near=9, to="2025-11-18", pupil=PUPIL)
    assert (False, None, 9) == (near["met"], near["action"], near["largest"]["counted"])


def test_ac_038_exactly_ten_per_cent_is_persistent_absence(setting: SchoolWorld) -> None:
    """AC-038: 38 of 380 possible sessions: persistent, not severe; the same figures as the totals."""
    held = YEAR_2024.sessions(date(2024, 9, 1), date(2025, 7, 31))
    absent = [(day.isoformat(), half, "I") for day, half in held[:38]]
    present = [(day.isoformat(), half, "/\\"[half == "PM"]) for day, half in held[38:]]
    enter(setting, PUPIL, *absent, *present)
    span = {"from": "2024-09-01", "to": "2025-07-31"}
    (found,) = items(setting, "persistent-absence", **span)
    assert (PUPIL, 380, 38, 10.0, True, False) == tuple(
        found[name] for name in ("pupil", "possible", "absent", "percent", "persistent", "severe")
    )
    totals = setting.client.get(f"{setting.path}/totals", by="pupil", **span).json()
    row = next(row for row in totals["rows"] if row["key"] == PUPIL)
    assert (380, 38, 10.0, 1, 0) == tuple(
        row[name]
        for name in (
            *("possible_sessions", "overall_absence", "overall_absence_percent"),
            *("persistent_absence", "severe_absence"),
        )
    )
    assert RULES == totals["rules"]
    assert [] == items(setting, "persistent-absence", measure="severe", **span)
    near = items(setting, "persistent-absence", measure="severe", near=304, **span)
    assert [304] == [one["to_severe"]["absences_to_reach"] for one in near]


def test_marks_that_disagree_with_leave_and_with_closures(setting: SchoolWorld) -> None:
    """C without leave, and a mark of a day closed since; neither as the ledger stood before."""
    before = enter(setting, PUPIL, ("2026-11-12", "AM", "/"))
    assert 201 == setting.client.post(f"{setting.path}/closures", examples.CLOSURE).status_code
    enter(setting, SECOND, ("2026-11-17", "PM", "C"))
    (against_leave,) = items(setting, "leave-disagreements")
    assert (SECOND, "2026-11-17", "PM", "C", "code-without-leave", None) == tuple(
        against_leave[name] for name in ("pupil", "date", "session", "code", "why", "leave")
    )
    (against_days,) = items(setting, "closure-disagreements")
    assert (PUPIL, "2026-11-12", "AM", "/", "unplanned-closure", "school-closed") == tuple(
        against_days[name] for name in ("pupil", "date", "session", "code", "held", "rule")
    )
    for name in ("leave-disagreements", "closure-disagreements"):
        assert [] == items(setting, name, as_of=before)


def test_ten_days_of_absence_are_due_to_be_returned(setting: SchoolWorld) -> None:
    """Ten school days of O across half term: due on the tenth, with the dates of the run."""
    days = YEAR_2026.school_days(date(2026, 10, 19), date(2026, 11, 6))
    enter(setting, PUPIL, *both(*(day.isoformat() for day in days), code="O"))
    (due,) = items(setting, "returns-due")
    assert ("attendance", True, "2026-11-06", "2026-10-19", "2026-11-06", 10) == tuple(
        due[name] for name in ("kind", "due", "since", "from", "to", "school_days")
    )


# -- what every list has in common -----------------------------------------------------------------


@pytest.fixture(scope="module")
def busy(client: Client) -> SchoolWorld:
    """A school of whose every list something stands."""
    world, other = standard(client, "188880"), make_school(client, "188881")
    for pupil in world.pupils:
        days = YEAR_2026.school_days(date(2026, 9, 2), date(2026, 10, 2))
        enter(world, pupil, *both(*(day.isoformat() for day in days), code="N"))
        enter(world, pupil, ("2026-10-05", "AM", "C"), ("2026-10-31", "AM", "/"))
        enter(world, pupil, ("2026-10-06", "AM", "/"))
        enter(other, pupil, ("2026-10-06", "AM", "/"))
    return world


@pytest.mark.parametrize("name", LISTS)
def test_every_list_comes_in_three_formats(busy: SchoolWorld, name: str) -> None:
    """JSON, JSON lines and CSV hold the same items, with the position that they are true at."""
    body = read(busy, name)
    assert (busy.urn, RULES) == (body["school"], body["rules"])
    assert {"position", "as_of", "from", "to"} <= body.keys()
    assert body["items"]
    asked, shown = {"as_of": body["position"]}, body["items"]
    lines = busy.client.get(f"{busy.path}/lists/{name}", format="ndjson", **asked)
    assert shown == [json.loads(line) for line in lines.text.splitlines()]
    table = busy.client.get(f"{busy.path}/lists/{name}", format="csv", **asked)
    rows = list(csv.DictReader(io.StringIO(table.text, newline=""), strict=True))
    assert [one["pupil"] for one in shown] == [row["pupil"] for row in rows]
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
    whole = read(busy, name)
    page = busy.client.get(f"{busy.path}/lists/{name}", limit=3, as_of=whole["position"])
    found = page.json()["items"]
    while "next" in page.links:
        assert 3 == len(page.json()["items"])
        page = busy.client.http.get(page.links["next"]["url"])
        found += page.json()["items"]
    assert whole["items"] == found


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    ("asked", "errors"),
    [
        ({"from": "2026-10-02", "to": "2026-10-01"}, [("dates-reversed", "to")]),
        ({"from": "2010-10-02", "to": "2026-10-01"}, [("span-too-long", "to")]),
        ({"from": "2005-07-31"}, [("out-of-range", "from")]),
        ({"to": "9999-12-31"}, [("out-of-range", "to")]),
        ({"to": "tomorrow"}, [("not-a-date", "to")]),
        ({"limit": "0"}, [("out-of-range", "limit")]),
        ({"neer": "3"}, [("unknown-member", "")]),
        ({"as_of": "9998-01-01T00:00:00Z"}, [("as-of-in-the-future", "as_of")]),
    ],
)
def test_a_list_refuses_what_it_does_not_know(
    busy: SchoolWorld, name: str, asked: dict[str, str], errors: list[tuple[str, str]]
) -> None:
    """Days that are none, reversed or too many, and what is misspelt, are each a 422."""
    answer = busy.client.get(f"{busy.path}/lists/{name}", **asked)
    assert 422 == answer.status_code
    assert errors == [(error["code"], error["path"]) for error in answer.json()["errors"]]


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize(
    "asked",
    [
        {"from": "2005-08-01", "to": "2006-09-30"},
        {"from": "2036-08-01", "to": "2045-07-31"},
        {"to": "2005-08-01"},
        {"from": "2045-07-31"},
    ],
)
def test_days_at_the_ends_of_what_is_kept_are_empty(
    busy: SchoolWorld, name: str, asked: dict[str, str]
) -> None:
    """The first and the last days of the log are days like others."""
    assert [] == items(busy, name, **asked)


@pytest.mark.parametrize(
    ("name", "asked", "path"),
    [
        ("penalty-threshold", {"near": 0}, "near"),
        ("penalty-threshold", {"near": 11}, "near"),
        ("persistent-absence", {"near": -1}, "near"),
        ("persistent-absence", {"measure": "mild"}, "measure"),
        ("returns-due", {"near": 16}, "near"),
        ("code-n", {"by": "school"}, "by"),
        ("code-n", {"overdue": "perhaps"}, "overdue"),
        ("code-n", {"on": "2004-01-01"}, "on"),
        ("leave-disagreements", {"pupil": "Ada"}, "pupil"),
    ],
)
def test_what_a_list_takes_has_limits(busy: SchoolWorld, name: str, asked: Any, path: str) -> None:
    """Each parameter of its own is refused beyond its range, at its own path."""
    answer = busy.client.get(f"{busy.path}/lists/{name}", **asked)
    assert (422, [path]) == (answer.status_code, [e["path"] for e in answer.json()["errors"]])


# -- who may see what ------------------------------------------------------------------------------


def test_a_list_needs_its_scope_and_school(make_client: MakeClient, busy: SchoolWorld) -> None:
    """Without the scope 403, for another's school 404; leave is shown to who may read leave too."""
    stranger = make_client(["attendance:read"], ["199998"])
    clerk = make_client(["attendance:read"], [busy.urn])
    without = make_client(["leave:read", "admissions:read"], [busy.urn])
    for name in LISTS:
        path = f"{busy.path}/lists/{name}"
        if name != "leave-disagreements":
            assert 404 == stranger.get(path).status_code
            assert 200 == clerk.get(path).status_code
        else:
            assert 403 == clerk.get(path).status_code
        assert 403 == without.get(path).status_code


def test_a_school_that_is_not_the_caller_s_is_not_named(
    make_client: MakeClient, busy: SchoolWorld
) -> None:
    """A client of both schools sees the other's URN and code; one of the first sees neither."""
    whole = read(busy, "two-possible-sessions")
    # Other tests' schools have marks of the same pupils.
    place, first = next(
        (place, item)
        for place, item in enumerate(whole["items"])
        if item["other_school"] == "188881"
    )
    assert ("/", "/") == (first["other_code"], first["code"])
    own = make_client(["attendance:read"], [busy.urn])
    path = f"{busy.path}/lists/two-possible-sessions"
    hidden = own.get(path, as_of=whole["position"]).json()["items"][place]
    assert {**first, "other_school": "another school", "other_code": None} == hidden


def test_compulsory_school_age_of_a_child(busy: SchoolWorld) -> None:
    """Born on 14 May 2014: from 31 August 2019 to the last Friday in June 2030, both included."""
    path = f"/pupils/{PUPIL}/compulsory-school-age"
    for on, expected in (
        *(("2019-08-30", False), ("2019-08-31", True)),
        *(("2030-06-28", True), ("2030-06-29", False)),
    ):
        answer = busy.client.get(path, school=busy.urn, on=on)
        assert 200 == answer.status_code, answer.text
        body = answer.json()
        assert ("2019-08-31", "2030-06-28", expected) == (
            *(body["from"], body["to"]),
            body["of_compulsory_school_age"],
        )
        assert (busy.urn, on, RULES) == (body["school"], body["on"], body["rules"])
        assert f'"{body["position"]}"' == answer.headers["ETag"]


def test_compulsory_school_age_as_the_register_had_it(setting: SchoolWorld) -> None:
    """Once the date of birth was put right the age follows it; as it stood, it did not."""
    path, school = f"/pupils/{PUPIL}/compulsory-school-age", {"school": setting.urn}
    before = setting.client.get(path, **school).json()
    change = {"changes": {"date_of_birth": "2015-09-01"}, "reason": "As on the certificate"}
    body = {**change, "by": examples.OFFICE}
    answer = setting.client.post(f"{setting.path}/admissions/{PUPIL}/amendments", body)
    assert 201 == answer.status_code, answer.text
    assert "2020-12-31" == setting.client.get(path, **school).json()["from"]
    then = setting.client.get(path, as_of=before["position"], **school).json()
    assert "2019-08-31" == then["from"]


def test_who_may_ask_for_compulsory_school_age(make_client: MakeClient, busy: SchoolWorld) -> None:
    """By the rules of a history: scope, the caller's schools, and a child that one of them knows."""
    path = f"/pupils/{PUPIL}/compulsory-school-age"
    office = make_client(["admissions:read"], [busy.urn])
    assert busy.urn == office.get(path).json()["school"]
    assert 403 == make_client(["attendance:read"], [busy.urn]).get(path).status_code
    assert 404 == office.get(path, school="188881").status_code
    unknown = office.get(f"/pupils/{examples.LEAVE_ID}/compulsory-school-age")
    assert (404, "/problems/pupil-not-found") == (unknown.status_code, unknown.json()["type"])
    assert 404 == make_client(["admissions:read"], ["199997"]).get(path).status_code
