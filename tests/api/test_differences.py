"""What changed between two places in the log, over HTTP: registers, totals, roll; formats, pages, who may."""

import csv
import io
import json
from typing import Any

import pytest

from api import examples
from api.examples import PUPIL, SECOND, THIRD
from tests.api.conftest import MakeClient, SchoolWorld

DIFFS = {
    "attendance/diff": {},
    "totals/diff": {"first": "2026-10-01", "last": "2026-10-02"},
    "admissions/diff": {},
}


def amend(school: SchoolWorld, pupil: str, from_: str, code: str, reason: str) -> dict[str, Any]:
    """Amend the entry of 1 October."""
    amendment = {"pupil": pupil, "date": "2026-10-01", "session": "AM", "from": from_}
    body = {
        "by": examples.OFFICER,
        "amendments": [amendment | {"code": code, "reason": reason}],
    }
    answer = school.client.post(f"{school.path}/attendance/amendments", body)
    assert 201 == answer.status_code, answer.text
    found: dict[str, Any] = answer.json()
    return found


def diff(school: SchoolWorld, since: Any, path: str = "attendance/diff", **asked: Any) -> Any:
    """What changed since then."""
    return school.client.get(f"{school.path}/{path}", **({"from": since} | DIFFS[path] | asked))


@pytest.fixture
def changed(school: SchoolWorld) -> tuple[SchoolWorld, dict[str, Any]]:
    """A register, and since its receipt one entry amended and another amended and amended back."""
    receipt = school.take({PUPIL: "N", SECOND: "/", THIRD: "N"})
    amend(school, PUPIL, "N", "I", "Mother telephoned")
    amend(school, SECOND, "/", "L", "Seen late")
    amend(school, SECOND, "L", "/", "It was the brother")
    return school, receipt


def test_since_a_receipt(changed: tuple[SchoolWorld, dict[str, Any]]) -> None:
    """Since the register was taken two entries were touched, one with a net change, each with who and why."""
    school, receipt = changed
    answer = diff(school, receipt["last"]).json()
    first, second = answer["entries"]
    assert (PUPIL, "2026-10-01", "AM", True) == (
        first["pupil"], first["date"], first["session"], first["net_change"],
    )  # fmt: skip
    assert ("N", "I") == (first["before"]["code"], first["after"]["code"])
    [event] = first["events"]
    assert ("Mother telephoned", "N", examples.OFFICER) == (
        event["reason"], event["replaces"], event["by"],
    )  # fmt: skip
    assert event["position"] == first["after"]["position"] > receipt["last"]
    assert (SECOND, False, 2) == (second["pupil"], second["net_change"], len(second["events"]))
    assert receipt["last"] == answer["from"]["position"]
    assert answer["position"] == answer["to"]["position"]


def test_the_instant_of_the_receipt_says_the_same(
    changed: tuple[SchoolWorld, dict[str, Any]],
) -> None:
    """By the instant at which the register was recorded the same entries are listed, up to any place."""
    school, receipt = changed
    by_position = diff(school, receipt["last"]).json()
    by_instant = diff(school, receipt["recorded_at"], to=by_position["position"]).json()
    assert by_position["entries"] == by_instant["entries"]
    assert [] == diff(school, receipt["recorded_at"], to=receipt["last"]).json()["entries"]


def test_pages_and_formats(changed: tuple[SchoolWorld, dict[str, Any]]) -> None:
    """JSON, JSON lines and CSV hold the same entries; pages make up the list, as it stood."""
    school, receipt = changed
    whole = diff(school, receipt["last"]).json()
    page = diff(school, receipt["last"], limit=1)
    amend(school, THIRD, "N", "I", "Later")
    rows = page.json()["entries"]
    assert 1 == len(rows)
    page = school.client.http.get(page.links["next"]["url"])
    rows += page.json()["entries"]
    assert "next" not in page.links
    assert whole["entries"] == rows
    assert whole["position"] == page.json()["position"]
    to = whole["position"]
    lines = diff(school, receipt["last"], to=to, format="ndjson").text.splitlines()
    assert rows == [json.loads(line) for line in lines]
    table = diff(school, receipt["last"], to=to, format="csv").text
    read = list(csv.DictReader(io.StringIO(table, newline=""), strict=True))
    assert [("N", "I", "Mother telephoned"), ("/", "/", "It was the brother")] == [
        (row["before_code"], row["after_code"], row["last_reason"]) for row in read
    ]


def test_less_may_be_asked_for(changed: tuple[SchoolWorld, dict[str, Any]]) -> None:
    """A pupil, a group and days choose among the entries."""
    school, receipt = changed
    for asked, number in (
        ({"pupil": PUPIL}, 1),
        ({"registration_group": "9B"}, 2),
        ({"registration_group": "9C"}, 0),
        ({"first": "2026-10-02"}, 0),
        ({"last": "2026-10-01"}, 2),
    ):
        assert number == len(diff(school, receipt["last"], **asked).json()["entries"]), asked


