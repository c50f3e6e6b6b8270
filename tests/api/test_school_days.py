"""Days, closures with their marks, and the automatic rule for code N, over HTTP."""

import csv
from typing import Any

import pytest

from api import examples, examples_schools
from api.examples import FOURTH, PUPIL, SECOND
from tests.api.conftest import PUPILS, Client, MakeClient, SchoolWorld

CLOSURE = examples_schools.CLOSURE_WITH_MARKS
MONDAY = "2026-11-09"


# --- Days -----------------------------------------------------------------------------------------


def days(school: SchoolWorld, first: str, last: str) -> dict[str, dict[str, Any]]:
    """What the ledger thinks of these days."""
    answer = school.client.get(f"{school.path}/days", **{"from": first, "to": last})
    assert 200 == answer.status_code, answer.text
    return {day["date"]: day for day in answer.json()["days"]}


def test_each_day_says_what_it_is_and_why(school: SchoolWorld) -> None:
    """School days, training, half term, holidays, bank holidays, weekends, and years unknown."""
    found = days(school, "2026-07-31", "2027-08-01")
    assert {
        "2026-07-31": "not-known",
        "2026-08-31": "bank-holiday",
        "2026-09-01": "holiday",
        "2026-09-02": "school-day",
        "2026-09-05": "weekend",
        "2026-10-26": "half-term",
        "2026-11-27": "closed",
        "2026-12-21": "holiday",
        "2026-12-25": "bank-holiday",
        "2027-05-03": "bank-holiday",
        "2027-08-01": "not-known",
    }.items() <= {day: row["kind"] for day, row in found.items()}.items()
    assert ("none", "none") == (found["2026-10-26"]["AM"], found["2026-10-26"]["PM"])
    assert ("Autumn", None) == (found["2026-10-26"]["term"], found["2026-10-26"]["half_term"])
    assert ("Autumn", "Autumn 2") == (found["2026-11-27"]["term"], found["2026-11-27"]["half_term"])
    assert "planned-closure" == found["2026-11-27"]["PM"]
    assert {"AM": "Staff training", "PM": "Staff training"} == found["2026-11-27"]["closures"]
    assert "May Day" == found["2027-05-03"]["bank_holiday"]
    year = school.client.get(f"{school.path}/years/2026").json()
    assert year["school_days"] == sum(row["kind"] == "school-day" for row in found.values())
    held = [row[session] for row in found.values() for session in ("AM", "PM")]
    assert year["sessions"] == held.count("held")


def test_half_a_day_closed_is_a_school_day_still(school: SchoolWorld) -> None:
    """An afternoon lost to a closure leaves its morning; as of before, both are held."""
    body = {**examples.CLOSURE, "sessions": ["PM"]}
    closed = school.client.post(f"{school.path}/closures", body).json()
    row = days(school, "2026-11-12", "2026-11-12")["2026-11-12"]
    assert ("school-day", "held", "unplanned-closure") == (row["kind"], row["AM"], row["PM"])
    assert {"AM": None, "PM": "Boiler failure"} == row["closures"]
    before = school.client.get(
        f"{school.path}/days",
        **{"from": "2026-11-12", "to": "2026-11-12", "as_of": closed["first"] - 1},
    ).json()
    assert ["held"] == [day["PM"] for day in before["days"]]


def test_days_come_as_csv_and_lines(school: SchoolWorld) -> None:
    """The same rows in the formats of other lists."""
    asked = {"from": "2026-11-26", "to": "2026-11-27"}
    text = school.client.get(f"{school.path}/days", **asked, format="csv").text
    rows = list(csv.DictReader(text.splitlines()))
    assert [("held", ""), ("planned-closure", "Staff training")] == [
        (row["AM"], row["closures_PM"]) for row in rows
    ]
    lines = school.client.get(f"{school.path}/days", **asked, format="ndjson").text
    assert 2 == len(lines.splitlines())


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"from": "2026-11-27", "to": "2026-11-26"}, "dates-reversed"),
        ({"from": "2020-11-27", "to": "2026-11-26"}, "span-too-long"),
        ({"from": "20261127", "to": "2026-11-26"}, "not-a-date"),
        ({"from": "1788220800", "to": "2026-11-26"}, "not-a-date"),
        ({"from": "2026-11-27"}, "missing"),
        ({"from": "2026-11-27", "to": "2026-11-27", "on": "2026-11-27"}, "unknown-member"),
    ],
)
def test_a_span_of_days_that_cannot_be_is_refused(
    read_only: SchoolWorld, asked: dict[str, str], code: str
) -> None:
    """In the form of every other refused parameter."""
    answer = read_only.client.get(f"{read_only.path}/days", **asked)
    assert (422, [code]) == (answer.status_code, [e["code"] for e in answer.json()["errors"]])


