"""Digests: what they are made of, what they do not depend on, and that plain folds come to the same."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from psycopg.conninfo import make_conninfo

from ledger.application import AttendanceLedger
from ledger.store.database import Addresses, Connection, Database, connect_as_owner
from ledger.store.vault import Vault
from projections import digests, reference, refolding
from projections.asof import AsOf, head
from projections.canonical import NoCanonicalFormError, line
from projections.digests import LOG, VIEWS, Digest, digest, digest_of_all, digest_of_log, settled
from projections.refolding import compare
from projections.school import load
from tests.projections.world import Clock, World, another_log
from tests.properties.test_register_is_plain_fold import Play, plays

ZONES = ("UTC", "America/St_Johns", "Pacific/Kiritimati")


# -- the canonical form ----------------------------------------------------------------------------


class _Named(NamedTuple):
    b: date
    a: str | None


@dataclass(frozen=True)
class _Row:
    name: str
    of: _Named
    at: datetime
    counts: dict[str, int]
    gone: str | None = None


def test_a_line_has_sorted_keys_and_nothing_that_is_not_there() -> None:
    """Keys by code point, no spaces, UTF-8 as it is, null left out, instants in UTC."""
    row = _Row(
        "Zoë\n",
        _Named(date(2026, 10, 1), None),
        datetime(2026, 10, 1, tzinfo=UTC),
        {"Y": 1, "/": 2},
    )
    assert (
        '{"at":"2026-10-01T00:00:00.000000Z","counts":{"/":2,"Y":1},'
        '"name":"Zoë\\n","of":{"b":"2026-10-01"}}'
    ).encode() == line(row)


@pytest.mark.parametrize("value", [0.5, float("nan"), {1, 2}, b"bytes", object()])
def test_what_could_be_written_in_two_ways_is_refused(value: Any) -> None:
    """Fractions, sets and bytes have no canonical form."""
    with pytest.raises(NoCanonicalFormError):
        line({"value": [value]})


# -- digests of a world ----------------------------------------------------------------------------


@pytest.fixture
def filled(world: World) -> World:
    """A school with something in every view."""
    world.opened(pupils=3, years=(2024, 2025))
    world.take({0: "/", 1: "N", 2: {"code": "B", "detail": "Taster day"}})
    world.amend(1, "N", "I")
    world.take({0: "\\", 2: "\\"}, day="2025-11-21", session="PM")
    world.ask_leave(0)
    world.amend_name(0, surname="Young")
    return world


def _all(connection: Connection, urn: str, at: AsOf) -> list[Digest]:
    found = [digest(connection, urn, view, at) for view in VIEWS]
    *_, (_, of_log) = digest_of_log(connection, at)
    assert of_log is not None
    return [*found, of_log]


def _looked(world: World, position: int | None = None) -> list[Digest]:
    with world.looking(position) as (connection, _, at):
        return _all(connection, world.urn, settled(connection, at))


def test_every_view_has_lines(filled: World) -> None:
    """The world has something in each view that it can have something in."""
    found = {one.view: one.lines for one in _looked(filled)}
    with filled.looking() as (_, _, at):
        assert at.position == found[LOG]
    assert {"roll": 3, "totals": 6, "leave": 1, "interventions": 0} == {
        view: found[view] for view in ("roll", "totals", "leave", "interventions")
    }
    # A name and an amendment, leave, five marks and an amended one.
    assert 3 + 1 + 1 + 5 + 1 == found["history"]


def test_a_digest_is_sha256_over_lines_that_anybody_can_make(filled: World) -> None:
    """The documented way to a digest comes to it: a head line, then the lines, each ended."""
    filled.enter(8, registration_group="1A")  # first by group, last by pupil
    with filled.looking() as (connection, _, now):
        at = settled(connection, now)
        made = sha256(f'{{"form":1,"school":"{filled.urn}","view":"roll"}}\n'.encode())
        lines = list(digests.lines(connection, load(connection, filled.urn, at), "roll", at))
        for one in lines:
            made.update(one + b"\n")
        assert made.hexdigest() == digest(connection, filled.urn, "roll", at).sha256
        pupils = [json.loads(one)["pupil"] for one in lines]
    assert [filled.pupil(number) for number in (0, 1, 2, 8)] == pupils


def test_lines_hold_no_particulars(filled: World) -> None:
    """Names, dates of birth, reasons and details are in no line of any view."""
    with filled.looking() as (connection, book, now):
        at = settled(connection, now)
        text = b"".join(
            one for view in VIEWS for one in digests.lines(connection, book, view, at)
        ).decode()
    for particular in ("Okafor", "Young", "2012-05-14", "Taster", "telephoned", "Funeral"):
        assert particular not in text


@pytest.mark.parametrize("zone", ZONES)
def test_digests_do_not_depend_on_the_zone_of_the_session(
    filled: World, own_addresses: Addresses, zone: str
) -> None:
    """Whatever time zone the database speaks in, every digest is the same."""
    expected = _looked(filled)
    options = f"-c search_path=views -c TimeZone={zone}"
    database = Database(
        Addresses(
            make_conninfo(own_addresses.service, options=options),
            make_conninfo(own_addresses.owner, options=options),
        )
    )
    database.open()
    try:
        elsewhere = World(filled.ledger, database, filled.vault, filled.urn, filled.clock)
        assert expected == _looked(elsewhere)
    finally:
        database.close()


def test_digests_do_not_depend_on_keys(filled: World, own_addresses: Addresses) -> None:
    """After the keys of every pupil of the school were destroyed the digests are what they were."""
    before = _looked(filled)
    with connect_as_owner(own_addresses) as owner:
        gone = owner.execute("DELETE FROM data_key WHERE starts_with(scope, %s)", (filled.urn,))
    assert gone.rowcount > 0
    assert {row.surname for row in filled.roll()} == {None}
    assert before == _looked(filled)


def test_digests_do_not_depend_on_the_clock(filled: World) -> None:
    """Asked a year later about the same position, the answer is the same."""
    with filled.looking() as (connection, _, at):
        later = AsOf(at.position, datetime(2027, 1, 1, tzinfo=UTC))
        now, then = settled(connection, at), settled(connection, later)
        assert _all(connection, filled.urn, now) == _all(connection, filled.urn, then)


def test_digests_do_not_depend_on_what_is_held_in_memory(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However few days and leaves are looked at together, the digests are the same."""
    expected = _looked(filled)
    monkeypatch.setattr(digests, "DAYS_AT_ONCE", 3)
    monkeypatch.setattr(digests, "LEAVES_AT_ONCE", 2)
    assert expected == _looked(filled)


