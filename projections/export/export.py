"""The export: for every school and academic year what was asked for, at one position of the log.

Each file is of one academic year and one local authority, a row group a school, and is written by one
thread with a connection of its own: in memory are the marks of one school and year for each thread.
"""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, closing
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final, NamedTuple

import pyarrow as pa

from ledger import events
from ledger.law.edition import RULES
from ledger.requests import instant
from ledger.schools import school
from ledger.schools.calendar import span_of_year
from ledger.schools.school import School
from ledger.store.database import Addresses, Connection
from projections.asof import AsOf
from projections.export.datasets import ACTS, DATASETS, LOG, Dataset, What
from projections.export.files import Output, Written
from projections.export.making import Counting, Year
from projections.export.reading import SQL, Columns, columns
from projections.sessions import Begun
from projections.statements import fetch
from projections.stored import parsed

FORMAT: Final = "attendance-ledger-parquet"
VERSION: Final = 1
ACTS_AT_ONCE: Final = 4_000_000
"""Positions among which acts are looked for at a time."""

Progress = Callable[[int, int], None]
"""Told how many school years are done, and how many there are."""


class SchoolNotKnownError(Exception):
    """A school was asked for that the ledger did not know then."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for."""

    what: Sequence[What] = ("marks",)
    schools: Sequence[str] = ()
    """URNs; all schools when empty."""


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written."""

    position: int
    files: tuple[Written, ...]
    sha256: str
    """SHA-256 of the manifest."""

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(file.rows for file in self.files)


class _Part(NamedTuple):
    """The schools whose marks of a year go into the same files."""

    year: int
    authority: str
    urns: tuple[str, ...]

    def path(self, dataset: Dataset) -> str:
        """Where a data set of it is."""
        folder = f"academic_year={self.year}/local_authority={self.authority}"
        return f"{dataset.name}/{folder}/{dataset.name}.parquet"


@dataclass(frozen=True)
class Source:
    """A ledger as it stood: where it is, a snapshot of it, and the place in the log."""

    addresses: Addresses
    connection: Connection
    at: AsOf
    """With the instant of the position's own act: what is written then follows from the position alone."""


def export(
    source: Source,
    directory: Path,
    order: Order,
    progress: Progress = lambda *_: None,
    threads: int = 2,
) -> Exported:
    """Write the data sets into an empty directory, the manifest last.

    Raises SchoolNotKnownError, DirectoryNotEmptyError, UnknownCodeError, and OSError where a file cannot
    be written; what was written before that is taken away again.
    """
    by_school = [DATASETS[name] for name in order.what if name != ACTS.name]
    parts = list(_parts(source, order.schools)) if by_school else []
    with Output(directory) as output, ExitStack() as stack:
        writing = _Writing(source.at, by_school, output)
        for _ in range(threads):
            opened = columns(source.addresses, source.connection)
            writing.free.put(stack.enter_context(opened))
        if ACTS.name in order.what:
            writing.write_acts()
        total, done = sum(len(part.urns) for part in parts), 0
        # Closed before the output is: no thread writes on while files are taken away.
        with closing(writing.write(parts, threads)) as written:
            for schools in written:
                done += schools
                progress(done, total)
        output.files.sort()
        digest = output.write_manifest(_manifest(source.at, order, output.files))
    return Exported(source.at.position, tuple(output.files), digest)


