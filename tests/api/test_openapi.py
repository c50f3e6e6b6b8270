"""The service does what its OpenAPI document says, whatever is sent: requests made from the document."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from tests.api.conftest import MakeClient, SchoolWorld, make_school

REQUESTS = {GenerationMode.POSITIVE: 12, GenerationMode.NEGATIVE: 10}
"""Requests made for each operation, as described and not; the same ones in every run."""

_CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
]


@schemathesis.serializer("application/x-ndjson")
def lines(_context: schemathesis.SerializationContext, value: Any) -> bytes:
    """The schema of a body of lines is that of one line."""
    return json.dumps(value).encode() + b"\n"


@pytest.fixture(scope="module")
def played_with(make_client: MakeClient) -> SchoolWorld:
    """A school to be played with, and a client that may do anything to it."""
    return make_school(make_client(), "166666")


@pytest.mark.parametrize("mode", GenerationMode)
def test_every_answer_is_documented(
    address: str, played_with: SchoolWorld, mode: GenerationMode
) -> None:
    """No request made from the document is answered by a fault, an undocumented status, media type or
    header, or a body that does not fit its schema; none gets in without a key.
    """
    document = schemathesis.openapi.from_url(f"{address}/openapi.json")
    operations = [found.ok() for found in document.get_all_operations()]
    if mode is GenerationMode.NEGATIVE:
        # What takes nothing can be sent nothing wrong.
        operations = [each for each in operations if each.path.startswith("/v1/")]
    for operation in operations:
        _play(operation, played_with, mode)
    assert len(operations) >= 20


def _play(operation: Any, school: SchoolWorld, mode: GenerationMode) -> None:
    key = school.client.http.headers["Authorization"]

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=REQUESTS[mode],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    def play(case: schemathesis.Case) -> None:
        if case.path_parameters and case.path_parameters.get("urn"):
            case.path_parameters["urn"] = school.urn
        if case.path_parameters and case.path_parameters.get("pupil"):
            case.path_parameters["pupil"] = school.pupils[0]
        if case.query and not case.path.startswith("/v1/log"):
            # Each would be waited for.
            case.query.pop("after", None)
        case.call_and_validate(headers={"Authorization": key}, checks=_CHECKS)

    play()
