"""Answers of extracts, as the OpenAPI document describes them."""

from datetime import date
from typing import Any

from pydantic import Field

from api.schemas import Answer, Instant, Position, Read


class ExtractParameter(Answer):
    """What may be asked of one extract beside schools and days."""

    name: str
    kind: str
    description: str
    choices: list[str]
    required: bool


class ExtractColumn(Answer):
    """A column; its place is part of the contract."""

    name: str
    kind: str = Field(description="text, code, integer, number, date, instant or flag.")
    description: str


class ExtractItem(Answer):
    """An extract that there is."""

    name: str
    version: str = Field(
        description="`major.minor`: major when a column changes its meaning, minor when one is added."
    )
    title: str
    receiver: str
    reference: str
    scopes: list[str] = Field(description="All of them are needed.")
    formats: list[str] = Field(description="The first is the usual one.")
    key: list[str] = Field(description="The columns that name a row.")
    parameters: list[ExtractParameter]
    columns: list[ExtractColumn]


class ExtractsRead(Read):
    """The extracts there are."""

    extracts: list[ExtractItem]


class _Made(Read):
    extract: str
    version: str = Field(
        description="`major.minor.patch`; the patch rises when anything is recorded that rows rest on."
    )
    rules: str
    schools: list[str]
    from_: date = Field(alias="from")
    to: date


class ExtractRead(_Made):
    """An extract as JSON: its rows, each with the extract's columns in their order."""

    rows: list[dict[str, Any]]
    row_count: int
    rows_sha256: str = Field(description="Of the rows as lines of JSON, in every format the same.")


class StatementRead(_Made):
    """The statement of a file: what it is made from, what it holds, and its digests."""

    title: str
    receiver: str
    reference: str
    options: dict[str, Any]
    columns: list[ExtractColumn]
    csv_text: str = Field(
        description="What CSV does to free text that a spreadsheet would run as a formula."
    )
    format: str
    bom: bool
    row_count: int
    rows_sha256: str
    file_bytes: int
    file_sha256: str


class PlaceInLog(Answer):
    """A place in the log."""

    position: Position
    as_of: Instant


class ExtractChange(Answer):
    """A row that is not the same at both places."""

    what: str = Field(description="added, removed or changed.")
    key: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    events: list[dict[str, Any]] = Field(
        description="Of an extract about sessions: the events of the entry between the two places."
    )


class ExtractDiffRead(Read):
    """What changed in an extract between two places in the log."""

    extract: str
    rules: str
    schools: list[str]
    first: date
    last: date
    from_: PlaceInLog = Field(alias="from")
    to: PlaceInLog
    before: str = Field(description="Version of the data set at the earlier place.")
    after: str = Field(description="Version of the data set at the later place.")
    changes: list[ExtractChange]
    added: int
    removed: int
    changed: int
