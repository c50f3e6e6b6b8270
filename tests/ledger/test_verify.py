"""Verification finds what was changed behind the ledger's back, and says where.

Each test spoils one small log, as somebody who may do anything to the database; afterwards it is put
back as it was.
"""

import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest

from ledger.admissions import admission
from ledger.application import AttendanceLedger
from ledger.leave_of_absence import leave
from ledger.proof import verify as verification
from ledger.proof.leaf import NO_ACT, leaf_of
from ledger.proof.verify import Verdict, verify
from ledger.registers import attendance
from ledger.requests import Answer, Request
from ledger.schools import school
from ledger.store.database import Addresses, Database
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import migrate
from ledger.store.vault import Vault

URN = "137172"
Ask = Callable[[Request], Future[Answer]]

HEAD = {"name": "A Head", "position": "Headteacher"}
TUTOR = {"name": "C Tutor", "position": "Form tutor"}
OFFICER = {"name": "D Officer", "position": "Attendance officer"}
PUPILS = [str(UUID(int=n)) for n in range(1, 6)]

# What is spoilt need not survive a power cut.
PAST_TRIGGERS = "SET session_replication_role = replica; SET synchronous_commit = off"
TABLES = ("act", "record", "mark", "log_head", "roll_place")


class Log:
    """The log: verified as it stands, and open to whoever tampers with it."""

    def __init__(self, addresses: Addresses, superuser: str) -> None:
        self.addresses = addresses
        self._superuser = superuser

    def ask(self, query: str, **values: object) -> tuple[Any, ...]:
        """The first row of an answer."""
        with psycopg.connect(self._superuser) as connection:
            row = connection.execute(query.encode(), values).fetchone()
        assert row is not None
        return row

    def position(self, query: str) -> int:
        """The one position that a query finds."""
        (found,) = self.ask(query)
        assert isinstance(found, int)
        return found

    def tamper(self, *statements: str, **values: object) -> None:
        """Change the log past its triggers, as only a superuser can; each must change a row."""
        with psycopg.connect(self._superuser) as connection:
            connection.execute(PAST_TRIGGERS)
            for statement in statements:
                assert connection.execute(statement.encode(), values).rowcount > 0, statement

    def seal_again(self, position: int) -> None:
        """Make the leaf of a row fit what is stored, as whoever knows the format can."""
        row = self.ask(
            "SELECT act, salt, stream, version, topic, state FROM log WHERE position = %(at)s",
            at=position,
        )
        act, salt, stream, version, topic, state = row
        act_leaf = NO_ACT
        if act != position:
            (act_leaf,) = self.ask("SELECT leaf FROM act WHERE position = %(act)s", act=act)
        leaf = leaf_of(act_leaf, salt, stream, version, topic, state)
        for table in ("act", "record", "mark"):
            with psycopg.connect(self._superuser) as connection:
                connection.execute(PAST_TRIGGERS)
                connection.execute(
                    f"UPDATE {table} SET leaf = %s WHERE position = %s".encode(), (leaf, position)
                )

    def keep(self) -> None:
        """Remember how it is now, and put out of the way what a superuser can."""
        with psycopg.connect(self._superuser) as connection:
            for column in ("school", "half", "revision"):
                connection.execute(f"ALTER TABLE mark DROP CONSTRAINT mark_{column}_check".encode())
            connection.execute("CREATE SCHEMA kept")
            for table in TABLES:
                connection.execute(f"CREATE TABLE kept.{table} AS TABLE {table}".encode())

    def put_back(self) -> None:
        """Make it what it was when it was kept."""
        with psycopg.connect(self._superuser) as connection:
            connection.execute(PAST_TRIGGERS)
            for table in TABLES:
                connection.execute(f"DELETE FROM {table}".encode())
                connection.execute(f"INSERT INTO {table} TABLE kept.{table}".encode())

    def verified(self, processes: int = 1) -> Verdict:
        """What verification makes of it."""
        return verify(self.addresses, processes=processes)

    def found(self) -> tuple[int, str]:
        """The fault that verification finds."""
        fault = self.verified().fault
        assert fault is not None, "nothing was found"
        return fault.position, fault.what


@pytest.fixture(scope="module")
def superuser(server: EmbeddedPostgres) -> str:
    """The URL of the one who may do anything."""
    password = (server.pgdata.parent / "secrets" / "superuser").read_text().strip()
    return re.sub(r"//[^@]*@", f"//postgres:{password}@", server.owner_url)


