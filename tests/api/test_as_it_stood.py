"""As it stood: every read at a position is what a ledger answers that was only ever fed up to there.

A history is played over HTTP at random; its log up to a chosen position is exported and made again in an
empty ledger.  Every read of the contract, found in the OpenAPI document, is then asked of both.
`pytest tests/api/test_as_it_stood.py --histories 1000` plays as many as one likes.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count, product
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import randoms

from api import examples
from api.callers import create_key
from api.settings import Settings
from ledger.store.archive.export import export
from ledger.store.archive.restore import restore
from ledger.store.database import Addresses, connect_as_owner
from projections.extracts.catalogue import EXTRACTS
from projections.extracts.running import formats_of
from tests.api.conftest import PUPILS, Client, SchoolWorld, make_school, opened, served
from tests.projections.world import another_log

URN = "137172"
ACTS = 14
DAYS = ("2026-09-07", "2026-10-01", "2026-11-18", "2026-11-19", "2026-11-20")
FEW = PUPILS[:5]
ASKED: dict[str, list[str]] = {
    "urn": [URN],
    "pupil": FEW[:2],
    "school": [URN],
    "year": ["2026"],
    "from": ["2026-09-28"],
    "to": ["2026-11-27"],
    "by": ["school", "pupil", "registration_group", "week"],
    "key": [URN, FEW[0], "9B"],
    "figure": ["missing"],
    "since": ["1"],
    "name": list(EXTRACTS),
}
"""What the reads are asked with: each parameter that one of them needs, and `by`."""


@dataclass
class Side:
    """A ledger and a client of it."""

    addresses: Addresses
    client: Client


@pytest.fixture
def make_side(addresses: Addresses, tmp_path: Path) -> Callable[[str], Any]:
    """Opens a service on an empty log of its own; all share one key file."""

    @contextmanager
    def make(schema: str) -> Iterator[Side]:
        own = another_log(addresses, schema)
        with opened(own, Settings(data_dir=tmp_path), tmp_path / "key") as service:
            with connect_as_owner(own) as owner:
                key = create_key(owner, "As it stood", ["all"], ["all"])
            headers = {"Authorization": f"Bearer {key}"}
            with served(service) as url, httpx.Client(base_url=url, headers=headers) as http:
                http.timeout = httpx.Timeout(60)
                yield Side(own, Client(http))
        with connect_as_owner(own) as owner:
            owner.execute(f"DROP SCHEMA {schema} CASCADE")

    return make


@pytest.mark.usefixtures("service")
def test_every_read_is_as_it_stood(
    make_side: Callable[[str], Any], tmp_path: Path, pytestconfig: pytest.Config
) -> None:
    """At a position drawn from its history, a ledger answers as one that knows nothing later."""
    numbers = count()
    reads: list[tuple[str, dict[str, str]]] = []

    @settings(
        max_examples=pytestconfig.getoption("--histories"),
        deadline=None,
        # A history takes seconds to play: the first that fails must do.
        phases=(Phase.explicit, Phase.reuse, Phase.generate),
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(random=randoms(use_true_random=False))
    def stood(random: Random) -> None:
        number = next(numbers)
        with make_side(f"whole_{number}") as whole:
            positions = _play(whole.client, random)
            then = random.choice(positions[2:-1])
            export(whole.addresses, tmp_path / str(number), then)
            with make_side(f"then_{number}") as only:
                restore(only.addresses, tmp_path / str(number))
                # The document is the same in each of them, and takes longer to make than to read.
                reads.extend(() if reads else _reads(whole.client.http))
                assert len(reads) > len(ASKED)
                _all_answered_alike(whole, only, (positions[0], then), reads)

    stood()


def _all_answered_alike(
    whole: Side, only: Side, between: tuple[int, int], reads: list[tuple[str, dict[str, str]]]
) -> None:
    begun, then = between
    for path, parameters in reads:
        clock = {"from": begun, "to": then} if path.endswith("/diff") else {"as_of": then}
        answers = [side.client.get(path, **{**parameters, **clock}) for side in (whole, only)]
        asked = (then, path, parameters)
        assert answers[0].status_code == answers[1].status_code, asked
        assert answers[0].content == answers[1].content, asked
        if path.startswith("/extracts/") or path.endswith("/diff"):
            # What was refused alike at both has shown nothing.
            assert answers[0].status_code == 200, (asked, answers[0].text)


def _reads(http: httpx.Client) -> Iterator[tuple[str, dict[str, str]]]:
    """Every read that takes `as_of` or lies between two positions, with every choice of what it needs."""
    paths = http.get("/openapi.json").json()["paths"]
    for path, operations in paths.items():
        parameters = operations.get("get", {}).get("parameters", [])
        names = {parameter["name"] for parameter in parameters}
        if path.startswith("/v1/") and path.endswith("/diff"):
            yield _difference(path, names)
        if not path.startswith("/v1/") or "as_of" not in names:
            continue
        needed = [p["name"] for p in parameters if p.get("required") or p["name"] in ("by", "from")]
        needed += ["to"] if "to" in names and "to" not in needed else []
        needed += ["school"] if "{name}" in path else []
        for chosen in product(*(_choices(parameters, name) for name in needed)):
            given = dict(zip(needed, chosen, strict=True))
            place = {name: given.pop(name) for name in list(given) if f"{{{name}}}" in path}
            given |= _of_extract(place["name"]) if place.get("name") in EXTRACTS else {}
            yield path.removeprefix("/v1").format(**place), given


def _difference(path: str, names: set[str]) -> tuple[str, dict[str, str]]:
    """What changed in the term between two positions; of the extracts, in the register."""
    term = {"first": ASKED["from"][0], "last": ASKED["to"][0], "school": URN}
    given = {name: value for name, value in term.items() if name in names}
    return path.removeprefix("/v1").format(urn=URN, name="register"), given


def _of_extract(name: str) -> dict[str, str]:
    """Its usual format, and the options that it cannot do without."""
    extract = EXTRACTS[name]
    needed = [one for one in extract.options if one.required]
    given = {one.name: one.choices[0] if one.choices else ASKED[one.name][0] for one in needed}
    return {"format": formats_of(extract)[0], **given}


def _choices(parameters: list[dict[str, Any]], name: str) -> list[str]:
    schema = next(p["schema"] for p in parameters if p["name"] == name)
    allowed = schema.get("enum") or next(
        (s["enum"] for s in schema.get("anyOf", []) if "enum" in s), None
    )
    return [one for one in ASKED[name] if allowed is None or one in allowed] or allowed[:1]


# -- a history -----------------------------------------------------------------------------------


def _play(client: Client, random: Random) -> list[int]:
    """A school's beginnings, then acts at random; where the log stood after each."""
    school = make_school(client, URN)
    positions = [_head(client)]
    acts = [_take, _take, _take, _amend, _amend, _move, _ask_leave, _decide, _close, _delete]
    for _ in range(ACTS):
        random.choice(acts)(school, random)
        positions.append(_head(client))
    return positions


