"""Hostile input: every body is answered 4xx, recorded nowhere, and never repeated."""

import json
import socket
from collections.abc import Iterator
from time import monotonic
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from api import examples
from api.bodies import AmendRegister, Body, TakeRegister, amendments_members, register_members
from api.examples import PUPIL, SECOND
from api.problems import ProblemError
from api.service import Service
from tests.api.conftest import SchoolWorld

CANARY = "Zebedee Quillfeather"
_BY = {"name": "C Tutor", "position": "Form tutor"}
_ENTRY = {"pupil": PUPIL, "code": "/"}
_REGISTER = {"date": "2026-10-01", "session": "AM", "by": _BY, "entries": [_ENTRY]}


def _register(**changed: Any) -> bytes:
    return json.dumps({**_REGISTER, **changed}).encode()


def _entry(**changed: Any) -> bytes:
    return _register(entries=[{**_ENTRY, **changed}])


def _by(**changed: Any) -> bytes:
    return _register(by={**_BY, **changed})


def _without(name: str) -> bytes:
    return json.dumps({n: v for n, v in _REGISTER.items() if n != name}).encode()


def _raw(member: str, text: str) -> bytes:
    """A register in which one member's value is this text, whether or not it is JSON."""
    return _register(**{member: "RAW"}).replace(b'"RAW"', text.encode("utf-8", "surrogatepass"))


def _raw_entry(member: str, text: str) -> bytes:
    return _entry(**{member: "RAW"}).replace(b'"RAW"', text.encode("utf-8", "surrogatepass"))


_PLAIN = _register()

