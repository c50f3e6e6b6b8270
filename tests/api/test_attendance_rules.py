"""The rules of the attendance register over HTTP: refusals, warnings, modes, and what is shown of them."""

from typing import Any

import pytest

from api import examples
from tests.api.conftest import PUPILS, Client, SchoolWorld, make_school

ADA, BEN, CAM, *_ = PUPILS
ONLINE = "Ada Okafor, Academy21 online lessons"


@pytest.fixture
def maintained(client: Client, urn: str) -> SchoolWorld:
    """A school that regulation 11 binds."""
    return make_school(client, urn, type="maintained")


def _entries(school: SchoolWorld, *entries: dict[str, Any], **parameters: Any) -> Any:
    body = {**school.register({}), "entries": list(entries)}
    return school.client.post(f"{school.path}/attendance", body, **parameters)


def _shown(school: SchoolWorld) -> dict[str, dict[str, Any]]:
    read = school.client.get(f"{school.path}/attendance", date="2026-10-01", session="AM").json()
    return {entry["pupil"]: entry for entry in read["entries"]}


C2 = {"code": "C2", "detail": "Timetable of September"}


def test_one_refusal_refuses_the_register(maintained: SchoolWorld) -> None:
    """In the default mode nothing is recorded; the error names rule, reference and field."""
    answer = _entries(maintained, {"pupil": ADA, "code": "/"}, {"pupil": BEN, **C2})
    assert 422 == answer.status_code
    assert "/problems/no-part-time-agreement" == answer.json()["type"]
    (error,) = answer.json()["errors"]
    assert ("no-part-time-agreement", "entries[1].code") == (error["code"], error["path"])
    assert "SI 2024/208 reg 11(6)" == error["reference"]
    assert {} == _shown(maintained)


@pytest.mark.parametrize("dry_run", [True, False])
def test_mode_each_records_the_good_ones(maintained: SchoolWorld, dry_run: bool) -> None:
    """The others are recorded, or would be; what is warned of is among them."""
    answer = _entries(
        maintained,
        {"pupil": ADA, "code": "/"},
        {"pupil": BEN, **C2},
        {"pupil": CAM, "code": "C"},
        mode="each",
        dry_run=dry_run,
    )
    assert 201 == answer.status_code
    results = answer.json()["results"]
    assert ["recorded", "refused", "recorded"] == [result["status"] for result in results]
    assert "/problems/no-part-time-agreement" == results[1]["problem"]["type"]
    (warning,) = results[2]["warnings"]
    assert ("code-without-leave", "code") == (warning["rule"], warning["path"])
    assert warning["message"]
    assert "reg 11" in warning["reference"]
    assert (set() if dry_run else {ADA, CAM}) == set(_shown(maintained))


def test_an_academy_is_warned(school: SchoolWorld) -> None:
    """The same mark is recorded where regulation 11 is guidance, and keeps the warning."""
    answer = _entries(school, {"pupil": BEN, **C2})
    assert 201 == answer.status_code
    (warning,) = answer.json()["results"][0]["warnings"]
    assert "no-part-time-agreement" == warning["rule"]
    assert ["no-part-time-agreement"] == _shown(school)[BEN]["flags"]


def test_place_and_supervision_are_shown(school: SchoolWorld) -> None:
    """In the register and in the pupil's history, as they were said."""
    said = {"place": "approved_place", "supervision": "other_adult"}
    entry = {"pupil": ADA, "code": "B", "detail": "Taster day", **said}
    assert 201 == _entries(school, entry, {"pupil": BEN, "code": "/"}).status_code
    shown = _shown(school)
    assert said == {name: shown[ADA][name] for name in said}
    assert dict.fromkeys(said) == {name: shown[BEN][name] for name in said}
    history = school.client.get(f"/pupils/{ADA}/history", school=school.urn).json()["events"]
    assert said == {name: history[-1][name] for name in said}


@pytest.mark.parametrize(("field", "value"), [("place", "garden"), ("supervision", "a dog")])
def test_only_known_places_and_supervision(school: SchoolWorld, field: str, value: str) -> None:
    """What is none of those known is named, and not repeated."""
    answer = _entries(school, {"pupil": ADA, "code": "B", "detail": "Taster day", field: value})
    assert 422 == answer.status_code
    assert [f"entries[0].{field}"] == [error["path"] for error in answer.json()["errors"]]
    assert value not in answer.text


