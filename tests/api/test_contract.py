"""The contract's own examples, as printed, against a running service."""

from typing import Any

import pytest

from api import examples
from api.example_answers import UNCHANGED
from api.examples import FOURTH, PUPIL, SECOND, THIRD
from tests.api.conftest import Client, SchoolWorld


@pytest.fixture
def bare(client: Client, urn: str) -> tuple[Client, str]:
    """A client and the address of a school that nobody has described."""
    return client, f"/schools/{urn}"


def test_a_school_is_described_and_read(bare: tuple[Client, str]) -> None:
    """The school of the contract is answered 201, then 200 unchanged, and reads as it was sent."""
    client, path = bare
    first, again = client.put(path, examples.SCHOOL), client.put(path, examples.SCHOOL)
    assert 201 == first.status_code
    assert [{"status": "recorded", "position": first.json()["last"]}] == first.json()["results"]
    assert 200 == again.status_code
    assert UNCHANGED == again.json()
    read = client.get(path, on="2026-10-01").json()
    sent = {name: value for name, value in examples.SCHOOL.items() if name != "by"}
    assert sent == {name: read[name] for name in sent}


def test_a_later_description_leaves_earlier_days_alone(bare: tuple[Client, str]) -> None:
    """Register times in force from a later day never change what an earlier day meant."""
    client, path = bare
    later = {
        **examples.SCHOOL,
        "in_force_from": "2026-11-02",
        "register_times": {
            "AM": {"opens": "08:45", "closes": "09:15"},
            "PM": {"opens": "13:00", "closes": "13:30"},
        },
    }
    client.put(path, examples.SCHOOL)
    assert 201 == client.put(path, later).status_code
    opens = [
        client.get(path, on=day).json()["register_times"]["AM"]["opens"]
        for day in ("2026-11-01", "2026-11-02")
    ]
    assert ["08:35", "08:45"] == opens


def test_a_school_year_is_set_and_read(bare: tuple[Client, str]) -> None:
    """The year of the contract is answered 201 and reads as it was sent, with its sessions counted."""
    client, path = bare
    client.put(path, examples.SCHOOL)
    assert 201 == client.put(f"{path}/years/2026", examples.YEAR).status_code
    assert 200 == client.put(f"{path}/years/2026", examples.YEAR).status_code
    read = client.get(f"{path}/years/2026").json()
    assert examples.YEAR["terms"] == read["terms"]
    assert examples.YEAR["closures"] == read["closures"]
    # Weekdays in term, without half terms, the training day and the May bank holiday.
    assert 2 * ((78 - 5 - 1) + (59 - 5) + (73 - 5 - 1)) == read["sessions"]
    assert 404 == client.get(f"{path}/years/2027").status_code


def test_a_closure_says_which_marks_disagree(school: SchoolWorld) -> None:
    """A closure made later changes no mark already entered, and names those that disagree."""
    school.take({PUPIL: "/"}, "2026-11-12")
    receipt = school.client.post(f"{school.path}/closures", examples.CLOSURE)
    assert 201 == receipt.status_code
    (result,) = receipt.json()["results"]
    assert 1 == result["disagreeing_marks"]
    disagrees = {"pupil": PUPIL, "date": "2026-11-12", "session": "AM", "code": "/"}
    assert [disagrees] == result["disagree"]
    read = school.client.get(f"{school.path}/attendance", date="2026-11-12", session="AM").json()
    assert ["/"] == [entry["code"] for entry in read["entries"]]
    year = school.client.get(f"{school.path}/years/2026").json()
    assert "unplanned" in [closure["kind"] for closure in year["closures"]]


def test_a_name_is_entered_and_read(bare: tuple[Client, str]) -> None:
    """The name of the contract is entered in the admission register and stands on the roll."""
    client, path = bare
    client.put(path, examples.SCHOOL)
    receipt = client.post(f"{path}/admissions", examples.ADMISSIONS)
    assert 201 == receipt.status_code
    assert PUPIL == receipt.json()["results"][0]["pupil"]
    (read,) = client.get(f"{path}/admissions", on="2026-10-01").json()["entries"]
    (sent,) = examples.ADMISSIONS["entries"]
    assert sent == {name: read[name] for name in sent}
    assert [] == client.get(f"{path}/admissions", on="2026-09-01").json()["entries"]


