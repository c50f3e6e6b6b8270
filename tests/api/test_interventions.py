"""Legal intervention over HTTP: the contract's examples, who may, and nothing personal where it should not be."""

import csv
import io
import json
from typing import Any

import pytest
from structlog.testing import capture_logs

from api import examples_interventions as examples
from api.examples import PUPIL, SECOND
from tests.api.conftest import MakeClient, SchoolWorld

POSTS = {
    "penalty-notices": (examples.PENALTY_NOTICE, examples.NOTICE_OUTCOME),
    "notices-to-improve": (examples.NOTICE_TO_IMPROVE, examples.IMPROVEMENT_OUTCOME),
    "attendance-contracts": (examples.ATTENDANCE_CONTRACT, examples.CONTRACT_OUTCOME),
    "penalty-considerations": (examples.CONSIDERATION, None),
}
NOTICES = "penalty-notices"


def _to(school: SchoolWorld, number: int = 0) -> dict[str, str]:
    """A parent whom no other test knows: notices count at whichever school."""
    return {"id": f"0192d3f0-6c1e-7c55-9d10-{number:06d}{school.urn}", "name": "Ngozi Okafor"}


def _post(school: SchoolWorld, path: str, /, **changes: Any) -> Any:
    body = {**POSTS[path][0], **changes}
    if "parent" in body and "parent" not in changes:
        body["parent"] = _to(school)
    return school.client.post(f"{school.path}/{path}", body)


def _absent(school: SchoolWorld) -> None:
    for day in range(12, 17):
        for session in ("AM", "PM"):
            school.take({PUPIL: "G"}, f"2026-10-{day}", session)


@pytest.mark.parametrize("kind", POSTS)
def test_the_contracts_examples_are_taken(school: SchoolWorld, kind: str) -> None:
    """Each example is recorded without a warning, and so is its outcome; both are read back."""
    _absent(school)
    recorded = _post(school, kind)
    assert 201 == recorded.status_code, recorded.text
    (result,) = recorded.json()["results"]
    assert "warnings" not in result
    intervention, outcome = recorded.json()["id"], POSTS[kind][1]
    assert intervention == result["id"]
    if outcome is not None:
        path = f"{school.path}/{kind}/{intervention}/outcome"
        ended = school.client.post(path, outcome)
        assert 201 == ended.status_code, ended.text
        assert "warnings" not in ended.json()["results"][0]
        again = school.client.post(path, outcome)
        assert (409, "/problems/intervention-already-ended") == (
            again.status_code,
            again.json()["type"],
        )
        assert outcome["outcome"] == again.json()["standing"]
    (read,) = school.client.get(f"{school.path}/interventions").json()["interventions"]
    assert (intervention, PUPIL) == (read["id"], read["pupil"])
    sent = {n: v for n, v in POSTS[kind][0].items() if n in read and n not in {"by", "parent"}}
    assert sent == {name: read[name] for name in sent}
    assert (outcome or {}).get("outcome") == read["outcome"]


def test_a_receipt_says_what_is_to_be_paid(school: SchoolWorld) -> None:
    """The first notice with its amounts and last days, the second without a discount, no third."""
    _absent(school)
    first = _post(school, NOTICES).json()["results"][0]
    assert ("first", examples.ANSWERS["receipt-of-penalty-notice"]["results"][0]["payment"]) == (
        first["kind"],
        first["payment"],
    )
    second = _post(school, NOTICES).json()["results"][0]
    assert ("second", None) == (second["kind"], second["payment"]["early"])
    third = _post(school, NOTICES)
    assert (422, "/problems/third-penalty-notice") == (third.status_code, third.json()["type"])
    assert third.json()["errors"][0]["reference"]
    assert "first" == _post(school, NOTICES, parent=_to(school, 1)).json()["results"][0]["kind"]
    assert "first" == _post(school, NOTICES, pupil=SECOND).json()["results"][0]["kind"]


def test_below_the_threshold_a_notice_is_warned_of(school: SchoolWorld) -> None:
    """Nothing in the register: recorded, with the rule, the field and its reference."""
    recorded = _post(school, NOTICES, sessions=None, threshold_met_on=None)
    (warning,) = recorded.json()["results"][0]["warnings"]
    assert ("threshold-not-met", "issued_on") == (warning["rule"], warning["path"])
    assert "National framework" in warning["reference"]


def test_a_dry_run_records_nothing(school: SchoolWorld) -> None:
    """It answers the kind and what would be paid; the next one is still the first."""
    body = {**examples.PENALTY_NOTICE, "parent": _to(school)}
    for _ in range(3):
        answer = school.client.post(f"{school.path}/{NOTICES}", body, dry_run="true")
        assert "first" == answer.json()["results"][0]["kind"]
    assert [] == school.client.get(f"{school.path}/interventions").json()["interventions"]