@pytest.mark.parametrize("first", ["0001-01-01", "9999-12-31"])
def test_days_at_the_ends_of_the_calendar_are_days(read_only: SchoolWorld, first: str) -> None:
    """Days of which nothing is known are answered as such."""
    assert ["not-known"] == [row["kind"] for row in days(read_only, first, first).values()]


# --- Years and descriptions -----------------------------------------------------------------------


@pytest.mark.parametrize("day", ["20260901", "1788220800", 1788220800, "2026-13-01"])
@pytest.mark.parametrize("place", ["in_force_from", "terms[0].from", "closures[0].to", "to"])
def test_a_date_that_is_none_is_refused(client: Client, urn: str, day: Any, place: str) -> None:
    """Wherever a school's days are described: by its path, and without its value."""
    path = f"/schools/{urn}"
    if place == "in_force_from":
        answer = client.put(path, {**examples.SCHOOL, place: day})
    elif place == "to":
        client.put(path, examples.SCHOOL)
        answer = client.post(f"{path}/closures", {**examples.CLOSURE, place: day})
    else:
        client.put(path, examples.SCHOOL)
        members, _, member = place.partition("[0].")
        wrong = [{**examples.YEAR[members][0], member: day}, *examples.YEAR[members][1:]]
        answer = client.put(f"{path}/years/2026", {**examples.YEAR, members: wrong})
    assert 422 == answer.status_code
    assert [("not-a-date", place)] == [(e["code"], e["path"]) for e in answer.json()["errors"]]
    assert str(day) not in answer.text.replace(urn, "")


def test_a_short_year_warns_at_a_maintained_school(client: Client, urn: str) -> None:
    """With the rule, the place and the reference; an academy follows its funding agreement."""
    path = f"/schools/{urn}"
    short = {**examples.YEAR, "terms": examples.YEAR["terms"][:1]}
    client.put(path, {**examples.SCHOOL, "type": "maintained"})
    (result,) = client.put(f"{path}/years/2026", short).json()["results"]
    (warning,) = result["warnings"]
    assert ("too-few-sessions", "terms") == (warning["rule"], warning["path"])
    assert "SI 1999/3181" in warning["reference"]
    client.put(path, {**examples.SCHOOL, "type": "academy", "in_force_from": "2025-09-01"})
    (quiet,) = client.put(f"{path}/years/2025", _moved(short)).json()["results"]
    assert "warnings" not in quiet


def _moved(year: dict[str, Any]) -> dict[str, Any]:
    """The same year one earlier, without closures."""
    term = {"name": "Autumn", "from": "2025-09-02", "to": "2025-12-18", "half_term": None}
    return {**year, "terms": [term], "closures": []}


# --- Closures with their marks --------------------------------------------------------------------


def test_a_closure_enters_its_marks(school: SchoolWorld) -> None:
    """Every pupil due has Y4, what stood before is in the receipt and in the history."""
    school.take({FOURTH: "N", PUPIL: "/"}, "2026-11-12")
    answer = school.client.post(f"{school.path}/closures", CLOSURE)
    assert 201 == answer.status_code
    closure, *marks = answer.json()["results"]
    assert 1 == closure["disagreeing_marks"]
    assert [PUPIL] == [mark["pupil"] for mark in closure["disagree"]]
    assert 2 * len(PUPILS) - 1 == len(marks)
    before = {(mark["pupil"], mark["session"]): mark["before"] for mark in marks}
    assert ("N", None) == (before[FOURTH, "AM"], before[FOURTH, "PM"])
    read = school.client.get(f"{school.path}/attendance", date="2026-11-12", session="AM").json()
    codes = {entry["pupil"]: entry["code"] for entry in read["entries"]}
    assert dict.fromkeys(PUPILS, "Y4") | {PUPIL: "/"} == codes
    events = school.client.get(f"/pupils/{FOURTH}/history", school=school.urn).json()["events"]
    amended = [event for event in events if event["type"] == "attendance-amended"]
    assert [("N", "Y4", "Boiler failure")] == [
        (event["original"], event["code"], event["reason"]) for event in amended
    ]
    totals = school.client.get(
        f"{school.path}/totals", **{"from": "2026-11-12", "to": "2026-11-12", "by": "school"}
    ).json()
    assert [0] == [row["missing"] for row in totals["rows"]]


def test_a_closure_is_replayed_and_tried_out(school: SchoolWorld) -> None:
    """A dry run answers the same results; the same key the same bytes."""
    path = f"{school.path}/closures"
    tried = school.client.post(path, CLOSURE, dry_run="true").json()
    first = school.client.post(path, CLOSURE, key=f"snow-{school.urn}")
    again = school.client.post(path, CLOSURE, key=f"snow-{school.urn}")
    assert [r["status"] for r in tried["results"]] == [r["status"] for r in first.json()["results"]]
    assert "true" == again.headers["Idempotent-Replay"]
    assert first.content == again.content