BODIES: dict[str, tuple[bytes, int]] = {
    # No JSON at all, or not the one that was meant.
    "nothing": (b"", 400),
    "blank": (b"  \n", 400),
    "words": (CANARY.encode(), 400),
    "html": (f"<p>{CANARY}</p>".encode(), 400),
    "cut short": (_PLAIN[:-20], 400),
    "two values": (_PLAIN + _PLAIN, 400),
    "a trailing comma": (_PLAIN[:-1] + b",}", 400),
    "a comment": (b"/* hello */" + _PLAIN, 400),
    "single quotes": (_PLAIN.replace(b'"', b"'"), 400),
    "a byte-order mark": (b"\xef\xbb\xbf" + _PLAIN, 400),
    "UTF-16": (_PLAIN.decode().encode("utf-16"), 400),
    "UTF-16 without a mark": (_PLAIN.decode().encode("utf-16-le"), 400),
    "UTF-32": (_PLAIN.decode().encode("utf-32"), 400),
    "Latin-1": (_by(name="RAW").replace(b"RAW", b"Zo\xeb"), 400),
    "an overlong sequence": (_by(name="RAW").replace(b"RAW", b"\xc0\xaf"), 400),
    "a surrogate in UTF-8": (_by(name="RAW").replace(b"RAW", b"\xed\xa0\x80"), 400),
    "a raw control character": (_by(name="RAW").replace(b"RAW", b"a\x00b"), 400),
    "a raw line break in a text": (_by(name="RAW").replace(b"RAW", b"a\nb"), 400),
    "deep lists": (b"[" * 100_000 + b"]" * 100_000, 400),
    "deep lists, open": (b"[" * 100_000, 400),
    "deep objects": (b'{"by":' * 50_000 + b"1" + b"}" * 50_000, 400),
    "a lone leading surrogate": (_raw("session", r'"\ud800"'), 400),
    "a lone trailing surrogate": (_raw("session", r'"\udc00"'), 400),
    "a number of 5,000 digits": (_raw("session", "9" * 5000), 400),
    "a bad escape": (_raw("session", r'"\x41"'), 400),
    "a list": (b"[]", 422),
    "a list of registers": (b"[" + _PLAIN + b"]", 422),
    "a number": (b"1", 422),
    "a text": (json.dumps(CANARY).encode(), 422),
    "null": (b"null", 422),
    "true": (b"true", 422),
    "an empty object": (b"{}", 422),
    # JSON that leaves open what is meant.
    "a member twice": (_PLAIN[:-1] + b',"session":"PM"}', 422),
    "a member twice, spaced": (_PLAIN[:-1] + b',"session" :"PM"}', 422),
    "a member twice, tabbed": (_PLAIN[:-1] + b',"session"\t\n:"PM"}', 422),
    "a member twice, escaped": (_PLAIN[:-1] + rb',"\u0073ession":"PM"}', 422),
    "an entry's member twice": (_PLAIN.replace(b'"code": "/"', b'"code": "N", "code": "/"'), 422),
    "by twice": (_PLAIN[:-1] + b',"by":' + json.dumps(_BY).encode() + b"}", 422),
    "a name twice": (_PLAIN.replace(b'"name"', b'"name": "X", "name"'), 422),
    "NaN": (_raw("date", "NaN"), 422),
    "Infinity": (_raw("session", "Infinity"), 422),
    "-Infinity": (_raw_entry("code", "-Infinity"), 422),
    "1e400": (_raw("date", "1e400"), 422),
    "-1e400": (_raw_entry("arrived_at", "-1e400"), 422),
    "1e-400": (_raw_entry("code", "1e-400"), 422),
    # Values of another type than described.
    "a date as a number": (_raw("date", "1790812800"), 422),
    "a date as digits": (_register(date="1790812800"), 422),
    "a date and a time": (_register(date="2026-10-01T00:00:00Z"), 422),
    "a day that is none": (_register(date="2026-02-30"), 422),
    "the year 0": (_register(date="0000-10-01"), 422),
    "the year 1": (_register(date="0001-01-01"), 422),
    "the year 10000": (_register(date="10000-10-01"), 422),
    "a day before all registers": (_register(date="2005-07-31"), 422),
    "a time as a number": (_raw_entry("arrived_at", "33600"), 422),
    "a time with an offset": (_entry(code=None, arrived_at="09:20Z"), 422),
    "a time that is none": (_entry(code=None, arrived_at="24:00"), 422),
    "a code as a number": (_raw_entry("code", "1"), 422),
    "a code as a list": (_raw_entry("code", '["/"]'), 422),
    "a code in full width": (_entry(code="／"), 422),
    "a code of spaces": (_entry(code=" "), 422),
    "a code of nothing": (_entry(code=""), 422),
    "a code of many letters": (_entry(code="N" * 5000), 422),
    "a code that is none": (_entry(pupil=SECOND[:-1] + "f", code="QQ"), 422),
    "a time as digits": (_entry(code=None, arrived_at="33600"), 422),
    "a session in small letters": (_register(session="am"), 422),
    "a session as a list": (_register(session=["AM"]), 422),
    "entries as an object": (_register(entries={"0": _ENTRY}), 422),
    "entries of texts": (_register(entries=[CANARY]), 422),
    "entries of lists": (_register(entries=[[]]), 422),
    "no entries": (_register(entries=[]), 422),
    "too many entries": (_register(entries=[_ENTRY] * 5001), 422),
    "five thousand faults": (_register(entries=[{"pupil": CANARY}] * 5000), 422),
    "a pupil by name": (_entry(pupil=CANARY), 422),
    "a pupil as a number": (_raw_entry("pupil", "1"), 422),
    "a pupil in braces": (_entry(pupil=f"{{{PUPIL}}}"), 422),
    "a pupil and a line break": (_entry(pupil=f"{PUPIL}\n"), 422),
    "an unknown member": (_register(comment=CANARY), 422),
    "a member that is a secret": (_register(**{CANARY: 1}), 422),
    "a member of Python's": (_register(__class__="x", entries=[_ENTRY]), 422),
    "a prototype": (_register(__proto__={"by": _BY}), 422),
    "a member by its inner name": (_entry(from_="N"), 422),
    "a misspelt member": (_entry(arrived="09:20"), 422),
    # Who made the entry.
    "no by": (_without("by"), 422),
    "by null": (_register(by=None), 422),
    "by a name alone": (_register(by={"name": "C Tutor"}), 422),
    "by a text": (_register(by="C Tutor"), 422),
    "a blank name": (_by(name="   "), 422),
    "a blank position": (_by(position="\t"), 422),
    "a name of 201 letters": (_by(name="x" * 201), 422),
    "a name with NUL": (_by(name="a\x00b"), 422),
    "a name with an escape sequence": (_by(name="\x1b[31mred"), 422),
    "a name written backwards": (_by(name="\u202eevil"), 422),
    "a name that isolates": (_by(name="\u2066evil"), 422),
    "a name with DEL": (_by(name="a\x7f"), 422),
    "a detail of 2001 letters": (_entry(code="B", detail="x" * 2001), 422),
    "a detail with NUL": (_entry(code="B", detail=f"{CANARY}\x00"), 422),
}


