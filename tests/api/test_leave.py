"""Leave of absence over HTTP: who may give it, what is warned of, what is refused, what is read again."""

from typing import Any

import pytest

from api import examples
from api.examples_leave import AUTHORITY, TIMETABLE
from tests.api.conftest import PUPILS, Client, SchoolWorld, make_school

# The clock of these tests stands at 20 November 2026.
NEXT_WEEK = {"from": "2026-11-23", "to": "2026-11-26"}
LAST_WEEK = {"from": "2026-11-09", "to": "2026-11-12"}


@pytest.fixture
def maintained(client: Client, urn: str) -> SchoolWorld:
    """A school that regulation 11 binds."""
    return make_school(client, urn, type="maintained")


def _ask(school: SchoolWorld, **changes: Any) -> Any:
    body = {
        **examples.LEAVE,
        "ground": "exceptional_circumstances",
        "sessions": ["AM", "PM"],
        **NEXT_WEEK,
        **changes,
    }
    answer = school.client.post(f"{school.path}/leave", body)
    assert 201 == answer.status_code, answer.text
    return answer.json()


def _decide(school: SchoolWorld, leave: str, decision: str = "given", **changes: Any) -> Any:
    body = {"decision": decision, "reason": "Considered", "by": examples.HEAD, **changes}
    return school.client.post(f"{school.path}/leave/{leave}/decision", body)


def _rules(receipt: Any) -> list[str]:
    return [warning["rule"] for warning in receipt["results"][0].get("warnings", [])]


def test_a_request_asked_too_late_is_kept_and_not_given(maintained: SchoolWorld) -> None:
    """The request is recorded with a warning, giving it is refused with rule, place and reference, and
    so the school refuses it.
    """
    receipt = _ask(maintained, **LAST_WEEK, asked_on="2026-11-10")
    assert ["leave-not-asked-in-advance"] == _rules(receipt)
    answer = _decide(maintained, receipt["id"])
    assert 422 == answer.status_code
    errors = {error["code"]: error for error in answer.json()["errors"]}
    assert {"leave-not-asked-in-advance", "leave-given-after-it-began"} == errors.keys()
    assert "decided_on" == errors["leave-given-after-it-began"]["path"]
    assert all("reg 11" in error["reference"] for error in errors.values())
    assert 201 == _decide(maintained, receipt["id"], "refused").status_code


def test_an_academy_gives_it_with_warnings(school: SchoolWorld) -> None:
    """Expected to follow regulation 11, and not bound by it."""
    receipt = _ask(school, **LAST_WEEK, asked_on="2026-11-10")
    answer = _decide(school, receipt["id"])
    assert 201 == answer.status_code
    assert ["leave-not-asked-in-advance", "leave-given-after-it-began"] == _rules(answer.json())


def test_a_decision_of_last_week_is_recorded_today(maintained: SchoolWorld) -> None:
    """The day of the decision counts and is shown beside the time of its recording."""
    leave = _ask(maintained, **LAST_WEEK)["id"]
    assert 201 == _decide(maintained, leave, decided_on="2026-11-06").status_code
    (read,) = maintained.client.get(f"{maintained.path}/leave").json()["leave"]
    assert ("2026-11-06", "2026-11-20") == (read["decided_on"], read["decided_at"][:10])


def test_part_time_education_is_shown_as_agreed(maintained: SchoolWorld) -> None:
    """Times and dates, the parent who agreed, the reviews, and the sessions given of those asked."""
    receipt = maintained.client.post(f"{maintained.path}/leave", TIMETABLE).json()
    assert [] == _rules(receipt)
    given = TIMETABLE["sessions"][:2]
    assert 201 == _decide(maintained, receipt["id"], sessions=given).status_code
    (read,) = maintained.client.get(f"{maintained.path}/leave").json()["leave"]
    assert TIMETABLE["sessions"] == read["sessions"]
    assert given == read["given_sessions"]
    assert (TIMETABLE["agreed_with"], ["2026-11-30"]) == (read["agreed_with"], read["review_on"])
    on = [
        len(maintained.client.get(f"{maintained.path}/leave", on=day).json()["leave"])
        for day in ("2026-11-23", "2026-11-24", "2026-12-02")
    ]
    assert [1, 0, 0] == on


def test_an_open_end_is_shown_as_none(school: SchoolWorld) -> None:
    """A part-time timetable without an end has no last day, and a warning of it."""
    receipt = _ask(school, ground="part_time_timetable", to=None, sessions=["PM"])
    assert ["part-time-without-end", "part-time-without-review"] == _rules(receipt)
    (read,) = school.client.get(f"{school.path}/leave").json()["leave"]
    assert read["to"] is None
    rows = school.client.get(f"{school.path}/leave", format="csv").text.splitlines()
    assert 2 == len(rows)


def test_marks_that_disagree_are_in_the_receipt(maintained: SchoolWorld) -> None:
    """An absence entered before its leave was recorded is named, with why."""
    maintained.take({PUPILS[0]: "O"}, "2026-11-10")
    leave = _ask(maintained, **LAST_WEEK)["id"]
    (item,) = _decide(maintained, leave, decided_on="2026-11-06").json()["results"]
    assert 1 == item["disagreeing_marks"]
    mark = {"date": "2026-11-10", "session": "AM", "code": "O", "why": "another-code-than-leave"}
    assert [mark] == item["disagree"]


