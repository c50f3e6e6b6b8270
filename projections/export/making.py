"""From rows of the log to the columns of the data sets: one school, one academic year at a time.

An entry is named by one number, its pupil's among the school's pupils, its session and its revision
together: so the next revision of it is the number after, and what stands is what has none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Final
from uuid import UUID

import pyarrow as pa
import pyarrow.compute as pc

from ledger.law.codes import BUILT_IN, STATISTICAL_CLASSES, CodeTable
from ledger.schools.calendar import REVISIONS, SESSIONS, Span
from ledger.schools.school import School
from projections.editions import Editions
from projections.export.datasets import LOG, MARKS, TOTALS, Dataset
from projections.sessions import Begun

_VERSIONS: Final = 2 * 366 * REVISIONS
"""Versions that one pupil's entries of an academic year can have."""
_ORIGINAL: Final = pa.scalar(0, pa.int8())
_OF_STANDING: Final = ("position", "day", "half", "revision", "code")
_HALVES: Final = pa.array(SESSIONS)
_CLASSES: Final = pa.array(STATISTICAL_CLASSES)


class UnknownCodeError(Exception):
    """The log holds a code that the table does not know: it must not be guessed how it counts."""


class Counting:
    """How every code counts on every day of an academic year, for pupils of compulsory school age.

    Age matters for code X of June 2020 to July 2022 alone; ages are particulars and stay closed.
    """

    def __init__(self, year: Span, codes: CodeTable = BUILT_IN) -> None:
        editions = Editions(year.first, year.last, codes)
        readings = [one for one in editions.readings if one.of_age]
        self.symbols = pa.array(sorted({one.code.symbol for one in readings}))
        numbers = {symbol: number for number, symbol in enumerate(self.symbols.to_pylist())}
        self._edition_of_day = pa.array(
            [(editions.number(day) - 1) * len(numbers) for day in year.days()], pa.int32()
        )
        size = (max(one.edition for one in readings)) * len(numbers)
        classes, possible = [0] * size, [False] * size
        for one in readings:
            at = (one.edition - 1) * len(numbers) + numbers[one.code.symbol]
            classes[at] = STATISTICAL_CLASSES.index(one.code.statistical_class)
            possible[at] = one.code.in_possible
        self._classes, self._possible = pa.array(classes, pa.int8()), pa.array(possible)

    def numbers(self, codes: pa.ChunkedArray) -> pa.Array:
        """Codes by their numbers, null where there is none.  Raises UnknownCodeError."""
        found = pc.index_in(codes, self.symbols)
        if found.null_count != codes.null_count:
            raise UnknownCodeError
        return _whole(found).cast(pa.int8())

    def codes(self, numbers: pa.Array) -> pa.DictionaryArray:
        """Codes again."""
        return pa.DictionaryArray.from_arrays(numbers, self.symbols)

    def counted(self, numbers: pa.Array, days: pa.Array) -> tuple[pa.DictionaryArray, pa.Array]:
        """Of codes on days (0 is the first of the year): their class, and whether possible."""
        places = pc.add(pc.take(self._edition_of_day, days), numbers.cast(pa.int32()))
        classes = pa.DictionaryArray.from_arrays(pc.take(self._classes, places), _CLASSES)
        return classes, pc.take(self._possible, places)