def _send(school: SchoolWorld, body: Any, **headers: str) -> httpx.Response:
    given = {
        "Content-Type": "application/json",
        "Idempotency-Key": next(school.client.keys),
        **headers,
    }
    return school.client.http.post(f"/v1{school.path}/attendance", content=body, headers=given)


def _told(answer: httpx.Response) -> dict[str, Any]:
    """The problem, once it is certain that it is one and that it repeats nothing."""
    assert "application/problem+json" == answer.headers["content-type"]
    problem: dict[str, Any] = answer.json()
    assert answer.status_code == problem["status"]
    assert "Zebedee" not in answer.text
    assert "Quillfeather" not in answer.text
    assert len(answer.content) < 40_000
    return problem


@pytest.mark.parametrize("what", BODIES)
def test_a_hostile_body_is_refused(read_only: SchoolWorld, what: str) -> None:
    """The body is answered with a problem, its status as expected; nothing of it is recorded."""
    body, status = BODIES[what]
    before = read_only.client.get("/codes").json()["position"]
    answer = _send(read_only, body)
    assert status == answer.status_code, answer.text
    assert _told(answer)["errors"]
    assert before == read_only.client.get("/codes").json()["position"]


def test_there_are_enough_of_them() -> None:
    """At least sixty hostile bodies are tried."""
    assert len(BODIES) >= 60


def test_errors_are_counted_and_not_all_listed(read_only: SchoolWorld) -> None:
    """Of thousands of errors a hundred are listed, and how many there are is said."""
    problem = _told(_send(read_only, BODIES["five thousand faults"][0]))
    assert (100, 5000) == (len(problem["errors"]), problem["errors_total"])
    assert "entries[99].pupil" == problem["errors"][-1]["path"]


def test_who_made_an_entry_is_never_optional(read_only: SchoolWorld) -> None:
    """A missing or blank `by` cites the regulation that asks for name and position."""
    for what, path in (
        ("no by", "by"),
        ("blank name", "by.name"),
        ("by a name alone", "by.position"),
    ):
        body = BODIES.get(what, BODIES.get(f"a {what}"))
        assert body is not None
        (error,) = _told(_send(read_only, body[0]))["errors"]
        assert (path, "SI 2024/208 reg 6") == (error["path"], error["reference"])


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "application/x-ndjson",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "application/jsonx",
        "json",
        "*/*",
    ],
)
def test_another_media_type_is_refused(read_only: SchoolWorld, content_type: str) -> None:
    """A body that is not said to be JSON in UTF-8 is a 415."""
    answer = _send(read_only, _PLAIN, **{"Content-Type": content_type})
    assert 415 == answer.status_code
    assert "/problems/media-type-unsupported" == _told(answer)["type"]


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON"])
def test_json_may_be_said_in_several_ways(read_only: SchoolWorld, content_type: str) -> None:
    """The name of a media type is read as HTTP reads it."""
    assert 200 == _send(read_only, _PLAIN, **{"Content-Type": content_type}).status_code


def test_a_compressed_body_is_refused(read_only: SchoolWorld) -> None:
    """A body that is said to be compressed is a 415: nothing is unpacked without a limit."""
    assert 415 == _send(read_only, b"\x1f\x8b", **{"Content-Encoding": "gzip"}).status_code


def test_a_body_too_large_is_refused_by_its_length(
    read_only: SchoolWorld, service: Service
) -> None:
    """A body that says it is too large is a 413, on every write."""
    body = b" " * (service.settings.body_bytes_max + 1)
    for path in ("attendance", "admissions", "leave"):
        answer = read_only.client.http.post(
            f"/v1{read_only.path}/{path}",
            content=body,
            headers={"Content-Type": "application/json", "Idempotency-Key": "large"},
        )
        assert 413 == answer.status_code
        assert "/problems/body-too-large" == _told(answer)["type"]


