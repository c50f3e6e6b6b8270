"""The Department's extracts over HTTP: every form of them, and what their questions get wrong."""

import json
from typing import Any

import httpx
import pytest
from lxml import etree

from tests.api.conftest import PUPILS, Client, MakeClient, SchoolWorld, make_school

CENSUS: dict[str, Any] = {"census": "spring", "year": 2027}
"""The autumn term of 2026."""


@pytest.fixture(scope="module")
def taken(client: Client) -> SchoolWorld:
    """A school with a register."""
    world = make_school(client, "177811")
    world.take({PUPILS[0]: "/", PUPILS[1]: "N", PUPILS[2]: "L"})
    return world


def read(world: SchoolWorld, name: str, **parameters: Any) -> httpx.Response:
    """An extract of the school."""
    return world.client.get(f"/extracts/{name}", school=world.urn, **parameters)


@pytest.mark.parametrize("name", ["census-termly", "census-validation", "census-summary"])
def test_a_census_comes_in_every_form_that_it_has(taken: SchoolWorld, name: str) -> None:
    """Its window is the census's own, whatever days are asked for; the statement says so too."""
    listed = taken.client.get("/extracts").json()["extracts"]
    [formats] = [one["formats"] for one in listed if one["name"] == name]
    for form in formats:
        answer = read(taken, name, format=form, **CENSUS)
        assert 200 == answer.status_code, (form, answer.text)
        assert "2026-08-01/2026-12-31" == answer.headers["extract-window"]
        assert answer.content
    statement = taken.client.get(f"/extracts/{name}/statement", school=taken.urn, **CENSUS).json()
    assert ("2026-08-01", "2026-12-31") == (statement["from"], statement["to"])


def test_the_census_says_the_same_as_rows_and_as_xml(taken: SchoolWorld) -> None:
    """The possible sessions of three pupils with a mark, in JSON and in XML."""
    rows = read(taken, "census-termly", format="json", **CENSUS).json()["rows"]
    message = etree.fromstring(read(taken, "census-termly", format="xml", **CENSUS).content)
    read_again = [int(one.text) for one in message.iter("SessionsPossible")]
    assert 3 == sum(read_again)
    assert [row["TermlySessionsPossible"] for row in rows] == read_again


@pytest.mark.parametrize(
    ("asked", "option", "code"),
    [
        ({"census": "spring"}, "year", "missing"),
        ({"year": 2026}, "census", "missing"),
        ({"census": "winter", "year": 2026}, "census", "not-one-of"),
        ({"census": "spring", "year": 1066}, "year", "out-of-range"),
        ({"census": "spring", "year": 99999}, "year", "out-of-range"),
    ],
)
def test_what_a_census_lacks_is_a_clear_problem(
    taken: SchoolWorld, asked: dict[str, Any], option: str, code: str
) -> None:
    """The parameter at fault, and the problem."""
    answer = read(taken, "census-termly", **asked)
    assert 422 == answer.status_code
    assert [(option, code)] == [(one["path"], one["code"]) for one in answer.json()["errors"]]


def test_particulars_need_their_scope(taken: SchoolWorld, make_client: MakeClient) -> None:
    """Without `admissions:read` no names go out; validation names nobody and needs it not."""
    reader = make_client(["attendance:read"], [taken.urn])
    for name in ("census-termly", "daily-share", "ctf-attendance"):
        answer = reader.get(f"/extracts/{name}", school=taken.urn, **CENSUS)
        assert (403, "scope-missing") == (answer.status_code, _code(answer))
    answer = reader.get("/extracts/census-validation", school=taken.urn, **CENSUS)
    assert 200 == answer.status_code


def test_a_feed_goes_on_from_the_position_of_the_last_answer(taken: SchoolWorld) -> None:
    """What came since, and then nothing."""
    days = {"from": "2026-10-01", "to": "2026-10-01"}
    before = read(taken, "daily-share", format="ndjson", **days)
    taken.take({PUPILS[3]: "\\"}, session="PM")
    after = read(
        taken, "daily-share", format="ndjson", since=before.headers["ledger-position"], **days
    )
    rows = [json.loads(line) for line in after.text.splitlines()]
    assert [(PUPILS[3], "\\")] == [(row["pupil"], row["code_pm"]) for row in rows]
    last = read(
        taken, "daily-share", format="ndjson", since=after.headers["ledger-position"], **days
    )
    assert "" == last.text


@pytest.mark.parametrize("since", ["x", "-1", "", "9" * 19, "2999-01-01T00:00:00Z"])
def test_a_place_that_is_none_is_a_clear_problem(taken: SchoolWorld, since: str) -> None:
    """Neither a position nor an instant, or one to come."""
    answer = read(taken, "daily-share", since=since)
    assert 422 == answer.status_code
    assert ["since"] == [one["path"] for one in answer.json()["errors"]]


def _code(answer: httpx.Response) -> Any:
    return answer.json()["type"].rpartition("/")[2]
