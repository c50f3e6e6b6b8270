"""One batch of requests, decided and appended in one transaction.

Nothing is decided on stale facts: the head of the log is held from the first look to the commit.  A
request that is refused, or whose decision fails, costs the others of its batch nothing.
"""

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from traceback import extract_tb
from typing import Any, Final

import psycopg
import structlog
from eventsourcing.persistence import EventStore

from ledger.base import Refused, refuse
from ledger.events import ActRecorded
from ledger.facts import SchoolNotFoundError
from ledger.registers.attendance import AttendanceAmended, AttendanceEntered
from ledger.requests import Answer, Item, instant, receipt_of, receipt_of_register, status_of
from ledger.store.books import Books
from ledger.store.database import Database
from ledger.store.drafts import ActsOf, Draft, Job, act_by, together
from ledger.store.head_facts import HeadFacts, WriterFacts
from ledger.store.mapper import LedgerMapper, scopes_of
from ledger.store.ready import ReadyRows
from ledger.store.ready_import import ReadyImport
from ledger.store.recorder import Append, LedgerRecorder
from ledger.store.request_keys import Key, KnownKeys, keep_answers, replay
from ledger.store.vault import Vault
from ledger.store.wire import Wire

RECOVERY_SECONDS_MAX: Final = 25
"""How long a lost database is waited for before a request is answered that its outcome is unknown."""
_RETRY_SECONDS: Final = 0.2
_IN_NO_BOOK: Final = frozenset({AttendanceEntered, AttendanceAmended, ActRecorded})
_CLOCK_BEHIND_MAX: Final = timedelta(seconds=2)
_WARY_BATCHES: Final = 64
"""After an original entry met one that stood, so many batches look before they append."""

_log = structlog.get_logger(__name__)

_LOST = (psycopg.OperationalError, psycopg.InterfaceError)
_SCHOOL_NOT_FOUND: Final = Answer(
    404,
    refused=(
        (
            0,
            refuse(
                "school-not-found",
                "urn",
                "No school of this URN has been described to the ledger.",
                "PUT /v1/schools/{urn}",
            ),
        ),
    ),
)


class OutcomeUnknownError(Exception):
    """The database went away: the request may or may not be recorded; its key will tell."""


