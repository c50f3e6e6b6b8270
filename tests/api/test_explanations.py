"""Why this number, over HTTP: from every row of totals to what each of its figures is made of."""

import csv
import io
import json
from typing import Any, get_args

import pytest

from api.examples import PUPIL, SECOND, THIRD
from ledger.law.edition import RULES
from projections.explanation import PARTS_OF_PERCENTAGES
from projections.totals import TotalsBy
from tests.api.conftest import MakeClient, SchoolWorld, make_school
from tests.api.test_differences import amend

SPAN = {"from": "2026-10-01", "to": "2026-10-02"}


@pytest.fixture(scope="module")
def marked(make_client: MakeClient) -> SchoolWorld:
    """A school with a few marks on two days, one of them amended."""
    world = make_school(make_client(), "166700")
    world.take({PUPIL: "N", SECOND: "/", THIRD: "L"})
    world.take({PUPIL: "\\", SECOND: "U", THIRD: "\\"}, session="PM")
    world.take({PUPIL: "/", SECOND: "T", THIRD: "O"}, "2026-10-02")
    amend(world, PUPIL, "N", "I", "Mother telephoned")
    return world


def rows_of(school: SchoolWorld, by: str, **asked: Any) -> list[dict[str, Any]]:
    """Rows of totals."""
    answer = school.client.get(f"{school.path}/totals", by=by, **SPAN, **asked)
    assert 200 == answer.status_code, answer.text
    found: list[dict[str, Any]] = answer.json()["rows"]
    return found


def follow(school: SchoolWorld, link: str, **asked: Any) -> Any:
    """What a link leads to."""
    answer = school.client.http.get(link, params=asked) if asked else school.client.http.get(link)
    assert 200 == answer.status_code, answer.text
    return answer


@pytest.mark.parametrize("by", get_args(TotalsBy))
def test_every_figure_of_every_row_is_explained(marked: SchoolWorld, by: str) -> None:
    """Followed from the row to its summary and on, each figure is made of as many as it says."""
    for row in rows_of(marked, by):
        summary = follow(marked, row["explain"]).json()
        assert row["key"] == summary["key"]
        assert (None, None) == (summary["total"], summary["headline"])
        for figure in summary["items"]:
            name, code = figure["figure"], figure["code"]
            expected = row["codes"][code] if code else row[name]
            assert expected == figure["headline"]
            found = follow(marked, figure["explain"]).json()
            assert found["total"] == found["headline"] == len(found["items"])
            if name in PARTS_OF_PERCENTAGES:
                whole = follow(marked, figure["of"]).json()["total"]
                expected_percent = 100 * found["total"] / whole if whole else None
                assert expected_percent == figure["headline"]
            else:
                assert expected == found["headline"]
        counted = {name for name, value in row.items() if isinstance(value, int | float)}
        explained = {one["figure"] for one in summary["items"] if one["headline"] is not None}
        assert counted <= explained


def test_an_entry_says_where_it_comes_from(marked: SchoolWorld) -> None:
    """An authorised absence has its code, the table's reference, its position, and that it was amended."""
    answer = marked.client.get(
        f"{marked.path}/totals/explain", **SPAN, figure="authorised_absence"
    ).json()
    assert (RULES, marked.urn, "authorised_absence") == (
        answer["rules"], answer["key"], answer["figure"],
    )  # fmt: skip
    first, second = answer["items"]
    assert (PUPIL, "2026-10-01", "AM", "I", "authorised", True) == tuple(
        first[n] for n in ("pupil", "date", "session", "code", "counts_as", "amended")
    )
    assert first["reference"].startswith("SI 2024/208")
    assert ("T", False) == (second["code"], second["amended"])
    by_code = marked.client.get(f"{marked.path}/totals/explain", **SPAN, code="T").json()
    assert [second] == by_code["items"]


def test_a_number_is_explained_as_it_stood(school: SchoolWorld) -> None:
    """The link of an old answer explains the number of that answer, whatever was amended since."""
    school.take({PUPIL: "N"})
    [row] = rows_of(school, "school")
    amend(school, PUPIL, "N", "I", "Mother telephoned")
    link = row["explain"] + "&figure=unauthorised_absence"
    assert ["N"] == [item["code"] for item in follow(school, link).json()["items"]]
    [now] = rows_of(school, "school")
    assert 0 == follow(school, now["explain"] + "&figure=unauthorised_absence").json()["total"]