def test_totals_lead_to_their_entries(changed: tuple[SchoolWorld, dict[str, Any]]) -> None:
    """Totals name what they were and are; `events` is the number of entries the link leads to."""
    school, receipt = changed
    for by in ("school", "pupil", "year_group", "registration_group", "week", "half_term", "term"):
        answer = diff(school, receipt["last"], "totals/diff", by=by).json()
        [row] = answer["rows"]
        assert {"before": 0, "after": 1, "change": 1} == row["authorised_absence"]
        assert {"I", "N"} == row["codes"].keys()
        assert ["after", "before"] == sorted(row["attendance_percent"])
        linked = school.client.http.get(row["attendance"]).json()["entries"]
        assert row["events"] == len(linked) == (1 if by == "pupil" else 2)
    table = diff(school, receipt["last"], "totals/diff", format="csv").text
    [read] = csv.DictReader(io.StringIO(table, newline=""), strict=True)
    assert ("2", "1", "-1") == tuple(
        read[f"unauthorised_absence_{part}"] for part in ("before", "after", "change")
    )


def test_the_roll_tells_what_was_amended(school: SchoolWorld) -> None:
    """A particular amended since then is named with both values, its event and the reason."""
    since = school.take({PUPIL: "/"})["last"]
    path = f"{school.path}/admissions/{PUPIL}/amendments"
    assert 201 == school.client.post(path, examples.PARTICULARS).status_code
    assert [] == diff(school, since, "admissions/diff", on="2026-10-01").json()["entries"]
    answer = diff(school, since, "admissions/diff", on="2026-11-02").json()
    [entry] = answer["entries"]
    assert (PUPIL, "changed") == (entry["pupil"], entry["what"])
    assert {"before": "9B", "after": "9C"} == entry["fields"]["registration_group"]
    assert [examples.PARTICULARS["reason"]] == [event["reason"] for event in entry["events"]]
    assert entry["after_position"] == entry["events"][-1]["position"] > since


@pytest.mark.parametrize("path", DIFFS)
@pytest.mark.parametrize(
    ("asked", "code", "where"),
    [
        ({"from": "yesterday"}, "not-an-instant", "from"),
        ({"from": "2026-10-01"}, "not-an-instant", "from"),
        ({"from": "9000000000000000000"}, "as-of-in-the-future", "from"),
        ({"from": "9998-01-01T00:00:00Z"}, "as-of-in-the-future", "from"),
        ({"from": 1, "to": "noon"}, "not-an-instant", "to"),
        ({"from": 1, "to": "9000000000000000000"}, "as-of-in-the-future", "to"),
        ({"from": 1, "to": "9998-01-01T00:00:00Z"}, "as-of-in-the-future", "to"),
        ({"from": 2, "to": 1}, "dates-reversed", "to"),
        ({"from": "2026-10-02T00:00:00Z", "to": "2026-10-01T00:00:00Z"}, "dates-reversed", "to"),
        ({"from": 1, "first": "2026-10-02", "last": "2026-10-01"}, "dates-reversed", "last"),
        ({"from": 1, "as_of": 3}, "unknown-member", "as_of"),
        ({"from": 1, "after": -1}, "out-of-range", "after"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    read_only: SchoolWorld, path: str, asked: dict[str, Any], code: str, where: str
) -> None:
    """A place that is none, is to come or lies after the other is a 422 that names the parameter."""
    answer = read_only.client.get(f"{read_only.path}/{path}", **(DIFFS[path] | asked))
    assert 422 == answer.status_code
    found = {(one["code"], one["path"]) for one in answer.json()["errors"]}
    if path == "admissions/diff" and "first" in asked:
        # The roll is of one day, if of any.
        assert {("unknown-member", "first"), ("unknown-member", "last")} == found
    else:
        assert {(code, where)} == found


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "WzEsIngiXQ", "A" * 401])
def test_what_is_no_cursor_is_refused(read_only: SchoolWorld, cursor: str) -> None:
    """Text that is no cursor of ours is a 422."""
    for path in ("attendance/diff", "admissions/diff"):
        answer = diff(read_only, 1, path, cursor=cursor)
        assert 422 == answer.status_code
        assert ["cursor"] == [error["path"] for error in answer.json()["errors"]]


@pytest.mark.parametrize("path", DIFFS)
def test_scopes_and_schools(make_client: MakeClient, read_only: SchoolWorld, path: str) -> None:
    """A diff needs the scope of the read beside it, at a school of the caller's."""
    scope = "admissions:read" if path == "admissions/diff" else "attendance:read"
    other = "attendance:read" if path == "admissions/diff" else "admissions:read"
    statuses = [
        make_client([each], [urn]).get(f"{read_only.path}/{path}", **{"from": 1} | DIFFS[path])
        for each, urn in ((scope, read_only.urn), (other, read_only.urn), (scope, "188888"))
    ]
    assert [200, 403, 404] == [answer.status_code for answer in statuses]
