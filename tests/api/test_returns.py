"""Returns to the local authority over HTTP: made, sent, remembered, and what has changed since."""

from typing import Any

import pytest

from api import examples
from api.callers import SCOPES
from tests.api.conftest import MakeClient, SchoolWorld

DAYS = {"from": "2026-10-01", "to": "2026-11-20"}
ABSENT = [
    *("2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08", "2026-10-09"),
    *("2026-10-12", "2026-10-13", "2026-10-14", "2026-10-15", "2026-10-16"),
]
ATTENDANCE = "la-attendance-return"


def absent(school: SchoolWorld, number: int, code: str = "O", days: list[str] = ABSENT) -> None:
    """The same code in both sessions of some days."""
    lines = [
        {
            "school": school.urn,
            "date": day,
            "session": session,
            "pupil": school.pupils[number],
            "code": code,
            "by": examples.TUTOR,
        }
        for day in days
        for session in ("AM", "PM")
    ]
    answer = school.client.send_lines(lines)
    assert 201 == answer.status_code, answer.text


def made(school: SchoolWorld, name: str = ATTENDANCE, **more: Any) -> dict[str, Any]:
    """The extract as JSON."""
    answer = school.client.get(f"/extracts/{name}", school=school.urn, **DAYS, **more)
    assert 200 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def sent(school: SchoolWorld, **more: Any) -> dict[str, Any]:
    """The body that says that the return was sent, made at the head of the log."""
    head = made(school)
    return {
        "extract": ATTENDANCE,
        "position": head["position"],
        "seen_at": head["as_of"],
        **DAYS,
        "sent_on": "2026-11-20",
        "sent_to": "Leicestershire",
        "by": examples.OFFICER,
        **more,
    }


def test_a_return_is_made_sent_and_told_once(school: SchoolWorld) -> None:
    """Two pupils are on it; sent, it is empty, and with `all` it says when; an amendment shows."""
    absent(school, 0)
    absent(school, 1)
    body = sent(school)
    answer = school.client.post(f"{school.path}/returns", body)
    assert 201 == answer.status_code, answer.text
    assert school.pupils[:2] == [result["pupil"] for result in answer.json()["results"]]
    assert [] == made(school)["rows"]
    amendment = {
        "pupil": school.pupils[0],
        "date": "2026-10-06",
        "session": "AM",
        "from": "O",
        "code": "I",
        "reason": "Doctor's letter",
    }
    amended = school.client.post(
        f"{school.path}/attendance/amendments", {"by": examples.OFFICER, "amendments": [amendment]}
    )
    assert 201 == amended.status_code, amended.text
    rows = made(school, all="true")["rows"]
    assert ["no-longer", "sent"] == [row["status"] for row in rows]
    assert rows[0]["changes"].startswith("2026-10-06 AM O to I")
    at_sending = made(school, as_of=str(answer.json()["last"]), all="true")["rows"]
    assert ["sent", "sent"] == [row["status"] for row in at_sending]
    due = school.client.get(f"{school.path}/lists/returns-due", **DAYS).json()["items"]
    assert [(school.pupils[1], "2026-11-20")] == [(row["pupil"], row["sent_on"]) for row in due]