def test_a_number_of_now_is_explained_as_of_now(school: SchoolWorld) -> None:
    """Marks that fell due after the last entry was recorded are missing in both: the instant is kept."""
    span = {"from": "2026-11-20", "to": "2026-11-20"}
    answer = school.client.get(f"{school.path}/totals", **span).json()
    [row] = answer["rows"]
    found = follow(school, row["explain"] + "&figure=missing").json()
    assert row["missing"] == found["total"] == found["headline"]
    assert (answer["position"], answer["as_of"]) == (found["position"], found["as_of"])


@pytest.mark.parametrize("figure", ["possible_sessions", "missing", "enrolments"])
def test_pages_and_formats(marked: SchoolWorld, figure: str) -> None:
    """Pages make up the list, each with the whole total; JSON lines and CSV hold the same rows."""
    [row] = rows_of(marked, "school")
    link = row["explain"] + f"&figure={figure}"
    whole = follow(marked, link).json()
    page = follow(marked, link + "&limit=5")
    rows = page.json()["items"]
    while "next" in page.links:
        page = marked.client.http.get(page.links["next"]["url"])
        assert whole["total"] == page.json()["total"]
        rows += page.json()["items"]
    assert whole["items"] == rows
    lines = follow(marked, link + "&format=ndjson").text.splitlines()
    assert rows == [json.loads(line) for line in lines]
    table = follow(marked, link + "&format=csv").text
    read = list(csv.DictReader(io.StringIO(table, newline=""), strict=True))
    assert [one["pupil"] for one in rows] == [one["pupil"] for one in read]


def test_absentees_come_with_the_comparison(marked: SchoolWorld) -> None:
    """Persistent absence lists enrolments with possible sessions, those missed, and what decides."""
    answer = marked.client.get(
        f"{marked.path}/totals/explain", **SPAN, figure="severe_absence"
    ).json()
    found = [(item["pupil"], item["possible"], item["absent"]) for item in answer["items"]]
    assert [(SECOND, 3, 2)] == found
    assert "100 × 2 = 200 ≥ 50 × 3 = 150" == answer["items"][0]["comparison"]


@pytest.mark.parametrize(
    ("asked", "code", "path"),
    [
        ({"figure": "happiness"}, "not-one-of", "figure"),
        ({"figure": "missing", "code": "N"}, "not-consistent", "code"),
        ({"key": "9Z", "by": "registration_group"}, "not-one-of", "key"),
        ({"key": "x' OR 1=1", "by": "pupil"}, "not-one-of", "key"),
        ({"by": "pupil"}, "not-one-of", "key"),
        ({"key": "100000"}, "not-one-of", "key"),
        ({"to": "2026-09-01"}, "dates-reversed", "to"),
        ({"to": "2036-09-01"}, "span-too-long", "to"),
        ({"seen_at": "17"}, "not-an-instant", "seen_at"),
        ({"seen_at": "noon"}, "not-an-instant", "seen_at"),
        ({"seen_at": "9998-01-01T00:00:00Z"}, "as-of-in-the-future", "seen_at"),
        ({"seen_at": "2001-01-01T00:00:00Z"}, "not-consistent", "seen_at"),
        ({"figure": "missing", "cursor": "x"}, "malformed", "cursor"),
    ],
)
def test_what_cannot_be_explained_is_refused(
    read_only: SchoolWorld, asked: dict[str, Any], code: str, path: str
) -> None:
    """A figure, row, day or instant that there is not is a 422 that names the parameter."""
    answer = read_only.client.get(f"{read_only.path}/totals/explain", **(SPAN | asked))
    assert 422 == answer.status_code, answer.text
    assert [(code, path)] == [(e["code"], e["path"]) for e in answer.json()["errors"]]


def test_a_code_nobody_has_is_made_of_nothing(marked: SchoolWorld) -> None:
    """A symbol that stands nowhere, known or not, has no entries."""
    for code in ("E", "zz", "#"):
        answer = marked.client.get(f"{marked.path}/totals/explain", **SPAN, code=code).json()
        assert (0, 0, []) == (answer["total"], answer["headline"], answer["items"])


def test_scopes_and_schools(make_client: MakeClient, marked: SchoolWorld) -> None:
    """An explanation needs the scope of the totals, at a school of the caller's."""
    path = f"{marked.path}/totals/explain"
    statuses = [
        make_client([scope], [urn]).get(path, **SPAN).status_code
        for scope, urn in (
            ("attendance:read", marked.urn),
            ("admissions:read", marked.urn),
            ("attendance:read", "188888"),
        )
    ]
    assert [200, 403, 404] == statuses