class BatchAppender:
    """Decides and appends batches of jobs.  Used by the one writer thread alone."""

    def __init__(
        self,
        database: Database,
        events: EventStore[str],
        vault: Vault,
        clock: Callable[[], datetime],
        rules: str,
    ) -> None:
        assert isinstance(events.recorder, LedgerRecorder)
        assert isinstance(events.mapper, LedgerMapper)
        self._database = database
        self._recorder = events.recorder
        self._mapper = events.mapper
        self._events = events
        self._vault = vault
        self._clock = clock
        self._rules = rules
        self._books = Books()
        self._shelf = self._books.shelf
        self._ahead: set[str] = set()
        """Schools whose books were folded ahead of the commit that is under way."""
        self._wary = 0
        self._absent: set[Key] = set()
        """Request keys that were not there when the batch under way first looked them up."""
        self._wire: Wire | None = None

    def close(self) -> None:
        """Close the writer's connection."""
        if self._wire is not None:
            self._wire.close()

    def flush_seconds(self) -> float:
        """How long the last commit took, which is mostly its flush."""
        return self._wire.commit_seconds if self._wire is not None else 0.0

    def perform(self, jobs: list[Job]) -> None:
        """Give each job its answer once that is durable, or the reason why it has none."""
        # A caller that left while its job was waiting has taken it back.
        jobs = [job for job in jobs if job.future.set_running_or_notify_cancel()]
        while jobs:
            self._absent.clear()
            try:
                draft = self._appended(jobs)
            except Exception as error:
                # Nothing is known to come here; if it does, the writer lives on for the next batch.
                _log.error("batch_failed", **described(error))
                draft = Draft(faults=[(job, OutcomeUnknownError()) for job in jobs])
            for job, answer in draft.answers:
                job.future.set_result(answer)
            for job, fault in draft.faults:
                job.future.set_exception(fault)
            jobs = draft.again

    def _appended(self, jobs: list[Job]) -> Draft:
        """Append, waiting for a lost database; whatever else fails, fails for one job alone."""
        deadline = monotonic() + RECOVERY_SECONDS_MAX
        lost = False
        while True:
            try:
                return self._append_looking(jobs, lost)
            except _LOST as error:
                _log.warning("database_lost", error=type(error).__name__, jobs=len(jobs))
                lost = True
                self._drop_connection()
                if monotonic() > deadline:
                    return Draft(faults=[(job, OutcomeUnknownError()) for job in jobs])
                self._heal()
                sleep(_RETRY_SECONDS)
            except Exception as error:
                if len(jobs) == 1:
                    _log.error("append_failed", **described(error))
                    return Draft(faults=[(jobs[0], error)])
                return together([self._appended([job]) for job in jobs])

    def _append_looking(self, jobs: list[Job], lost: bool) -> Draft:
        """Append without looking first, unless entries were lately met where none was expected."""
        look = lost or self._wary > 0
        try:
            return self._append(jobs, look)
        except psycopg.errors.UniqueViolation:
            if look:
                raise
            # Nothing of ours is stored: whatever keys are found now, others have used.
            self._absent.clear()
            return self._append(jobs, True)

    def _append(self, jobs: list[Job], look: bool) -> Draft:
        wire = self._connected()
        for job in jobs:
            job.ready, job.ahead = None, None if look else job.ahead
        schools = self._open_books(wire, jobs)
        known = KnownKeys(wire, jobs)
        if not look:
            known.look_up()
            self._make_ready(wire, jobs)
        try:
            with self._recorder.appending(wire, self._clock) as append:
                if append.recorded_at - append.now > _CLOCK_BEHIND_MAX:
                    _log.warning("clock_behind_the_record", last=instant(append.recorded_at))
                self._books.bring_up_to_date(wire, schools)
                facts = WriterFacts(wire, append.now, self._shelf, self._vault, certain=look)
                draft = self._decide(jobs, facts, append, known)
                self._store(draft, append)
        except BaseException:
            self._shelf.discard(self._ahead)
            raise
        finally:
            self._ahead.clear()
        for urn in schools:
            self._shelf.take(urn).position = append.position
        self._wary = _WARY_BATCHES if look and facts.met_standing else max(0, self._wary - 1)
        return draft

    def _store(self, draft: Draft, append: Append) -> None:
        self._vault.store(append.wire, draft.fresh_keys)
        if draft.events:
            keys = self._vault.make_keys(append.wire, scopes_of(draft.events))
            with self._mapper.sealing_with(keys):
                self._events.put(
                    draft.events,
                    append=append,
                    acts=draft.acts,
                    positions=draft.positions,
                    ready=draft.ready,
                )
            append.position = draft.next - 1
        # While the server files the marks.
        for job, status, receipt in draft.unanswered:
            answer = Answer(status, receipt())
            draft.answers.append((job, answer))
            draft.kept.append((job, answer))
        keep_answers(append.wire, draft.kept)

    def _decide(
        self,
        jobs: list[Job],
        facts: HeadFacts,
        append: Append,
        known: KnownKeys,
    ) -> Draft:
        draft = Draft(append.position + 1, append.recorded_at)
        taken: set[Key] = set()
        for job in jobs:
            key = (job.request.client, job.request.key)
            if key in known.found:
                self._replay(job, known, taken, draft)
            elif key in taken or ((job.alone or job.ahead) and draft.events):
                draft.again.append(job)
            elif job.ahead is not None and not self._still_true(job.ahead, append):
                job.ahead = None
                draft.again.append(job)
            elif self._enter_ready(job, facts, draft):
                # If its key has been used since it was looked up, the keys of the tables say so.
                self._absent.add(key)
                taken.add(key)
            elif key in known.under_the_head():
                # Of what is refused no key is stored, so that nothing else would say so.
                self._replay(job, known, taken, draft)
            else:
                self._absent.add(key)
                if self._decide_one(job, facts, draft):
                    taken.add(key)
        return draft

    def _replay(self, job: Job, known: KnownKeys, taken: set[Key], draft: Draft) -> None:
        key = (job.request.client, job.request.key)
        # Absent at our first look, it is there by an append of ours whose answer was lost.
        ours = key in self._absent and key not in taken
        draft.answers.append((job, replay(job.request, known.found[key], ours)))
        taken.add(key)

    def _decide_one(self, job: Job, facts: HeadFacts, draft: Draft) -> bool:
        """Add one job's answer to the draft, with its events; whether its key is now taken."""
        try:
            items, status = _decided(job, facts)
        except SchoolNotFoundError:
            draft.answers.append((job, _SCHOOL_NOT_FOUND))
            return False
        except psycopg.Error:
            raise
        except Exception as error:
            _log.error("decision_failed", **described(error))
            draft.faults.append((job, error))
            return False
        if status not in (200, 201):
            refused = tuple(
                (index, item.outcome)
                for index, item in enumerate(items)
                if isinstance(item.outcome, Refused)
            )
            draft.answers.append((job, Answer(status, refused=refused)))
            return False
        if job.ahead is not None:
            return self._enter_import(job, job.ahead, draft)
        act = ActsOf(job.request, items, draft, self._rules)
        answer = Answer(status, receipt_of(items, act.positions, act.span, draft.recorded_at))
        draft.answers.append((job, answer))
        if job.request.dry_run:
            return False
        draft.kept.append((job, answer))
        self._fold(act, draft)
        return True

    def _fold(self, act: ActsOf, draft: Draft) -> None:
        """Take the events into the draft, and into the books that later jobs are decided on."""
        for event in act.events:
            if type(event) not in _IN_NO_BOOK:
                urn = event.originator_id.split("/", 2)[1]
                self._ahead.add(urn)
                self._shelf.take(urn).apply(event, draft.next)
            draft.events.append(event)
            draft.positions.append(draft.next)
            draft.next += 1
        draft.acts.extend(act.acts)

    def _enter_ready(self, job: Job, facts: HeadFacts, draft: Draft) -> bool:
        """Take a register that was made ready into the draft, if that still holds."""
        ready, request = job.ready, job.request
        if ready is None or request.dry_run or not ready.still_true(facts.book(ready.urn)):
            return False
        others = ready.decide_others(facts)
        if others is None:
            return False
        act, position = len(draft.events), draft.next
        draft.events.append(act_by(ready.asked.by, 1, request, draft, self._rules))
        draft.events += [recorded.event for recorded in others.values()]
        draft.acts += [act] * (1 + len(others))
        draft.positions += [position, *(position + 1 + index for index in others)]
        draft.ready.append(ReadyRows(ready, (act,), position))
        draft.next += 1 + len(ready.asked.pupils)
        span = range(position, draft.next)
        receipt = partial(receipt_of_register, span, others, draft.recorded_at)
        draft.unanswered.append((job, 201, receipt))
        return True

    def _enter_import(self, job: Job, ready: ReadyImport, draft: Draft) -> bool:
        """Take an import that was made ready into the draft; whether its key is now taken."""
        first, before = draft.next, len(draft.events)
        receipt = partial(ready.receipt, first, draft.recorded_at)
        if job.request.dry_run:
            draft.answers.append((job, Answer(ready.status, receipt())))
            return False
        draft.unanswered.append((job, ready.status, receipt))
        acts = range(before, before + len(ready.people))
        draft.events += [
            act_by(by, number, job.request, draft, self._rules)
            for number, by in enumerate(ready.people, start=1)
        ]
        draft.acts += acts
        draft.positions += [first + place for place in ready.places_of_acts]
        draft.ready.append(ReadyRows(ready, acts, first))
        draft.fresh_keys |= ready.keys.fresh
        draft.next += ready.length
        return True

    def _still_true(self, ready: ReadyImport, append: Append) -> bool:
        return ready.still_true(append.connection) and self._vault.still_there(
            append.wire, ready.keys
        )

    def _open_books(self, wire: Wire, jobs: list[Job]) -> AbstractSet[str]:
        """Have the books at hand that these jobs are decided on; of which schools they are."""
        whole: set[str] = set()
        partly: dict[str, set[str]] = {}
        for job in jobs:
            if job.ahead is not None:
                continue
            if job.pupils is None:
                whole |= job.schools
                continue
            for urn in job.schools:
                partly.setdefault(urn, set()).update(job.pupils)
        self._books.open(wire, whole, {u: asked for u, asked in partly.items() if u not in whole})
        return whole | partly.keys()

    def _make_ready(self, wire: Wire, jobs: list[Job]) -> None:
        """Do for class registers what can be done before the head is taken."""
        waiting = [job for job in jobs if job.make_ready is not None]
        if not waiting:
            return
        now = self._clock()
        facts = WriterFacts(wire, now, self._shelf, self._vault, certain=False)
        for job in waiting:
            assert job.make_ready is not None
            with suppress(SchoolNotFoundError):
                job.ready = job.make_ready(facts)

    def _heal(self) -> None:
        """Have an embedded server started again; if that fails, the next try is told of it."""
        try:
            self._database.heal()
        except Exception as error:
            _log.error("database_not_healed", **described(error))

    def _connected(self) -> Wire:
        if self._wire is None or self._wire.closed:
            self._drop_connection()
            self._wire = Wire(self._database.writer())
        return self._wire

    def _drop_connection(self) -> None:
        if self._wire is not None:
            with suppress(*_LOST):
                self._wire.close()
            self._wire = None


def _decided(job: Job, facts: HeadFacts) -> tuple[list[Item], int]:
    """Its items and the status they come to; an import's are known already."""
    if job.ahead is not None:
        return job.ahead.items, job.ahead.status
    items = job.decide(facts)
    return items, status_of(items, job.request.each)


def described(error: BaseException) -> dict[str, Any]:
    """An unexpected error for the log: its kind and where it arose, never its message or values,
    which may hold what a client sent.
    """
    frames = extract_tb(error.__traceback__)
    return {
        "error": type(error).__name__,
        "at": [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames[-6:]],
    }