@dataclass(frozen=True)
class Year:
    """The marks of one school and academic year, every revision, as they were fetched."""

    school: School
    span: Span
    counting: Counting
    begun: Begun
    fetched: pa.Table

    def table(self, dataset: Dataset) -> pa.Table:
        """The rows of a data set, in its columns, in the order of the log (totals by session and code)."""
        makers: dict[str, Callable[[], dict[str, Any]]] = {
            MARKS.name: self._marks,
            LOG.name: self._log,
            TOTALS.name: self._totals,
        }
        return pa.table(makers[dataset.name](), schema=dataset.schema)

    @cached_property
    def _rows(self) -> dict[str, pa.Array]:
        """The columns in the order of the log, codes and days by their numbers."""
        version = _whole(self.fetched["version"])
        slot = pc.shift_right(version, _int32(REVISIONS.bit_length() - 1))
        rows = {
            "position": _whole(self.fetched["position"]),
            "version": version,
            "day": pc.shift_right(slot, _int32(1)),
            "half": pc.bit_wise_and(slot, _int32(1)).cast(pa.int8()),
            "revision": pc.bit_wise_and(version, _int32(REVISIONS - 1)).cast(pa.int8()),
            "pupil": _whole(self.fetched["pupil"]).storage,
            "code": self.counting.numbers(self.fetched["code"]),
        }
        if "act" in self.fetched.column_names:
            rows["act"] = _whole(self.fetched["act"])
        if _rises(rows["position"]):
            return rows
        order = pc.array_sort_indices(rows["position"])
        return {name: pc.take(column, order) for name, column in rows.items()}

    @cached_property
    def _pupils(self) -> pa.DictionaryArray:
        """Whose each row is, in text."""
        encoded = self._rows["pupil"].dictionary_encode()
        texts = [str(UUID(bytes=one)) for one in encoded.dictionary.to_pylist()]
        return pa.DictionaryArray.from_arrays(encoded.indices, pa.array(texts, pa.string()))

    @cached_property
    def _places(self) -> pa.Array:
        """Of each row the number that names its entry and revision."""
        of_pupil = pc.multiply(self._pupils.indices.cast(pa.int64()), _VERSIONS)
        return pc.add(of_pupil, self._rows["version"].cast(pa.int64()))

    def _codes_at(self, places: pa.Array) -> pa.Array:
        """The codes entered at these places."""
        chosen = pc.is_in(self._places, places)
        found = pc.index_in(places, self._places.filter(chosen))
        return pc.take(self._rows["code"].filter(chosen), found)

    @cached_property
    def _amending(self) -> pa.Array:
        """Which rows amend an earlier one."""
        return pc.greater(self._rows["revision"], _ORIGINAL)

    @cached_property
    def _standing(self) -> dict[str, pa.Array]:
        """Those rows that no later revision amends, with the code that was first entered."""
        places = self._places
        stands = pc.invert(pc.is_in(places, pc.subtract(places.filter(self._amending), 1)))
        kept = {name: self._rows[name].filter(stands) for name in _OF_STANDING}
        amended = self._amending.filter(stands)
        revisions = kept["revision"].filter(amended).cast(pa.int64())
        originals = pc.subtract(places.filter(stands).filter(amended), revisions)
        kept["pupils"] = self._pupils.filter(stands)
        kept["original"] = pc.replace_with_mask(kept["code"], amended, self._codes_at(originals))
        return kept

    @cached_property
    def _replaced(self) -> pa.Array:
        """The code that each row replaces: that of the revision before it; null of an original entry."""
        before = pc.subtract(self._places.filter(self._amending), 1)
        none = pa.nulls(len(self._places), pa.int8())
        return pc.replace_with_mask(none, self._amending, self._codes_at(before))

    # -- data sets -------------------------------------------------------------------------------

    def _identity(self, rows: dict[str, pa.Array], pupils: pa.DictionaryArray) -> dict[str, Any]:
        school = pc.subtract(rows["half"], rows["half"])
        first = _int32((self.span.first - date(1970, 1, 1)).days)
        return {
            "school": pa.DictionaryArray.from_arrays(school, pa.array([self.school.urn])),
            "pupil": pupils,
            "date": pc.add(rows["day"], first).cast(pa.date32()),
            "session": pa.DictionaryArray.from_arrays(rows["half"], _HALVES),
        }

    def _counted(self, rows: dict[str, pa.Array], column: str, name: str) -> dict[str, Any]:
        classes, possible = self.counting.counted(rows[column], rows["day"])
        prefix = "" if name == "code" else f"{name}_"
        return {
            name: self.counting.codes(rows[column]),
            f"{prefix}counts_as": classes,
            f"{prefix}in_possible_sessions": possible,
        }

    def _marks(self) -> dict[str, Any]:
        rows = self._standing
        return {
            **self._identity(rows, rows["pupils"]),
            **self._counted(rows, "code", "code"),
            "original": self.counting.codes(rows["original"]),
            "revision": rows["revision"],
            "planned": self._planned(rows),
            "position": rows["position"],
        }

    def _log(self) -> dict[str, Any]:
        rows = {**self._rows, "replaced": self._replaced}
        return {
            **self._identity(rows, self._pupils),
            "revision": rows["revision"],
            **self._counted(rows, "code", "code"),
            **self._counted(rows, "replaced", "replaces"),
            "position": rows["position"],
            "act": rows["act"],
        }

    def _totals(self) -> dict[str, Any]:
        keys = ["day", "half", "code"]
        standing = pa.table({key: self._standing[key] for key in keys})
        counted = standing.group_by(keys).aggregate([([], "count_all")])
        counted = counted.sort_by([(key, "ascending") for key in keys])
        rows = {key: _whole(counted[key]) for key in keys}
        identity = self._identity(rows, self._pupils)
        del identity["pupil"]
        return {
            **identity,
            **self._counted(rows, "code", "code"),
            "planned": self._planned(rows),
            "sessions": counted["count_all"],
        }

    def _planned(self, rows: dict[str, pa.Array]) -> pa.Array:
        """Which sessions had not begun, by the register times of the school."""
        sessions = [not self.begun(d, s) for d in self.span.days() for s in SESSIONS]
        slots = pc.add(pc.multiply(rows["day"], _int32(2)), rows["half"].cast(pa.int32()))
        return pc.take(pa.array(sessions), slots)


def _int32(number: int) -> pa.Scalar:
    """So that columns stay of half the width that plain numbers would give them."""
    return pa.scalar(number, pa.int32())


def _rises(positions: pa.Array) -> bool:
    """Whether they stand in order already, as they nearly always do."""
    steps = pc.less(positions[:-1], positions[1:])
    return bool(pc.all(steps).as_py())


def _whole(column: pa.ChunkedArray) -> pa.Array:
    found = column.combine_chunks()
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found
