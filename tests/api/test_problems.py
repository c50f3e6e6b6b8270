"""The table of problems is complete, each is documented, and all of it is in the OpenAPI document."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema_rs import validator_for

import ledger
from api import examples
from api.problem_types import INSIDE, TYPES
from api.service import Service
from api.validation import COMMANDS
from ledger.law.statute import entries

_LEDGER = Path(ledger.__file__).parent
# Made of parts where a span of days lies outside another: `f"{what}-outside-{whole}"`.
_SPANS = {
    *(f"{what}-dates-reversed" for what in ("term", "half-term", "closure")),
    "term-outside-academic-year",
    "half-term-outside-term",
    "closure-outside-academic-year",
}


def _codes_of_the_ledger() -> Iterator[str]:
    """The first argument of every Problem and refusal in the ledger's decisions."""
    for path in _LEDGER.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args:
                name = getattr(node.func, "id", "")
                code = node.args[0]
                if name in {"Problem", "refuse", "_year_problem"} and isinstance(
                    code, ast.Constant
                ):
                    yield str(code.value)


def test_every_refusal_of_the_ledger_is_in_the_table() -> None:
    """Each code that a decision refuses or warns with is a documented type of problem."""
    codes = {*_codes_of_the_ledger(), *_SPANS}
    assert len(codes) > 40
    assert set() == codes - TYPES.keys()


def test_codes_are_kebab_case_and_say_something() -> None:
    """Each type has a code for machines, a title and a text for people, and a reference."""
    for code, kind in TYPES.items():
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", code)
        assert code == kind.code
        assert kind.title
        assert kind.about
        assert kind.reference
        assert 400 <= kind.status < 600


@pytest.fixture(scope="module")
def document(address: str) -> dict[str, Any]:
    """The OpenAPI document as it is served."""
    answer = httpx.get(f"{address}/openapi.json")
    assert "application/json" == answer.headers["content-type"]
    made: dict[str, Any] = answer.json()
    return made


@pytest.mark.parametrize("accept", ["text/html", "*/*"])
def test_every_type_is_documented_at_its_address(address: str, accept: str) -> None:
    """The address that is a problem's type answers what it means, as a page or as text."""
    with httpx.Client(base_url=address, headers={"Accept": accept}) as http:
        listed = http.get("/problems").text
        for code in TYPES:
            answer = http.get(f"/problems/{code}")
            assert 200 == answer.status_code
            assert code in answer.text
            assert code in listed
            wanted = "text/html" if accept == "text/html" else "text/plain"
            assert f"{wanted}; charset=utf-8" == answer.headers["content-type"]
            assert TYPES[code].title.split("`")[0] in answer.text
        assert ("default-src 'none'" in answer.headers.get("Content-Security-Policy", "")) == (
            accept == "text/html"
        )


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def test_every_operation_of_the_contract_is_there(document: dict[str, Any]) -> None:
    """The document has every operation of the contract, each with an id and a text of its own."""
    found = {(method.upper(), path) for path, method, _ in _operations(document)}
    school = "/v1/schools/{urn}"
    assert {
        ("PUT", school),
        ("GET", school),
        ("PUT", f"{school}/years/{{year}}"),
        ("GET", f"{school}/years/{{year}}"),
        ("POST", f"{school}/closures"),
        ("POST", f"{school}/admissions"),
        ("GET", f"{school}/admissions"),
        ("POST", f"{school}/admissions/{{pupil}}/amendments"),
        ("POST", f"{school}/admissions/{{pupil}}/deletion"),
        ("POST", f"{school}/attendance"),
        ("GET", f"{school}/attendance"),
        ("POST", f"{school}/attendance/amendments"),
        ("POST", "/v1/attendance"),
        ("POST", f"{school}/leave"),
        ("GET", f"{school}/leave"),
        ("POST", f"{school}/leave/{{leave}}/decision"),
        ("GET", f"{school}/totals"),
        ("GET", "/v1/pupils/{pupil}/history"),
        ("GET", "/v1/codes"),
        ("GET", "/v1/log"),
        ("GET", "/livez"),
        ("GET", "/readyz"),
        ("GET", "/metrics"),
        ("GET", "/openapi.json"),
    } <= found
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(ids) == len(set(ids))
    assert all(operation["description"] for _, _, operation in _operations(document))


def test_every_write_has_its_body_its_key_and_examples(document: dict[str, Any]) -> None:
    """Each write describes its body with an example that fits, its parameters and its receipt."""
    writes = [
        (path, operation)
        for path, method, operation in _operations(document)
        if method in {"post", "put"}
    ]
    assert len(writes) > 10
    for path, operation in writes:
        parameters = {parameter["name"]: parameter for parameter in operation["parameters"]}
        assert parameters["Idempotency-Key"]["required"], path
        assert {"mode", "dry_run"} <= parameters.keys()
        (content,) = operation["requestBody"]["content"].values()
        validator = _validator(content["schema"], document)
        assert content["examples"]
        for example in content["examples"].values():
            assert [] == [e.message for e in validator.iter_errors(example["value"])], path
        assert {"200", "201", "400", "401", "403", "404", "413", "415", "422", "503"} <= (
            operation["responses"].keys()
        )
        assert operation["security"]


