"""Extracts over HTTP: who may have which, in which form, and what the answer says of itself."""

import json
from hashlib import sha256
from typing import Any

import httpx
import pytest

from api import examples, extracting
from projections.extracts.catalogue import EXTRACTS
from tests.api.conftest import PUPILS, Client, MakeClient, SchoolWorld, make_school

DAYS = {"from": "2026-09-01", "to": "2026-11-20"}
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.fixture(scope="module")
def taken(client: Client) -> SchoolWorld:
    """A school with a register and an amended entry."""
    world = make_school(client, "177771")
    world.take({PUPILS[0]: "/", PUPILS[1]: "N"})
    body = {
        "by": examples.OFFICER,
        "amendments": [
            {
                "pupil": PUPILS[1],
                "date": "2026-10-01",
                "session": "AM",
                "from": "N",
                "code": "I",
                "reason": "Parent telephoned",
            }
        ],
    }
    assert client.post(f"{world.path}/attendance/amendments", body).status_code == 201
    return world


def _codes(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(error["path"], error["code"]) for error in answer.json()["errors"]]


def test_the_list_says_all_there_is_to_ask(client: Client) -> None:
    """Each extract is listed with its columns in order, its formats, scopes and parameters."""
    listed = {one["name"]: one for one in client.get("/extracts").json()["extracts"]}
    assert list(EXTRACTS) == list(listed)
    register = listed["register"]
    assert ["urn", "laestab", "pupil", "upn", "date", "session", "code", "counts_as"] == [
        column["name"] for column in register["columns"][:8]
    ]
    assert ["attendance:read", "admissions:read"] == register["scopes"]
    assert ["pupil"] == [parameter["name"] for parameter in register["parameters"]]
    names = client.get("/extracts", format="csv").text.splitlines()
    assert len(EXTRACTS) + 1 == len(names)


def test_every_extract_that_needs_nothing_more_answers(taken: SchoolWorld, client: Client) -> None:
    """Each extract of one school comes in each of its formats, or says what it needs."""
    for listed in client.get("/extracts").json()["extracts"]:
        needed = any(one["required"] for one in listed["parameters"])
        for form in listed["formats"]:
            path = f"/extracts/{listed['name']}"
            answer = client.get(path, school=taken.urn, format=form, **DAYS)
            assert answer.status_code in ((200, 422) if needed else (200,)), (path, answer.text)


def test_a_file_says_what_it_is_made_from(taken: SchoolWorld, client: Client) -> None:
    """Headers name position, instant, rules, version and days; a link leads to the statement."""
    answer = client.get("/extracts/register", school=taken.urn, format="csv", **DAYS)
    headers = answer.headers
    assert "text/csv; charset=utf-8" == headers["content-type"]
    assert f'"{headers["ledger-position"]}"' == headers["etag"]
    assert "2026-09-01/2026-11-20" == headers["extract-window"]
    assert headers["extract-version"].startswith("1.0.")
    assert "apostrophe-before-formula" == headers["csv-text"]
    name = f"register_{taken.urn}_2026-09-01_2026-11-20.csv"
    assert f'attachment; filename="{name}"' == headers["content-disposition"]
    assert 2 == len(answer.text.splitlines()) - 1


@pytest.mark.parametrize("form", EXTRACTS["register"].formats)
def test_the_statement_is_that_of_the_file(taken: SchoolWorld, client: Client, form: str) -> None:
    """The link of a file leads to its own digest, and the rows have one digest in all formats."""
    answer = client.get("/extracts/register", school=taken.urn, format=form, **DAYS)
    lines = client.get("/extracts/register", school=taken.urn, format="ndjson", **DAYS)
    link = answer.headers["link"]
    assert '>; rel="describedby"' in link
    said = client.http.get(link[1 : link.index(">")]).json()
    assert sha256(answer.content).hexdigest() == said["file_sha256"]
    assert sha256(lines.content).hexdigest() == said["rows_sha256"]
    assert (answer.headers["ledger-position"], answer.headers["ledger-as-of"]) == (
        str(said["position"]),
        said["as_of"],
    )
    assert answer.headers["extract-version"] == said["version"]