def test_a_mark_more_changes_the_digests_that_show_it(filled: World) -> None:
    """One entry changes register, totals, history, sheets and the log, and no other view."""
    before = _looked(filled)
    filled.take({1: "\\"}, day="2025-11-21", session="PM")
    changed = {old.view for old, new in zip(before, _looked(filled), strict=True) if old != new}
    assert {"register", "totals", "history", "sheets", LOG} == changed


def test_an_earlier_position_keeps_its_digests(filled: World) -> None:
    """What is recorded later changes no digest of before."""
    with filled.looking() as (_, _, at):
        position = at.position
    before = _looked(filled)
    filled.take({1: "/"}, day="2025-11-20")
    filled.enter(7)
    assert before == _looked(filled, position)


def test_the_digest_of_all_is_over_the_digests(filled: World) -> None:
    """It differs by position and by any one digest."""
    found = _looked(filled)
    with filled.looking() as (_, _, at):
        whole = digest_of_all(found, at)
        assert whole == digest_of_all(iter(found), at)
        assert whole != digest_of_all(found[:-1], at)
        assert whole != digest_of_all(found, AsOf(at.position - 1, at.instant))


# -- views and plain folds -------------------------------------------------------------------------


def test_a_view_that_differs_is_found_with_its_first_line(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fold that counts one code otherwise differs in register and totals, and says where first."""
    right = reference.counts

    def wrong(code: str, day: date, born: date | None) -> tuple[Any, bool]:
        return ("unauthorised", True) if code == "I" else right(code, day, born)

    monkeypatch.setattr(reference, "counts", wrong)
    with filled.looking() as (connection, _, at):
        found = {
            one.view.view: one for one in compare(connection, filled.urn, settled(connection, at))
        }
    assert found["roll"].difference is None
    difference = found["register"].difference
    assert difference is not None
    assert found["register"].view.sha256 != found["register"].fold.sha256
    assert '"counts_as":"authorised"' in str(difference.view)
    assert '"counts_as":"unauthorised"' in str(difference.fold)


def test_a_line_that_is_missing_in_a_view_is_found(
    filled: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A view that ends early differs where it has ended."""
    whole = digests.register_lines
    monkeypatch.setattr(digests, "register_lines", lambda *asked: iter(list(whole(*asked))[:-1]))
    with filled.looking() as (connection, _, at):
        _, register, *_ = compare(connection, filled.urn, settled(connection, at))
    assert register.difference is not None
    assert register.view.lines + 2 == register.fold.lines  # one of each of two years
    assert register.difference.fold is not None


@pytest.fixture(scope="module")
def play_database(addresses: Addresses) -> Iterator[Database]:
    """A log of this file's own."""
    opened = Database(another_log(addresses, "digested"))
    opened.open()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def play_ledger(play_database: Database, vault: Vault) -> Iterator[AttendanceLedger]:
    """The door into it."""
    with AttendanceLedger(play_database, vault, Clock()) as opened:
        yield opened


def test_views_and_folds_have_one_digest(
    play_ledger: AttendanceLedger,
    play_database: Database,
    vault: Vault,
    request: pytest.FixtureRequest,
) -> None:
    """Whatever is entered, at the head and half-way: each view's digest is that of its plain fold.

    So many worlds are played as `--histories` says.
    """

    @settings(
        max_examples=request.config.getoption("--histories"),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )
    @given(play=plays)
    def played(play: list[Any]) -> None:
        _views_and_folds_have_one_digest(
            Play(play_ledger, play_database, vault), play, play_database
        )

    played()


def _views_and_folds_have_one_digest(
    played: Play, play: list[Any], play_database: Database
) -> None:
    played.perform(play)
    with play_database.reading() as connection:
        last = head(connection).position
        for position in ((played.opened + last) // 2, last):
            at = settled(connection, AsOf(position, Clock().now))
            for world in played.worlds:
                for found in compare(connection, world.urn, at):
                    assert found.difference is None, found
                    assert found.view == found.fold
                    assert found.view == digest(connection, world.urn, found.view.view, at)
    assert len(refolding.VIEWS) == 4