def test_examples_of_answers_fit_their_schemas(document: dict[str, Any]) -> None:
    """Each JSON answer has an example, and the example fits the schema beside it."""
    seen = 0
    for path, method, operation in _operations(document):
        for status, response in operation["responses"].items():
            for media_type, content in response.get("content", {}).items():
                if media_type == "application/json" and content.get("schema"):
                    if path in {"/livez", "/readyz", "/openapi.json"}:
                        continue
                    ((name, reference),) = content["examples"].items()
                    assert {"$ref": f"#/components/examples/{name}"} == reference
                    example = document["components"]["examples"][name]["value"]
                    validator = _validator(content["schema"], document)
                    wrong = [e.message for e in validator.iter_errors(example)]
                    assert [] == wrong, (path, method, status)
                    seen += 1
    assert seen > 20


def test_every_problem_has_an_example_and_an_operation(document: dict[str, Any]) -> None:
    """Each type has an example that fits the schema of problems, and is among some operation's answers."""
    validator = _validator({"$ref": "#/components/schemas/ProblemDocument"}, document)
    for code in TYPES:
        example = document["components"]["examples"][f"problem-{code}"]["value"]
        assert [] == [e.message for e in validator.iter_errors(example)]
        assert code in {error["code"] for error in example["errors"]}
    answered = {
        code
        for _, _, operation in _operations(document)
        for response in operation["responses"].values()
        for content in response.get("content", {}).values()
        for code in content.get("examples", {})
    }
    warnings = {"register-open-over-30-minutes", "register-lengths-differ", "too-few-sessions"}
    # Rules that warn wherever they are broken never refuse.
    rules = (entry for entry in entries() if entry.table == "severity")
    warnings |= {rule.name for rule in rules if {"warn"} == set(rule.value.values())}
    elsewhere = {"method-not-allowed"}
    assert set() == TYPES.keys() - answered - warnings - elsewhere - INSIDE


def test_deletion_is_described_ground_by_ground(document: dict[str, Any]) -> None:
    """The evidence of each of the fifteen grounds is described and exemplified."""
    deletion = document["components"]["schemas"]["Deletion"]
    assert set("ABCDEFGHIJKLMNO") == set(deletion["discriminator"]["mapping"])
    path = "/v1/schools/{urn}/admissions/{pupil}/deletion"
    body = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    assert {"$ref": "#/components/schemas/Deletion"} == body["schema"]
    assert set("ABCDEFGHIJKLMNO") == set(body["examples"])
    assert all(len(example["summary"]) > 20 for example in body["examples"].values())


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    """No $ref of the document leads to a component that it does not have."""
    text = str(document)
    for kind, name in re.findall(r"'#/components/(\w+)/([^']+)'", text):
        assert name in document["components"][kind]
    assert "localhost" not in text
    assert "127.0.0.1" not in text


def test_every_answer_is_a_problem_or_described(document: dict[str, Any]) -> None:
    """Every refusal is described as a problem with its examples; nothing is FastAPI's own."""
    for path, method, operation in _operations(document):
        for status, response in operation["responses"].items():
            if status >= "400":
                assert ["application/problem+json"] == list(response["content"]), (path, method)
    assert "HTTPValidationError" not in document["components"]["schemas"]


def test_limits_are_stated(document: dict[str, Any], service: Service) -> None:
    """The document states the limits that the service is set to."""
    described = document["info"]["description"]
    limits = (service.settings.body_bytes_max, service.settings.import_bytes_max, 10_000, 5_000)
    assert all(str(limit) in described for limit in limits)


def test_every_command_is_a_body(document: dict[str, Any]) -> None:
    """Each of the ledger's commands is the body of an operation."""
    bodies = {
        content["schema"]["$ref"].rpartition("/")[2]
        for _, method, operation in _operations(document)
        if method in {"post", "put"}
        for content in operation["requestBody"]["content"].values()
    }
    named = {getattr(command, "__name__", "Deletion") for command in COMMANDS}
    assert len(COMMANDS) == len(bodies)
    assert named >= bodies - {"Deletion"}


def test_examples_of_the_contract_are_printed_as_they_are() -> None:
    """The examples stand on the days that the contract prints."""
    assert "2026-10-01" == examples.REGISTER["date"]
    assert {"code", "value"} & set(examples.deletions()["A"]) == {"value"}


def _validator(schema: dict[str, Any], document: dict[str, Any]) -> Any:
    return validator_for({**schema, "components": document["components"]})