def test_the_format_may_be_asked_by_header(taken: SchoolWorld, client: Client) -> None:
    """Accept names the format as `format` does; what an extract does not come in is not answered."""
    path = f"/v1/extracts/register?school={taken.urn}"
    for accept in (SHEET, "text/csv", "application/vnd.apache.parquet"):
        answer = client.http.get(path, headers={"Accept": accept})
        assert accept == answer.headers["content-type"].partition(";")[0]
    assert 406 == client.http.get(path, headers={"Accept": "application/xml"}).status_code
    assert [("format", "not-one-of")] == _codes(
        client.get("/extracts/register", school=taken.urn, format="xml")
    )


def test_a_csv_may_begin_with_a_mark(taken: SchoolWorld, client: Client) -> None:
    """`bom=true` puts a byte-order mark before the very same bytes."""
    position = client.get("/codes").headers["Ledger-Position"]
    asked = {"school": taken.urn, "format": "csv", "as_of": position, **DAYS}
    plain = client.get("/extracts/register-history", **asked)
    marked = client.get("/extracts/register-history", bom="true", **asked)
    assert b"\xef\xbb\xbf" + plain.content == marked.content


def test_particulars_need_the_admission_register(
    taken: SchoolWorld, make_client: MakeClient
) -> None:
    """A key for attendance alone has the extracts without particulars, and no other."""
    reader = make_client(["attendance:read"], [taken.urn])
    for name, extract in EXTRACTS.items():
        answer = reader.get(f"/extracts/{name}")
        assert (answer.status_code == 403) == extract.particulars, (name, answer.text)
        stated = reader.get(f"/extracts/{name}/statement")
        changed = reader.get(f"/extracts/{name}/diff", **{"from": "1"})
        for answer in (stated, changed):
            assert (answer.status_code == 403) == extract.particulars, (name, answer.text)
    office = make_client(["attendance:read", "admissions:read"], [taken.urn])
    assert 200 == office.get("/extracts/register").status_code
    assert 403 == make_client(["school:read"], [taken.urn]).get("/extracts/codes").status_code


def test_a_key_of_one_school_need_not_name_it(
    taken: SchoolWorld, client: Client, make_client: MakeClient
) -> None:
    """Where the caller has one school it is meant; where it has several one must be named."""
    alone = make_client(schools=[taken.urn])
    assert [taken.urn] == alone.get("/extracts/register").json()["schools"]
    assert [("school", "missing")] == _codes(client.get("/extracts/register"))
    assert 404 == make_client(schools=["188888"]).get("/extracts/register").status_code


def test_other_schools_are_not_there(taken: SchoolWorld, make_client: MakeClient) -> None:
    """A school that is not the caller's, and one that nobody described, are not found."""
    other = make_client(schools=["100000"])
    for urn in (taken.urn, "199998"):
        assert 404 == other.get("/extracts/register", school=urn).status_code
        assert 404 == other.get("/extracts/register/statement", school=urn).status_code
        difference = {"school": urn, "from": "1"}
        assert 404 == other.get("/extracts/register/diff", **difference).status_code
    everybody = make_client()
    assert 404 == everybody.get("/extracts/register", school="199998").status_code
    assert 404 == everybody.get("/extracts/register", school=taken.urn, as_of=1).status_code
    assert 404 == everybody.get("/extracts/nothing", school=taken.urn).status_code