@pytest.fixture(scope="module")
def whole_log(server: EmbeddedPostgres, superuser: str, vault: Vault) -> Log:
    """A small log of everything there is, in a database of its own."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CREATE DATABASE verified OWNER ledger_owner")
    addresses = _addresses(server, "verified")
    migrate(addresses)
    _fill(addresses, vault)
    log = Log(addresses, _in(superuser, "verified"))
    log.keep()
    return log


@pytest.fixture
def log(whole_log: Log) -> Iterator[Log]:
    """The log, for a test to spoil."""
    yield whole_log
    whole_log.put_back()


def _addresses(server: EmbeddedPostgres, name: str) -> Addresses:
    return Addresses(_in(server.service_url, name), _in(server.owner_url, name))


def _in(url: str, name: str) -> str:
    return re.sub(r"/ledger(\?|$)", rf"/{name}\1", url)


class _Clock:
    """From Monday 5 October 2026, 13:00, a second later each time."""

    def __init__(self) -> None:
        self._now = datetime(2026, 10, 5, 13, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


def _fill(addresses: Addresses, vault: Vault) -> None:
    database = Database(addresses)
    database.open()
    ledger = AttendanceLedger(database, vault, _Clock())
    try:
        for number, ask in enumerate(_requests(ledger)):
            answer = ask(Request("Test", f"request/{number}", bytes([number]))).result()
            assert answer.status == 201, answer.refused
    finally:
        ledger.close()
        database.close()


def _requests(ledger: AttendanceLedger) -> list[Ask]:
    describe = school.DescribeSchool.model_validate(
        {
            "name": "Ashfield Lane School",
            "laestab": "8554999",
            "local_authority": "855",
            "type": "academy",
            "register_times": {
                "AM": {"opens": "08:35", "closes": "09:05"},
                "PM": {"opens": "12:25", "closes": "12:55"},
            },
            "in_force_from": "2026-09-01",
            "by": HEAD,
        }
    )
    year = school.SetSchoolYear.model_validate(
        {
            "terms": [
                {
                    "name": "Autumn",
                    "from": "2026-09-02",
                    "to": "2026-12-18",
                    "half_term": {"from": "2026-10-26", "to": "2026-10-30"},
                }
            ],
            "closures": [],
            "by": HEAD,
        }
    )
    admit = admission.EnterNames.model_validate(
        {"entries": [_name(number, pupil) for number, pupil in enumerate(PUPILS)], "by": OFFICER}
    )
    ask_leave = leave.AskLeave.model_validate(
        {
            "pupil": PUPILS[4],
            "ground": "exceptional_circumstances",
            "from": "2026-10-12",
            "to": "2026-10-13",
            "asked_by": {"name": "Ngozi Okafor", "relationship": "parent"},
            "asked_on": "2026-10-01",
            "circumstances": "A wedding abroad",
            "by": OFFICER,
        }
    )
    return [
        lambda request: ledger.describe_school(URN, describe, request),
        lambda request: ledger.set_school_year(URN, 2026, year, request),
        lambda request: ledger.enter_names(URN, admit, request),
        *(
            _register(ledger, day, half)
            for day in ("2026-10-01", "2026-10-02")
            for half in ("AM", "PM")
        ),
        _amend(ledger, "N", "I"),
        _amend(ledger, "I", "M"),
        _import(ledger),
        lambda request: ledger.ask_leave(URN, ask_leave, request),
        _register(ledger, "2026-10-05", "AM"),
    ]


def _name(number: int, pupil: str) -> dict[str, object]:
    return {
        "pupil": pupil,
        "surname": f"Okafor{number}",
        "forenames": "Ada",
        "sex": "F",
        "date_of_birth": "2012-05-14",
        "starting_day": "2026-09-02",
        "year_group": "9",
        "registration_group": "9B",
        "enrolment": "single",
        "boarder": False,
        "parents": [],
    }


def _register(ledger: AttendanceLedger, day: str, half: str) -> Ask:
    present = "/" if half == "AM" else "\\"
    entries: list[dict[str, str]] = [{"pupil": p, "code": present} for p in PUPILS[:3]]
    entries.append({"pupil": PUPILS[3], "code": "N"})
    entries.append({"pupil": PUPILS[4], "code": "B", "detail": "Taster day at the college"})
    asked = attendance.TakeRegister.model_validate(
        {"date": day, "session": half, "by": TUTOR, "entries": entries}
    )
    return lambda request: ledger.take_register(URN, asked, request)


def _amend(ledger: AttendanceLedger, before: str, after: str) -> Ask:
    amendment = {
        "pupil": PUPILS[3],
        "date": "2026-10-01",
        "session": "AM",
        "from": before,
        "code": after,
        "reason": "Parent telephoned",
    }
    asked = attendance.AmendRegister.model_validate({"by": OFFICER, "amendments": [amendment]})
    return lambda request: ledger.amend_register(URN, asked, request)


def _import(ledger: AttendanceLedger) -> Ask:
    """Two people's entries in one request: two acts."""
    lines = [
        attendance.ImportedLine.model_validate(
            {
                "school": URN,
                "date": "2026-09-07",
                "session": session,
                "pupil": pupil,
                "by": by,
                "code": code,
                "entered_at": "2026-09-07T12:00:00+01:00",
            }
        )
        for pupil in PUPILS[:3]
        for session, by, code in (("AM", TUTOR, "/"), ("PM", OFFICER, "\\"))
    ]
    return lambda request: ledger.import_history(lines, request)


