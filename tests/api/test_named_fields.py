"""A refusal names field and reference, of what is missing as well; a day in a query is YYYY-MM-DD alone."""

from typing import Any

import pytest

from api import examples
from tests.api.conftest import PUPILS, SchoolWorld

REG_6, REG_9, REG_11 = (f"SI 2024/208 reg {number}" for number in (6, 9, 11))
ADA = PUPILS[0]


def _missing(answer: Any) -> dict[str, str]:
    """The fields that are missing, with the reference of each."""
    assert 422 == answer.status_code
    return {e["path"]: e["reference"] for e in answer.json()["errors"] if e["code"] == "missing"}


def test_an_amendment_lacks_no_part_of_regulation_6(school: SchoolWorld) -> None:
    """The original code, the new code, the reason, and name and position of who amends it."""
    body = {"amendments": [{"pupil": ADA, "date": "2026-10-01", "session": "AM"}], "by": {}}
    answer = school.client.post(f"{school.path}/attendance/amendments", body)
    parts = ("amendments[0].from", "amendments[0].code", "amendments[0].reason")
    assert dict.fromkeys((*parts, "by.name", "by.position"), REG_6) == _missing(answer)


def test_a_deletion_lacks_nothing_that_its_ground_asks_for(school: SchoolWorld) -> None:
    """Ground F without the day of the parent's written notice; a deletion on no ground; or of no day."""
    day = {"day": "2026-11-20", "by": examples.HEAD}
    path = f"{school.path}/admissions/{ADA}/deletion"
    evidence = {"educated_otherwise_after": "2026-11-19", "school_attendance_order": False}
    on_f = {"ground": "F", "evidence": evidence, **day}
    assert {"evidence.written_notice_on": REG_9} == _missing(school.client.post(path, on_f))
    assert {"ground": REG_9} == _missing(school.client.post(path, day))
    undated = {"ground": "K", "evidence": {}, "by": examples.HEAD}
    assert {"day": REG_9} == _missing(school.client.post(path, undated))


def test_a_request_for_leave_lacks_no_part_of_regulation_11(school: SchoolWorld) -> None:
    """For whom, on what ground, from when; who asked, when, and why."""
    parts = ("pupil", "ground", "from", "asked_by", "asked_on", "circumstances")
    body = {name: value for name, value in examples.LEAVE.items() if name not in parts}
    answer = school.client.post(f"{school.path}/leave", body)
    assert dict.fromkeys(parts, REG_11) == _missing(answer)


@pytest.mark.parametrize(
    "written", ["20251001", "1", "1759276800", "2025-10-1", "2025-10-01T00:00"]
)
@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/codes", "on"),
        ("/v1/rules", "on"),
        ("{school}/admissions", "on"),
        ("{school}/attendance", "date"),
        ("{school}/attendance", "from"),
        ("{school}/leave", "on"),
        ("{school}/leave-authority", "on"),
        ("{school}/interventions", "on"),
        ("{school}/lists/code-n", "from"),
        ("{school}/totals", "from"),
        (f"/v1/pupils/{ADA}/history", "to"),
    ],
)
def test_a_day_is_written_in_one_way(
    school: SchoolWorld, path: str, name: str, written: str
) -> None:
    """Digits that another reader might take for a number of seconds are no day."""
    whole = path.format(school=school.path).removeprefix("/v1")
    answer = school.client.get(whole, **{name: written})
    assert 422 == answer.status_code
    errors = {error["path"]: error["code"] for error in answer.json()["errors"]}
    assert errors[name] in ("not-a-date", "not-one-of")
    assert written not in answer.text or written == "1"
