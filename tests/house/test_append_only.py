"""The log is only ever added to, and nothing but the log's own store writes at all."""

import pytest

from tests.house import checkout, sql

# File: the reason why it may. Short, and each reason a good one.
MAY_CHANGE_THE_LOG: dict[str, str] = {}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE mark SET code = 'N'",
        "delete from only ledger.record where position = 1",
        "TRUNCATE act",
        'update "mark_2026" set code = $1',
        "insert into mark (code) values ('/') on conflict (school) do update set code = 'N'",
        "merge into record using t on true",
        "DELETE FROM {}",
        "execute format('truncate %I', partition)",
    ],
)
def test_the_rule_sees_every_way_to_change_the_log(statement: str) -> None:
    """The check below would find each of the statements that change or remove an entry."""
    assert 1 == len(sql.changes_the_log(statement))


@pytest.mark.parametrize(
    "statement",
    [
        "revoke update, delete, truncate on act, record, mark from public",
        "create trigger no_update before update or delete on mark",
        "update log_head set position = position + 1",
        "insert into mark (code) values ('/')",
        "select marked.update from marking",
    ],
)
def test_the_rule_lets_the_rest_pass(statement: str) -> None:
    """The check below does not mistake privileges, triggers or other tables for a change."""
    assert [] == sql.changes_the_log(statement)


def test_no_statement_changes_or_removes_an_entry() -> None:
    """No SQL and no Python of the three packages updates, deletes or truncates the log's tables."""
    found = {
        checkout.name(path): sql.changes_the_log(path.read_text(encoding="utf-8"))
        for path in checkout.source(".sql")
    }
    for path in checkout.source(".py"):
        texts = [text for _, text in checkout.strings(path)]
        found[checkout.name(path)] = [c for text in texts for c in sql.changes_the_log(text)]
    assert {} == {
        name: changes
        for name, changes in found.items()
        if changes and name not in MAY_CHANGE_THE_LOG
    }


def test_no_permission_outlives_its_use() -> None:
    """Every file that may change the log exists and says why it may."""
    names = {checkout.name(path) for path in checkout.source(".py", ".sql")}
    assert set() == set(MAY_CHANGE_THE_LOG) - names
    assert all(reason for reason in MAY_CHANGE_THE_LOG.values())


# File of a view that is kept beside the log: what the names of the tables begin with that it writes.
KEEPS_ITS_OWN = {
    "projections/sheets/keeping.sql": "sheet",
    "projections/kept_histories/keeping.sql": "kept_history",
}


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO mark",
        "DELETE FROM log_head",
        "UPDATE act SET",
        "COPY record (a) FROM STDIN; --",
    ],
)
def test_what_keeps_a_view_is_seen_to_write_elsewhere(statement: str) -> None:
    """The check below sees a table that is none of the view's."""
    assert [] != _written_elsewhere(f"{statement} x", "sheet")


def test_a_view_that_is_kept_writes_its_own_tables_alone() -> None:
    """What follows the log into tables of its own touches no other table, the log's least of all."""
    for name, own in KEEPS_ITS_OWN.items():
        text = (checkout.ROOT / name).read_text(encoding="utf-8")
        assert [] == _written_elsewhere(text, own)


def _written_elsewhere(text: str, own: str) -> list[str]:
    return [table for table in sql.written(text) if not table.startswith(own)]


def test_views_only_read() -> None:
    """Every statement of a view is a SELECT, and no word in it writes, locks or creates."""
    for path in checkout.source(".sql", under=("projections",)):
        if checkout.name(path) in KEEPS_ITS_OWN:
            continue
        text = path.read_text(encoding="utf-8")
        assert [] == sql.writes(text), checkout.name(path)
        for statement in sql.statements(text):
            first = statement.split(maxsplit=1)[0].lower().strip("(")
            assert first in {"select", "with", "copy", "values"}, checkout.name(path)


def test_views_keep_their_sql_in_sql_files() -> None:
    """No Python of a view holds a statement: its SQL stands in a .sql file beside it."""
    assert [] == _statements_in_python(("projections",))


def test_routes_and_pages_speak_no_sql() -> None:
    """No string in a route or a page is a statement."""
    assert [] == _statements_in_python(("api/routes", "api/pages"))


def _statements_in_python(under: tuple[str, ...]) -> list[str]:
    return [
        f"{checkout.name(path)}:{line}"
        for path in checkout.source(".py", under=under)
        for line, text in checkout.strings(path)
        if sql.looks_like_sql(text)
    ]