def test_schools_of_an_authority_and_of_a_trust(client: Client, make_client: MakeClient) -> None:
    """All of the caller's schools under an authority or of a trust come, in order, and none else."""
    laestabs = {"177774": "8734000", "177772": "8734001", "177773": "3304002"}
    for urn, laestab in laestabs.items():
        trust = "North Trust" if urn > "177772" else None
        make_school(client, urn, laestab=laestab, local_authority=laestab[:3], trust=trust)
    asked = {"format": "json", **DAYS}
    under = client.get("/extracts/code-breakdown", local_authority="873", **asked).json()
    assert ["177772", "177774"] == under["schools"]
    of_trust = client.get("/extracts/code-breakdown", trust="North Trust", **asked).json()
    assert ["177773", "177774"] == of_trust["schools"]
    both = client.http.get("/v1/extracts/code-breakdown?school=177774&school=177772").json()
    assert ["177772", "177774"] == both["schools"]
    some = make_client(schools=["177772", "177773"])
    seen = some.get("/extracts/code-breakdown", local_authority="873", **asked).json()
    assert ["177772"] == seen["schools"]
    assert 404 == some.get("/extracts/code-breakdown", local_authority="855").status_code
    assert 404 == client.get("/extracts/code-breakdown", trust="No Trust").status_code
    assert [("", "not-consistent")] == _codes(
        client.get("/extracts/code-breakdown", school="177772", trust="North Trust")
    )


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"from": "2026-11-20", "to": "2026-09-01"}, ("to", "dates-reversed")),
        ({"from": "2010-01-01", "to": "2026-09-01"}, ("to", "span-too-long")),
        ({"group": "9B"}, ("", "unknown-member")),
        ({"pupil": "Ada"}, ("pupil", "not-a-uuid")),
        ({"pupil": "a\x00b"}, ("pupil", "malformed")),
        ({"as_of": "yesterday"}, ("as_of", "not-an-instant")),
        ({"seen_at": "2001-01-01T00:00:00Z"}, ("seen_at", "not-consistent")),
        ({"format": "pdf"}, ("format", "not-one-of")),
    ],
)
def test_a_wrong_question_is_told(
    taken: SchoolWorld, client: Client, asked: dict[str, Any], expected: tuple[str, str]
) -> None:
    """What cannot be asked is refused before anything is sent, and never repeated."""
    answer = client.get("/extracts/register", school=taken.urn, **asked)
    assert [expected] == _codes(answer)
    assert all(value not in answer.text for value in asked.values() if not value[0].isdigit())


def test_only_the_school_may_be_named_twice(taken: SchoolWorld, client: Client) -> None:
    """Any other parameter is given once."""
    path = f"/v1/extracts/register?school={taken.urn}&to=2026-10-01&to=2026-10-02"
    assert [("", "repeated")] == _codes(client.http.get(path))


def test_what_changed_between_two_places(client: Client, urn: str) -> None:
    """Changes are told as JSON and as lines, with the events that made them and how many there are."""
    school = make_school(client, urn)
    before = school.take({PUPILS[0]: "N"})["last"]
    after = school.take({PUPILS[1]: "/"})["last"]
    path = "/extracts/register/diff"
    asked = {"school": urn, "from": before, "to": after, "first": DAYS["from"], "last": DAYS["to"]}
    answer = client.get(path, **asked).json()
    (change,) = answer["changes"]
    assert ("added", PUPILS[1]) == (change["what"], change["key"]["pupil"])
    assert ["attendance-entered"] == [event["type"] for event in change["events"]]
    assert (1, 0, 0) == (answer["added"], answer["removed"], answer["changed"])
    assert [f"1.0.{before}", f"1.0.{after}"] == [answer["before"], answer["after"]]
    (line,) = client.get(path, format="ndjson", **asked).text.splitlines()
    assert change == json.loads(line)
    assert [("to", "dates-reversed")] == _codes(
        client.get(path, **{**asked, "from": after, "to": before})
    )


def test_only_so_many_are_made_at_once(taken: SchoolWorld, client: Client) -> None:
    """One more than may be is asked to come again, and the others' places are given back."""
    path = "/extracts/register"
    for _ in range(2 * extracting.RUNNING_MAX):
        assert 200 == client.get(path, school=taken.urn).status_code
        assert 422 == client.get(path, school=taken.urn, pupil="Ada").status_code
    held = [extracting.one_of_few() for _ in range(extracting.RUNNING_MAX)]
    for one in held:
        one.__enter__()
    try:
        refused = client.get(path, school=taken.urn)
    finally:
        for one in held:
            one.__exit__(None, None, None)
    assert (503, "2") == (refused.status_code, refused.headers["retry-after"])
    assert refused.json()["type"].endswith("/too-many-extracts")
    assert 200 == client.get(path, school=taken.urn).status_code


def test_a_client_that_goes_away_gives_its_place_back(taken: SchoolWorld, client: Client) -> None:
    """Streams that are broken off in the middle hold no snapshot and no place."""
    path = f"/v1/extracts/register?school={taken.urn}&format=csv"
    for _ in range(3 * extracting.RUNNING_MAX):
        with client.http.stream("GET", path) as answer:
            assert 200 == answer.status_code
    assert 200 == client.http.get(path).status_code
