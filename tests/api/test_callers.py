"""Who may do what at which school: keys, scopes, schools."""

from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, NamedTuple

import httpx
import pytest

from api import (
    examples,
    examples_interventions,
    examples_leave,
    examples_returns,
    examples_schools,
)
from api.callers import SCOPES, CallerError, create_key
from ledger.store.database import Addresses, connect_as_owner
from tests.api.conftest import PUPILS, Client, MakeClient, SchoolWorld, make_school


class Operation(NamedTuple):
    """One operation of the contract on one school."""

    method: str
    path: str
    scope: str
    body: Any = None


_ID = examples_interventions.NOTICE_ID
_SPAN = "first=2026-10-01&last=2026-10-02"
_LISTS = (
    "code-n",
    "code-n-overdue",
    "penalty-threshold",
    "persistent-absence?from=2026-10-01&to=2026-10-02",
    "closure-disagreements?from=2026-10-01&to=2026-10-02",
    "two-possible-sessions?from=2026-10-01&to=2026-10-02",
    "returns-due",
    "registers",
    "unmarked",
    "amended-after?since=1",
    "bulk-and-back-dated",
    "activity-spikes?from=2026-10-01&to=2026-10-02",
)
OPERATIONS = [
    Operation("PUT", "/schools/{urn}", "school:write", examples.SCHOOL),
    Operation("GET", "/schools/{urn}", "school:read"),
    Operation("PUT", "/schools/{urn}/years/2026", "school:write", examples.YEAR),
    Operation("GET", "/schools/{urn}/years/2026", "school:read"),
    Operation("POST", "/schools/{urn}/closures", "school:write", examples.CLOSURE),
    Operation("GET", "/schools/{urn}/days?from=2026-10-01&to=2026-10-02", "school:read"),
    Operation(
        "PUT", "/schools/{urn}/code-n-rule", "school:write", examples_schools.CODE_N_RULE
    ),
    Operation("GET", "/schools/{urn}/code-n-rule", "school:read"),
    Operation(
        "POST", "/schools/{urn}/code-n-rule/runs", "attendance:write", examples_schools.CODE_N_RUN
    ),
    Operation("POST", "/schools/{urn}/admissions", "admissions:write", examples.ADMISSIONS),
    Operation("GET", "/schools/{urn}/admissions", "admissions:read"),
    Operation(
        "POST",
        "/schools/{urn}/admissions/{pupil}/amendments",
        "admissions:write",
        examples.PARTICULARS,
    ),
    Operation(
        "POST",
        "/schools/{urn}/admissions/{pupil}/deletion",
        "admissions:write",
        examples.deletions()["A"]["value"],
    ),
    Operation("POST", "/schools/{urn}/attendance", "attendance:write", examples.REGISTER),
    Operation("GET", "/schools/{urn}/attendance?date=2026-10-01", "attendance:read"),
    Operation(
        "POST", "/schools/{urn}/attendance/amendments", "attendance:write", examples.AMENDMENTS
    ),
    Operation("POST", "/schools/{urn}/leave", "leave:write", examples.LEAVE),
    Operation("GET", "/schools/{urn}/leave", "leave:read"),
    Operation("PUT", "/schools/{urn}/leave-authority", "school:write", examples_leave.AUTHORITY),
    Operation("GET", "/schools/{urn}/leave-authority", "school:read"),
    Operation(
        "POST", f"/schools/{{urn}}/leave/{examples.LEAVE_ID}/decision", "leave:write",
        examples.DECISION,
    ),
    *(
        Operation("POST", f"/schools/{{urn}}/{path}", "interventions:write", body)
        for path, body in (
            ("penalty-notices", examples_interventions.PENALTY_NOTICE),
            ("notices-to-improve", examples_interventions.NOTICE_TO_IMPROVE),
            ("attendance-contracts", examples_interventions.ATTENDANCE_CONTRACT),
            ("penalty-considerations", examples_interventions.CONSIDERATION),
            (f"penalty-notices/{_ID}/outcome", examples_interventions.NOTICE_OUTCOME),
            (f"notices-to-improve/{_ID}/outcome", examples_interventions.IMPROVEMENT_OUTCOME),
            (f"attendance-contracts/{_ID}/outcome", examples_interventions.CONTRACT_OUTCOME),
        )
    ),
    Operation("GET", "/schools/{urn}/interventions", "interventions:read"),
    Operation("GET", "/schools/{urn}/returns", "attendance:read"),
    Operation(
        "POST", "/schools/{urn}/sickness-beliefs", "attendance:write", examples_returns.BELIEF
    ),
    Operation("GET", "/schools/{urn}/sickness-beliefs", "attendance:read"),
    Operation("GET", "/schools/{urn}/totals?from=2026-10-01&to=2026-10-02", "attendance:read"),
    Operation("GET", "/pupils/{pupil}/history?school={urn}", "attendance:read"),
    Operation("GET", "/pupils/{pupil}/compulsory-school-age?school={urn}", "admissions:read"),
    Operation("GET", "/schools/{urn}/attendance/diff?from=1", "attendance:read"),
    Operation("GET", "/schools/{urn}/totals/diff?from=1&" + _SPAN, "attendance:read"),
    Operation("GET", "/schools/{urn}/admissions/diff?from=1", "admissions:read"),
    Operation("GET", "/schools/{urn}/totals/explain?from=2026-10-01&to=2026-10-02&by=school&key={urn}",
              "attendance:read"),
    *(Operation("GET", f"/schools/{{urn}}/lists/{name}", "attendance:read") for name in _LISTS),
    Operation("GET", "/log?limit=1", "audit:read"),
    Operation("POST", "/attendance", "attendance:import", examples.LINES),
]  # fmt: skip