def test_nothing_of_the_detail_is_repeated(school: SchoolWorld) -> None:
    """A detail that is judged by its words is not told back."""
    answer = _entries(school, {"pupil": ADA, "code": "B", "detail": ONLINE})
    assert 422 == answer.status_code
    (error,) = answer.json()["errors"]
    assert "not-physically-at-approved-place" == error["code"]
    assert "entries[0].detail" == error["path"]
    assert "place" in error["message"]
    assert "Academy21" not in answer.text
    assert "Okafor" not in answer.text


def test_an_amendment_is_judged(maintained: SchoolWorld) -> None:
    """From N, late, to a code without an agreement: refused with the second, not warned of the first."""
    maintained.take({ADA: "N"})
    body = {
        "by": examples.OFFICER,
        "amendments": [
            {
                "pupil": ADA,
                "date": "2026-10-01",
                "session": "AM",
                "from": "N",
                "reason": "Told",
                **C2,
            }
        ],
    }
    path = f"{maintained.path}/attendance/amendments"
    refused = maintained.client.post(path, body)
    assert 422 == refused.status_code
    assert ["amendments[0].code"] == [error["path"] for error in refused.json()["errors"]]
    body["amendments"] = [{**examples.AMENDMENTS["amendments"][0], "pupil": ADA}]
    (recorded,) = maintained.client.post(path, body).json()["results"]
    assert ["code-n-not-replaced-in-time"] == [w["rule"] for w in recorded["warnings"]]
    assert ["from"] == [w["path"] for w in recorded["warnings"]]


def test_history_is_flagged(maintained: SchoolWorld) -> None:
    """On the road of imports the same marks are recorded, warned of and flagged."""
    common = {"school": maintained.urn, "date": "2026-10-01", "session": "AM", "by": examples.TUTOR}
    lines = [
        {**common, "pupil": ADA, **C2},
        {**common, "pupil": BEN, "code": "/", "place": "home"},
        {**common, "pupil": CAM, "code": "X"},
    ]
    answer = maintained.client.send_lines(lines)
    assert 201 == answer.status_code
    expected = {
        ADA: ["no-part-time-agreement"],
        BEN: ["not-physically-at-approved-place"],
        CAM: ["code-not-for-this-age", "code-without-leave"],
    }
    warned = [[w["rule"] for w in result["warnings"]] for result in answer.json()["results"]]
    assert list(expected.values()) == warned
    assert expected == {pupil: entry["flags"] for pupil, entry in _shown(maintained).items()}


@pytest.mark.parametrize("code", ["-", " ", ""])
def test_blank_is_no_mark(school: SchoolWorld, code: str) -> None:
    """Neither a blank nor a dash is a code, on any road."""
    assert 422 == _entries(school, {"pupil": ADA, "code": code}).status_code
    common = {"school": school.urn, "date": "2026-10-01", "session": "AM", "by": examples.TUTOR}
    assert 422 == school.client.send_lines([{**common, "pupil": ADA, "code": code}]).status_code


def test_the_other_school_is_not_told(client: Client, urn: str) -> None:
    """Of a half-day possible at two schools each is warned, and neither is told of which other."""
    child = f"0192d3f0-6c1e-7c55-9d10-{int(urn):012x}"
    schools = [make_school(client, number) for number in (urn, str(int(urn) + 500_000))]
    results = []
    for school, enrolment in zip(schools, ("main", "subsidiary"), strict=True):
        name = {**examples.ADMISSIONS["entries"][0], "pupil": child, "enrolment": enrolment}
        admitted = {"entries": [name], "by": examples.OFFICE}
        assert 201 == client.post(f"{school.path}/admissions", admitted).status_code
        answer = _entries(school, {"pupil": child, "code": "/"})
        results.append(answer.json()["results"][0].get("warnings", []))
    assert [] == results[0]
    (warning,) = results[1]
    assert "two-possible-sessions" == warning["rule"]
    assert urn not in str(warning)