def test_the_same_return_again_is_unchanged(school: SchoolWorld) -> None:
    """Under the same key the first answer; under another nothing is appended; a dry run appends nothing."""
    absent(school, 0)
    body = sent(school)
    rehearsed = school.client.post(f"{school.path}/returns", body, dry_run="true")
    assert 201 == rehearsed.status_code
    assert [] == school.client.get(f"{school.path}/returns").json()["returns"]
    first = school.client.post(f"{school.path}/returns", body, "return-once")
    again = school.client.post(f"{school.path}/returns", body, "return-once")
    assert (201, first.content) == (again.status_code, again.content)
    other = school.client.post(f"{school.path}/returns", body)
    assert (200, "unchanged") == (other.status_code, other.json()["results"][0]["status"])
    (row,) = school.client.get(f"{school.path}/returns", extract=ATTENDANCE).json()["returns"]
    assert (school.pupils[0], "ten-days", "2026-10-05", "2026-10-16", body["position"]) == (
        row["pupil"],
        row["why"],
        row["from"],
        row["to"],
        row["made_at"],
    )
    assert (
        [] == school.client.get(f"{school.path}/returns", pupil=school.pupils[1]).json()["returns"]
    )
    lines = school.client.get(f"{school.path}/returns", format="csv").text.splitlines()
    assert ("extract,pupil,why,from,to,made_at", 2) == (lines[0][:33], len(lines))


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"position": 2**40}, "position", "as-of-in-the-future"),
        ({"extract": "register"}, "extract", "not-one-of"),
        ({"sent_on": "2026-11-21"}, "sent_on", "dated-ahead"),
        ({"pupils": ["0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e1e"]}, "pupils[0]", "pupil-not-in-return"),
        ({"options": {"all": "yes"}}, "options.all", "wrong-type"),
        ({"options": {"canary": "x"}}, "options", "unknown-member"),
        ({"from": "2026-11-21"}, "", "not-consistent"),
        ({"from": "2026-11-18"}, "position", "return-empty"),
        ({"seen_at": "yesterday"}, "seen_at", "not-an-instant"),
    ],
)
def test_what_was_not_made_so_was_not_sent(
    school: SchoolWorld, change: dict[str, Any], path: str, code: str
) -> None:
    """Each is a problem that names the member and repeats no value."""
    absent(school, 0)
    answer = school.client.post(f"{school.path}/returns", sent(school) | change)
    assert 422 == answer.status_code, answer.text
    assert [(path, code)] == [(e["path"], e["code"]) for e in answer.json()["errors"]]
    assert "canary" not in answer.text
    assert "yesterday" not in answer.text


def test_a_belief_brings_the_sickness_return_about(school: SchoolWorld) -> None:
    """Recorded with its grounds, which are read back; due on the list and in the return; in the history."""
    absent(school, 0, "I")
    body = {
        "pupil": school.pupils[0],
        "formed_on": "2026-10-16",
        "expected_school_days": 5,
        "formed_by": examples.HEAD,
        "grounds": "Letter of the hospital",
        "by": examples.OFFICER,
    }
    assert [] == made(school, "la-sickness-return")["rows"]
    answer = school.client.post(f"{school.path}/sickness-beliefs", body)
    assert 201 == answer.status_code, answer.text
    (belief,) = school.client.get(f"{school.path}/sickness-beliefs").json()["beliefs"]
    assert ("Letter of the hospital", 5, examples.HEAD, examples.OFFICER) == (
        belief["grounds"],
        belief["expected_school_days"],
        belief["formed_by"],
        belief["by"],
    )
    assert 1 == len(made(school, "la-sickness-return")["rows"])
    (due,) = school.client.get(f"{school.path}/lists/returns-due", **DAYS).json()["items"]
    assert ("sickness", True, "2026-10-16", 10, None) == (
        due["kind"],
        due["due"],
        due["since"],
        due["school_days"],
        due["sent_on"],
    )
    events = school.client.get(f"/pupils/{school.pupils[0]}/history").json()["events"]
    assert "sickness-belief-formed" in {event["type"] for event in events}


def test_names_and_addresses_need_the_scope_of_admissions(
    school: SchoolWorld, make_client: MakeClient
) -> None:
    """The extract does; that a return was sent names nobody."""
    reader = make_client(["attendance:read"], [school.urn])
    assert 403 == reader.get(f"/extracts/{ATTENDANCE}", school=school.urn, **DAYS).status_code
    assert 200 == reader.get(f"{school.path}/returns").status_code
    assert 403 == reader.post(f"{school.path}/returns", sent(school)).status_code


def test_who_sends_needs_the_scope_at_the_school(
    school: SchoolWorld, make_client: MakeClient
) -> None:
    """Without it nothing is said of the return; another's school is answered as one that is not there."""
    absent(school, 0)
    body = sent(school)
    others = [scope for scope in SCOPES if scope != "attendance:write"]
    refused = make_client(others, [school.urn]).post(f"{school.path}/returns", body)
    assert (403, "/problems/scope-missing") == (refused.status_code, refused.json()["type"])
    elsewhere = make_client(["attendance:write"], ["188888"])
    theirs, none = (
        elsewhere.post(f"{path}/returns", body) for path in (school.path, "/schools/177777")
    )
    assert (404, "/problems/school-not-found") == (theirs.status_code, theirs.json()["type"])
    assert theirs.content == none.content
    own = make_client(["attendance:write"], [school.urn]).post(f"{school.path}/returns", body)
    assert 201 == own.status_code, own.text
