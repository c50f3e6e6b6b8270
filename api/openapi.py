"""The OpenAPI document: what FastAPI finds in the signatures, and what it cannot see there.

Bodies go straight into the ledger's commands, so each write names its command and the examples of it;
problems come from the one table, each with an example of its own.
"""

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter

from api import examples
from api.bodies import JSON, NDJSON
from api.callers import SCOPES, Scope
from api.example_answers import ANSWERS
from api.formats import CSV
from api.problem_types import TYPES
from api.problems import MEDIA_TYPE as PROBLEM
from api.receipts import ProblemDocument, Receipt
from api.settings import Settings
from api.validation import COMMANDS
from api.writing import Write
from ledger.admissions.admission import NAMES_MAX
from ledger.admissions.grounds import Deletion
from ledger.registers.attendance import ENTRIES_MAX, LINES_MAX

_REF: Final = "#/components/schemas/"
_ANY_CALL: Final = ("credentials-missing", "credentials-refused", "internal-error", "unavailable")
_ANY_WRITE: Final = (
    *_ANY_CALL,
    "scope-missing",
    "school-not-found",
    "idempotency-key-missing",
    "idempotency-key-malformed",
    "json-malformed",
    "body-too-large",
    "media-type-unsupported",
    "validation-failed",
    "duplicate-member",
    "idempotency-key-reused",
    "request-refused",
    "outcome-unknown",
)
_ANY_READ: Final = (*_ANY_CALL, "validation-failed", "as-of-in-the-future", "position-not-reached")
_KEY_PATTERN: Final = r"""^("([!#-\[\]-~]|\\["\\]){1,255}"|[!#-~][!-~]{0,254})$"""
_WRITE_PARAMETERS: Final[list[dict[str, Any]]] = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "description": "A key of the client's own for this request, bare or as a quoted string. The "
        "same key with the same request is answered as the first time, byte for byte, for ever.",
        "schema": {"type": "string", "pattern": _KEY_PATTERN},
        "example": "3f8a1c52-7d0e-4b7e-9d57-1f6d2b8f0a11",
    },
    {
        "name": "mode",
        "in": "query",
        "description": "`all`: one refused item refuses the request. `each`: the good items are "
        "recorded, the refused ones reported.",
        "schema": {"type": "string", "enum": ["all", "each"], "default": "all"},
    },
    {
        "name": "dry_run",
        "in": "query",
        "description": "Answer what would be answered, and append nothing.",
        "schema": {"type": "boolean", "default": False},
    },
]
_REPLAY: Final = {
    "Idempotent-Replay": {
        "description": "`true` where the key was used before: this is the first answer again.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
_POSITIONED: Final = {
    "ETag": {"description": "The position, quoted.", "schema": {"type": "string"}},
    "Ledger-Position": {"description": "The position.", "schema": {"type": "string"}},
    "Ledger-As-Of": {"description": "The instant it is seen at.", "schema": {"type": "string"}},
}
_LINKED: Final = {
    "Link": {"description": '`rel="next"`: the next page.', "schema": {"type": "string"}}
}


def write(
    kind: Write[Any],
    sent: Mapping[str, Any],
    received: str = "receipt",
    problems: Iterable[str] = (),
) -> dict[str, Any]:
    """What documents a write: its body with examples by name, its receipt, its problems.

    `received` names the example of the receipt.
    """
    media_type = NDJSON if NDJSON in kind.body.media_types else JSON
    shown = {
        name: one if "value" in one else {"summary": name, "value": one}
        for name, one in sent.items()
    }
    body = {
        "required": True,
        "content": {media_type: {"schema": _schema_of(kind.body.command), "examples": shown}},
    }
    receipt = {"model": Receipt, "headers": _REPLAY}
    return {
        "status_code": 201,
        "response_model": Receipt,
        "response_description": "Recorded",
        "responses": {
            201: {"headers": _REPLAY, "content": _exemplified(received)},
            200: {**receipt, "description": "Unchanged", "content": _exemplified("unchanged")},
            **_problems((*_ANY_WRITE, *problems)),
        },
        "openapi_extra": {
            "parameters": _WRITE_PARAMETERS,
            "requestBody": body,
            "security": [{"bearer": [kind.scope]}],
        },
    }


def read(
    answer: type[BaseModel],
    example: str,
    scopes: Sequence[Scope],
    problems: Iterable[str] = (),
    formats: Sequence[str] = (),
) -> dict[str, Any]:
    """What documents a read: its answer with an example, the other formats it comes in, its problems."""
    content = _exemplified(example)
    content |= {form: {"schema": {"type": "string"}} for form in formats}
    headers = _POSITIONED | (_LINKED if "next" in answer.model_fields else {})
    negotiated = ("not-acceptable",) if formats else ()
    needed = ("scope-missing",) if scopes else ()
    return {
        "response_model": answer,
        "response_description": "As the ledger stood",
        "responses": {
            200: {"headers": headers, "content": content},
            **_problems((*_ANY_READ, *needed, *negotiated, *problems)),
        },
        "openapi_extra": {
            "security": [{"bearer": [scope]} for scope in scopes] or [{"bearer": []}]
        },
    }


LIST_FORMATS: Final = (NDJSON, CSV)


def open_to_all(
    problems: Iterable[str] = (),
    also: str | None = None,
    parameters: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What documents an operation that needs no key; `also` is a second media type of its answer."""
    other = {200: {"content": {also: {"schema": {"type": "string"}}}}} if also else {}
    return {
        "responses": {**other, **_problems(("internal-error", *problems))},
        "openapi_extra": {"security": [], "parameters": list(parameters)},
    }


def document(app: FastAPI, settings: Settings) -> dict[str, Any]:
    """The document of an application with the limits it is set to, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="Attendance ledger",
            version=version("attendance-ledger"),
            summary="The admission and attendance registers of schools in England, as one "
            "append-only log.",
            description=_DESCRIPTION.format(
                body=settings.body_bytes_max,
                import_=settings.import_bytes_max,
                page=settings.page_items_max,
                names=NAMES_MAX,
                entries=ENTRIES_MAX,
                lines=LINES_MAX,
            ),
            routes=app.routes,
            tags=_TAGS,
        )
        components = made.setdefault("components", {})
        components["schemas"] = {
            **components.get("schemas", {}),
            **_problem_schemas(),
            **_commands(),
        }
        components["examples"] = {name: {"value": one} for name, one in ANSWERS.items()}
        components["examples"] |= {
            f"problem-{code}": {"summary": kind.title, "value": examples.problem(code)}
            for code, kind in TYPES.items()
        }
        components["securitySchemes"] = {
            "bearer": {
                "type": "http",
                "scheme": "bearer",
                "description": "A key of the ledger's, or an OAuth 2 client-credential token of the "
                f"configured issuer. Scopes: {', '.join(SCOPES)}.",
            }
        }
        app.openapi_schema = made
    return app.openapi_schema


def _problems(codes: Iterable[str]) -> dict[int | str, dict[str, Any]]:
    """The answers of these problems, by status."""
    found: dict[int, list[str]] = {}
    for code in dict.fromkeys(codes):
        found.setdefault(TYPES[code].status, []).append(code)
    return {
        status: {
            "description": "; ".join(TYPES[code].title for code in listed),
            "content": {
                PROBLEM: {
                    "schema": {"$ref": f"{_REF}ProblemDocument"},
                    "examples": {
                        code: {"$ref": f"#/components/examples/problem-{code}"} for code in listed
                    },
                }
            },
        }
        for status, listed in sorted(found.items())
    }


def _exemplified(answer: str) -> dict[str, dict[str, Any]]:
    # By reference: FastAPI would leave out the members of an example that are null.
    return {JSON: {"examples": {answer: {"$ref": f"#/components/examples/{answer}"}}}}


def _schema_of(command: Any) -> dict[str, str]:
    if command is Deletion:
        return {"$ref": f"{_REF}Deletion"}
    name = getattr(command, "__name__", "")
    # A list is sent as lines: the schema is that of one line.
    return {"$ref": f"{_REF}{'ImportedLine' if name == 'list' else name}"}


def _commands() -> dict[str, Any]:
    """The schemas of everything that may be sent."""
    adapters = [
        (str(index), "validation", TypeAdapter(command)) for index, command in enumerate(COMMANDS)
    ]
    made, shared = TypeAdapter.json_schemas(adapters, ref_template=_REF + "{model}")  # type: ignore[arg-type]
    schemas = dict(shared["$defs"])
    schemas["Deletion"] = made[str(COMMANDS.index(Deletion)), "validation"]
    return {name: _plain_times(schema) for name, schema in schemas.items()}


def _problem_schemas() -> dict[str, Any]:
    made = ProblemDocument.model_json_schema(mode="serialization", ref_template=_REF + "{model}")
    return {**made.pop("$defs"), "ProblemDocument": made}


def _plain_times(schema: Any) -> Any:
    """The schema with times of day as we take them: JSON Schema's own format asks for an offset."""
    if isinstance(schema, list):
        return [_plain_times(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "time":
        pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$"
        return {**{k: v for k, v in schema.items() if k != "format"}, "pattern": pattern}
    return {name: _plain_times(inner) for name, inner in schema.items()}


_TAGS: Final = [
    {"name": "Schools", "description": "Schools and their days."},
    {"name": "Admission register", "description": "Regulations 8 and 9."},
    {"name": "Attendance register", "description": "Regulations 6 and 10."},
    {"name": "Leave of absence", "description": "Regulation 11."},
    {"name": "Legal intervention", "description": "Penalty notices and what comes before them."},
    {"name": "Lists", "description": "What stands in the registers and somebody must look at."},
    {"name": "Differences", "description": "What changed between two places in the log."},
    {"name": "Returns to the authority", "description": "Regulation 13: what was sent, and why."},
    {"name": "Extracts", "description": "What is taken away as files."},
    {"name": "Reading", "description": "Histories, totals, codes and the log itself."},
    {"name": "Operating", "description": "For whoever runs the service; no key is needed."},
]
_DESCRIPTION: Final = """\
Every write names the person whose entry it is (`by`), carries an `Idempotency-Key`, and is answered by
a receipt once it is durable. Every read answers as the ledger stood at a position of its log (`as_of`).
Problems are RFC 9457 documents; each `type` is documented at its address under `/problems`.

Limits: a body {body} bytes, that of an import {import_} bytes; {entries} entries or amendments, {names}
names or {lines} lines in a request; {page} items in a page. What is beyond them is a 413 or a 422.
"""
