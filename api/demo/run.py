"""Record a published year through the running service, and see whether it adds up the same.

Nothing here reaches past the HTTP contract: the demonstration is a client like any other, and what
it proves holds for every client.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from api.demo import history, leave
from api.demo.client import LedgerClient, Receipt, Totals
from api.demo.comparison import Comparison, compare
from api.demo.history import Year
from api.demo.leave import Leave
from api.demo.people import School
from api.demo.published import PublishedRow
from api.demo.term_dates import span

# What is being done, how much of it is done, how much there is.
Progress = Callable[[str, int, int], None]

SETTING_UP = "Schools and their days"
ADMITTING = "Admission register"
GIVING_LEAVE = "Leave of absence"
IMPORTING = "Attendance register"
AMENDING = "Amendments"

# Requests under way at a time where there are many small ones.
AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Example:
    """One session that was entered as N and amended: something to look at."""

    urn: str
    pupil: str
    day: date
    session: str


@dataclass(frozen=True, slots=True)
class DemoResult:
    """What was recorded, where it stands in the log, and every figure beside the published one."""

    title: str
    first_day: date
    last_day: date
    schools: tuple[School, ...]
    pupils: int
    leaves: int
    entries: int
    amendments: int
    requests: int
    replayed: int
    last_position: int | None
    example: Example
    rows: tuple[Comparison, ...]

    @property
    def agrees(self) -> bool:
        """Whether every figure agrees."""
        return all(row.agrees for row in self.rows)


def quiet(what: str, done: int, total: int) -> None:
    """Progress for nobody."""


def run_demo(
    base_url: str, key: str, row: PublishedRow, *, progress: Progress = quiet
) -> DemoResult:
    """Record a row's year at the service and compare its totals with what was published.

    `key` needs the scopes to set up schools, admit, enter and amend attendance, and read, for the
    demonstration's schools. Run again with a key of the same client, it doubles nothing.
    Raises ServiceRefusedError or NoAnswerError (api.demo.client), and CannotBeReplayedError or ValueError for a
    row that cannot be made into marks and people.
    """
    year = Year.of(row)
    first, last = span(row.period)
    leaves = list(leave.leaves(year))
    with LedgerClient(base_url, key) as client:
        receipts = list(_write(client, year, leaves, progress))
        # A request answered from the record took its positions at its first time.
        position = max((r.last for r in receipts if r.last is not None), default=None)
        totals = [
            line
            for school in year.people.schools
            for line in client.totals(school.urn, first, last, after=position)
        ]
    example = (year.amended or year.marks)[0]
    return DemoResult(
        title=row.title,
        first_day=first,
        last_day=last,
        schools=year.people.schools,
        pupils=len(year.people.pupils),
        leaves=len(leaves),
        entries=len(year.marks),
        amendments=len(year.amended),
        requests=len(receipts),
        replayed=sum(receipt.replayed for receipt in receipts),
        last_position=position,
        example=Example(
            year.pupil(example).school.urn, year.pupil(example).id, example.day, example.session
        ),
        rows=compare(row, summed_classes(totals), summed_codes(totals)),
    )


def _write(
    client: LedgerClient, year: Year, leaves: list[Leave], progress: Progress
) -> Iterator[Receipt]:
    yield from _set_up(client, year, progress)
    yield from _admit(client, year, progress)
    yield from _give_leave(client, year, leaves, progress)
    yield from _import(client, year, progress)
    yield from _amend(client, year, progress)


def _set_up(client: LedgerClient, year: Year, progress: Progress) -> Iterator[Receipt]:
    schools, row = year.people.schools, year.row
    for done, school in enumerate(schools):
        progress(SETTING_UP, done, len(schools))
        document = history.school_document(school, row)
        yield client.put_school(school.urn, document, year.key("school", school.number))
        document = history.year_document(school, row)
        yield client.put_year(school.urn, row.year, document, year.key("year", school.number))
        document = leave.authority_document(school, date(row.year, 9, 1))
        yield client.authorise_leave(school.urn, document, year.key("authority", school.number))
    progress(SETTING_UP, len(schools), len(schools))


def _admit(client: LedgerClient, year: Year, progress: Progress) -> Iterator[Receipt]:
    requests = [(s, body) for s in year.people.schools for body in history.admissions(year, s)]
    for number, (school, document) in enumerate(requests, start=1):
        progress(ADMITTING, number - 1, len(requests))
        yield client.admit(school.urn, document, year.key("admissions", number))
    progress(ADMITTING, len(requests), len(requests))


def _give_leave(
    client: LedgerClient, year: Year, leaves: list[Leave], progress: Progress
) -> Iterator[Receipt]:
    numbers = range(1, len(leaves) + 1)

    def ask(number: int, each: Leave) -> Receipt:
        return client.ask_leave(each.school.urn, each.asked, year.key("leave", number))

    def give(number: int, each: Leave, asked: Receipt) -> Receipt:
        assert asked.id is not None
        key = year.key("decision", number)
        return client.decide_leave(each.school.urn, asked.id, each.decision, key)

    writes = 2 * len(leaves)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        asked: list[Receipt] = []
        for receipt in pool.map(ask, numbers, leaves):
            progress(GIVING_LEAVE, len(asked), writes)
            asked.append(receipt)
        yield from asked
        for number, receipt in enumerate(pool.map(give, numbers, leaves, asked), len(leaves)):
            progress(GIVING_LEAVE, number, writes)
            yield receipt
    progress(GIVING_LEAVE, writes, writes)


def _import(client: LedgerClient, year: Year, progress: Progress) -> Iterator[Receipt]:
    sent = 0
    for number, lines in enumerate(history.import_requests(year), start=1):
        progress(IMPORTING, sent, len(year.marks))
        yield client.import_entries(lines, year.key("attendance", number))
        sent += lines.count(b"\n")
    progress(IMPORTING, sent, len(year.marks))


def _amend(client: LedgerClient, year: Year, progress: Progress) -> Iterator[Receipt]:
    requests = [(s, body) for s in year.people.schools for body in history.amendments(year, s)]
    for number, (school, document) in enumerate(requests, start=1):
        progress(AMENDING, number - 1, len(requests))
        yield client.amend(school.urn, document, year.key("amendments", number))
    progress(AMENDING, len(requests), len(requests))


def summed_classes(totals: Iterable[Totals]) -> dict[str, int]:
    """The service's sessions by class over all its rows, under the published columns' names."""
    summed: Counter[str] = Counter()
    for row in totals:
        summed.update(
            possible_sessions=row.possible_sessions,
            overall_attendance=row.attending,
            present_sessions=row.present,
            approved_educational_activity=row.approved_educational_activity,
            overall_absence=row.overall_absence,
            authorised_absence=row.authorised_absence,
            unauthorised_absence=row.unauthorised_absence,
            late_sessions=row.late_before_close + row.late_after_close,
        )
    return dict(summed)


def summed_codes(totals: Iterable[Totals]) -> dict[str, int]:
    """The service's sessions by code over all its rows."""
    summed: Counter[str] = Counter()
    for row in totals:
        summed.update(row.codes)
    return dict(summed)
