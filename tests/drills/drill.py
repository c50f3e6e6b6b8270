"""The drill from beginning to end: load, kills, healing, and the reckoning."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from math import ceil
from pathlib import Path
from random import Random
from time import monotonic, sleep
from typing import Final, NamedTuple

import httpx

from tests.bench.services import free_port
from tests.bench.world import YEAR, World, admission_entries, school_body, year_body
from tests.drills import service as processes
from tests.drills.asking import ANSWER_SECONDS_MAX, PATIENT_SECONDS, Asked, ask, client
from tests.drills.audit import LogRow, audit, in_order, read_log, recorded_keys, stored
from tests.drills.board import Board
from tests.drills.clerk import Clerk
from tests.drills.reader import Reader
from tests.drills.requests import RECORDED, Request, request
from tests.drills.service import NotReadyError, Service
from tests.drills.writer import Writer, acknowledged

MOMENT_SECONDS_MAX: Final = 0.02
"""A kill falls up to so long after the acknowledgement that it was drawn for: else every kill would meet
the service at the same place, just after a commit."""
RECOVERY_SECONDS_MAX: Final = 60.0
_REQUESTS_PER_SCHOOL: Final = 8_000
"""A school year gives some 12,500 class registers; some clerks are quicker than others."""

Say = Callable[[str], None]


VICTIMS: Final = ("service", "database", "process")
"""The kinds of kill, in their turns: the whole service, its database, one of the processes that serve."""


class Kill(NamedTuple):
    """One kill: what was killed, and the seconds until something new was acknowledged."""

    victim: str
    target: str
    recovery_seconds: float | None


@dataclass(frozen=True)
class Options:
    """How much to kill (of each of VICTIMS), with how many writers, by which seed.

    `between`: fewest and most acknowledgements from the recovery after one kill to the next kill.
    """

    kills: int
    writers: int = 6
    seed: int = 2025
    between: tuple[int, int] = (5, 120)


@dataclass
class Drill:
    """What came of a drill; `log_rows` is the length of the log that was read back."""

    options: Options
    board: Board
    kills: list[Kill]
    log_rows: int = 0
    verified: str = ""

    @property
    def passed(self) -> bool:
        """Whether no promise was broken."""
        return not self.board.findings


def run(options: Options, directory: Path, say: Say) -> Drill:
    """Play a drill in an empty directory.  Raises NotReadyError when the service does not start."""
    drill = Drill(options, Board(), [])
    service = Service(directory / "data", free_port(), directory / "service.log")
    try:
        service.start()
        key = service.make_key()
        with client(service.address, key, PATIENT_SECONDS) as http:
            world = _world(options)
            say(f"{len(world.schools)} schools of {len(world.schools[0].pupils):,} pupils")
            _set_up(world, http, drill.board)
            reader = Reader(drill.board, service.address, key)
            with _running([*_writers(world, service, key, drill), reader], drill.board):
                _kill_again_and_again(service, drill, say)
            if service.alive():
                say("Reading the log back")
                _reckon(http, drill, reader)
        _close(service, drill)
    finally:
        service.kill()
        processes.end_database(service.pgdata)
    return drill


def _world(options: Options) -> World:
    requests = options.kills * len(VICTIMS) * sum(options.between) // 2
    return World(options.seed, max(1, ceil(requests / _REQUESTS_PER_SCHOOL)))


def _set_up(world: World, http: httpx.Client, board: Board) -> None:
    """Describe the schools, set their years and admit their pupils."""
    for school in world.schools:
        entries = admission_entries(school)
        _ask_once(http, request("school", school.urn, "", school_body(school), RECORDED), board)
        year = request("year", school.urn, f"/years/{YEAR}", year_body(), RECORDED)
        _ask_once(http, year, board)
        names = request(
            "admission", school.urn, "/admissions", {"entries": entries}, RECORDED * len(entries)
        )
        _ask_once(http, names, board)


def _ask_once(http: httpx.Client, asked: Request, board: Board) -> None:
    acknowledged(asked, ask(http, asked, board, lambda: False), board)


def _writers(world: World, service: Service, key: str, drill: Drill) -> Iterator[Writer]:
    options = drill.options
    for number in range(options.writers):
        clerk = Clerk(world, options.seed, number, options.writers)
        yield Writer(number, clerk, drill.board, options.seed, service.address, key)


@contextmanager
def _running(threads: Sequence[Writer | Reader], board: Board) -> Iterator[None]:
    """Let writers and reader run for the length of the block, then come to their own end."""
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for thread in threads:
            thread.stop()
        for thread in threads:
            thread.join(ANSWER_SECONDS_MAX + PATIENT_SECONDS)
            if thread.is_alive():
                board.find("end", f"{thread.name} does not come to an end")


def _kill_again_and_again(service: Service, drill: Drill, say: Say) -> None:
    """The kinds in turns, each after so many acknowledgements as the seed says."""
    options, board = drill.options, drill.board
    random = Random(f"{options.seed} kills")
    for number in range(len(VICTIMS) * options.kills):
        if not board.wait_for_more(random.randint(*options.between), RECOVERY_SECONDS_MAX):
            board.find("recovery", f"too few acknowledgements before kill {number + 1}")
            return
        # Part of the drawn moment; nothing rests on its length.
        sleep(random.random() * MOMENT_SECONDS_MAX)
        try:
            kill = _kill_one(number, service, random, board)
        except NotReadyError as failed:
            board.find("recovery", f"the service does not start again after a kill: {failed}")
            return
        drill.kills.append(kill)
        if kill.recovery_seconds is None:
            what = f"{kill.target}: nothing recorded in {RECOVERY_SECONDS_MAX:.0f} s"
            board.find("recovery", what)
            return
        place = f"{number + 1} of {len(VICTIMS) * options.kills}"
        say(f"{place}: {kill.target} killed, {kill.recovery_seconds:.2f} s to the next record")
        if not service.alive():
            board.find("end", f"the service ended by itself:\n{service.last_words()}")
            return
    board.wait_for_more(max(options.between), RECOVERY_SECONDS_MAX)


def _kill_one(number: int, service: Service, random: Random, board: Board) -> Kill:
    """Kill what is next in turn, and wait until something is recorded that nothing killed recorded."""
    struck = monotonic()
    turn, kind = divmod(number, len(VICTIMS))
    victim = target = VICTIMS[kind]
    if victim == "service":
        service.kill()
        board.gone(datetime.now(UTC))
        service.start()
    elif victim == "process":
        service.kill_one(random)
        board.gone(datetime.now(UTC))
    else:
        if turn % 2 == 0:
            target, children = processes.kill_postmaster(service.pgdata)
        else:
            target, children = processes.kill_backend(service.pgdata, random)
        if not processes.all_ended(children):
            board.find("recovery", f"{target}: other processes of the database do not end")
        board.gone(datetime.now(UTC))
    recovered = board.recovered(RECOVERY_SECONDS_MAX)
    return Kill(victim, target, None if recovered is None else recovered - struck)


def _reckon(http: httpx.Client, drill: Drill, reader: Reader) -> None:
    """Ask what is open, then hold the whole log against everything acknowledged and read before."""
    board = drill.board
    whole = sha256()

    def rows() -> Iterator[LogRow]:
        for row in read_log(http):
            drill.log_rows += 1
            if row["position"] <= reader.position:
                whole.update(stored(row))
            yield row

    try:
        _ask_open(http, board)
        board.findings += in_order(board.acknowledgements)
        board.findings += audit(rows(), board.acknowledgements)
    except httpx.HTTPError as failed:
        board.find("end", f"the log cannot be read back: {failed!r}")
        return
    if whole.hexdigest() != reader.digest:
        board.find("altered", f"rows 1 to {reader.position} are not what was read before")


def _ask_open(http: httpx.Client, board: Board) -> None:
    """Ask every open request again: what was recorded is replayed, what was not is recorded now."""
    head, recorded = recorded_keys(read_log(http), {asked.key for asked, _ in board.open})
    for asked, first_sent in board.open:
        answer = ask(http, asked, board, lambda: False).answer
        found = acknowledged(asked, Asked(answer, first_sent, in_doubt=True), board)
        if found is None or not found.span:
            continue
        positions = recorded.get(asked.key)
        if positions is not None:
            board.count("open: recorded")
            if positions != list(found.span):
                board.find("doubled", f"{asked.key}: stands at {positions}, answered {found.span}")
        elif found.span[0] <= head:
            board.find("altered", f"{asked.key}: answered a position that was not its own")


def _close(service: Service, drill: Drill) -> None:
    """End the service in good order and let the ledger verify itself."""
    status = service.stop()
    if status != 0:
        drill.board.find("end", f"the service ended with status {status}")
    status, drill.verified = service.verify()
    if status != 0:
        drill.board.find("end", f"verify ended with status {status}: {drill.verified}")
    if not processes.end_database(service.pgdata):
        drill.board.find("end", "processes of the database were left when all others had ended")
