"""The same request may be sent again, and is recorded once."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from api.examples import PUPIL, SECOND
from tests.api.conftest import Client, MakeClient, SchoolWorld


def test_a_replay_is_answered_byte_for_byte(school: SchoolWorld) -> None:
    """The same key with the same request answers the first response again and says so."""
    path, body = f"{school.path}/attendance", school.register({PUPIL: "/"})
    first = school.client.post(path, body, "once")
    again = school.client.post(path, body, "once")
    assert (201, 201) == (first.status_code, again.status_code)
    assert first.content == again.content
    assert "Idempotent-Replay" not in first.headers
    assert "true" == again.headers["Idempotent-Replay"]


@pytest.mark.parametrize("key", ["bare-key", "~!#$%&'()*+,-./:;<=>?@[]^_`{|}", "k" * 255])
def test_a_quoted_key_is_the_key(school: SchoolWorld, key: str) -> None:
    """A key as a structured field's string is the same key as the bare one."""
    path, body = f"{school.path}/attendance", school.register({PUPIL: "/"})
    key = f"{key[:-6]}{school.urn}"
    first = school.client.post(path, body, key)
    again = school.client.post(path, body, f'"{key}"')
    assert 201 == first.status_code, first.text
    assert first.content == again.content
    assert "true" == again.headers["Idempotent-Replay"]


def test_another_request_under_a_used_key_is_refused(school: SchoolWorld) -> None:
    """A key that came with another request before is a 422, and nothing is recorded."""
    path = f"{school.path}/attendance"
    school.client.post(path, school.register({PUPIL: "/"}), "reused")
    others = [
        school.client.post(path, school.register({SECOND: "/"}), "reused"),
        school.client.post(path, school.register({PUPIL: "/"}), "reused", mode="each"),
        school.client.post(f"{school.path}/closures", {**_closure(), "reason": "Snow"}, "reused"),
    ]
    for other in others:
        assert 422 == other.status_code
        assert "/problems/idempotency-key-reused" == other.json()["type"]
    read = school.client.get(path, date="2026-10-01", session="AM").json()
    assert [PUPIL] == [entry["pupil"] for entry in read["entries"]]


def test_a_key_is_the_clients_own(school: SchoolWorld, make_client: MakeClient) -> None:
    """Two clients may use the same key for requests of their own."""
    other = make_client()
    path = f"{school.path}/attendance"
    assert 201 == school.client.post(path, school.register({PUPIL: "/"}), "shared").status_code
    assert 201 == other.post(path, school.register({SECOND: "/"}), "shared").status_code


@pytest.mark.parametrize(
    ("key", "code"),
    [
        (None, "idempotency-key-missing"),
        ("", "idempotency-key-missing"),
        ('""', "idempotency-key-malformed"),
        ('"unended', "idempotency-key-malformed"),
        ("two words", "idempotency-key-malformed"),
        ("k" * 256, "idempotency-key-malformed"),
        ("clé", "idempotency-key-malformed"),
    ],
)
def test_a_write_needs_a_key(school: SchoolWorld, key: str | None, code: str) -> None:
    """A missing key, or one that is none, is a 400 on every write."""
    headers = {} if key is None else {"Idempotency-Key": key.encode()}
    answer = school.client.http.post(
        f"/v1{school.path}/attendance", json=school.register({PUPIL: "/"}), headers=headers
    )
    assert 400 == answer.status_code
    assert f"/problems/{code}" == answer.json()["type"]


def test_a_refused_request_leaves_its_key_free(school: SchoolWorld) -> None:
    """Nothing was recorded under the key of a refusal: what was wrong may be put right and sent again."""
    path = f"{school.path}/attendance"
    refused = school.client.post(path, school.register({PUPIL: "QQ"}), "corrected")
    assert 422 == refused.status_code
    right = school.client.post(path, school.register({PUPIL: "/"}), "corrected")
    assert 201 == right.status_code
    assert "Idempotent-Replay" not in right.headers


def test_fifty_at_once_are_one(school: SchoolWorld) -> None:
    """Fifty of one request at the same time take one set of positions and get one answer."""
    path, body = f"{school.path}/attendance", school.register(dict.fromkeys(school.pupils, "/"))

    def send(_: int) -> tuple[int, bytes]:
        answer = school.client.post(path, body, "fifty")
        return answer.status_code, answer.content

    with ThreadPoolExecutor(50) as threads:
        answers = set(threads.map(send, range(50)))
    assert 1 == len(answers)
    ((status, _),) = answers
    assert 201 == status
    totals = school.client.get(
        f"{school.path}/totals", **{"from": "2026-10-01", "to": "2026-10-01"}
    ).json()
    assert {"/": 30} == totals["rows"][0]["codes"]


def test_every_write_keeps_its_first_answer(school: SchoolWorld) -> None:
    """A minted id is answered again to the same request, and nobody is entered twice."""
    entry = {
        "surname": "Nobody",
        "forenames": "New",
        "date_of_birth": "2013-01-01",
        "starting_day": "2026-09-02",
    }
    body = {"entries": [entry], "by": {"name": "B Office", "position": "Data manager"}}
    path = f"{school.path}/admissions"
    answers = [school.client.post(path, body, "minted").content for _ in range(3)]
    assert 1 == len(set(answers))
    roll = school.client.get(path).json()["entries"]
    assert 1 == [name["surname"] for name in roll].count("Nobody")


def _closure() -> dict[str, object]:
    return {
        "from": "2026-11-13",
        "to": "2026-11-13",
        "reason": "Boiler",
        "by": {"name": "A Head", "position": "Headteacher"},
    }


def test_a_dry_run_neither_uses_nor_hides_a_key(school: SchoolWorld, client: Client) -> None:
    """A dry run leaves its key free; of a key that was used it shows the first answer."""
    path, body = f"{school.path}/attendance", school.register({PUPIL: "/"})
    assert 201 == client.post(path, body, "tried", dry_run="true").status_code
    recorded = client.post(path, body, "tried")
    assert 201 == recorded.status_code
    assert "Idempotent-Replay" not in recorded.headers
    assert recorded.content == client.post(path, body, "tried", dry_run="true").content
