"""One side of the comparison as its clients see it: filled, driven and read back over HTTP alone."""

import json
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.bench.load import Job, Outcome
from tests.bench.registers import per_session, registers
from tests.bench.world import BY, YEAR, School, World, admission_entries, school_body, year_body

ADMITTED_AT_ONCE: Final = 255
"""Pupils in one request for admission: a quarter of a school."""

ANSWERS_WITHIN: Final = 120.0
"""Seconds beyond its round that the load generator may take to prepare, to finish and to check."""

FIRST_GUESS: Final = 75_000
"""Marks a second to make requests for in a warm-up round, when nothing is known yet."""


class PromiseBrokenError(RuntimeError):
    """A service did not do what the contract promises, so its figures would mean nothing."""


@dataclass(frozen=True)
class Workload:
    """Requests of one size from so many connections, for rounds of so many seconds."""

    name: str
    marks: int
    connections: int
    seconds: float


@dataclass
class Contender:
    """A running service, and how far through the school year its registers have been taken."""

    name: str
    port: int
    key: str
    world: World
    next_session: int = 0

    @property
    def authorization(self) -> str:
        """The value of the `Authorization` header."""
        return f"Bearer {self.key}"

    def set_up_schools(self) -> None:
        """Make every school, its register times and its academic year."""
        with self._client() as client:
            for school in self.world.schools:
                self._write(client, "PUT", f"/schools/{school.urn}", school_body(school))
                self._write(client, "PUT", f"/schools/{school.urn}/years/{YEAR}", year_body())

    def admit_pupils(self) -> None:
        """Admit every pupil of every school."""
        with self._client() as client:
            for school in self.world.schools:
                self._admit(client, school)

    def play(self, workload: Workload, expected: float) -> Outcome:
        """Play one round, with requests made ready for twice the `expected` marks a second.

        Raises PromiseBrokenError when an answer was not a 201 with a true receipt, or when an entry
        cannot be read back.
        """
        ready = int(2 * expected * workload.seconds / workload.marks) + 2 * workload.connections
        job = Job(
            port=self.port,
            authorization=self.authorization,
            seed=self.world.seed,
            schools=self.world.number_of_schools,
            marks=workload.marks,
            connections=workload.connections,
            seconds=workload.seconds,
            first_session=self.next_session,
            limit=ready,
        )
        outcome = _in_own_process(job)
        if outcome.faults:
            found = f"{outcome.faults} among {outcome.requests} answers, such as\n{outcome.sample}"
            raise PromiseBrokenError(f"{self.name}, {workload.name}: {found}")
        self._read_back(workload)
        self.next_session += -(-outcome.requests // per_session(self.world, workload.marks))
        return outcome

    def _admit(self, client: httpx.Client, school: School) -> None:
        entries = admission_entries(school)
        for start in range(0, len(entries), ADMITTED_AT_ONCE):
            body = {"entries": entries[start : start + ADMITTED_AT_ONCE], "by": BY}
            self._write(client, "POST", f"/schools/{school.urn}/admissions", body)

    def _write(self, client: httpx.Client, method: str, path: str, body: dict[str, Any]) -> None:
        answer = client.request(
            method, path, json=body, headers={"Idempotency-Key": f'"{uuid4()}"'}
        )
        if answer.status_code != httpx.codes.CREATED:
            said = f"{answer.status_code}\n{answer.text[:600]}"
            raise PromiseBrokenError(f"{self.name}, {method} {path}: {said}")

    def _read_back(self, workload: Workload) -> None:
        """Check that the first entries of the round now stand as they were sent."""
        sent = next(registers(self.world, workload.marks, self.next_session))
        asked = {"from": sent.day, "to": sent.day}
        with self._client() as client:
            for pupil, code in zip(sent.pupils[:30], sent.codes, strict=False):
                answer = client.get(
                    f"/schools/{sent.urn}/attendance", params={**asked, "pupil": pupil}
                ).raise_for_status()
                entries = answer.json()["entries"]
                stands = [entry["code"] for entry in entries if entry["session"] == sent.session]
                if stands != [code]:
                    said = f"sent {code} for {sent.day} {sent.session}, read {stands}"
                    raise PromiseBrokenError(f"{self.name}: {said}")

    def _client(self) -> httpx.Client:
        return httpx.Client(
            base_url=f"http://127.0.0.1:{self.port}/v1",
            headers={"Authorization": self.authorization},
            timeout=60,
        )


def _in_own_process(job: Job) -> Outcome:
    played = subprocess.run(
        [sys.executable, "-m", "tests.bench.load"],
        input=json.dumps(asdict(job)),
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        timeout=job.seconds + ANSWERS_WITHIN,
    )
    if played.returncode:
        raise PromiseBrokenError(f"the load generator ended with {played.returncode}")
    return Outcome(**json.loads(played.stdout))
