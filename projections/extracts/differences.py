"""What changed in an extract between two places in the log: rows added, removed and changed.

Rows are named by the extract's key.  Of an extract about sessions each change has the events that were
recorded about the entry between the two places; a row may also change without any, since sessions begin
and particulars of the pupil are amended.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, Literal, NamedTuple

from projections import school
from projections.differences import (
    Between,
    DifferencesQuery,
    EntryDifference,
    differences,
    place_of,
)
from projections.extracts.extract import Column, Extract, Question, Row, Source
from projections.extracts.formats.text import ndjson
from projections.parts import EntryPlace, Part

AT_ONCE: Final = 5_000
"""Entries whose events are in memory at a time."""
_ENTRY: Final = ("urn", "pupil", "date", "session")
_Key = tuple[Any, ...]


class RowChange(NamedTuple):
    """A row that is not the same at both places, as members of JSON objects."""

    what: Literal["added", "removed", "changed"]
    key: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    events: tuple[Any, ...]
    """Changes of the entry, as `projections.differences` has them."""


class Sources(NamedTuple):
    """One extract's source at each of two places of one snapshot."""

    before: Source
    after: Source

    @property
    def between(self) -> Between:
        """The two places."""
        return Between(self.before.at, self.after.at)


def changes(extract: Extract, sources: Sources, question: Question) -> Iterator[RowChange]:
    """The rows that differ, in the order of the later run; those that are gone come last of a school.

    Where the key begins with the school one school is held in memory, else all rows of both runs.
    Raises QuestionError before the first.
    """
    by_school = extract.key[:1] == _ENTRY[:1]
    parts = [(urn,) for urn in question.schools] if by_school else [question.schools]
    for schools in parts:
        asked = replace(question, schools=schools)
        found = list(_compared(extract, sources, asked))
        if extract.key[: len(_ENTRY)] == _ENTRY:
            yield from _with_events(found, sources, asked)
        else:
            yield from found


def _compared(extract: Extract, sources: Sources, question: Question) -> Iterator[RowChange]:
    """Added and changed rows, then those that are gone."""
    known = tuple(urn for urn in question.schools if _described(sources.before, urn))
    earlier = replace(question, schools=known)
    nothing = bool(question.schools) and not known
    runs = [] if nothing else extract.rows(sources.before, earlier)
    before = dict(_named(extract, runs))
    for key, row in _named(extract, extract.rows(sources.after, question)):
        stood = before.pop(key, None)
        if stood is None:
            yield _change("added", extract, None, row)
        elif stood != row:
            yield _change("changed", extract, stood, row)
    for row in before.values():
        yield _change("removed", extract, row, None)


def _described(source: Source, urn: str) -> bool:
    return bool(school.load(source.connection, urn, source.at).school.descriptions)


def _named(extract: Extract, rows: Iterable[Row]) -> Iterator[tuple[_Key, Row]]:
    """Rows with what names them; rows of one name are told apart by which of them they are."""
    names = [column.name for column in extract.columns]
    places = [names.index(name) for name in extract.key or names]
    seen: Counter[_Key] = Counter()
    for row in rows:
        key = tuple(row[place] for place in places)
        seen[key] += 1
        yield (*key, seen[key]), row


def _change(
    what: Literal["added", "removed", "changed"],
    extract: Extract,
    before: Row | None,
    after: Row | None,
) -> RowChange:
    stood, stands = (
        None if row is None else plain(extract.columns, row) for row in (before, after)
    )
    named = stands or stood or {}
    return RowChange(what, {name: named[name] for name in extract.key}, stood, stands, ())


def plain(columns: Sequence[Column], row: Row) -> dict[str, Any]:
    """A row as the JSON object that it is written as."""
    made: dict[str, Any] = json.loads(next(ndjson(columns, [[(value,) for value in row]])))
    return made


def _with_events(
    found: Sequence[RowChange], sources: Sources, question: Question
) -> Iterator[RowChange]:
    """The changes of a school's entries, with the events that made them."""
    if not found:
        return
    events = {_place(one): one.events for one in _entries(sources, question)}
    for change in found:
        key = change.key
        yield change._replace(events=events.get((key["date"], key["session"], key["pupil"]), ()))


def _place(difference: EntryDifference) -> tuple[str, str, str]:
    return difference.date.isoformat(), difference.session, difference.pupil


def _entries(sources: Sources, question: Question) -> Iterator[EntryDifference]:
    """Every entry of a school that gained events between the two places."""
    (urn,) = question.schools
    span, source = question.span, sources.after
    book = school.load(source.connection, urn, source.at)
    query = DifferencesQuery(urn, span.first, span.last)
    last: EntryPlace | None = None
    while True:
        part = Part(AT_ONCE, last)
        found = differences(source.connection, book, query, sources.between, part, source.vault)
        yield from found
        if len(found) < AT_ONCE:
            return
        last = place_of(found[-1])
