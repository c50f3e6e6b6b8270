"""The body of a class register: read in columns, it is what the usual way reads, and refuses what that refuses."""

import json
from typing import Any
from uuid import UUID

import pytest

from api import register_body
from api.bodies import Body, register_members
from api.problems import ProblemError
from api.register_body import RegisterBody
from ledger.registers.attendance import TakeRegister

USUAL = Body(TakeRegister, register_members)
BY = {"name": " C Tutor ", "position": "Form tutor"}
PUPIL = [str(UUID(int=(0xABCDEF << 100) + number)) for number in range(4)]


def body(*entries: Any, **members: Any) -> dict[str, Any]:
    """A register with these entries, its members changed."""
    plain = [{"pupil": PUPIL[0], "code": "/"}, {"code": "\\", "pupil": PUPIL[1]}]
    sent = {"date": "2026-10-06", "session": "AM", "by": BY, "entries": [*plain, *entries]}
    return {name: value for name, value in (sent | members).items() if value is not ...}


PLAIN = {
    "bare": json.dumps(body()),
    "indented": json.dumps(body(), indent=2),
    "without spaces": json.dumps(body(), separators=(",", ":")),
    "space before a colon": json.dumps(body(), separators=(",", " \n: ")),
    "arrival": json.dumps(body({"pupil": PUPIL[2], "code": "L", "arrived_at": "08:50:30"})),
    "detail": json.dumps(body({"pupil": PUPIL[2], "code": "B", "detail": " At: college "})),
    "place": json.dumps(body({"pupil": PUPIL[2], "code": "B", "place": "approved_place"})),
    "twice": json.dumps(body({"pupil": PUPIL[0], "code": "L"})),
}
OTHERS = {
    "capitals": json.dumps(body({"pupil": PUPIL[2].upper(), "code": "/"})),
    "arrival alone": json.dumps(body({"pupil": PUPIL[2], "arrived_at": "08:50"})),
    "null": json.dumps(body({"pupil": PUPIL[2], "code": None, "arrived_at": "08:50"})),
    "text that looks like a member": json.dumps(
        body({"pupil": PUPIL[2], "code": "B", "detail": '"x": y'})
    ),
    "no code": json.dumps(body({"pupil": PUPIL[2]})),
    "long code": json.dumps(body({"pupil": PUPIL[2], "code": "/////"})),
    "empty code": json.dumps(body({"pupil": PUPIL[2], "code": ""})),
    "code of a space": json.dumps(body({"pupil": PUPIL[2], "code": " "})),
    "code of a number": json.dumps(body({"pupil": PUPIL[2], "code": 1})),
    "code of a list": json.dumps(body({"pupil": PUPIL[2], "code": ["/"]})),
    "two pupils cut wrongly": json.dumps(
        body({"pupil": PUPIL[2] + "0", "code": "/"}, {"pupil": PUPIL[3][1:], "code": "/"})
    ),
    "hyphens elsewhere": json.dumps(body({"pupil": "0" + PUPIL[2][:-1], "code": "/"})),
    "space in a pupil": json.dumps(body({"pupil": PUPIL[2][:-2] + "  ", "code": "/"})),
    "letters beyond f": json.dumps(body({"pupil": PUPIL[2][:-1] + "g", "code": "/"})),
    "digits of other scripts": json.dumps(body({"pupil": PUPIL[2][:-1] + "٣", "code": "/"})),
    "pupil of a number": json.dumps(body({"pupil": 7, "code": "/"})),
    "entry of a text": json.dumps(body("pupil")),
    "entry of a list": json.dumps(body(["pupil", "code"])),
    "entry of a number": json.dumps(body(7)),
    "unknown member": json.dumps(body({"pupil": PUPIL[2], "code": "/", "note": "x"})),
    "unknown instead of code": json.dumps(body({"pupil": PUPIL[2], "kode": "/"})),
    "arrival with an offset": json.dumps(
        body({"pupil": PUPIL[2], "code": "L", "arrived_at": "08:50Z"})
    ),
    "date of digits": json.dumps(body(date="20261006")),
    "date of a number": json.dumps(body(date=20261006)),
    "date too early": json.dumps(body(date="2004-10-06")),
    "session": json.dumps(body(session="am")),
    "session of a list": json.dumps(body(session=["AM"])),
    "no by": json.dumps(body(by=...)),
    "by of a text": json.dumps(body(by="C Tutor")),
    "by without position": json.dumps(body(by={"name": "C Tutor"})),
    "by with a control character": json.dumps(body(by={"name": "C\x00", "position": "Tutor"})),
    "no entries": json.dumps(body(entries=[])),
    "entries of an object": json.dumps(body(entries={"pupil": PUPIL[0], "code": "/"})),
    "too many": json.dumps(body(entries=[{"pupil": PUPIL[0], "code": "/"}] * 5001)),
    "unknown on top": json.dumps(body(mode="each")),
    "a list": "[]",
    "a text": '"x"',
    "not JSON": json.dumps(body())[:-1],
    "member twice": json.dumps(body()).replace('"code": "/"', '"code": "L", "code": "/"'),
    "member twice, spaced": json.dumps(body()).replace('"code": "/"', '"code" : "L", "code": "/"'),
    "member twice on top": json.dumps(body()).replace('"session"', '"session": "PM", "session"'),
    "member twice beside an empty colon": json.dumps(
        body(by={"name": "A", "position": "B"})
    ).replace('"code": "/"', '"code" : "L", "code" : "/"'),
}


def said(parse: Any, text: str) -> Any:
    """What is made of a body: the command, or the problem."""
    try:
        found = parse(text.encode())
    except ProblemError as refused:
        return refused.problem.document()
    return found if isinstance(found, TakeRegister) else found.command()


@pytest.mark.parametrize("text", [*PLAIN.values(), *OTHERS.values()], ids=[*PLAIN, *OTHERS])
def test_both_ways_read_the_same(text: str) -> None:
    """The same command with the same values, or the same problem."""
    assert said(USUAL.parse, text) == said(RegisterBody().parse, text)


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_what_is_plainly_right_takes_the_short_way(text: str) -> None:
    """Spaces, the order of members and entries that say more do not lead it off."""
    assert 2 <= len(register_body._plainly(text.encode()))


@pytest.mark.parametrize("name", sorted(OTHERS))
def test_what_is_not_plainly_right_is_looked_at_closely(name: str) -> None:
    """The short way answers nothing of its own to it."""
    with pytest.raises(register_body._NOT_PLAIN):
        register_body._plainly(OTHERS[name].encode())
