"""The admission register over HTTP: particulars, warnings, what is due, and grounds that registers show."""

import csv
import io
from typing import Any

import pytest

from api import examples
from tests.api.conftest import Client, SchoolWorld

PUPIL = examples.PUPIL
WHOLE: dict[str, Any] = {
    **examples.ADMISSIONS["entries"][0],
    "supplementary_names": ["Ada Eze"],
    "other_addresses": ["2 Mill Lane, Ashby"],
    "address": "1 High Street, Coalville",
    "starting_day_is": "agreed",
    "enrolment": "main",
    "attends_there": ["THU AM"],
    "other_school": {"name": "Forest Unit", "urn": "137173", "from": "2026-09-07"},
    "future_school": {"name": "Sandfield Academy", "urn": None, "from": None},
    "move": {"parent": "Obi Okafor", "address": "2 Mill Lane, Ashby", "from": "2027-01-04"},
    "previous_school_address": "3 Church Lane, Coalville",
}
# The twenty school days before Friday 20 November 2026.
TWENTY = [
    "2026-10-16",
    *(f"2026-10-{day}" for day in range(19, 24)),
    *(f"2026-11-{day:02}" for day in (*range(2, 7), *range(9, 14), *range(16, 20))),
]


@pytest.fixture
def empty(client: Client, urn: str) -> SchoolWorld:
    """A school with its year and no name in its register."""
    school = SchoolWorld(urn, client, [])
    client.put(school.path, examples.SCHOOL)
    client.put(f"{school.path}/years/2026", examples.YEAR)
    return school


def enter(school: SchoolWorld, *entries: dict[str, Any], **parameters: Any) -> Any:
    """Enter names."""
    body = {"entries": list(entries), "by": examples.OFFICE}
    return school.client.post(f"{school.path}/admissions", body, **parameters)


def delete(school: SchoolWorld, ground: str, evidence: Any, day: str = "2026-11-20") -> Any:
    """Delete the name of the first pupil."""
    body = {"ground": ground, "day": day, "evidence": evidence, "by": examples.OFFICE}
    return school.client.post(f"{school.path}/admissions/{school.pupils[0]}/deletion", body)


def test_every_particular_is_sent_and_read(empty: SchoolWorld) -> None:
    """What regulation 8 asks for comes back as it was sent, with what is due that day."""
    assert 201 == enter(empty, WHOLE).status_code
    (read,) = empty.client.get(f"{empty.path}/admissions", on="2026-10-01").json()["entries"]
    assert WHOLE == {name: read[name] for name in WHOLE}
    assert {"AM": "elsewhere", "PM": "due"} == read["due"]
    text = empty.client.get(f"{empty.path}/admissions", on="2026-10-01", format="csv").text
    (row,) = csv.DictReader(io.StringIO(text))
    assert ("elsewhere", "due") == (row["due_AM"], row["due_PM"])
    assert '["THU AM"]' == row["attends_there"]
    history = empty.client.get(f"/pupils/{PUPIL}/history", school=empty.urn).json()["events"]
    assert WHOLE["move"] == history[0]["move"]


def test_warnings_name_rule_field_and_reference(empty: SchoolWorld) -> None:
    """A name with little told is entered; each thing that is missing is a warning of its own."""
    name = {n: WHOLE[n] for n in ("surname", "forenames", "date_of_birth", "starting_day")}
    (result,) = enter(empty, name).json()["results"]
    assert "recorded" == result["status"]
    found = {(warning["rule"], warning["path"]) for warning in result["warnings"]}
    assert {
        ("particular-missing", "sex"),
        ("particular-missing", "address"),
        ("particular-missing", "parents"),
        ("entered-after-starting-day", "starting_day"),
    } == found
    assert all(warning["reference"].startswith("SI 2024/208") for warning in result["warnings"])
    assert all(len(warning["message"]) > 20 for warning in result["warnings"])


def test_a_whole_school_gets_a_receipt_that_can_be_read(empty: SchoolWorld) -> None:
    """1,500 names at once: the warnings of each in short, in one answer of under half a megabyte."""
    name = {n: WHOLE[n] for n in ("surname", "forenames", "date_of_birth", "starting_day")}
    answer = enter(empty, *([name] * 1_500))
    assert 201 == answer.status_code
    results = answer.json()["results"]
    short = {
        "entered-after-starting-day": ["starting_day"],
        "particular-missing": ["sex", "address", "parents"],
    }
    assert [short] * 1_500 == [result["warned"] for result in results]
    assert len(answer.content) < 500_000


@pytest.mark.parametrize(
    ("field", "written", "path"),
    [
        ("starting_day", "20260902", "starting_day"),
        ("starting_day", "2026-09-02T00:00:00Z", "starting_day"),
        ("starting_day", "1788307200", "starting_day"),
        ("starting_day", 1788307200, "starting_day"),
        ("date_of_birth", "20120514", "date_of_birth"),
        ("move", WHOLE["move"] | {"from": "20270104"}, "move.from"),
        ("other_school", WHOLE["other_school"] | {"from": "20260907"}, "other_school.from"),
    ],
)
def test_only_dates_are_dates(empty: SchoolWorld, field: str, written: Any, path: str) -> None:
    """Digits and times are refused, by the name of the field."""
    answer = enter(empty, WHOLE | {field: written})
    assert 422 == answer.status_code
    (found,) = answer.json()["errors"]
    assert ("not-a-date", f"entries[0].{path}") == (found["code"], found["path"])
    assert found["reference"].startswith("SI 2024/208 reg 8")


