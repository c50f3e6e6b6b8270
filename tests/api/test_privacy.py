"""What is personal stays out of problems, logs and measures."""

import json
import re
from typing import Any

from structlog.testing import capture_logs

from api import examples
from tests.api.conftest import SchoolWorld

# One canary a field, so that a leak names its field.
_FIELDS = (
    "surname", "forenames", "upn", "address", "parent", "parent_address", "phone", "previous",
    "group", "reason", "detail", "circumstances", "asked_by", "relationship", "by", "position",
    "evidence", "note", "closure", "key", "query", "unknown",
)  # fmt: skip
CANARY = {name: f"Canary{name.title().replace('_', '')}" for name in _FIELDS}
_BY = {"name": CANARY["by"], "position": CANARY["position"]}


def _name(pupil: str | None) -> dict[str, Any]:
    return {
        **({"pupil": pupil} if pupil else {}),
        "surname": CANARY["surname"],
        "forenames": CANARY["forenames"],
        "date_of_birth": "2012-05-14",
        "starting_day": "2026-09-02",
        "registration_group": CANARY["group"],
        "address": CANARY["address"],
        "parents": [
            {
                "name": CANARY["parent"],
                "address": CANARY["parent_address"],
                "emergency_phone": CANARY["phone"],
            }
        ],
        "previous_school": CANARY["previous"],
    }


def _requests(school: SchoolWorld) -> list[tuple[str, str, Any]]:
    """Writes with a canary in every field, first as they should be and then each spoiled."""
    pupil = school.pupils[0]
    leave = {
        **examples.LEAVE,
        "circumstances": CANARY["circumstances"],
        "asked_by": {"name": CANARY["asked_by"], "relationship": CANARY["relationship"]},
        "by": _BY,
    }
    mark = {"date": "2026-10-01", "session": "AM", "by": _BY}
    good = [
        ("POST", "/admissions", {"entries": [_name(None)], "by": _BY}),
        (
            "POST",
            f"/admissions/{pupil}/amendments",
            {"changes": {"surname": CANARY["surname"]}, "reason": CANARY["reason"], "by": _BY},
        ),
        (
            "POST",
            "/attendance",
            {**mark, "entries": [{"pupil": pupil, "code": "B", "detail": CANARY["detail"]}]},
        ),
        ("POST", "/leave", leave),
        ("POST", "/closures", {**examples.CLOSURE, "reason": CANARY["closure"], "by": _BY}),
    ]
    spoiled = [
        ("POST", "/admissions", {"entries": [_name(pupil)], "by": _BY}),
        ("POST", "/admissions", {"entries": [{**_name(None), "upn": CANARY["upn"]}], "by": _BY}),
        ("POST", "/admissions", {"entries": [_name(None)], CANARY["unknown"]: 1, "by": _BY}),
        ("POST", "/attendance", {**mark, "entries": [{"pupil": CANARY["surname"], "code": "/"}]}),
        ("POST", "/leave", {**leave, "ground": CANARY["circumstances"]}),
        (
            "POST",
            f"/admissions/{pupil}/deletion",
            {
                "ground": "A",
                "day": "2020-01-01",
                "evidence": {"school": CANARY["evidence"], "note": CANARY["note"]},
                "by": _BY,
            },
        ),
        ("POST", f"/admissions/{CANARY['surname']}/deletion", {}),
    ]
    return good + spoiled


def test_no_canary_is_in_a_problem_or_a_log(school: SchoolWorld) -> None:
    """A canary in every field of every request comes back in no problem and stands in no log line."""
    client = school.client
    with capture_logs() as logs:
        answers = [
            client.send(method, f"{school.path}{path}", body)
            for method, path, body in _requests(school)
        ]
        client.get(
            f"{school.path}/attendance", registration_group=CANARY["query"], date="2026-10-01"
        )
        client.get(f"{school.path}/attendance", **{CANARY["query"]: CANARY["query"]})
        client.get(f"/pupils/{school.pupils[0]}/history")
        client.post(f"{school.path}/attendance", "{}", CANARY["key"])
        client.http.post(f"/v1{school.path}/attendance", content=CANARY["surname"].encode())
        client.http.get(f"/{CANARY['unknown']}")
    assert [201] * 5 == [answer.status_code for answer in answers[:5]]
    refused = answers[5:]
    assert all(400 <= answer.status_code < 500 for answer in refused)
    assert "Canary" not in "".join(answer.text for answer in refused)
    assert 18 <= len(logs)
    assert "Canary" not in json.dumps(logs, default=str)
    assert "Canary" not in client.http.get("/metrics").text


def test_a_log_line_says_what_was_asked_and_how_it_went(school: SchoolWorld) -> None:
    """Each request is one line: its id, method, route, status, milliseconds and client; no more."""
    with capture_logs() as logs:
        answer = school.client.get(f"{school.path}/attendance", date="2026-10-01")
        # A line is written behind its answer, and before the next request is looked at.
        school.client.get("/schools/x")
    line, *others = [line for line in logs if line["event"] == "request"]
    assert len(others) <= 1
    assert answer.headers["X-Request-ID"] == line["request_id"]
    assert ("GET", "/v1/schools/{urn}/attendance", 200) == (
        line["method"],
        line["route"],
        line["status"],
    )
    assert line["client"].startswith("client ")
    assert {
        "event", "log_level", "request_id", "method", "route", "status", "milliseconds", "client",
    } == line.keys()  # fmt: skip


def test_measures_count_requests_by_route(school: SchoolWorld) -> None:
    """The measures name routes by their templates, and the position of the log."""
    school.take({school.pupils[0]: "/"})
    text = school.client.http.get("/metrics").text
    route = 'route="/v1/schools/{urn}/attendance"'
    assert f'ledger_http_requests_total{{method="POST",{route},status="201"}}' in text
    assert f'ledger_http_request_seconds_count{{method="POST",{route}}}' in text
    assert "ledger_log_position" in text
    # A sum of seconds may hold the same digits.
    assert not re.search(rf"(?<!\d){school.urn}(?!\d)", text)