def test_entering_marks_needs_their_scope(make_client: MakeClient, school: SchoolWorld) -> None:
    """Who may close a school, but not write its registers, closes it without marks only."""
    client = make_client(["school:write"], [school.urn])
    refused = client.post(f"{school.path}/closures", CLOSURE)
    assert (403, "/problems/scope-missing") == (refused.status_code, refused.json()["type"])
    assert 201 == client.post(f"{school.path}/closures", examples.CLOSURE).status_code


# --- The automatic rule for code N ----------------------------------------------------------------


@pytest.fixture
def with_n(school: SchoolWorld) -> SchoolWorld:
    """A school with an N that is overdue and one that is not."""
    school.take({FOURTH: "N"}, MONDAY)
    school.take({SECOND: "N"}, "2026-11-18")
    return school


def test_a_rule_is_recorded_read_and_run(with_n: SchoolWorld) -> None:
    """The overdue N becomes O in the officer's name; the other one stays."""
    path = f"{with_n.path}/code-n-rule"
    assert 404 == with_n.client.get(path).status_code
    recorded = with_n.client.put(path, examples_schools.CODE_N_RULE)
    assert (201, "code-n-rule/1") == (
        recorded.status_code,
        recorded.json()["results"][0]["rule"],
    )
    answer = with_n.client.post(f"{path}/runs", examples_schools.CODE_N_RUN)
    assert 201 == answer.status_code, answer.text
    run, *marks = answer.json()["results"]
    assert ("2026-11-19", 1, {}) == (run["through"], run["amended"], run["left_alone"])
    assert [(FOURTH, MONDAY, "N", "O", "2026-11-16")] == [
        (m["pupil"], m["date"], m["before"], m["code"], m["due"]) for m in marks
    ]
    read = with_n.client.get(f"{with_n.path}/attendance", date=MONDAY, session="AM").json()
    assert [("O", examples.OFFICER)] == [(e["code"], e["by"]) for e in read["entries"]]
    events = with_n.client.get(f"/pupils/{FOURTH}/history", school=with_n.urn).json()["events"]
    assert "code-n-rule/1" == events[-1]["rule"]
    assert "code-n-rule/1" in events[-1]["reason"]
    shown = with_n.client.get(path).json()
    assert {"through": "2026-11-19", "amended": 1, "left_alone": {}} == shown["last_run"]


def test_a_rule_reads_as_it_stood(school: SchoolWorld) -> None:
    """By the day of the session with `on`, and as of any position of the log."""
    path = f"{school.path}/code-n-rule"
    first = school.client.put(path, examples_schools.CODE_N_RULE).json()
    later = {"enabled": False, "in_force_from": "2026-11-02", "by": examples.HEAD}
    assert 201 == school.client.put(path, later).status_code
    assert 200 == school.client.put(path, later).status_code
    on = {day: school.client.get(path, on=day) for day in ("2026-11-01", "2026-11-02")}
    assert [True, False] == [answer.json()["enabled"] for answer in on.values()]
    assert 404 == school.client.get(path, on="2026-08-31").status_code
    before = school.client.get(path, as_of=first["last"]).json()
    assert (True, 1) == (before["enabled"], len(before["instructions"]))
    assert examples.OFFICER == before["person"]
    assert 404 == school.client.get(path, as_of=first["first"] - 1).status_code


@pytest.mark.parametrize(
    ("body", "status", "code", "path"),
    [
        ({"by": examples.OFFICER}, 409, "no-code-n-rule", ""),
        ({"through": "2026-11-20", "by": examples.OFFICER}, 422, "code-n-not-overdue", "through"),
        ({"through": "20261119", "by": examples.OFFICER}, 422, "not-a-date", "through"),
        ({}, 422, "missing", "by"),
    ],
)
def test_a_run_that_cannot_be_is_refused(
    read_only: SchoolWorld, body: dict[str, Any], status: int, code: str, path: str
) -> None:
    """Without a rule, for a day that has not passed, or in the wrong form."""
    answer = read_only.client.post(f"{read_only.path}/code-n-rule/runs", body)
    assert status == answer.status_code
    assert [(code, path)] == [(e["code"], e["path"]) for e in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"person": None}, "not-consistent", ""),
        ({"replace_with": "I"}, "not-one-of", "replace_with"),
        ({"person": {"name": "", "position": "Head"}}, "blank", "person.name"),
        ({"in_force_from": "20260901"}, "not-a-date", "in_force_from"),
    ],
)
def test_a_rule_that_cannot_be_is_refused(
    read_only: SchoolWorld, changes: dict[str, Any], code: str, path: str
) -> None:
    """It acts in a person's name and enters no reason of its own."""
    body = {**examples_schools.CODE_N_RULE, **changes}
    answer = read_only.client.put(f"{read_only.path}/code-n-rule", body)
    assert 422 == answer.status_code
    assert [(code, path)] == [(e["code"], e["path"]) for e in answer.json()["errors"]]
