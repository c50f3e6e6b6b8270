"""A year of the Department's figures, through the running service, comes out as it was published."""

import json
from collections import Counter
from collections.abc import Iterator
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from api.callers import create_key
from api.demo import history
from api.demo.history import Year
from api.demo.leave import GROUNDS
from api.demo.published import PublishedRow, carried_rows, find_row, read_rows
from api.demo.run import DemoResult, run_demo
from ledger.store.database import Addresses, connect_as_owner
from tests.api.conftest import Client

SESSIONS_MAX = 120_000
_EARLIER = Path(str(resources.files("tests"))) / "data/dfe_ytd_2024_25_small.csv"


def _rows() -> list[PublishedRow]:
    """Every carried row of both years under the limit, small ones first."""
    rows = [row for row in [*carried_rows(), *read_rows(_EARLIER)] if row.complete]
    return sorted(
        (row for row in rows if row.count("possible_sessions") <= SESSIONS_MAX),
        key=lambda row: row.count("possible_sessions"),
    )


def _chosen(every_row: bool) -> list[PublishedRow]:
    """All of them where asked for, else the smallest of each year."""
    rows = _rows()
    if every_row:
        return rows
    smallest = {row.period: row for row in reversed(rows)}
    return [smallest[period] for period in sorted(smallest)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each chosen row."""
    if "row" in metafunc.fixturenames:
        rows = _chosen(metafunc.config.getoption("--every-row"))
        metafunc.parametrize("row", rows, ids=[f"{row.title}, {row.period}" for row in rows])


@pytest.fixture(scope="session")
def key(addresses: Addresses) -> Iterator[str]:
    """A key for everything."""
    with connect_as_owner(addresses) as owner:
        yield create_key(owner, "published", ["all"], ["all"])


LEAVE_RULES = {
    "code-without-leave",
    "leave-in-force",
    "no-part-time-agreement",
    "outside-part-time-agreement",
    "code-not-for-this-age",
    "detail-missing",
}
"""What marks are flagged with whose leave, age or agreement is not in order."""


def test_totals_equal_the_published_figures(
    address: str, key: str, client: Client, addresses: Addresses, row: PublishedRow
) -> None:
    """Counts by code exactly, every published rate to its printed precision; and a school that gives
    leave before it is taken is warned of none of it.
    """
    result = run_demo(address, key, row)
    assert [] == [line for line in result.rows if not line.agrees]
    assert result.amendments > 0
    assert 50 == len(result.rows)
    assert result.leaves > 50
    assert set() == _flags(addresses, result) & LEAVE_RULES
    assert Counter(given=result.leaves) == _decisions(client, result)


def _flags(addresses: Addresses, result: DemoResult) -> set[str]:
    """Everything that the marks resting on leave, and those of one age alone, are flagged with."""
    schools = [int(school.urn) for school in result.schools]
    with connect_as_owner(addresses) as owner:
        # By the register's own way this takes longer than to enter them.
        rows = owner.execute(
            "SELECT DISTINCT convert_from(state, 'UTF8') FROM mark "
            "WHERE school = ANY(%s) AND code = ANY(%s)",
            (schools, [*GROUNDS, "T"]),
        ).fetchall()
    return {flag for (state,) in rows for flag in json.loads(state).get("flags", [])}


def _decisions(client: Client, result: DemoResult) -> Counter[str]:
    """How many requests for leave were decided how."""
    found: Counter[str] = Counter()
    for school in result.schools:
        answer = client.get(f"/schools/{school.urn}/leave").json()
        assert "next" not in answer or answer["next"] is None
        found.update(each["decision"] for each in answer["leave"])
    return found


def test_an_academy_may_enter_them_live_and_without_leave(client: Client, urn: str) -> None:
    """Regulation 11 does not bind an academy: a term's registers of a published row are recorded one by
    one, and marks that rest on leave come back with warnings.
    """
    year = Year.of(find_row())
    school = year.people.schools[0]
    body = {**history.school_document(school, year.row), "type": "academy"}
    assert 201 == client.put(f"/schools/{urn}", body).status_code
    terms = history.year_document(school, year.row)
    assert 201 == client.put(f"/schools/{urn}/years/{year.row.year}", terms).status_code
    for names in history.admissions(year, school):
        assert 201 == client.post(f"/schools/{urn}/admissions", names).status_code
    warned: Counter[tuple[str, str]] = Counter()
    for register in _registers(year, school.number):
        answer = client.post(f"/schools/{urn}/attendance", register)
        assert 201 == answer.status_code, answer.text
        results = answer.json()["results"]
        assert {"recorded"} == {result["status"] for result in results}
        for entry, result in zip(register["entries"], results, strict=True):
            warned.update((entry["code"], w["rule"]) for w in result.get("warnings", []))
    assert warned["C", "code-without-leave"] > 0
    assert warned["C2", "no-part-time-agreement"] > 0
    assert {"code-without-leave", "no-part-time-agreement"} == {
        rule for code, rule in warned if code in {"C", "C1", "C2", "J1", "S", "T", "M"}
    }


def _registers(year: Year, school: int) -> Iterator[dict[str, Any]]:
    """The registers of one school in the first term, as they would be taken."""
    until = year.marks[0].day.replace(month=12, day=31)
    marks = [mark for mark in year.marks if mark.school == school and mark.day <= until]
    for (day, session), taken in groupby(marks, key=lambda mark: (mark.day, mark.session)):
        entries: list[dict[str, str]] = []
        for mark in taken:
            entry = {"pupil": year.pupil(mark).id, "code": mark.code}
            if mark.code in history.DETAILS:
                entry["detail"] = history.DETAILS[mark.code][0]
            entries.append(entry)
        yield {
            "date": day.isoformat(),
            "session": session,
            "by": history.by("C Tutor", "Form tutor"),
            "entries": entries,
        }