def test_interventions_are_read_as_they_stood_and_by_what_is_asked(school: SchoolWorld) -> None:
    """As of a position, by pupil, by kind and by day; page by page; in three formats."""
    ids = {kind: _post(school, kind).json() for kind in POSTS}
    path = f"{school.path}/interventions"

    def kinds(**asked: Any) -> list[str]:
        return [r["kind"] for r in school.client.get(path, **asked).json()["interventions"]]

    every = ["penalty_notice", "notice_to_improve", "attendance_contract", "penalty_consideration"]
    assert every == kinds()
    assert every[:2] == kinds(as_of=ids["notices-to-improve"]["last"])
    assert [every[2]] == kinds(kind="attendance_contract")
    assert [] == kinds(pupil=SECOND)
    assert every[1:] == kinds(on="2026-10-19")
    page = school.client.get(path, limit=3)
    rest = school.client.http.get(page.links["next"]["url"]).json()["interventions"]
    whole = school.client.get(path).json()["interventions"]
    assert whole == page.json()["interventions"] + rest
    lines = school.client.get(path, format="ndjson").text.splitlines()
    assert whole == [json.loads(line) for line in lines]
    text = school.client.get(path, format="csv").text
    table = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert every == [row["kind"] for row in table]
    assert ("80", "Ngozi Okafor") == (table[0]["payment_early_pounds"], table[0]["parent_name"])


def test_scopes_are_of_interventions_own(school: SchoolWorld, make_client: MakeClient) -> None:
    """Writing needs `interventions:write`, reading `interventions:read`, in histories as well."""
    _post(school, NOTICES)
    writer = make_client(["interventions:write"], [school.urn])
    reader = make_client(["interventions:read"], [school.urn])
    other = make_client(["attendance:read", "leave:read", "leave:write"], [school.urn])
    elsewhere = make_client(["interventions:read", "interventions:write"], ["188888"])
    for kind, (example, outcome) in POSTS.items():
        path = f"{school.path}/{kind}"
        body = {**example, **({"parent": _to(school, 2)} if "parent" in example else {})}
        assert 201 == writer.post(path, body, dry_run="true").status_code
        assert 403 == reader.post(path, body).status_code
        assert 403 == other.post(path, body).status_code
        assert 404 == elsewhere.post(path, body).status_code
        if outcome is not None:
            path = f"{path}/{examples.NOTICE_ID}/outcome"
            assert "/problems/intervention-not-found" == writer.post(path, outcome).json()["type"]
            assert 403 == reader.post(path, outcome).status_code
    path = f"{school.path}/interventions"
    assert [200, 403, 403, 404] == [
        client.get(path).status_code for client in (reader, writer, other, elsewhere)
    ]
    history = f"/pupils/{PUPIL}/history"
    shown = {e["type"] for e in reader.get(history, school=school.urn).json()["events"]}
    assert {"penalty-notice-issued"} == shown
    hidden = other.get(history, school=school.urn)
    assert "penalty-notice-issued" not in hidden.text


CANARY = "Zebedee Quillfeather"
HOSTILE: list[dict[str, Any]] = [
    {"parent": {"id": CANARY, "name": "N"}},
    {"parent": {"name": CANARY}},
    {"parent": {"id": examples.PARENT["id"], "name": "a\x00b"}},
    {"parent": {"id": examples.PARENT["id"], "name": CANARY, "phone": CANARY}},
    {"parent": CANARY},
    {"pupil": CANARY},
    {"issued_on": "1790812800"},
    {"issued_on": 1790812800},
    {"issued_on": "2026-11-31"},
    {"issued_on": "0000-01-01"},
    {"issued_on": "9999-12-31", "received_on": "9999-12-31"},
    {"received_on": "2026-11-02"},
    {"issued_by": {"name": CANARY}},
    {"issued_by": CANARY},
    {"sessions": []},
    {"sessions": [{"date": "2026-10-12", "session": CANARY}]},
    {"sessions": [{"date": "2026-10-12", "session": "AM"}] * 801},
    {"sessions": [{"date": "2026-10-12", "session": "AM", "code": CANARY}]},
    {"offence": "\u202eevil"},
    {"offence": "x" * 201},
    {"excluded_pupil": "yes"},
    {"kind": "first"},
    {"by": {"name": CANARY}},
]


@pytest.mark.parametrize("changes", HOSTILE, ids=str)
def test_a_hostile_notice_is_refused_and_not_repeated(
    read_only: SchoolWorld, changes: dict[str, Any]
) -> None:
    """Each is a 422 that names the place, with nothing of what was sent in it."""
    with capture_logs() as logs:
        answer = _post(read_only, NOTICES, **changes)
    assert 422 == answer.status_code, answer.text
    assert answer.json()["errors"]
    assert "Quillfeather" not in answer.text + json.dumps(logs, default=str)


@pytest.mark.parametrize("name", ["x", examples.NOTICE_ID[:-1], "0" * 36])
def test_an_address_without_an_id_is_none(read_only: SchoolWorld, name: str) -> None:
    """What is no UUID is a 422, and names the parameter."""
    path = f"{read_only.path}/{NOTICES}/{name}/outcome"
    answer = read_only.client.post(path, examples.NOTICE_OUTCOME)
    assert (422, "intervention") == (answer.status_code, answer.json()["errors"][0]["path"])


def test_no_particulars_are_logged(school: SchoolWorld) -> None:
    """Names, terms and reasons stand in no log line, in problems neither."""
    with capture_logs() as logs:
        _post(school, NOTICES, parent={**_to(school), "name": CANARY}, offence=CANARY)
        contract = _post(school, "attendance-contracts", terms=CANARY).json()["id"]
        path = f"{school.path}/attendance-contracts/{contract}/outcome"
        outcome = {**examples.CONTRACT_OUTCOME, "reason": CANARY}
        school.client.post(path, outcome)
        again = school.client.post(path, outcome)
    assert 409 == again.status_code
    assert "Quillfeather" not in again.text + json.dumps(logs, default=str)