def test_a_pupil_without_an_id_is_given_one(bare: tuple[Client, str]) -> None:
    """Left out, `pupil` is minted as a UUIDv7 and answered."""
    client, path = bare
    client.put(path, examples.SCHOOL)
    entry = {n: v for n, v in examples.ADMISSIONS["entries"][0].items() if n != "pupil"}
    receipt = client.post(f"{path}/admissions", {"entries": [entry], "by": examples.OFFICE})
    minted = receipt.json()["results"][0]["pupil"]
    assert "7" == minted[14]
    assert minted == client.get(f"{path}/admissions").json()["entries"][0]["pupil"]


def test_particulars_are_amended(school: SchoolWorld) -> None:
    """Amended particulars stand from their day on; without a reason they are refused."""
    path = f"{school.path}/admissions/{PUPIL}/amendments"
    assert 201 == school.client.post(path, examples.PARTICULARS).status_code
    groups = [
        entry["registration_group"]
        for day in ("2026-11-01", "2026-11-02")
        for entry in _roll(school, day)
        if entry["pupil"] == PUPIL
    ]
    assert ["9B", "9C"] == groups
    bare = {**examples.PARTICULARS, "changes": {"surname": None, "upn": None, "boarder": None}}
    answer = school.client.post(path, bare)
    assert (422, "/problems/particular-required") == (answer.status_code, answer.json()["type"])
    assert ["changes.surname", "changes.boarder"] == [e["path"] for e in answer.json()["errors"]]
    silent = {name: value for name, value in examples.PARTICULARS.items() if name != "reason"}
    answer = school.client.post(path, silent)
    assert 422 == answer.status_code
    assert [("missing", "reason")] == [(e["code"], e["path"]) for e in answer.json()["errors"]]


@pytest.mark.parametrize("ground", examples.deletions())
def test_a_name_is_deleted_on_each_ground(school: SchoolWorld, ground: str) -> None:
    """The example of each ground is taken, but where the registers show that it has not arisen: of one
    who does not board (M), was not away (H, I), or is fourteen (L).
    """
    body = examples.deletions()[ground]["value"]
    answer = school.client.post(f"{school.path}/admissions/{PUPIL}/deletion", body)
    if ground in "HILM":
        assert 422 == answer.status_code
        expected = "other-code-in-run" if ground == "I" else "condition-not-met"
        assert expected == answer.json()["errors"][0]["code"]
        return
    assert 201 == answer.status_code, answer.text
    on_roll = [
        PUPIL in {entry["pupil"] for entry in _roll(school, on)}
        for on in ("2027-01-07", body["day"])
    ]
    assert [True, False] == on_roll