# -- all is well -----------------------------------------------------------------------------------


def test_an_untouched_log_is_found_whole(log: Log) -> None:
    """Nothing is found in a log of every kind of event, up to its head."""
    (head,) = log.ask("SELECT position FROM log_head")
    assert Verdict(head, None) == log.verified()


def test_a_log_of_nothing_is_whole(server: EmbeddedPostgres, superuser: str) -> None:
    """A ledger in which nothing has been entered has nothing wrong with it."""
    with psycopg.connect(superuser, autocommit=True) as connection:
        connection.execute("CREATE DATABASE nothing OWNER ledger_owner")
    addresses = _addresses(server, "nothing")
    migrate(addresses)
    assert Verdict(0, None) == verify(addresses)


@pytest.mark.parametrize("window", [1, 2, 3, 7])
def test_what_a_window_needs_from_before_it_is_found(
    log: Log, window: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever windows are cut, between an act and its entries too, a whole log is found whole."""
    monkeypatch.setattr(verification, "WINDOW", window)
    assert log.verified().fault is None


def test_several_processes_find_the_first_fault(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Divided among processes, the log is whole or its first fault is the same."""
    monkeypatch.setattr(verification, "SPAN", 9)
    told: list[tuple[int, int]] = []
    verdict = verify(log.addresses, processes=2, progress=lambda *done: told.append(done))
    assert verdict.fault is None
    assert (verdict.head, verdict.head) == told[-1]
    first, second = 15, 40
    log.tamper(f"UPDATE mark SET salt = leaf WHERE position IN ({first}, {second})")
    fault = log.verified(processes=2).fault
    assert fault is not None
    assert first == fault.position


def test_progress_reaches_the_end(log: Log) -> None:
    """Whoever watches is told of every position."""
    told: list[tuple[int, int]] = []
    verdict = verify(log.addresses, processes=1, progress=lambda *done: told.append(done))
    assert [(verdict.head, verdict.head)] == told


# -- what was changed ------------------------------------------------------------------------------

_MARK = "(SELECT min(position) + 1 FROM mark)"
_DETAILED = "(SELECT min(position) FROM mark WHERE code = 'B')"
_LAST_MARK = "(SELECT max(position) FROM mark)"
_AMENDED = "(SELECT min(position) FROM mark WHERE revision = 1)"
_TWICE_AMENDED = "(SELECT position FROM mark WHERE revision = 2)"
_ACT = "(SELECT act FROM mark ORDER BY position LIMIT 1)"
_RECORD = "(SELECT min(position) FROM record WHERE topic = 'name-entered')"
_ASKED = "(SELECT min(position) FROM record WHERE topic = 'leave-asked')"

# Of a request with two acts, the last entry of the first.
_OF_TWO_ACTS = (
    "(SELECT max(m.position) FROM mark m JOIN act a ON a.position = m.act AND a.number = 1 "
    "JOIN act second USING (client, request_key) WHERE second.number = 2)"
)

_LEAF = "the leaf is not the hash"

# What is done, where it must be found, and what must be said of it.
_TAMPERING = {
    "a state byte of a mark": (
        f'UPDATE mark SET state = \'{{"code":"N"}}\' WHERE position = {_MARK}',
        _MARK,
        _LEAF,
    ),
    "a code column": (
        f"UPDATE mark SET code = 'I' WHERE position = {_MARK}",
        _MARK,
        "the columns code and replaced",
    ),
    "a replaced column": (
        f"UPDATE mark SET replaced = 'O' WHERE position = {_AMENDED}",
        _AMENDED,
        "the columns code and replaced",
    ),
    "a replaced column where nothing was": (
        f"UPDATE mark SET replaced = 'O' WHERE position = {_MARK}",
        _MARK,
        "the columns code and replaced",
    ),
    "a leaf": (f"UPDATE mark SET leaf = sha256(leaf) WHERE position = {_MARK}", _MARK, _LEAF),
    "sealed words": (
        (
            # Another byte than stands there, whichever that is.
            "UPDATE mark SET state = set_byte(state, 59, CASE get_byte(state, 59) WHEN 65 THEN 66"
            f" ELSE 65 END) WHERE position = {_DETAILED}"
        ),
        _DETAILED,
        _LEAF,
    ),
    "a row deleted": (f"DELETE FROM mark WHERE position = {_MARK}", _MARK, "the row is missing"),
    "the last row deleted": (
        f"DELETE FROM mark WHERE position = {_LAST_MARK}",
        "(SELECT position FROM log_head)",
        "the row is missing",
    ),
    "an act deleted": (f"DELETE FROM act WHERE position = {_ACT}", _ACT, "the row is missing"),
    "salts swapped": (
        (
            "UPDATE mark SET salt = other.salt FROM mark AS other "
            f"WHERE mark.position IN ({_MARK}, {_MARK} + 1) "
            f"AND other.position = 2 * {_MARK} + 1 - mark.position"
        ),
        _MARK,
        _LEAF,
    ),
    "a mark moved to another day": (
        f"UPDATE mark SET day = day + 7 WHERE position = {_MARK}",
        _MARK,
        _LEAF,
    ),
    "a mark moved to another year": (
        f"UPDATE mark SET day = day - 364 WHERE position = {_MARK}",
        _MARK,
        _LEAF,
    ),
    "a mark moved to another pupil": (
        f"UPDATE mark SET pupil = gen_random_uuid() WHERE position = {_MARK}",
        _MARK,
        _LEAF,
    ),
    "a mark moved to another school": (
        f"UPDATE mark SET school = 137173 WHERE position = {_MARK}",
        _MARK,
        _LEAF,
    ),
    "a school of seven digits, whose stream reads the same": (
        f"UPDATE mark SET school = 1371720 WHERE position = {_MARK}",
        _MARK,
        "the columns school, half and revision",
    ),
    "a second half of the day before, whose version reads the same": (
        f"UPDATE mark SET day = day - 1, half = 2 WHERE position = {_MARK}",
        _MARK,
        "the columns school, half and revision",
    ),
    "a mark that points to another act": (
        (
            f"UPDATE mark SET act = (SELECT max(position) FROM act WHERE position < {_ACT}) "
            f"WHERE position = {_MARK}"
        ),
        _MARK,
        "the row points to no act of the request",
    ),
    "a mark that points to the other act of its request": (
        (
            "UPDATE mark SET act = (SELECT position FROM act WHERE number = 2) "
            f"WHERE position = {_OF_TWO_ACTS}"
        ),
        _OF_TWO_ACTS,
        _LEAF,
    ),
    "a mark that points to a later act": (
        f"UPDATE mark SET act = (SELECT max(position) FROM act) WHERE position = {_MARK}",
        _MARK,
        "the row points to no act of the request",
    ),
    "a mark that points to no act": (
        f"UPDATE mark SET act = {_ACT} - 1000 WHERE position = {_MARK}",
        _MARK,
        "the row points to no act of the request",
    ),
    "a position taken twice": (
        f"UPDATE mark SET position = {_MARK} WHERE position = {_MARK} + 1",
        _MARK,
        "two rows have this position",
    ),
    "two marks of different requests in each other's place": (
        (
            f"UPDATE mark SET position = {_MARK} + {_LAST_MARK} - position "
            f"WHERE position IN ({_MARK}, {_LAST_MARK})"
        ),
        _MARK,
        "the row points to no act of the request",
    ),
    "a revision taken away from under the next": (
        f"DELETE FROM mark WHERE position = {_AMENDED}",
        _AMENDED,
        "the row is missing",
    ),
    "who took a register": (
        (
            "UPDATE act SET state = replace(convert_from(state, 'UTF8'), 'C Tutor', 'X Tutor')::bytea "
            f"WHERE position = {_ACT}"
        ),
        _ACT,
        _LEAF,
    ),
    "when a register was taken": (
        f"UPDATE act SET recorded_at = recorded_at + interval '1 microsecond' WHERE position = {_ACT}",
        _ACT,
        "the column recorded_at",
    ),
    "the key of a request": (
        f"UPDATE act SET request_key = 'other' WHERE position = {_ACT}",
        _ACT,
        _LEAF,
    ),
    "a client and key whose stream reads the same": (
        (
            "UPDATE act SET client = 'Test/request', request_key = substr(request_key, 9) "
            f"WHERE position = {_ACT}"
        ),
        _ACT,
        "the columns client and request_key",
    ),
    "a surname": (
        (
            "UPDATE record SET state = replace(convert_from(state, 'UTF8'), 'A', 'B')::bytea "
            f"WHERE position = {_RECORD}"
        ),
        _RECORD,
        _LEAF,
    ),
    "a place on the roll deleted": (
        f"DELETE FROM roll_place WHERE position = {_RECORD}",
        _RECORD,
        "its place on the roll",
    ),
    "the day from which a place on the roll is held": (
        f"UPDATE roll_place SET starting_day = starting_day - 1 WHERE position = {_RECORD}",
        _RECORD,
        "its place on the roll",
    ),
    "a place on the roll for one who asked for leave": (
        f"UPDATE roll_place SET starting_day = '2026-09-02' WHERE position = {_ASKED}",
        _ASKED,
        "its place on the roll",
    ),
    "a place on the roll for nobody": (
        (
            "INSERT INTO roll_place (school, pupil, position, starting_day) "
            f"SELECT school, gen_random_uuid(), position, starting_day FROM roll_place "
            f"WHERE position = {_RECORD}"
        ),
        _RECORD,
        "no record has left this place",
    ),
    "whose name it is": (
        f"UPDATE record SET pupil = gen_random_uuid() WHERE position = {_RECORD}",
        _RECORD,
        "the columns school and pupil",
    ),
    "which school's it is": (
        f"UPDATE record SET school = NULL WHERE position = {_RECORD}",
        _RECORD,
        "the columns school and pupil",
    ),
    "what kind of event it is": (
        f"UPDATE record SET topic = 'name-deleted' WHERE position = {_RECORD}",
        _RECORD,
        _LEAF,
    ),
    "the head raised": (
        "UPDATE log_head SET position = position + 1",
        "(SELECT position + 1 FROM log_head)",
        "the row is missing",
    ),
    "the head lowered": (
        "UPDATE log_head SET position = position - 1",
        "(SELECT position FROM log_head)",
        "the row stands outside the log",
    ),
    "the head's instant": (
        "UPDATE log_head SET recorded_at = recorded_at + interval '1 second'",
        "(SELECT position FROM log_head)",
        "the head's instant",
    ),
    "the head deleted": ("DELETE FROM log_head", "(SELECT 1)", "the head of the log is gone"),
    "a row before the beginning": (
        f"UPDATE mark SET position = -1 WHERE position = {_LAST_MARK}",
        "(SELECT position FROM log_head)",
        "the row is missing",
    ),
}


@pytest.mark.parametrize("what", _TAMPERING)
def test_what_was_changed_is_found(log: Log, what: str) -> None:
    """Whatever of a row is changed, the position found is that row's."""
    statement, where, said = _TAMPERING[what]
    expected = log.position(where.removeprefix("(").removesuffix(")"))
    log.tamper(statement)
    position, found = log.found()
    assert (expected, said) == (position, found[: len(said)])


# -- what was changed by somebody who also makes the leaf fit ------------------------------------------


def test_an_amendment_of_a_code_that_did_not_stand_is_found(log: Log) -> None:
    """An amended entry that says it replaces another code than stood before it is found."""
    at = log.position(_TWICE_AMENDED[1:-1])
    (state,) = log.ask("SELECT state FROM mark WHERE position = %(at)s", at=at)
    forged = json.loads(bytes(state)) | {"replaces": "O"}
    log.tamper(
        "UPDATE mark SET state = %(state)s, replaced = 'O' WHERE position = %(at)s",
        state=json.dumps(forged).encode(),
        at=at,
    )
    log.seal_again(at)
    assert (
        at,
        "the amended entry does not replace the code of the entry before it",
    ) == log.found()


def test_a_revision_without_the_one_before_it_is_found(log: Log) -> None:
    """An amended entry needs the revision before it, and before it in the log."""
    at = log.position(_TWICE_AMENDED[1:-1])
    log.tamper("UPDATE mark SET revision = 3 WHERE position = %(at)s", at=at)
    log.seal_again(at)
    position, what = log.found()
    assert (at, "an amended entry") == (position, what[:16])


def test_an_event_without_the_one_before_it_is_found(log: Log) -> None:
    """A version of a stream needs the version before it."""
    at = log.position("SELECT position FROM record WHERE topic = 'school-year-set'")
    log.tamper("UPDATE record SET version = 3 WHERE position = %(at)s", at=at)
    log.seal_again(at)
    position, what = log.found()
    assert (at, "version 3 of a stream") == (position, what[:21])


@pytest.mark.parametrize("topic", ["attendance-entered", "act-recorded", "something-new"])
def test_an_event_of_no_record_is_found(log: Log, topic: str) -> None:
    """A record is of a known kind, and neither a mark nor an act."""
    at = log.position(_RECORD[1:-1])
    log.tamper("UPDATE record SET topic = %(topic)s WHERE position = %(at)s", topic=topic, at=at)
    log.seal_again(at)
    assert (at, "the topic is not one of a record") == log.found()


@pytest.mark.parametrize(
    ("table", "where", "state"),
    [
        *(("mark", _MARK, state) for state in (b"{", b"[]", b"\xff", b'{"code":{}}')),
        *(("record", _RECORD, state) for state in (b"[]", b"\xff", b"{}")),
        *(("act", _ACT, state) for state in (b"[]", b"{}")),
    ],
)
def test_a_state_that_cannot_be_read_is_found(
    log: Log, table: str, where: str, state: bytes
) -> None:
    """Bytes that are no event of this kind are found, though their leaf fits."""
    at = log.position(where[1:-1])
    log.tamper(f"UPDATE {table} SET state = %(state)s WHERE position = %(at)s", state=state, at=at)
    log.seal_again(at)
    position, what = log.found()
    assert at == position
    assert what in {
        "the state cannot be read",
        "the columns code and replaced are not what the state says",
    }


def test_an_act_recorded_before_the_one_before_it_is_found(log: Log) -> None:
    """Instants do not run backwards."""
    at = log.position(_ACT[1:-1])
    (state,) = log.ask("SELECT state FROM act WHERE position = %(at)s", at=at)
    forged = json.loads(bytes(state)) | {"recorded_at": "2026-10-01T00:00:00.000000Z"}
    log.tamper(
        "UPDATE act SET state = %(state)s, recorded_at = '2026-10-01T00:00:00Z' "
        "WHERE position = %(at)s",
        state=json.dumps(forged).encode(),
        at=at,
    )
    log.seal_again(at)
    assert (at, "the act was recorded at an earlier instant than the one before it") == log.found()


def test_an_act_out_of_its_request_is_found(log: Log) -> None:
    """The acts of a request are numbered from 1 without a gap."""
    at = log.position(_ACT[1:-1])
    log.tamper("UPDATE act SET number = 2 WHERE position = %(at)s", at=at)
    log.seal_again(at)
    assert (at, "act 2 of a request, without act 1 before it") == log.found()


def test_acts_of_one_request_have_one_instant(log: Log) -> None:
    """Two people's entries in one request were recorded at the same instant."""
    at = log.position("SELECT position FROM act WHERE number = 2")
    (state,) = log.ask("SELECT state FROM act WHERE position = %(at)s", at=at)
    forged = json.loads(bytes(state)) | {"recorded_at": "2026-10-06T00:00:00.000000Z"}
    log.tamper(
        "UPDATE act SET state = %(state)s, recorded_at = '2026-10-06T00:00:00Z' "
        "WHERE position = %(at)s",
        state=json.dumps(forged).encode(),
        at=at,
    )
    log.seal_again(at)
    assert (at, "the acts of one request have two instants") == log.found()