def test_a_body_without_a_length_is_counted_as_it_comes(
    read_only: SchoolWorld, service: Service
) -> None:
    """A body that comes in pieces without end is a 413 as soon as it is too large."""
    sent = 0

    def pieces() -> Iterator[bytes]:
        nonlocal sent
        while sent < 4 * service.settings.body_bytes_max:
            sent += 1 << 16
            yield b" " * (1 << 16)

    answer = _send(read_only, pieces())
    assert 413 == answer.status_code
    assert 200 == _send(read_only, iter([_PLAIN[:40], _PLAIN[40:]])).status_code


def test_lines_have_limits(read_only: SchoolWorld, service: Service) -> None:
    """An import of too many lines, or of none, is a 422; one too large a 413."""
    headers = {"Content-Type": "application/x-ndjson", "Idempotency-Key": "lines"}
    for body, status in (
        (b"", 422),
        (b"\n \n", 422),
        (b"{}\n" * 100_001, 422),
        (b" " * (service.settings.import_bytes_max + 1), 413),
    ):
        answer = read_only.client.http.post("/v1/attendance", content=body, headers=headers)
        assert status == answer.status_code
        assert _told(answer)["errors"]


LINES: dict[str, bytes] = {
    "words": CANARY.encode(),
    "an empty object": b"{}",
    "a list": b"[]",
    "a member twice": b'{"code":"/","code":"N"}',
    "two objects": b"{}{}",
    "a school that is none": json.dumps({**examples.LINES[0], "school": "x"}).encode(),
    "an instant without an offset": json.dumps(
        {**examples.LINES[0], "entered_at": "2026-09-30T09:05:00"}
    ).encode(),
    "a day before all registers": json.dumps({**examples.LINES[0], "date": "1999-09-30"}).encode(),
    "a day after all registers": json.dumps({**examples.LINES[0], "date": "2045-08-01"}).encode(),
    "an unknown member": json.dumps({**examples.LINES[0], CANARY: CANARY}).encode(),
}


@pytest.mark.parametrize("what", LINES)
def test_a_hostile_line_is_named(read_only: SchoolWorld, what: str) -> None:
    """A line that cannot be read refuses the import, and its path names it among those not blank."""
    good = json.dumps({**examples.LINES[0], "school": read_only.urn}).encode()
    body = b"\n".join([good, b"", b"  ", LINES[what], good])
    answer = read_only.client.http.post(
        "/v1/attendance",
        content=body,
        headers={"Content-Type": "application/x-ndjson", "Idempotency-Key": "a-line"},
    )
    assert 422 == answer.status_code
    assert {"lines[1]"} == {error["path"].split(".")[0] for error in _told(answer)["errors"]}


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/admissions", {"entries": [{"surname": CANARY}], "by": _BY}),
        ("/admissions", {"entries": [{"surname": CANARY, "parents": [{"name": ""}]}], "by": _BY}),
        (f"/admissions/{PUPIL}/amendments", {"changes": {CANARY: 1}, "reason": "x", "by": _BY}),
        (f"/admissions/{PUPIL}/amendments", {"changes": {}, "reason": CANARY, "by": _BY}),
        (f"/admissions/{PUPIL}/deletion", {"ground": CANARY}),
        (f"/admissions/{PUPIL}/deletion", {"ground": ["A"]}),
        (f"/admissions/{PUPIL}/deletion", {"evidence": {"school": CANARY}}),
        (f"/admissions/{PUPIL}/deletion", {"ground": "A", "evidence": {"note": CANARY}}),
        ("/leave", {**examples.LEAVE, "sessions": [CANARY]}),
        ("/leave", {**examples.LEAVE, "sessions": [{"date": CANARY}]}),
        ("/leave", {**examples.LEAVE, "to": "2026-01-01"}),
        ("/leave", {**examples.LEAVE, "ground": CANARY}),
        (f"/leave/{examples.LEAVE_ID}/decision", {"decision": CANARY}),
        ("/attendance/amendments", {"by": _BY, "amendments": [{"from": CANARY}]}),
        ("/closures", {"from": "2026-11-12", "to": CANARY}),
        (f"/admissions/{CANARY}/deletion", {}),
        (f"/leave/{CANARY}/decision", {}),
    ],
)
def test_no_write_repeats_what_it_refuses(read_only: SchoolWorld, path: str, body: Any) -> None:
    """Whatever is wrong, on whichever write, is a 422 that names places and not values."""
    answer = read_only.client.post(f"{read_only.path}{path}", body)
    assert 422 == answer.status_code
    assert _told(answer)["errors"]