def _send(client: Client, operation: Operation, urn: str) -> httpx.Response:
    path, _, query = operation.path.format(urn=urn, pupil=PUPILS[0]).partition("?")
    parameters = dict(pair.split("=") for pair in query.split("&")) if query else {}
    if operation.method == "GET":
        return client.get(path, **parameters)
    if isinstance(operation.body, list):
        return client.send_lines(
            [{**line, "school": urn} for line in operation.body], dry_run="true"
        )
    return client.send(operation.method, path, operation.body, dry_run="true")


@pytest.fixture(scope="module")
def makes(make_client: MakeClient, read_only: SchoolWorld) -> dict[str, dict[str, Client]]:
    """For each scope: a client with that scope alone, and one with all scopes but that one."""
    urn = read_only.urn
    return {
        "only": {s: make_client([s], [urn]) for s in SCOPES},
        "without": {s: make_client([o for o in SCOPES if o != s], [urn]) for s in SCOPES},
        "elsewhere": {s: make_client([s], ["188888"]) for s in SCOPES},
    }


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_scopes_and_schools(
    makes: dict[str, dict[str, Client]], read_only: SchoolWorld, operation: Operation
) -> None:
    """An operation needs its scope, at a school of the caller's; no other scope opens it."""
    scope, urn = operation.scope, read_only.urn
    without = _send(makes["without"][scope], operation, urn)
    if "history" in operation.path:
        assert 200 == without.status_code
    else:
        assert (403, "/problems/scope-missing") == (without.status_code, without.json()["type"])
    only = _send(makes["only"][scope], operation, urn)
    assert only.status_code in (200, 201, 404, 409), only.text
    assert "school-not-found" not in only.text
    elsewhere = _send(makes["elsewhere"][scope], operation, urn)
    if operation.path.startswith("/log"):
        assert [] == elsewhere.json()["events"]
    else:
        assert 404 == elsewhere.status_code
        assert "/problems/school-not-found" == elsewhere.json()["type"]


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_a_foreign_school_is_as_good_as_none(
    makes: dict[str, dict[str, Client]], read_only: SchoolWorld, operation: Operation
) -> None:
    """What is answered for another's school is what is answered for one that does not exist."""
    client = makes["elsewhere"][operation.scope]
    if operation.path.startswith("/log"):
        return
    theirs, none = (_send(client, operation, urn) for urn in (read_only.urn, "177777"))
    assert theirs.status_code == none.status_code
    assert theirs.content == none.content


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": ""},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer two words"},
        {"Authorization": "Basic dXNlcjpwYXNz"},
        {"Authorization": "Bearer atl_unknown"},
        {"Authorization": "Bearer " + "x" * 9000},
        {"Authorization": "Bearer é".encode()},
        {"Authorization": "Bearer eyJhbGciOiJub25lIn0.e30."},
    ],
)
def test_without_valid_credentials_nothing_is_looked_at(
    address: str, headers: dict[str, Any]
) -> None:
    """Every address under /v1 answers 401 with a challenge, known or not, before anything else."""
    with httpx.Client(base_url=address) as http:
        for method, path in (
            ("GET", "/v1/codes"),
            ("POST", "/v1/schools/x/attendance"),
            ("GET", "/v1/nothing"),
            ("DELETE", "/v1"),
        ):
            answer = http.request(method, path, headers=headers)
            assert 401 == answer.status_code
            assert answer.headers["WWW-Authenticate"].startswith("Bearer")
            assert answer.json()["type"] in (
                "/problems/credentials-missing",
                "/problems/credentials-refused",
            )


