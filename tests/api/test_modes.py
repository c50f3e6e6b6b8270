"""Modes, dry runs and collisions: what is appended when some of it is refused."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api import examples
from api.example_answers import UNCHANGED
from api.examples import FOURTH, PUPIL, SECOND, THIRD
from tests.api.conftest import Client, SchoolWorld

STRANGER = "0192d3f0-0000-7c55-9d10-2f1f0a3b8e01"


def _head(client: Client) -> int:
    position: int = client.get("/codes").json()["position"]
    return position


def test_one_refused_item_refuses_all(school: SchoolWorld) -> None:
    """In mode `all` nothing is appended when one item is refused; its path names it."""
    before = _head(school.client)
    codes = {PUPIL: "/", SECOND: "QQ", THIRD: "/"}
    answer = school.client.post(f"{school.path}/attendance", school.register(codes))
    assert 422 == answer.status_code
    assert "application/problem+json" == answer.headers["content-type"]
    assert [("unknown-code", "entries[1].code")] == [
        (error["code"], error["path"]) for error in answer.json()["errors"]
    ]
    assert before == _head(school.client)


def test_reasons_that_differ_are_named_item_by_item(school: SchoolWorld) -> None:
    """Items refused for different reasons are all listed under one overall problem."""
    codes = {PUPIL: "QQ", STRANGER: "/"}
    problem = school.client.post(f"{school.path}/attendance", school.register(codes)).json()
    assert "/problems/request-refused" == problem["type"]
    assert ["entries[0].code", "entries[1].pupil"] == [error["path"] for error in problem["errors"]]


def test_each_good_item_is_appended(school: SchoolWorld) -> None:
    """In mode `each` the good items are appended and the refused ones reported: 201."""
    codes = {PUPIL: "/", SECOND: "QQ", THIRD: "/"}
    answer = school.client.post(f"{school.path}/attendance", school.register(codes), mode="each")
    assert 201 == answer.status_code
    results = answer.json()["results"]
    assert ["recorded", "refused", "recorded"] == [result["status"] for result in results]
    assert "/problems/unknown-code" == results[1]["problem"]["type"]
    read = school.client.get(f"{school.path}/attendance", date="2026-10-01", session="AM").json()
    assert {PUPIL, THIRD} == {entry["pupil"] for entry in read["entries"]}


def test_nothing_appended_in_mode_each_is_a_refusal(school: SchoolWorld) -> None:
    """In mode `each` a request of which nothing was appended is a 422 with a result per item."""
    school.take({PUPIL: "/"})
    codes = {PUPIL: "/", SECOND: "QQ", THIRD: "QQ"}
    answer = school.client.post(f"{school.path}/attendance", school.register(codes), mode="each")
    assert 422 == answer.status_code
    assert ["unchanged", "refused", "refused"] == [r["status"] for r in answer.json()["results"]]
    taken = school.client.post(
        f"{school.path}/attendance", school.register({PUPIL: "N"}), mode="each"
    )
    assert 422 == taken.status_code


def test_the_same_code_again_is_unchanged(school: SchoolWorld) -> None:
    """An entry that stands with the same code is `unchanged`: 200, and no position is taken."""
    school.take({PUPIL: "/"})
    before = _head(school.client)
    answer = school.client.post(f"{school.path}/attendance", school.register({PUPIL: "/"}))
    assert 200 == answer.status_code
    assert UNCHANGED == answer.json()
    assert before == _head(school.client)


def test_another_code_is_a_conflict_that_names_what_stands(school: SchoolWorld) -> None:
    """Another code for an entry that stands is refused 409 `entry-exists` with the standing code."""
    school.take({PUPIL: "N"})
    answer = school.client.post(f"{school.path}/attendance", school.register({PUPIL: "/"}))
    assert 409 == answer.status_code
    assert ("/problems/entry-exists", "N") == (answer.json()["type"], answer.json()["standing"])
    assert "N" == answer.json()["errors"][0]["standing"]


def test_an_amendment_is_from_what_stands(school: SchoolWorld) -> None:
    """An amendment from another code than the standing one is refused 409 `entry-has-changed`."""
    school.take({FOURTH: "L"})
    path = f"{school.path}/attendance/amendments"
    answer = school.client.post(path, examples.AMENDMENTS)
    assert 409 == answer.status_code
    assert ("/problems/entry-has-changed", "L") == (
        answer.json()["type"],
        answer.json()["standing"],
    )
    assert "amendments[0].from" == answer.json()["errors"][0]["path"]
    nothing = {**examples.AMENDMENTS["amendments"][0], "pupil": PUPIL}
    answer = school.client.post(path, {"by": examples.OFFICER, "amendments": [nothing]})
    assert (409, "/problems/entry-not-found") == (answer.status_code, answer.json()["type"])


def test_of_two_writers_one_wins(school: SchoolWorld) -> None:
    """Of two writers of one entry one is answered 201; the other 409 with the code that stands."""
    path = f"{school.path}/attendance"
    for day in ("2026-10-05", "2026-10-06", "2026-10-07", "2026-10-08", "2026-10-09"):
        with ThreadPoolExecutor(2) as threads:
            answers = list(
                threads.map(
                    lambda code, on=day: (
                        code,
                        school.client.post(path, school.register({PUPIL: code}, on)),
                    ),
                    ["/", "N"],
                )
            )
        assert [201, 409] == sorted(answer.status_code for _, answer in answers)
        ((winner, _),) = [pair for pair in answers if pair[1].status_code == 201]
        ((_, lost),) = [pair for pair in answers if pair[1].status_code == 409]
        assert winner == lost.json()["standing"]
        read = school.client.get(path, date=day, session="AM").json()
        assert [winner] == [entry["code"] for entry in read["entries"]]


@pytest.mark.parametrize("mode", ["all", "each"])
def test_a_dry_run_appends_nothing(school: SchoolWorld, mode: str) -> None:
    """A dry run answers what would be answered, receipt or refusal, and appends nothing."""
    path, before = f"{school.path}/attendance", _head(school.client)
    good, bad = school.register({PUPIL: "/"}), school.register({PUPIL: "QQ"})
    answer = school.client.post(path, good, dry_run="true", mode=mode)
    assert 201 == answer.status_code
    assert before + 1 == answer.json()["first"]
    assert 422 == school.client.post(path, bad, dry_run="true", mode=mode).status_code
    assert before == _head(school.client)
    assert [] == school.client.get(path, date="2026-10-01").json()["entries"]


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"mode": "some"}, "mode"),
        ({"mode": ""}, "mode"),
        ({"dry_run": "yes"}, "dry_run"),
        ({"dry_run": "1"}, "dry_run"),
        ({"dryrun": "true"}, ""),
        ({"mode": ["all", "each"]}, ""),
    ],
)
def test_a_misspelt_parameter_is_refused(
    school: SchoolWorld, parameters: dict[str, str], path: str
) -> None:
    """An unknown parameter or mode on a write is a 422: nobody records what they meant to try out."""
    before = _head(school.client)
    answer = school.client.post(
        f"{school.path}/attendance", school.register({PUPIL: "/"}), **parameters
    )
    assert 422 == answer.status_code
    assert [path] == [error["path"] for error in answer.json()["errors"]]
    assert before == _head(school.client)


def test_lines_are_refused_or_recorded_by_the_same_modes(school: SchoolWorld) -> None:
    """An import refuses all for one bad line, or with `each` reports it and takes the rest."""
    good = {**examples.LINES[0], "school": school.urn}
    bad = {**good, "pupil": SECOND, "code": "QQ"}
    answer = school.client.send_lines([good, bad])
    assert 422 == answer.status_code
    assert [("unknown-code", "lines[1].code")] == [
        (error["code"], error["path"]) for error in answer.json()["errors"]
    ]
    answer = school.client.send_lines([good, bad], mode="each")
    assert 201 == answer.status_code
    assert ["recorded", "refused"] == [result["status"] for result in answer.json()["results"]]


def test_a_school_that_nobody_described_is_not_found(client: Client, urn: str) -> None:
    """A register for a school that was never described is a 404."""
    body = {**examples.REGISTER, "entries": [{"pupil": PUPIL, "code": "/"}]}
    answer = client.post(f"/schools/{urn}/attendance", body)
    assert (404, "/problems/school-not-found") == (answer.status_code, answer.json()["type"])
    assert 404 == client.get(f"/schools/{urn}").status_code
    line = {**examples.LINES[0], "school": urn}
    answer = client.send_lines([line])
    assert 404 == answer.status_code
    assert "lines[0].school" == answer.json()["errors"][0]["path"]