@pytest.mark.parametrize("spoiled", ["day", "evidence"])
def test_only_dates_are_days_of_a_deletion(school: SchoolWorld, spoiled: str) -> None:
    """So it is with the day of a deletion and the days of its evidence."""
    day = "20261120" if spoiled == "day" else "2026-11-20"
    revoked = "20261118" if spoiled == "evidence" else "2026-11-18"
    answer = delete(school, "E", {"order_revoked_on": revoked}, day)
    (found,) = answer.json()["errors"]
    path = "day" if spoiled == "day" else "evidence.order_revoked_on"
    assert (422, "not-a-date", path) == (answer.status_code, found["code"], found["path"])


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("attends_there", ["SAT AM"]),
        ("attends_there", "TUE AM"),
        ("starting_day_is", "Canary"),
        ("other_school", {"name": "Canary", "urn": "1"}),
        ("move", {"address": "Canary"}),
        ("supplementary_names", ["Canary", ""]),
    ],
)
def test_a_faulty_particular_is_named_and_not_repeated(
    empty: SchoolWorld, field: str, wrong: Any
) -> None:
    """The problem leads to the field, and nothing that was sent comes back."""
    answer = enter(empty, WHOLE | {field: wrong})
    assert 422 == answer.status_code
    assert all(e["path"].startswith(f"entries[0].{field}") for e in answer.json()["errors"])
    assert "Canary" not in answer.text
    assert "SAT" not in answer.text.replace("MON AM", "")


def absent(school: SchoolWorld, **others: str) -> None:
    """Marks O of the first pupil for twenty school days, but where others are given."""
    lines = [
        {
            "school": school.urn,
            "pupil": school.pupils[0],
            "date": day,
            "session": session,
            "code": others.get(f"on_{day.replace('-', '_')}_{session}", "O"),
            "by": examples.TUTOR,
        }
        for day in TWENTY
        for session in ("AM", "PM")
    ]
    assert 201 == school.client.send_lines(lines).status_code


ENQUIRED = {"joint_enquiries": True, "no_grounds_to_think_sick": True}


def test_ground_i_after_twenty_school_days(school: SchoolWorld) -> None:
    """Forty sessions coded O in twenty school days, across a half term."""
    absent(school)
    answer = delete(school, "I", ENQUIRED)
    assert 201 == answer.status_code, answer.text
    roll = school.client.get(f"{school.path}/admissions", on="2026-11-20").json()["entries"]
    assert school.pupils[0] not in {entry["pupil"] for entry in roll}


def test_ac_031_ground_i_is_refused_for_one_other_code(school: SchoolWorld) -> None:
    """AC-031: 39 sessions O and one session I; the refusal says how many, and of whose code nothing."""
    absent(school, on_2026_11_03_PM="I")
    answer = delete(school, "I", ENQUIRED)
    assert (422, "/problems/other-code-in-run") == (answer.status_code, answer.json()["type"])
    (found,) = answer.json()["errors"]
    assert "1 have another code than G, N, O" in found["message"]
    assert "SI 2024/208 reg 9(1)(i)" == found["reference"]


def test_a_deletion_is_recorded_with_warnings(school: SchoolWorld) -> None:
    """Ground N at an academy: whether it is for academies is unconfirmed, and said so."""
    answer = delete(school, "N", {"ceased_on": "2026-11-19"})
    (result,) = answer.json()["results"]
    (warning,) = result["warnings"]
    assert ("deletion-ground-not-for-this-school", "ground") == (warning["rule"], warning["path"])
    assert "SI 2024/208 reg 9(1)(n)" == warning["reference"]


def test_a_deletion_can_be_tried_out(school: SchoolWorld) -> None:
    """A dry run says what the registers say, and deletes nothing."""
    body = {"ground": "I", "day": "2026-11-20", "evidence": ENQUIRED, "by": examples.OFFICE}
    path = f"{school.path}/admissions/{school.pupils[0]}/deletion"
    assert 422 == school.client.post(path, body, dry_run="true").status_code
    absent(school)
    assert 201 == school.client.post(path, body, dry_run="true").status_code
    roll = school.client.get(f"{school.path}/admissions", on="2026-11-20").json()["entries"]
    assert school.pupils[0] in {entry["pupil"] for entry in roll}


def test_a_starting_day_is_put_right(empty: SchoolWorld) -> None:
    """Amended under regulation 6, the name is on the roll from the new starting day."""
    enter(empty, WHOLE)
    body = {
        "changes": {"starting_day": "2026-09-01", "starting_day_is": "first_attended"},
        "reason": "Typing error",
        "by": examples.OFFICE,
    }
    path = f"{empty.path}/admissions/{PUPIL}/amendments"
    assert 201 == empty.client.post(path, body).status_code
    (read,) = empty.client.get(f"{empty.path}/admissions", on="2026-09-01").json()["entries"]
    assert ("2026-09-01", "first_attended", "Okafor") == (
        read["starting_day"],
        read["starting_day_is"],
        read["surname"],
    )
