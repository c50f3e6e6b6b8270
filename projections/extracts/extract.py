"""What an extract is: a named, versioned function from schools, days and a place in the log to rows.

The same position and the same question give the same rows, in the same order, for ever.  A row is a
tuple in the order of the columns; None is what is not known or does not apply, and 0 is none.  Rows
come one by one, so that an extract of any size needs the memory of one school.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple

from ledger.law.edition import RULES
from ledger.law.rulebook import BUILT_IN, Rulebook
from ledger.schools.calendar import Span
from ledger.store.database import Connection
from ledger.store.vault import Vault
from projections.asof import AsOf

Kind = Literal["text", "code", "integer", "number", "date", "instant", "flag"]
"""What a column holds.  `text` is free text or an identifier, `code` a symbol that is written as it is
(`/`, `-`, `#`), `number` an unrounded rate, `instant` an aware time."""
Format = Literal["csv", "ndjson", "json", "xlsx", "parquet", "xml", "html"]
Row = tuple[Any, ...]
Block = Sequence[Sequence[Any]]
"""Some rows as columns: one sequence for each column, all of one length, which is never 0."""

ROW_FORMATS: Final[tuple[Format, ...]] = ("json", "ndjson", "csv", "xlsx", "parquet")
"""Formats that any extract's rows can be written in."""


class Column(NamedTuple):
    """A column: its name is part of the contract, and so is its place."""

    name: str
    kind: Kind
    about: str
    """What it holds, in a sentence for its reader."""


class Option(NamedTuple):
    """What can be asked of one extract beside schools and days."""

    name: str
    kind: Kind
    about: str
    choices: tuple[str, ...] = ()
    required: bool = False


class Source(NamedTuple):
    """What an extract is made from: one unmoving snapshot, seen from one place in the log."""

    connection: Connection
    vault: Vault
    at: AsOf
    law: Rulebook = BUILT_IN
    rules: str = RULES


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of an extract."""

    schools: tuple[str, ...]
    """URNs in ascending order: rows come school by school."""
    span: Span
    """Days of sessions, both included."""
    options: Mapping[str, Any] = field(default_factory=dict)
    """Values of the extract's own options, of the types of their kinds; what was not asked is absent."""


class QuestionError(Exception):
    """The question cannot be answered as asked: the option at fault, and the rule that it breaks."""

    def __init__(self, option: str, code: str, message: str) -> None:
        """`code` is that of a problem of the contract; the message never repeats a value."""
        super().__init__(message)
        self.option = option
        self.code = code
        self.message = message


class Document(NamedTuple):
    """A form of an extract that its receiver defines, and that is not its rows in columns."""

    format: Format
    write: "Callable[[Source, Question], Iterator[bytes]]"


@dataclass(frozen=True, slots=True)
class Extract:
    """One extract."""

    name: str
    version: str
    """`major.minor`: major when a column changes its meaning, minor when one is added at the end."""
    title: str
    receiver: str
    """Who asks for it, in the words of the list of extracts."""
    reference: str
    """Where its shape or its duty stands, with its confidence where that is not a primary source."""
    columns: tuple[Column, ...]
    rows: Callable[[Source, Question], Iterator[Row]]
    """Raises QuestionError before its first row."""
    options: tuple[Option, ...] = ()
    formats: tuple[Format, ...] = ROW_FORMATS
    documents: tuple[Document, ...] = ()
    particulars: bool = False
    """Whether it tells names, addresses or dates of birth: its reader needs `admissions:read` as well."""
    window: Callable[[Question], Span] = lambda question: question.span
    """The days that it really covers, where an option decides them.  Raises QuestionError."""
    key: tuple[str, ...] = ()
    """The columns that name a row: two runs are compared by it, school by school where `urn` is the first
    of them.  Without a key a row is named by all that it says."""
    blocks: Callable[[Source, Question], Iterator[Block]] | None = None
    """The same rows column by column, where there are so many that a tuple for each would be the work."""
    rests_on: Callable[[Span], Span] = lambda window: window
    """The days whose marks its rows rest on, where these are more than its window."""
    of_schools: bool = True
    """Whether its rows are of schools, so that one must be meant; else they are the same for all."""
