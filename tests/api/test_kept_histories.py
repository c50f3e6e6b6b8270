"""What is kept of histories changes no answer: in each format, page by page and for each scope it is the same."""

import json
from datetime import date
from typing import Any

import httpx

from api import examples
from ledger.store.database import Addresses, connect_as_owner
from ledger.store.settled_years import index_by_pupil
from projections.kept_histories import making
from projections.kept_histories.form import Columns, packed
from projections.kept_histories.making import SchoolYear
from tests.api.conftest import Client, MakeClient, SchoolWorld
from tests.projections.world import terms

PUPIL = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b9f01"
YEARS = (2021, 2022, 2026)
WAYS: tuple[dict[str, Any], ...] = (
    {},
    {"format": "ndjson"},
    {"format": "csv"},
    {"format": "html"},
    {"from": "2021-08-01", "to": "2022-07-31"},
    {"from": "2022-11-01", "to": "2022-11-09"},
)


def _enter(school: SchoolWorld, addresses: Addresses) -> None:
    for year in YEARS[:2]:
        body = {"terms": terms(year), "closures": [], "by": examples.HEAD}
        assert school.client.put(f"{school.path}/years/{year}", body).status_code == 201
    entry = examples.ADMISSIONS["entries"][0] | {"pupil": PUPIL, "starting_day": "2021-09-02"}
    entered = {"entries": [entry], "by": examples.OFFICE}
    assert school.client.post(f"{school.path}/admissions", entered).status_code == 201
    line = {"school": school.urn, "pupil": PUPIL, "by": examples.TUTOR}
    lines = [
        line | {"date": f"{year}-11-{day:02}", "session": session, "code": code}
        for year in YEARS[:2]
        for day in (7, 8, 9)
        for session, code in (("AM", "/"), ("PM", "\\"))
        if date(year, 11, day).weekday() < 5
    ]
    lines.append(line | {"date": "2022-11-10", "session": "AM", "code": "L", "arrived_at": "08:59"})
    assert school.client.send_lines(lines).status_code == 201
    with connect_as_owner(addresses) as connection:
        index_by_pupil(connection, date(2026, 11, 20))


def _answers(clients: list[Client], position: int) -> list[tuple[str, str | None]]:
    path = f"/pupils/{PUPIL}/history"
    found: list[httpx.Response] = []
    for client in clients:
        found += [client.get(path, **way, as_of=position) for way in WAYS]
        pages = [client.get(path, limit=3, as_of=position)]
        while cursor := pages[-1].json().get("next"):
            pages.append(client.get(path, limit=3, cursor=cursor))
        found += pages
    assert {answer.status_code for answer in found} == {200}
    return [(answer.text, answer.headers.get("Link")) for answer in found]


def test_answers_are_the_same_with_what_is_kept(
    school: SchoolWorld, addresses: Addresses, make_client: MakeClient
) -> None:
    """To the byte: JSON, JSON lines, CSV and the page, of all days and of some, for who may see a part as well."""
    _enter(school, addresses)
    clients = [school.client, make_client(["attendance:read"]), make_client(["admissions:read"])]
    position = school.client.get(f"/pupils/{PUPIL}/history").json()["position"]
    before = _answers(clients, position)
    with connect_as_owner(addresses) as owner:
        for year in YEARS[:2]:
            making.keep(owner, SchoolYear(int(school.urn), year))
        kept = owner.execute(
            "SELECT sum(marks) FROM kept_history WHERE school = %s", (int(school.urn),)
        ).fetchone()
    assert before == _answers(clients, position)
    assert kept == (len(json.loads(before[0][0])["events"]) - 1,)


def test_json_is_made_of_it(school: SchoolWorld, addresses: Addresses) -> None:
    """What is kept is what JSON tells, and nothing else does: one entry less, and it is missed in JSON alone."""
    _enter(school, addresses)
    urn, path = int(school.urn), f"/pupils/{PUPIL}/history"
    with connect_as_owner(addresses) as owner:
        making.keep(owner, SchoolYear(urn, YEARS[0]))
        before = school.client.get(path, school=school.urn).json()["events"]
        empty = packed(Columns((), (), (), (), ()))
        owner.execute("UPDATE kept_history SET told = %s WHERE school = %s", (empty, urn))
    events = school.client.get(path, school=school.urn).json()["events"]
    assert events == [one for one in before if not one.get("date", "").startswith("2021-11")]
    assert len(events) < len(before)
    table = school.client.get(path, school=school.urn, format="csv").text
    assert len(before) == len(table.splitlines()) - 1
