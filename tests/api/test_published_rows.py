"""A year of the Department's figures, through the running service, comes out as it was published."""

import csv
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from api.callers import create_key
from api.demo import history
from api.demo.history import Year
from api.demo.leave import GROUNDS
from api.demo.measures import AUTHORISED, UNAUTHORISED, tolerance
from api.demo.people import Pupil
from api.demo.published import PublishedRow, carried_rows, find_row, read_rows
from api.demo.run import DemoResult, run_demo
from ledger.schools.calendar import span_of_year
from ledger.store.database import Addresses, connect_as_owner
from tests.api.conftest import Client

SESSIONS_MAX = 120_000
_EARLIER = Path(str(resources.files("tests"))) / "data/dfe_ytd_2024_25_small.csv"


class Replayed(NamedTuple):
    """A published row, and what became of its marks."""

    row: PublishedRow
    result: DemoResult
    wide: list[dict[str, str]]
    """The rows of `ees-attendance-wide` over the same schools and days, by the names of its columns."""
    pupils: list[Pupil]
    """Everybody on the roll of the schools: a row of the year before may have been posted to them too."""

    def of(self, phase: str) -> list[dict[str, str]]:
        """The rows of a phase, from the nation down."""
        return [one for one in self.wide if one["education_phase"] == phase]


def _rows() -> list[PublishedRow]:
    """Every carried row of both years under the limit, small ones first."""
    rows = [row for row in [*carried_rows(), *read_rows(_EARLIER)] if row.complete]
    return sorted(
        (row for row in rows if row.count("possible_sessions") <= SESSIONS_MAX),
        key=lambda row: row.count("possible_sessions"),
    )