@pytest.mark.parametrize(
    ("body", "members", "parse"),
    [
        (_PLAIN, 2 + 4 + 2, Body(TakeRegister, register_members)),
        (
            json.dumps(examples.AMENDMENTS).encode(),
            2 + 2 + 6,
            Body(AmendRegister, amendments_members),
        ),
    ],
)
def test_members_are_counted_right(body: bytes, members: int, parse: Body[Any]) -> None:
    """The count by which most bodies are cleared of repeated members is the number of their members."""
    assert parse.members is not None
    assert members == parse.members(parse.parse(body))
    assert members == body.count(b'":')


def test_texts_that_look_like_members_are_no_repetition() -> None:
    """Text that holds a quote and a colon only makes the body be looked at more closely."""
    parse = Body(TakeRegister, register_members)
    for name in ('say ": twice "session": it', '":', ": x", 'a\\":'):
        assert name.strip() == parse.parse(_by(name=name)).by.name
    with pytest.raises(ProblemError) as refused:
        parse.parse(_by(name='":')[:-1] + b',"session":"AM"}')
    assert "duplicate-member" == refused.value.problem.code


@pytest.mark.parametrize("method", ["DELETE", "PATCH", "PUT", "TRACE", "OPTIONS", "HEAD"])
def test_other_methods_are_problems(read_only: SchoolWorld, method: str) -> None:
    """A method that an address does not have is a 405 that names those it has."""
    answer = read_only.client.http.request(method, f"/v1{read_only.path}/attendance")
    assert 405 == answer.status_code
    assert answer.headers["Allow"]
    if method != "HEAD":
        assert "/problems/method-not-allowed" == answer.json()["type"]


@pytest.mark.parametrize(
    "path",
    ["/", "/v1", "/v1/", "/v2/codes", "/v1/codes/", f"/v1/{CANARY}", "/problems/none", "/%00"],
)
def test_other_addresses_are_problems(read_only: SchoolWorld, path: str) -> None:
    """An address that the service does not have is a 404 that does not repeat it."""
    answer = read_only.client.http.get(path)
    assert 404 == answer.status_code
    assert "/problems/not-found" == _told(answer)["type"]


def test_a_request_id_is_taken_when_sane(read_only: SchoolWorld) -> None:
    """A sane X-Request-ID comes back; any other is replaced."""
    http = read_only.client.http
    assert "a-1" == http.get("/livez", headers={"X-Request-ID": "a-1"}).headers["X-Request-ID"]
    for insane in ("a b", "x" * 65, "<script>"):
        given = http.get("/livez", headers={"X-Request-ID": insane}).headers["X-Request-ID"]
        assert 32 == len(given)


def test_a_client_that_goes_away_is_no_fault(read_only: SchoolWorld) -> None:
    """A client that hangs up in the middle of a body leaves a line in the log, and no fault."""
    url = read_only.client.http.base_url
    head = (
        f"POST /v1{read_only.path}/attendance HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n"
        "Content-Type: application/json\r\nIdempotency-Key: gone\r\n"
        f"Authorization: {read_only.client.http.headers['Authorization']}\r\n\r\n"
    )
    with capture_logs() as logs:
        with socket.create_connection((url.host, url.port or 80)) as connection:
            connection.sendall(head.encode() + b'{"date":')
        deadline = monotonic() + 10
        while not any("499" in str(line) for line in logs) and monotonic() < deadline:
            read_only.client.http.get("/livez")
    gone = [line for line in logs if line["route"].endswith("/attendance")]
    assert [(499, "info")] == [(line["status"], line["log_level"]) for line in gone]
