"""Migrations run once, under a lock, and are never edited."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from ledger.store import migrations
from ledger.store.database import Addresses
from ledger.store.embedded import EmbeddedPostgres
from ledger.store.migrations import Migration, MigrationError, all_migrations, migrate


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Addresses]:
    """A server without a schema."""
    with EmbeddedPostgres.open(tmp_path_factory.mktemp("empty")) as server:
        yield Addresses(service=server.service_url, owner=server.owner_url)


def test_six_starts_at_once_migrate_once(empty: Addresses) -> None:
    """Whoever comes first applies the migrations; the others find them applied."""
    with ThreadPoolExecutor(6) as pool:
        applied = list(pool.map(lambda _: migrate(empty), range(6)))
    names = [migration.name for migration in all_migrations()]
    assert sorted(applied) == [[], [], [], [], [], names]


def test_the_service_may_append_and_read_and_no_more(empty: Addresses) -> None:
    """Its role owns nothing and is granted SELECT and INSERT on the log."""
    migrate(empty)
    with psycopg.connect(empty.service) as connection:
        rows = connection.execute(
            "SELECT table_name, privilege_type FROM information_schema.role_table_grants "
            "WHERE grantee = 'ledger_append' AND table_name IN ('act', 'record', 'mark')"
        ).fetchall()
        owned = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
        ).fetchone()
    assert {(t, p) for t in ("act", "record", "mark") for p in ("SELECT", "INSERT")} == set(rows)
    assert owned == (0,)


def test_an_edited_migration_is_noticed(empty: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that differs from what was applied stops the start, by name."""
    migrate(empty)
    edited = [m._replace(text=m.text + "\n-- edited") for m in all_migrations()]
    monkeypatch.setattr(migrations, "all_migrations", lambda: edited)
    with pytest.raises(MigrationError, match="0001_the_log differs"):
        migrate(empty)


def test_a_newer_database_is_noticed(empty: Addresses, monkeypatch: pytest.MonkeyPatch) -> None:
    """Old code does not run on a schema that it does not know."""
    migrate(empty)
    first: list[Migration] = all_migrations()[:1]
    monkeypatch.setattr(migrations, "all_migrations", lambda: first)
    with pytest.raises(MigrationError, match="newer version"):
        migrate(empty)


def test_the_files_are_numbered_without_gaps() -> None:
    """0001, 0002 and so on."""
    assert [m.number for m in all_migrations()] == list(range(1, len(all_migrations()) + 1))
    assert Path(migrations.__file__).with_name("schema").is_dir()