def _chosen(every_row: bool) -> list[PublishedRow]:
    """All of them where asked for, else the smallest, which is of 2025/26."""
    return _rows() if every_row else _rows()[:1]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Each chosen row is replayed once, and then looked at in several ways."""
    if "replayed" in metafunc.fixturenames:
        rows = _chosen(metafunc.config.getoption("--every-row"))
        names = [f"{row.title}, {row.period}" for row in rows]
        metafunc.parametrize("replayed", rows, indirect=True, ids=names, scope="module")


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


@pytest.fixture(scope="module")
def rolls() -> defaultdict[str, list[Pupil]]:
    """The pupils of the rows posted so far, by their school."""
    return defaultdict(list)


@pytest.fixture(scope="module")
def replayed(
    address: str,
    key: str,
    client: Client,
    rolls: defaultdict[str, list[Pupil]],
    request: pytest.FixtureRequest,
) -> Replayed:
    """A row whose marks were posted, and the extract made of them."""
    result = run_demo(address, key, request.param)
    for pupil in Year.of(request.param).people.pupils:
        rolls[pupil.school.urn].append(pupil)
    pupils = [pupil for school in result.schools for pupil in rolls[school.urn]]
    return Replayed(request.param, result, _wide(client, result), pupils)


def test_totals_equal_the_published_figures(
    client: Client, addresses: Addresses, replayed: Replayed
) -> None:
    """Counts by code exactly, every published rate to its printed precision; and a school that gives
    leave before it is taken is warned of none of it.
    """
    result = replayed.result
    assert [] == [line for line in result.rows if not line.agrees]
    assert result.amendments > 0
    assert 50 == len(result.rows)
    assert result.leaves > 50
    assert set() == _flags(addresses, result) & LEAVE_RULES
    assert Counter(given=result.leaves) == _decisions(client, result, replayed.row)


def test_the_wide_extract_equals_the_published_row(replayed: Replayed) -> None:
    """`ees-attendance-wide` has the published columns in their order; what names the row and every count
    are the same text, every rate is the same number to its printed precision; the region and the nation
    hold the same sessions, since nobody else was asked for.
    """
    row, own = replayed.row, replayed.of(replayed.row.phase)
    assert ["National", "Regional", "Local authority"] == [one["geographic_level"] for one in own]
    for found in own:
        of_place = {*_OF_PLACE} if found["geographic_level"] != "Local authority" else set()
        assert list(row.columns) == list(found)
        same = [name for name in found if _is_same_text(name) and name not in of_place]
        assert {name: row.columns[name] for name in same} == {name: found[name] for name in same}
        assert _published_rates(row) == {name: float(found[name]) for name in _published_rates(row)}
    levels = {"National", "Regional"} | ({"Local authority"} if row.period == "202526" else set())
    assert levels == {one["geographic_level"] for one in replayed.of("Total")}


def test_what_does_not_follow_from_counts_is_that_of_the_invented_pupils(
    replayed: Replayed,
) -> None:
    """Daily means, census figures and persistent absence cannot be the published ones, since who was
    absent when is invented: they are what a plain count of the marks gives.
    """
    _, _, found = replayed.of(replayed.row.phase)
    expected = _counted(Year.of(replayed.row), replayed.pupils)
    assert expected == pytest.approx({name: float(found[name]) for name in expected}, abs=1e-9)


_OF_PLACE = (
    "geographic_level",
    "region_code",
    "region_name",
    "new_la_code",
    "la_name",
    "old_la_code",
)
_OF_PUPILS = ("num_schools", "enrolments", "total_num_schools", "total_enrolments", "pa_perc")


def _is_same_text(name: str) -> bool:
    return name not in _OF_PUPILS and not name.endswith("_perc")


def _published_rates(row: PublishedRow) -> dict[str, Any]:
    rates = [name for name in row.columns if name.endswith("_perc") and name != "pa_perc"]
    assert 18 == len(rates)
    precision = {name: tolerance(row.period, row.rate(name)) for name in rates}
    return {name: pytest.approx(row.rate(name), rel=0, abs=precision[name]) for name in rates}


def _wide(client: Client, result: DemoResult) -> list[dict[str, str]]:
    asked = {
        "school": [school.urn for school in result.schools],
        "from": result.first_day.isoformat(),
        "to": result.last_day.isoformat(),
        "format": "csv",
    }
    answer = client.get("/extracts/ees-attendance-wide", **asked)
    assert 200 == answer.status_code, answer.text
    return list(csv.DictReader(answer.text.splitlines()))


def _counted(year: Year, pupils: list[Pupil]) -> dict[str, float]:
    """What a plain count of a year's marks gives for the columns that are not its row's."""
    possible: Counter[int] = Counter()
    absent: Counter[int] = Counter()
    for mark in year.marks:
        possible[mark.pupil] += 1
        absent[mark.pupil] += mark.code in (*AUTHORISED, *UNAUTHORISED)
    days = sorted({mark.day for mark in year.marks})
    open_on = {(mark.day, year.pupil(mark).school.urn) for mark in year.marks}
    census = date(year.row.year + 1, 1, 15)
    while census.weekday() != 3:
        census += timedelta(days=1)
    on_roll = sum(
        _in_scope(pupil, day, year.row.year)
        for pupil in pupils
        for day in days
        if (day, pupil.school.urn) in open_on
    )
    return {
        "num_schools": len(open_on) / len(days),
        "enrolments": on_roll / len(days),
        "total_num_schools": len(year.people.schools),
        "total_enrolments": sum(_in_scope(pupil, census, year.row.year) for pupil in pupils),
        "pa_perc": 100 * sum(10 * absent[p] >= n for p, n in possible.items()) / len(possible),
    }


def _in_scope(pupil: Pupil, day: date, year: int) -> bool:
    """Whether an enrolment of that day is published: nobody over 15, nor of 15 after half term."""
    born = pupil.date_of_birth
    age = year - born.year - ((born.month, born.day) > (8, 31))
    oldest = 15 if day <= date(year + 1, 5, 24) else 14
    return pupil.starting_day <= day and 5 <= age <= oldest


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


def _decisions(client: Client, result: DemoResult, row: PublishedRow) -> Counter[str]:
    """How many requests for leave in the row's year were decided how; a school may play two years."""
    year = span_of_year(row.year)
    found: Counter[str] = Counter()
    for school in result.schools:
        answer = client.get(f"/schools/{school.urn}/leave").json()
        assert "next" not in answer or answer["next"] is None
        found.update(
            each["decision"]
            for each in answer["leave"]
            if year.first <= date.fromisoformat(each["from"]) <= year.last
        )
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