class _Writing:
    """Parts while they are written, each by whichever connection is free."""

    def __init__(self, at: AsOf, datasets: Sequence[Dataset], output: Output) -> None:
        self.free: SimpleQueue[Columns] = SimpleQueue()
        self._at = at
        self._datasets = datasets
        self._output = output

    def write(self, parts: Iterable[_Part], threads: int) -> Generator[int, None, None]:
        """Write parts; of each, when it is done, how many schools are in it."""
        with ThreadPoolExecutor(threads) as pool:
            waiting = {pool.submit(self._write_part, part): part for part in parts}
            try:
                for future in as_completed(waiting):
                    future.result()
                    yield len(waiting[future].urns)
            finally:
                pool.shutdown(cancel_futures=True)

    def write_acts(self) -> None:
        """When every act up to the position was recorded."""
        free = self.free.get()
        with self._output.tables(ACTS, f"{ACTS.name}/{ACTS.name}.parquet") as tables:
            for first in range(1, self._at.position + 1, ACTS_AT_ONCE):
                span = {"first": first, "last": min(first + ACTS_AT_ONCE - 1, self._at.position)}
                found = free.fetch("acts", span)
                tables.add(found.rename_columns(ACTS.schema.names).cast(ACTS.schema))
        self.free.put(free)

    def _write_part(self, part: _Part) -> None:
        free = self.free.get()
        try:
            with ExitStack() as stack:
                files = [
                    (one, stack.enter_context(self._output.tables(one, part.path(one))))
                    for one in self._datasets
                ]
                counting = Counting(span_of_year(part.year))
                for urn in part.urns:
                    year = self._fetched(free, urn, part.year, counting)
                    for dataset, tables in files:
                        tables.add(year.table(dataset))
        finally:
            self.free.put(free)

    def _fetched(self, free: Columns, urn: str, number: int, counting: Counting) -> Year:
        span = span_of_year(number)
        position = {"position": self._at.position}
        rows = free.fetch("school", position | {"stream": school.stream(urn)})
        known = _folded(urn, zip(*(column.to_pylist() for column in rows.columns), strict=True))
        asked = {"school": int(urn), "first": span.first, "last": span.last}
        statement = "marks_with_acts" if LOG in self._datasets else "marks"
        found = free.fetch(statement, position | asked)
        return Year(known, span, counting, Begun(known, self._at.instant), found)


def _parts(source: Source, schools: Sequence[str]) -> Iterator[_Part]:
    """The school years there are, by year, authority and school.  Raises SchoolNotKnownError."""
    connection, position = source.connection, {"position": source.at.position}
    known = [urn for (urn,) in fetch(connection, SQL["schools"], position)]
    if set(schools) - set(known):
        raise SchoolNotKnownError
    found = []
    for urn in schools or known:
        stream = {"stream": school.stream(urn)}
        described = _folded(urn, fetch(connection, SQL["school"], position | stream))
        years = fetch(connection, SQL["years"], position | {"school": int(urn)})
        found += [(year, _authority(described, year), urn) for (year,) in years]
    for (year, authority), together in groupby(sorted(set(found)), key=lambda one: one[:2]):
        yield _Part(year, authority, tuple(urn for *_, urn in together))


def _authority(described: School, year: int) -> str:
    """The local authority of a school on the last day of an academic year, by its description then.

    By the last one there is where none was in force yet: marks of earlier years can be imported.
    """
    last = described.described_on(span_of_year(year).last) or described.described_last
    assert last is not None, "a school's stream begins with its description"
    return last.local_authority


def _folded(urn: str, rows: Iterable[tuple[Any, ...]]) -> School:
    """The school as it is described in its own stream; its days are nothing to the export."""
    known = School(urn)
    for stream, version, topic, state in rows:
        event = events.read(stream, version, topic, parsed(state))
        if isinstance(event, school.SchoolDescribed):
            school.apply(known, event)
    return known


def _manifest(at: AsOf, order: Order, files: Iterable[Written]) -> dict[str, Any]:
    asked = [DATASETS[name] for name in order.what]
    return {
        "format": FORMAT,
        "version": VERSION,
        "position": at.position,
        "as_of": instant(at.instant),
        "rules": RULES,
        "schools": sorted(order.schools) or "all",
        "pyarrow": pa.__version__,
        "datasets": {
            one.name: {
                "version": one.version,
                "title": one.title,
                "columns": [
                    {"name": c.name, "type": str(c.type), "about": c.about} for c in one.columns
                ],
            }
            for one in sorted(asked, key=lambda one: one.name)
        },
        "files": [file._asdict() for file in files],
    }
