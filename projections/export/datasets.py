"""What is exported: the data sets, their columns and the Arrow types of these.

Columns with few values are dictionaries: codes, classes, AM and PM, a school's pupils.  The academic year
and the local authority of the school are in the path of a file, as `academic_year=2025/local_authority=855`.
"""

from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import pyarrow as pa

What = Literal["marks", "log", "totals", "acts"]

_SYMBOL: Final = pa.dictionary(pa.int8(), pa.string())
_SCHOOL: Final = pa.dictionary(pa.int8(), pa.string())
_PUPIL: Final = pa.dictionary(pa.int32(), pa.string())


class Column(NamedTuple):
    """A column: its name and its place are part of the contract."""

    name: str
    type: pa.DataType
    about: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """One data set: a folder of files with the same columns."""

    name: What
    version: str
    """`major.minor`: major when a column changes its meaning, minor when one is added at the end."""
    title: str
    columns: tuple[Column, ...]

    @property
    def schema(self) -> pa.Schema:
        """Its columns as Arrow knows them."""
        return pa.schema([(column.name, column.type) for column in self.columns])


_IDENTITY: Final = (
    Column("school", _SCHOOL, "URN, six digits"),
    Column("pupil", _PUPIL, "UUID of the pupil; never a name or another particular"),
    Column("date", pa.date32(), "Day of the session"),
    Column("session", _SYMBOL, "AM or PM"),
)
_CODE: Final = Column("code", _SYMBOL, "The code as a symbol")
_COUNTS: Final = (
    Column(
        "counts_as", _SYMBOL, "Statistical class of the code by the table of the session's date"
    ),
    Column("in_possible_sessions", pa.bool_(), "Whether the session counts as possible"),
)
_POSITION: Final = Column("position", pa.int64(), "Position in the log")

MARKS: Final = Dataset(
    "marks",
    "1.0",
    "The attendance register as it stood: one row for each entry, its latest revision",
    (
        *_IDENTITY,
        _CODE,
        *_COUNTS,
        Column("original", _SYMBOL, "The code first entered"),
        Column("revision", pa.int8(), "How often the entry was amended"),
        Column("planned", pa.bool_(), "Entered ahead of its session, which had not begun"),
        _POSITION,
    ),
)
LOG: Final = Dataset(
    "log",
    "1.0",
    "Every entry and every amended entry, each under the act by which it was made",
    (
        *_IDENTITY,
        Column("revision", pa.int8(), "0 for the original entry, then 1, 2 and so on"),
        _CODE,
        *_COUNTS,
        Column("replaces", _SYMBOL, "The code that it amends; null for an original entry"),
        Column("replaces_counts_as", _SYMBOL, "Class of that code"),
        Column("replaces_in_possible_sessions", pa.bool_(), "The same of that code"),
        _POSITION,
        Column("act", pa.int64(), "Position of its act: the data set `acts` says when"),
    ),
)
TOTALS: Final = Dataset(
    "totals",
    "1.0",
    "Sessions by school, date, half of the day and code, of the register as it stood",
    (
        _IDENTITY[0],
        *_IDENTITY[2:],
        _CODE,
        *_COUNTS,
        Column("planned", pa.bool_(), "Entered ahead of a session that had not begun"),
        Column("sessions", pa.int64(), "How many"),
    ),
)
ACTS: Final = Dataset(
    "acts",
    "1.0",
    "When each request was recorded; nobody's name is in it",
    (
        Column("act", pa.int64(), "Position of the act in the log"),
        Column("recorded_at", pa.timestamp("us", tz="UTC"), "When it was recorded"),
    ),
)
DATASETS: Final[dict[What, Dataset]] = {one.name: one for one in (MARKS, LOG, TOTALS, ACTS)}