def test_a_dry_run_decides_nothing(maintained: SchoolWorld) -> None:
    """Tried, leave is as undecided as before."""
    leave = _ask(maintained)["id"]
    body = {"decision": "given", "reason": "Considered", "by": examples.HEAD}
    path = f"{maintained.path}/leave/{leave}/decision"
    assert 201 == maintained.client.post(path, body, dry_run="true").status_code
    (read,) = maintained.client.get(f"{maintained.path}/leave").json()["leave"]
    assert "asked" == read["decision"]


def test_leave_is_withdrawn_from_a_day_on(maintained: SchoolWorld) -> None:
    """What was given before that day is shown as what is leave still; as of then, all of it was."""
    leave = _ask(maintained)["id"]
    before = _decide(maintained, leave).json()["last"]
    assert 201 == _decide(maintained, leave, "withdrawn", **{"from": "2026-11-25"}).status_code
    shown = []
    for parameters in ({}, {"as_of": before}):
        read = maintained.client.get(f"{maintained.path}/leave", **parameters).json()["leave"][0]
        shown.append([read[n] for n in ("decision", "given_from", "given_to", "withdrawn_from")])
    assert [
        ["withdrawn", "2026-11-23", "2026-11-24", "2026-11-25"],
        ["given", "2026-11-23", "2026-11-26", None],
    ] == shown


# -- who may give leave ----------------------------------------------------------------------------


def test_who_may_give_leave_is_recorded_and_read(maintained: SchoolWorld) -> None:
    """The list of a day, every list there was, and what was known before it was recorded."""
    path = f"{maintained.path}/leave-authority"
    nothing = maintained.client.get(path).json()
    assert (None, []) == (nothing["persons"], nothing["lists"])
    assert 201 == maintained.client.put(path, AUTHORITY).status_code
    assert 200 == maintained.client.put(path, AUTHORITY).status_code
    later = {**AUTHORITY, "persons": AUTHORITY["persons"][:1], "in_force_from": "2026-12-01"}
    assert 201 == maintained.client.put(path, later).status_code
    now, then, before = (
        maintained.client.get(path, on=day).json()
        for day in ("2026-11-30", "2026-12-01", "2026-08-31")
    )
    assert [2, 1] == [len(read["persons"]) for read in (now, then)]
    assert {"name": None, "position": "Deputy headteacher"} == now["persons"][1]
    assert (None, None) == (before["persons"], before["in_force_from"])
    assert ["2026-09-01", "2026-12-01"] == [each["in_force_from"] for each in now["lists"]]
    as_it_stood = maintained.client.get(path, as_of=nothing["position"]).json()
    assert [] == as_it_stood["lists"]


def test_leave_given_by_somebody_else_is_refused(maintained: SchoolWorld) -> None:
    """A data manager who is on no list gives no leave; the deputy, whoever it is, does."""
    maintained.client.put(f"{maintained.path}/leave-authority", AUTHORITY)
    leave = _ask(maintained)["id"]
    answer = _decide(maintained, leave, by=examples.OFFICE)
    assert 422 == answer.status_code
    (wrong,) = answer.json()["errors"]
    assert ("leave-not-by-authorised-person", "by") == (wrong["code"], wrong["path"])
    assert examples.OFFICE["name"] not in answer.text
    deputy = {"name": "Anybody", "position": "Deputy headteacher"}
    assert 201 == _decide(maintained, leave, by=deputy).status_code


@pytest.mark.parametrize(
    ("changes", "code", "path"),
    [
        ({"persons": []}, "too-few", "persons"),
        ({"persons": [{"name": "A Head"}]}, "missing", "persons[0].position"),
        ({"persons": [{"position": " "}]}, "blank", "persons[0].position"),
        ({"in_force_from": "20260901"}, "not-a-date", "in_force_from"),
        ({"persons": [{"position": "Head"}] * 101}, "too-many", "persons"),
    ],
)
def test_a_list_that_cannot_be_is_refused(
    school: SchoolWorld, changes: dict[str, Any], code: str, path: str
) -> None:
    """Everybody on it has a position, and somebody is on it."""
    answer = school.client.put(f"{school.path}/leave-authority", {**AUTHORITY, **changes})
    assert 422 == answer.status_code
    assert (code, path) == tuple(answer.json()["errors"][0][name] for name in ("code", "path"))


# -- form ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"asked_on": 20261102}, "not-a-date"),
        ({"from": "2026-11-23T00:00:00"}, "not-a-date"),
        ({"from": "1999-11-23"}, "out-of-range"),
        ({"sessions": []}, "too-few"),
        ({"to": "2026-11-01"}, "not-consistent"),
        ({"asked_on": "2026-11-21"}, "asked-in-the-future"),
        ({"to": None}, "leave-without-end"),
        ({"review_on": ["2026-11-27"]}, "review-outside-leave"),
    ],
)
def test_a_request_that_cannot_be_is_refused(
    school: SchoolWorld, changes: dict[str, Any], code: str
) -> None:
    """Each is refused with its code, and nothing is recorded."""
    body = {**examples.LEAVE, "sessions": ["PM"], **NEXT_WEEK, **changes}
    answer = school.client.post(f"{school.path}/leave", body)
    assert 422 == answer.status_code
    assert code in {error["code"] for error in answer.json()["errors"]}
    assert [] == school.client.get(f"{school.path}/leave").json()["leave"]