def test_operating_needs_no_key(address: str) -> None:
    """Health, measures, the OpenAPI document and the problems are open to whoever operates."""
    with httpx.Client(base_url=address) as http:
        for path in ("/livez", "/readyz", "/metrics", "/openapi.json", "/problems"):
            assert 200 == http.get(path).status_code


def _client(address: str, key: str) -> httpx.Client:
    return httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"})


def test_a_key_is_kept_by_its_digest(addresses: Addresses) -> None:
    """The database holds nothing that could be sent as a key."""
    with connect_as_owner(addresses) as owner:
        key = create_key(owner, "kept", ["all"], ["all"])
        rows = owner.execute("SELECT client_key::text FROM client_key").fetchall()
    assert key.startswith("atl_")
    assert len(key) > 40
    assert not any(key in row[0] or key[4:] in row[0] for row in rows)


def test_an_expired_key_is_refused(address: str, addresses: Addresses) -> None:
    """A key is refused from the instant of its expiry on."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    with connect_as_owner(addresses) as owner:
        key = create_key(owner, "expired", ["all"], ["all"], past)
    with _client(address, key) as http:
        assert 401 == http.get("/v1/codes").status_code


def test_a_revoked_key_is_refused_within_five_seconds(address: str, addresses: Addresses) -> None:
    """A key that was revoked while in use is refused within five seconds."""
    with connect_as_owner(addresses) as owner:
        key = create_key(owner, "revoked", ["all"], ["all"])
        with _client(address, key) as http:
            assert 200 == http.get("/v1/codes").status_code
            owner.execute("UPDATE client_key SET revoked_at = now() WHERE client = 'revoked'")
            revoked_at = monotonic()
            while http.get("/v1/codes").status_code == 200:
                assert monotonic() - revoked_at < 5.5


@pytest.mark.parametrize(
    ("name", "scopes", "schools"),
    [
        ("", ["all"], ["all"]),
        ("a/b", ["all"], ["all"]),
        ("x" * 61, ["all"], ["all"]),
        (" x", ["all"], ["all"]),
        ("x\n", ["all"], ["all"]),
        ("x", [], ["all"]),
        ("x", ["everything"], ["all"]),
        ("x", ["all"], []),
        ("x", ["all"], ["12345"]),
        ("x", ["all"], ["la:8555"]),
        ("x", ["all"], ["trust:"]),
    ],
)
def test_a_key_is_made_for_what_can_be(
    addresses: Addresses, name: str, scopes: list[str], schools: list[str]
) -> None:
    """A name, scope or school that cannot be makes no key."""
    with connect_as_owner(addresses) as owner, pytest.raises(CallerError):
        create_key(owner, name, scopes, schools)


def test_an_authority_and_a_trust_see_their_schools(
    client: Client, make_client: MakeClient, urn: str
) -> None:
    """`la:` and `trust:` see the schools that their descriptions put there today, and no others."""
    theirs = make_school(client, urn, local_authority="301", laestab="3014999", trust="Ash Trust")
    authority = make_client(["school:read", "audit:read"], ["la:301"])
    trust = make_client(["school:read"], ["trust:Ash Trust"])
    others = [make_client(["school:read"], [named]) for named in ("la:302", "trust:ash trust")]
    assert [200, 200, 404, 404] == [
        each.get(theirs.path).status_code for each in (authority, trust, *others)
    ]
    schools = {event["school"] for event in authority.get("/log").json()["events"]}
    assert {urn, None} >= schools
    assert urn in schools


def test_an_authority_describes_its_own_new_school(make_client: MakeClient, urn: str) -> None:
    """A client of an authority may describe a school of it that nobody described, and no other."""
    own = make_client(["school:write", "school:read"], ["la:303"])
    path = f"/schools/{urn}"
    foreign = {**examples.SCHOOL, "laestab": "3044999", "local_authority": "304"}
    assert 404 == own.put(path, foreign).status_code
    described = {**examples.SCHOOL, "laestab": "3034999", "local_authority": "303"}
    assert 201 == own.put(path, described).status_code
    assert 200 == own.get(path).status_code
    other = make_client(["school:write"], ["la:304"])
    assert 404 == other.put(path, foreign).status_code


def test_an_import_is_of_the_callers_schools(
    school: SchoolWorld, read_only: SchoolWorld, make_client: MakeClient
) -> None:
    """One line of another's school refuses the import and names the line, and nothing is recorded."""
    own = make_client(["attendance:import"], [school.urn])
    lines = [{**examples.LINES[0], "school": urn} for urn in (school.urn, read_only.urn)]
    for mode in ("all", "each"):
        answer = own.send_lines(lines, mode=mode)
        assert 404 == answer.status_code
        assert ["lines[1].school"] == [error["path"] for error in answer.json()["errors"]]
        assert read_only.urn not in answer.text
    entries = school.client.get(f"{school.path}/attendance", date="2026-09-30").json()["entries"]
    assert [] == entries


