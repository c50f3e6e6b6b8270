"""The law over HTTP: every value with its dates, its reference and its confidence."""

import csv
import io
import json

import pytest

from ledger.law.edition import RULES
from ledger.law.rulebook import BUILT_IN, TABLES
from tests.api.conftest import Client, MakeClient


def test_every_value_is_answered(client: Client) -> None:
    """Each value of each table, with what it rests on, how surely, and the edition of the rules."""
    said = client.get("/rules").json()
    assert (RULES, None) == (said["rules"], said["on"])
    assert len(list(BUILT_IN.entries())) == len(said["values"])
    assert set(TABLES) == {value["table"] for value in said["values"]}
    assert all(value["reference"] and value["confidence"] for value in said["values"])


def test_a_rule_says_what_a_breach_leads_to(client: Client) -> None:
    """Of a rule the severity by type of school; of anything else none."""
    said = client.get("/rules", table="severity", on="2026-10-01").json()
    by_name = {value["name"]: value for value in said["values"]}
    severity = by_name["no-part-time-agreement"]["severity"]
    assert ("refuse", "warn") == (severity["maintained"], severity["academy"])
    numbers = client.get("/rules", table="thresholds").json()["values"]
    assert {None} == {value["severity"] for value in numbers}


@pytest.mark.parametrize(("on", "value"), [("2024-08-18", 60), ("2024-08-19", 80)])
def test_values_are_those_of_the_day(client: Client, on: str, value: int) -> None:
    """The day before a change the old number, on its day the new one."""
    said = client.get("/rules", table="thresholds", on=on).json()["values"]
    (early,) = (one for one in said if one["name"] == "penalty-first-early-pounds")
    assert value == early["value"]["value"]


def test_what_is_not_commenced_is_listed_without_a_day(client: Client) -> None:
    """The 2026 Act's condition is there, in force on no day."""
    name = "F.consent_to_withdrawal"
    said = client.get("/rules", table="deletion_grounds").json()["values"]
    (waiting,) = (one for one in said if one["name"] == name)
    assert waiting["valid_from"] is None
    said = client.get("/rules", table="deletion_grounds", on="2044-07-31").json()["values"]
    assert name not in {one["name"] for one in said}


def test_the_same_as_csv_and_lines(client: Client) -> None:
    """CSV and NDJSON hold the rows of the JSON."""
    rows = client.get("/rules", table="thresholds").json()["values"]
    text = client.get("/rules", table="thresholds", format="csv").text
    read = list(csv.DictReader(io.StringIO(text, newline=""), strict=True))
    assert [row["name"] for row in rows] == [row["name"] for row in read]
    assert rows[0]["value"] == json.loads(read[0]["value"])
    lines = client.get("/rules", table="thresholds", format="ndjson").text.splitlines()
    assert rows == [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    ("query", "path"), [({"table": "laws"}, "table"), ({"on": "soon"}, "on"), ({"x": "y"}, "")]
)
def test_what_is_not_known_is_refused(client: Client, query: dict[str, str], path: str) -> None:
    """An unknown table or parameter is a 422 that does not repeat it."""
    answer = client.get("/rules", **query)
    assert (422, [path]) == (answer.status_code, [e["path"] for e in answer.json()["errors"]])
    assert "laws" not in answer.text
    assert "soon" not in answer.text


def test_any_key_may_ask(make_client: MakeClient) -> None:
    """The law is no secret; only a key is needed."""
    client = make_client(["leave:read"], ["137172"])
    assert 200 == client.get("/rules").status_code
    assert 401 == client.http.get("/v1/rules", headers={"Authorization": ""}).status_code


def test_every_code_that_ever_was(client: Client) -> None:
    """`on=all` is the dated table; a day is those in force, with all that is known of them."""
    everything = client.get("/codes", on="all").json()
    assert ("all", len(BUILT_IN.codes.codes)) == (everything["on"], len(everything["codes"]))
    of_day = client.get("/codes", on="2026-10-01").json()
    (c2,) = (code for code in of_day["codes"] if code["code"] == "C2")
    assert ("compulsory_school_age", "required", "C2") == (
        c2["pupil_group"],
        c2["leave_decision"],
        c2["export_as"],
    )
    assert RULES == of_day["rules"]
