"""What proofs cost: `python -m tests.bench.proofs`, receipts, leaves and encryption on the append path.

There is no switch that turns them off, so they are timed by pieces: the functions that the service itself
calls, over the same registers, in processor time of one thread, medians of repeats. The whole is the
processor time of service and PostgreSQL over rounds of the same registers over HTTP, in the same run; the
bar is about the share of all pieces in it, since appends keep all cores busy. Pieces:

- leaves: salts drawn, the bytes that a leaf covers put together, and SHA-256, of every mark and every act;
- encryption: of what is said besides a code (codes B and K here), a data key drawn, wrapped and made ready,
  and the field sealed. The look for keys that exist is a statement a batch, and is not counted;
- receipts: the receipt written, and packed into the row of its request key;
- storing: PostgreSQL's processor time for a COPY of finished rows, less that for the same rows without salt
  and leaf, in turns. Its rows of request keys, one a request, are not counted.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import median
from time import thread_time
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ledger.proof.leaf import SALT_BYTES, covered, leaf_of, leaves_under
from ledger.registers import attendance
from ledger.requests import Answer, receipt_of_register
from ledger.schools.calendar import version
from ledger.store import request_keys, rows
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.mapper import state_of
from ledger.store.vault import DataKey, KeyFile, scope_of
from tests.bench import paced, services, stored
from tests.bench.codes import ARRIVALS, DETAILS
from tests.bench.contender import Contender
from tests.bench.copied import Copied
from tests.bench.figures import Bar, Report, console, spread, table
from tests.bench.registers import Register, per_session, registers, request_of
from tests.bench.usage import processor_seconds, watched
from tests.bench.world import World

REPEATS: Final = 7
BATCHES: Final = {30: 200, 1_000: 12}
"""Registers that each repeat goes over, by their size."""
FULL_ROUNDS: Final = 5
_ACT: Final = b'{"by":{"name":"C Tutor","position":"Form tutor"},"recorded_at":"","rules":""}'
_PUPIL: Final = "00000000-0000-0000-0000-000000000000"

CONNECTIONS: Final = {30: 64, 1_000: 16}
READY: Final = 90_000
"""Marks a second to make registers for."""

Piece = Callable[[Sequence[Register]], object]


def leaves(taken: Sequence[Register]) -> list[list[bytes]]:
    """Salts and leaves of the marks and acts, as `ledger.store.ready` and the recorder make them."""
    return [_leaves_of(register) for register in taken]


def _leaves_of(register: Register) -> list[bytes]:
    salt = os.urandom(SALT_BYTES)
    act = leaf_of(bytes(32), salt, "act/Bench/some-key", 1, "act-recorded", _ACT)
    original = version(date.fromisoformat(register.day), register.session, 0)
    kinds = {code: _around_pupil(register, code, original) for code in set(register.codes)}
    before, after = zip(*map(kinds.__getitem__, register.codes), strict=True)
    names = rows.pieces("".join(register.pupils).encode(), len(_PUPIL))
    salts = rows.pieces(os.urandom(SALT_BYTES * len(names)), SALT_BYTES)
    return leaves_under(act, map(b"".join, zip(salts, before, names, after, strict=True)))


def _around_pupil(register: Register, code: str, original: int) -> tuple[bytes, bytes]:
    event = _entered(register, _PUPIL, code, original)
    shared = covered(event.originator_id, original, event.topic, _state(code))
    before, _, after = shared.partition(_PUPIL.encode())
    return before, after


def _state(code: str) -> bytes:
    return b'{"code":"' + code.encode() + b'"}'


def _entered(
    register: Register, pupil: str, code: str, original: int
) -> attendance.AttendanceEntered:
    year = int(register.day[:4]) - (register.day[5:7] < "08")
    stream = attendance.stream(register.urn, pupil, year)
    arrived = ARRIVALS.get((register.session, code))
    return attendance.AttendanceEntered(stream, original, code, DETAILS.get(code), arrived)


def encryption(key_file: KeyFile, taken: Sequence[Register]) -> list[bytes]:
    """Keys and sealed states of the marks that say something besides their code."""
    made = []
    for register in taken:
        for pupil, code in zip(register.pupils, register.codes, strict=True):
            if code in DETAILS:
                event = _entered(register, pupil, code, 0)
                scope, key = scope_of(event.originator_id), AESGCM.generate_key(256)
                key_file.wrap(scope, key)
                made.append(state_of(event, {scope: DataKey(key)}))
    return made


def receipts(taken: Sequence[Register]) -> list[bytes]:
    """Receipts, and the rows that keep them with their request keys."""
    now, made, first = datetime.now(UTC), [], 50_000_000
    for register in taken:
        span = range(first, first + 1 + len(register.pupils))
        answer = Answer(201, receipt_of_register(span, {}, now))
        made.append(request_keys._row(stored.asked(), answer))
        first = span[-1] + 1
    return made


def pieces(taken: Sequence[Register], key_file: KeyFile) -> dict[str, float]:
    """Microseconds a mark of each piece."""
    timed: dict[str, Piece] = {
        "leaves": leaves,
        "encryption": partial(encryption, key_file),
        "receipts": receipts,
    }
    marks = sum(len(register.pupils) for register in taken)
    return {name: 1e6 * median(_times(piece, taken)) / marks for name, piece in timed.items()}


def storing(server: EmbeddedPostgres, rounds: int, seconds: float) -> float:
    """Microseconds a mark that PostgreSQL takes longer for rows with salt and leaf than without."""
    tables = {proofs: Copied(server.owner_url, proofs=proofs) for proofs in (True, False)}
    costs: dict[bool, list[float]] = {proofs: [] for proofs in tables}
    for _ in range(1 + rounds):
        for proofs, copied in tables.items():
            costs[proofs].append(1e6 / copied.play(seconds, processor_seconds))
    return median(a - b for a, b in zip(costs[True][1:], costs[False][1:], strict=True))


def _times(piece: Piece, taken: Sequence[Register]) -> list[float]:
    piece(taken)
    found = []
    for _ in range(REPEATS):
        begun = thread_time()
        piece(taken)
        found.append(thread_time() - begun)
    return found


@dataclass(frozen=True)
class Measured:
    """A service and its database, whose processor time is taken round by round."""

    port: int
    authorization: str
    service: int
    postmaster: int
    work: Path

    def round(
        self, coming: Iterable[Register], marks: int, connections: int, seconds: float
    ) -> tuple[float, float]:
        """Microseconds a mark of the service's processes and of PostgreSQL's."""
        file = self.work / "requests"
        paced.save(file, (request_of(one, self.authorization) for one in coming))
        plan = paced.Plan(self.port, str(file), marks, connections, seconds=seconds)
        with watched(self.service, self.postmaster) as used:
            outcome = paced.play(plan, seconds)
        scale = 1e6 / outcome.acknowledged
        return scale * used.service_seconds, scale * used.database_seconds


def measured(given: argparse.Namespace, work: Path) -> list[dict[str, Any]]:
    """For registers of each size: the pieces, and the service's processor time beside them."""
    data = work / "data"
    world, port = World(2025, given.schools), services.free_port()
    found, first = [], 0
    with (
        services.product(port, data, work / "service.log") as service,
        EmbeddedPostgres.open(data) as server,
    ):
        product = Contender("product", port, services.product_key(data), world)
        product.set_up_schools()
        product.admit_pupils()
        place = Measured(port, product.authorization, service, server.postmaster_pid, work)
        key_file = KeyFile(data / "secrets" / "ledger.key")
        for marks, connections in CONNECTIONS.items():
            limit = int(READY * given.seconds / marks)
            used = []
            for _ in range(1 + given.rounds):
                coming = islice(registers(world, marks, first), limit)
                used.append(place.round(coming, marks, connections, given.seconds))
                first += 1 + limit // per_session(world, marks)
            parts = pieces(list(islice(registers(world, marks, 0), BATCHES[marks])), key_file)
            of_service, of_database = zip(*used[1:], strict=True)
            found.append(
                {
                    "marks": marks,
                    "pieces_microseconds_a_mark": parts,
                    "service_microseconds_a_mark": spread(of_service),
                    "database_microseconds_a_mark": spread(of_database),
                }
            )
        stored_for = storing(server, given.rounds, given.seconds)
    for one in found:
        parts = one["pieces_microseconds_a_mark"]
        parts["storing"] = stored_for
        whole = sum(one[f"{of}_microseconds_a_mark"]["median"] for of in ("service", "database"))
        one["share_percent"] = 100 * sum(parts.values()) / whole
    return found


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.proofs", description=__doc__)
    parser.add_argument("--rounds", type=int, default=3, help="counted rounds of each size")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    parser.add_argument("--schools", type=int, default=16, help="schools of 1,020 pupils")
    return parser.parse_args()


def main() -> int:
    """Return the exit status."""
    given, out = options(), console()
    report = Report.begin("proofs", given)
    with tempfile.TemporaryDirectory(prefix="bench-proofs-") as directory:
        found = measured(given, Path(directory))
    lines = [
        (
            f"registers of {one['marks']:,}",
            *(f"{value:.2f}" for value in one["pieces_microseconds_a_mark"].values()),
            f"{one['service_microseconds_a_mark']['median']:.1f}",
            f"{one['database_microseconds_a_mark']['median']:.1f}",
            f"{one['share_percent']:.1f} %",
        )
        for one in found
    ]
    headings = (
        *("µs of processor a mark", "leaves", "encryption", "receipts", "storing"),
        *("service", "database", "of both"),
    )
    table(out, headings, lines)
    bars = [
        Bar(
            f"receipts, proofs and encryption: registers of {one['marks']:,}",
            one["share_percent"],
            "%",
            15,
            at_full_size=given.rounds >= FULL_ROUNDS,
        )
        for one in found
    ]
    report.write(out, {"sizes": found}, bars)
    return 0


if __name__ == "__main__":
    sys.exit(main())
