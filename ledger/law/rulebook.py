"""All tables of the law together: as they are built in, or as somebody proposes to change them.

A proposed table is one file of `ledger/law` in its own form; those not given stay as they are built in.
"""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import date
from itertools import chain
from typing import Any, Final, Literal, NamedTuple

from ledger.law import codes, statute
from ledger.law.codes import Code, CodeTable, CodeTableError
from ledger.law.provisions import StatuteError
from ledger.law.statute import Entry, Statute

CODES: Final = "codes"
TABLES: Final = (CODES, *statute.TABLES)
"""The tables by name: each is the file `law/<name>.toml`."""


class RulebookError(ValueError):
    """A table cannot be used; the message names the table, the entry and what is wrong with it."""


class Rulebook(NamedTuple):
    """The law of one edition."""

    codes: CodeTable
    statute: Statute

    def entries(self, table: str | None = None, on: date | None = None) -> Iterator[Entry]:
        """Every value in the order of the tables; those of one table, or in force on a day."""
        for entry in chain(map(_shown, self.codes.codes), statute.entries(self.statute)):
            if table in (None, entry.table) and (on is None or _in_force(entry, on)):
                yield entry


BUILT_IN: Final = Rulebook(codes.BUILT_IN, statute.BUILT_IN)


def read(texts: Mapping[str, str]) -> Rulebook:
    """The law with some of its tables replaced by these texts.

    Raises RulebookError for a text that is no TOML or has a faulty entry, and for a table in which a
    name is gone that the rules ask for.
    """
    proposed = Rulebook(_codes(texts[CODES]) if CODES in texts else codes.BUILT_IN, _statute(texts))
    for table in texts:
        gone = _names(BUILT_IN, table) - _names(proposed, table)
        if gone:
            raise RulebookError(
                f"{table}: {min(gone)!r} is gone. The rules and the record ask for it by that name: "
                "end it with a date instead."
            )
    return proposed


class Change(NamedTuple):
    """What becomes of one entry; `before` and `after` hold the members that differ."""

    table: str
    name: str
    valid_from: date | None
    what: Literal["added", "removed", "changed"]
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def changes(before: Rulebook, after: Rulebook) -> list[Change]:
    """The entries in which two rulebooks differ, by table; an entry is known by name and first day."""
    old, new = _by_key(before), _by_key(after)
    found = []
    for key in dict.fromkeys((*old, *new)):
        one, other = old.get(key, {}), new.get(key, {})
        differing = [name for name in (one | other) if one.get(name) != other.get(name)]
        if differing:
            found.append(
                Change(
                    key.table,
                    key.name,
                    key.valid_from,
                    "changed" if one and other else "removed" if one else "added",
                    {name: one[name] for name in differing if name in one},
                    {name: other[name] for name in differing if name in other},
                )
            )
    return found


class _Key(NamedTuple):
    table: str
    name: str
    valid_from: date | None
    pupil_group: str
    """Two entries of one code may stand on one day, for different pupils."""


def _by_key(rulebook: Rulebook) -> dict[_Key, dict[str, Any]]:
    return {
        _Key(
            entry.table,
            entry.name,
            entry.valid_from,
            entry.value.get("pupil_group", "") if entry.table == CODES else "",
        ): _members(entry)
        for entry in rulebook.entries()
    }


def _members(entry: Entry) -> dict[str, Any]:
    return {
        "title": entry.title,
        **entry.value,
        "valid_to": entry.valid_to,
        "reference": entry.reference,
        "confidence": entry.confidence,
    }


def _names(rulebook: Rulebook, table: str) -> set[str]:
    return {entry.name for entry in rulebook.entries(table)}


def _in_force(entry: Entry, day: date) -> bool:
    begun = entry.valid_from is not None and entry.valid_from <= day
    return begun and (entry.valid_to is None or day <= entry.valid_to)


def _codes(text: str) -> CodeTable:
    try:
        found = codes.read_table(text)
    except (tomllib.TOMLDecodeError, CodeTableError) as fault:
        raise RulebookError(f"{CODES}: {fault}") from None
    return CodeTable(found)


def _statute(texts: Mapping[str, str]) -> Statute:
    given = {table: texts[table] for table in statute.TABLES if table in texts}
    if not given:
        return statute.BUILT_IN
    used = {table: statute.built_in_text(table) for table in statute.TABLES}
    for table, text in given.items():
        # One at a time, so that the message can say which.
        try:
            Statute(used | {table: text})
        except (tomllib.TOMLDecodeError, StatuteError) as fault:
            raise RulebookError(f"{table}: {fault}") from None
    return Statute(used | given)


_COMMON: Final = frozenset({"symbol", "title", "valid_from", "valid_to", "reference", "confidence"})


def _shown(code: Code) -> Entry:
    """A code as the other values are shown."""
    return Entry(
        CODES,
        code.symbol,
        code.title,
        {name: value for name, value in asdict(code).items() if name not in _COMMON},
        code.valid_from,
        code.valid_to,
        code.reference,
        code.confidence,
    )