def test_the_log_of_some_schools(
    school: SchoolWorld, read_only: SchoolWorld, make_client: MakeClient
) -> None:
    """A caller of one school is shown its events and the acts they were made under, all of them."""
    school.take({PUPILS[0]: "/"})
    auditor = make_client(["audit:read"], [school.urn])
    events, after = [], 0
    while True:
        page = auditor.get("/log", after=after, limit=7).json()
        events += page["events"]
        after = page["after"]
        if "next" not in page:
            break
    assert {school.urn, None} == {event["school"] for event in events}
    whole = school.client.get("/log", limit=10_000).json()["events"]
    own = [event["position"] for event in whole if event["school"] == school.urn]
    assert own == [event["position"] for event in events if event["school"]]
    acts = {event["act"] for event in events if event["school"]}
    assert acts == {event["position"] for event in events if event["type"] == "act-recorded"}


def test_every_operation_is_in_the_table(address: str) -> None:
    """No operation under /v1 is left out of the tests above, but those that need no scope, or two."""
    paths = httpx.get(f"{address}/openapi.json").json()["paths"]
    documented = {
        (method.upper(), path.removeprefix("/v1"))
        for path, operations in paths.items()
        for method in operations
        if path.startswith("/v1")
    }
    table = {
        (o.method, o.path.partition("?")[0].replace("2026", "{year}").replace(
            examples.LEAVE_ID, "{leave}").replace(_ID, "{intervention}"))
        for o in OPERATIONS
    }  # fmt: skip
    two_scopes = ("GET", "/schools/{urn}/lists/leave-disagreements")
    # What an extract needs is its own affair: tests of extracts try each of them.
    extracts = {("GET", path) for _, path in documented if path.startswith("/extracts")}
    # A return is sent as it was made at a position of the log: tests of returns try it.
    sent = ("POST", "/schools/{urn}/returns")
    others = {("GET", "/codes"), ("GET", "/rules"), two_scopes, sent}
    assert others | extracts == documented - table


@pytest.mark.parametrize("missing", ["attendance:read", "leave:read"])
def test_disagreements_with_leave_show_both_registers(
    make_client: MakeClient, read_only: SchoolWorld, missing: str
) -> None:
    """Who may see but one of marks and leave is not shown where they disagree."""
    scopes = [scope for scope in SCOPES if scope != missing]
    path = f"/schools/{read_only.urn}/lists/leave-disagreements"
    span = {"from": "2026-10-01", "to": "2026-10-02"}
    refused = make_client(scopes, [read_only.urn]).get(path, **span)
    assert (403, "/problems/scope-missing") == (refused.status_code, refused.json()["type"])
    assert 200 == make_client(list(SCOPES), [read_only.urn]).get(path, **span).status_code