def _roll(school: SchoolWorld, on: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = school.client.get(f"{school.path}/admissions", on=on).json()[
        "entries"
    ]
    return entries


def test_a_deletion_is_never_dated_back(school: SchoolWorld) -> None:
    """A deletion dated before the day it is recorded is refused."""
    body = {**examples.deletions()["A"]["value"], "day": "2026-11-19"}
    answer = school.client.post(f"{school.path}/admissions/{PUPIL}/deletion", body)
    assert 422 == answer.status_code
    assert "/problems/deletion-dated-back" == answer.json()["type"]


def test_a_register_is_taken(school: SchoolWorld) -> None:
    """The register of the contract: a code, a code with its detail, and a time that the times decide."""
    answer = school.client.post(f"{school.path}/attendance", examples.REGISTER)
    assert 201 == answer.status_code
    receipt = answer.json()
    assert ["recorded"] * 3 == [result["status"] for result in receipt["results"]]
    assert receipt["last"] - receipt["first"] + 1 >= 3
    assert receipt["last"] == receipt["results"][-1]["position"]
    read = school.client.get(f"{school.path}/attendance", date="2026-10-01", session="AM").json()
    codes = {entry["pupil"]: (entry["code"], entry["counts_as"]) for entry in read["entries"]}
    assert {
        PUPIL: ("/", "attending"),
        SECOND: ("B", "approved_educational_activity"),
        THIRD: ("U", "unauthorised"),
    } == codes
    assert set(school.pupils[3:]) == set(read["missing"])


@pytest.mark.parametrize(
    ("arrived_at", "code"), [("08:35", "/"), ("08:36", "L"), ("09:04", "L"), ("09:05", "U")]
)
def test_register_times_decide_the_mark(school: SchoolWorld, arrived_at: str, code: str) -> None:
    """A time of arrival is present until the register opens, L while it is open, U from its close."""
    entries = [{"pupil": PUPIL, "arrived_at": arrived_at}]
    body = {**examples.REGISTER, "entries": entries}
    assert 201 == school.client.post(f"{school.path}/attendance", body).status_code
    read = school.client.get(f"{school.path}/attendance", date="2026-10-01", session="AM").json()
    assert [(code, arrived_at)] == [(e["code"], e["arrived_at"]) for e in read["entries"]]


def test_what_is_known_beforehand_is_planned(school: SchoolWorld) -> None:
    """Leave may be entered ahead and reads as planned; what happens in a session may not."""
    planned = school.take({PUPIL: "C"}, "2027-07-20")
    read = school.client.get(
        f"{school.path}/attendance", date="2027-07-20", session="AM", as_of=planned["last"]
    ).json()
    assert [True] == [entry["planned"] for entry in read["entries"]]
    for code in ("/", "L", "U", "N", "O", "I"):
        answer = school.client.post(
            f"{school.path}/attendance", school.register({SECOND: code}, "2027-07-20")
        )
        assert 422 == answer.status_code
        assert "/problems/session-not-begun" == answer.json()["type"]


def test_an_entry_is_amended(school: SchoolWorld) -> None:
    """The amendment of the contract: the original entry stays beside the amended one."""
    school.take({FOURTH: "N"})
    answer = school.client.post(f"{school.path}/attendance/amendments", examples.AMENDMENTS)
    assert 201 == answer.status_code
    read = school.client.get(f"{school.path}/attendance", date="2026-10-01", session="AM").json()
    (entry,) = read["entries"]
    assert ("I", "authorised", "N", True) == tuple(
        entry[name] for name in ("code", "counts_as", "original", "amended")
    )
    assert examples.OFFICER == entry["by"]
    assert "Parent telephoned: unwell" == entry["reason"]


def test_history_shows_original_and_amended_entry(school: SchoolWorld) -> None:
    """A pupil's history holds every event in log order, the amendment with what it amends."""
    school.take({FOURTH: "N"})
    school.client.post(f"{school.path}/attendance/amendments", examples.AMENDMENTS)
    events = school.client.get(f"/pupils/{FOURTH}/history", school=school.urn).json()["events"]
    assert ["name-entered", "attendance-entered", "attendance-amended"] == [
        event["type"] for event in events
    ]
    assert sorted(e["position"] for e in events) == [e["position"] for e in events]
    amended = events[-1]
    assert ("N", "I", "N") == (amended["from"], amended["code"], amended["original"])
    assert "Parent telephoned: unwell" == amended["reason"]
    assert examples.OFFICER == amended["by"]
    assert school.urn == amended["school"]


def test_leave_is_asked_for_and_decided(school: SchoolWorld) -> None:
    """Leave is given once, for less than was asked; deciding again is a conflict that names what stands."""
    asked = school.client.post(f"{school.path}/leave", examples.LEAVE)
    assert 201 == asked.status_code
    leave = asked.json()["id"]
    assert leave == asked.json()["results"][0]["id"]
    decision = f"{school.path}/leave/{leave}/decision"
    assert 201 == school.client.post(decision, examples.DECISION).status_code
    refusal = {"decision": "refused", "reason": "Too long", "by": examples.HEAD}
    again = school.client.post(decision, refusal)
    assert (409, "given") == (again.status_code, again.json()["standing"])
    (read,) = school.client.get(f"{school.path}/leave", pupil=PUPIL).json()["leave"]
    assert (leave, "given", "2026-11-19", "2026-11-19") == tuple(
        read[name] for name in ("id", "decision", "given_from", "given_to")
    )
    for name in (
        "pupil",
        "ground",
        "from",
        "to",
        "sessions",
        "asked_by",
        "asked_on",
        "circumstances",
    ):
        assert examples.LEAVE[name] == read[name]


def test_refusals_of_leave_are_kept(school: SchoolWorld) -> None:
    """Leave that was refused is still there to be read, by its decision and with its reason."""
    leave = school.client.post(f"{school.path}/leave", examples.LEAVE).json()["results"][0]["id"]
    refused = {"decision": "refused", "reason": "No exceptional circumstances", "by": examples.HEAD}
    school.client.post(f"{school.path}/leave/{leave}/decision", refused)
    kept = school.client.get(f"{school.path}/leave", decision="refused").json()["leave"]
    assert [(leave, "No exceptional circumstances")] == [(row["id"], row["reason"]) for row in kept]
    unknown = f"{school.path}/leave/{examples.LEAVE_ID}/decision"
    assert 404 == school.client.post(unknown, refused).status_code


def test_totals_add_up(school: SchoolWorld) -> None:
    """Totals count by class and by code, with percentages unrounded."""
    codes = {PUPIL: "/", SECOND: "I", THIRD: "O"}
    school.take(codes)
    read = school.client.get(
        f"{school.path}/totals", **{"from": "2026-10-01", "to": "2026-10-01", "by": "school"}
    ).json()
    (row,) = read["rows"]
    assert (3, 1, 1, 1, 2) == tuple(
        row[name]
        for name in (
            "possible_sessions",
            "attending",
            "authorised_absence",
            "unauthorised_absence",
            "overall_absence",
        )
    )
    assert {"/": 1, "I": 1, "O": 1} == row["codes"]
    assert 100 * 1 / 3 == row["attendance_percent"]
    assert 60 - 3 == row["missing"]


def test_the_codes_of_a_day(client: Client) -> None:
    """The codes of a day are those in force on it: C2 after 19 August 2024, H before."""
    now = {code["code"]: code for code in client.get("/codes", on="2026-10-01").json()["codes"]}
    before = {code["code"] for code in client.get("/codes", on="2024-07-01").json()["codes"]}
    assert "C2" in now
    assert "H" not in now
    assert "H" in before
    assert "C2" not in before
    assert {
        "code", "title", "counts_as", "in_possible_sessions", "sessions", "detail", "valid_from",
        "valid_to", "reference",
    } <= now["/"].keys()  # fmt: skip
    assert (["AM"], ["PM"]) == (now["/"]["sessions"], now["\\"]["sessions"])


def test_an_import_takes_entries_and_amendments(school: SchoolWorld) -> None:
    """Lines are entered in order: an entry, then its amendment, each with its original time kept."""
    lines = [{**line, "school": school.urn} for line in examples.LINES]
    answer = school.client.send_lines(lines)
    assert 201 == answer.status_code, answer.text
    assert ["recorded", "recorded"] == [r["status"] for r in answer.json()["results"]]
    read = school.client.get(f"{school.path}/attendance", date="2026-09-30", session="AM").json()
    (entry,) = read["entries"]
    assert ("I", "N") == (entry["code"], entry["original"])
    assert "2026-09-30T14:10:00+01:00" == entry["entered_at"]


def test_history_is_not_refused_for_being_what_it_is(school: SchoolWorld) -> None:
    """A retired code still arrives in an import: it is recorded with a warning, and flagged."""
    line = {**examples.LINES[0], "school": school.urn, "code": "H"}
    answer = school.client.send_lines([line])
    assert 201 == answer.status_code
    (result,) = answer.json()["results"]
    assert "code-not-in-force" == result["warnings"][0]["rule"]
    assert {"rule", "message", "reference"} <= result["warnings"][0].keys()
    read = school.client.get(f"{school.path}/attendance", date="2026-09-30", session="AM").json()
    assert [["code-not-in-force"]] == [entry["flags"] for entry in read["entries"]]


def test_what_guidance_discourages_is_a_warning(bare: tuple[Client, str]) -> None:
    """A register open for over thirty minutes is recorded, and reported in the item's warnings."""
    client, path = bare
    long = {
        "AM": {"opens": "08:30", "closes": "09:30"},
        "PM": {"opens": "12:30", "closes": "13:30"},
    }
    answer = client.put(path, {**examples.SCHOOL, "register_times": long})
    assert 201 == answer.status_code
    (result,) = answer.json()["results"]
    assert "register-open-over-30-minutes" == result["warnings"][0]["rule"]