def _head(client: Client) -> int:
    return int(client.get("/codes").headers["Ledger-Position"])


def _take(school: SchoolWorld, random: Random) -> None:
    codes = {pupil: random.choice("NIOBGU") for pupil in random.sample(FEW, 3)}
    body = school.register(codes, random.choice(DAYS), random.choice(("AM", "PM")))
    for entry in body["entries"]:
        entry["detail"] = "Taster day"
    school.client.post(f"{school.path}/attendance", body, mode="each")


def _amend(school: SchoolWorld, random: Random) -> None:
    day = random.choice(DAYS)
    stands = school.client.get(f"{school.path}/attendance", date=day).json()["entries"]
    amendments = [
        {
            "pupil": entry["pupil"],
            "date": day,
            "session": entry["session"],
            "from": entry["code"],
            "code": random.choice("IOG"),
            "reason": "Parent telephoned",
        }
        for entry in random.sample(stands, min(2, len(stands)))
    ]
    if amendments:
        body = {"by": examples.OFFICER, "amendments": amendments}
        school.client.post(f"{school.path}/attendance/amendments", body, mode="each")


def _move(school: SchoolWorld, random: Random) -> None:
    body = {
        **examples.PARTICULARS,
        "changes": {"registration_group": random.choice(("9A", "9C")), "surname": "Eze"},
        "in_force_from": random.choice(DAYS),
    }
    school.client.post(f"{school.path}/admissions/{random.choice(FEW)}/amendments", body)


def _ask_leave(school: SchoolWorld, random: Random) -> None:
    school.client.post(f"{school.path}/leave", {**examples.LEAVE, "pupil": random.choice(FEW)})


def _decide(school: SchoolWorld, random: Random) -> None:
    asked = school.client.get(f"{school.path}/leave").json()["leave"]
    if asked:
        path = f"{school.path}/leave/{random.choice(asked)['id']}/decision"
        decision = random.choice(("given", "refused", "withdrawn"))
        body = {"decision": decision, "reason": "Considered", "by": examples.HEAD}
        school.client.post(path, body)


def _close(school: SchoolWorld, random: Random) -> None:
    day = random.choice(DAYS)
    body = {**examples.CLOSURE, "from": day, "to": day, "enter_marks": random.random() < 0.5}
    school.client.post(f"{school.path}/closures", body)


def _delete(school: SchoolWorld, random: Random) -> None:
    body = {
        "ground": "A",
        "day": "2026-12-01",
        "evidence": {"school": "Sandfield Academy"},
        "by": examples.OFFICE,
    }
    school.client.post(f"{school.path}/admissions/{random.choice(FEW)}/deletion", body)
