"""The attendance ledger: one method for each thing that can be asked of the record.

The way of a request: it is queued with the decision it asks for; the writer takes the head of the log
and, with everything that was recorded before in view, decides each waiting request and appends what
was decided in one transaction; when that is durable, each request has its answer.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import date, datetime
from functools import partial
from uuid import UUID

from eventsourcing.application import Application
from eventsourcing.persistence import Mapper
from eventsourcing.utils import Environment
from uuid_utils.compat import uuid7

from ledger.admissions import admission, admitting, deletion
from ledger.admissions.grounds import Deletion
from ledger.authority_returns import returns_sent, sickness_beliefs
from ledger.base import By, Outcome
from ledger.facts import Facts, known_school
from ledger.intervention import casework
from ledger.law.edition import RULES
from ledger.leave_of_absence import leave, leave_authority, leave_decisions
from ledger.registers import attendance, closing, code_n_rule, code_n_run, register
from ledger.registers.plain import SentRegister
from ledger.requests import Answer, Item, Request
from ledger.schools import school
from ledger.schools.calendar import LONDON, bank_holidays
from ledger.store.batch import BatchAppender
from ledger.store.database import Database
from ledger.store.drafts import Job
from ledger.store.factory import LedgerFactory
from ledger.store.import_desk import ImportDesk
from ledger.store.mapper import LedgerMapper
from ledger.store.ready import make_ready
from ledger.store.recorder import now_utc
from ledger.store.vault import Vault
from ledger.store.writer import Writer

__all__ = ["RULES", "AttendanceLedger"]


class AttendanceLedger(Application[str]):
    """The only door into the record.  Every method queues a request and answers a future.

    The future's result is an Answer once what it says is durable.  It raises
    `ledger.store.batch.OutcomeUnknownError` when the database went away and did not come back in
    time: the request may or may not have been recorded, and the same key finds out.
    """

    name = "AttendanceLedger"

    def __init__(
        self, database: Database, vault: Vault, clock: Callable[[], datetime] = now_utc
    ) -> None:
        self._database = database
        super().__init__()
        self._appender = BatchAppender(database, self.events, vault, clock, RULES)
        # The package that knows bank holidays takes a second to load: now, not in the first register.
        bank_holidays(clock().year)
        self._writer: Writer[Job] = Writer(
            self._appender.perform, flush_seconds=self._appender.flush_seconds
        )
        self._writer.start()
        self._imports = ImportDesk(database, vault, clock, self._writer.submit)
        self._imports.start()

    def construct_factory(self, env: Environment) -> LedgerFactory:
        """The library's door to our recorder."""
        return LedgerFactory(env, self._database)

    def construct_mapper(self) -> Mapper[str]:
        """The library's door to our mapper."""
        return self.factory.mapper(mapper_class=LedgerMapper)

    def close(self) -> None:
        """Finish what is queued and end the writer."""
        if hasattr(self, "_imports"):
            self._imports.close()
        if hasattr(self, "_writer"):
            self._writer.close()
            self._appender.close()
        super().close()

    # -- the school and its days -----------------------------------------------------------------

    def describe_school(
        self, urn: str, asked: school.DescribeSchool, request: Request
    ) -> Future[Answer]:
        """Describe a school from a day on."""
        return self._one(
            urn, asked.by, request, lambda facts: school.describe(asked, facts.book(urn).school)
        )

    def set_school_year(
        self, urn: str, year: int, asked: school.SetSchoolYear, request: Request
    ) -> Future[Answer]:
        """Set the terms and planned closures of an academic year."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: school.set_year(asked, year, known_school(urn, facts).school),
        )

    def make_closure(self, urn: str, asked: school.MakeClosure, request: Request) -> Future[Answer]:
        """Close a school, with its marks if that is asked; the receipt lists those that disagree."""
        return self._queue(
            Job(
                request,
                frozenset({urn}),
                lambda facts: closing.close(asked, urn, facts),
                closing.weight_of(asked),
                alone=True,
            )
        )

    # -- the automatic rule for code N -----------------------------------------------------------

    def set_code_n_rule(
        self, urn: str, asked: code_n_rule.SetCodeNRule, request: Request
    ) -> Future[Answer]:
        """Record whether code N is replaced by rule, and in whose name."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: code_n_rule.set_rule(asked, urn, known_school(urn, facts).code_n),
        )

    def run_code_n_rule(
        self, urn: str, asked: code_n_rule.RunCodeNRule, request: Request
    ) -> Future[Answer]:
        """Amend every code N that the rule covers and that is overdue."""
        return self._queue(
            Job(
                request,
                frozenset({urn}),
                lambda facts: code_n_run.run(asked, urn, facts),
                code_n_run.WEIGHT,
                alone=True,
            )
        )

    # -- the admission register ------------------------------------------------------------------

    def enter_names(
        self, urn: str, asked: admission.EnterNames, request: Request
    ) -> Future[Answer]:
        """Enter names in the admission register."""

        def decide(facts: Facts) -> list[Item]:
            return admitting.enter(asked, urn, facts, lambda: str(uuid7()))

        return self._queue(Job(request, frozenset({urn}), decide, len(asked.entries)))

    def amend_particulars(
        self, urn: str, pupil: UUID, asked: admission.AmendParticulars, request: Request
    ) -> Future[Answer]:
        """Amend particulars in the admission register."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: admitting.amend(asked, urn, str(pupil), facts),
            alone=admitting.needs_marks(asked),
        )

    def delete_name(
        self, urn: str, pupil: UUID, asked: Deletion, request: Request
    ) -> Future[Answer]:
        """Delete a name from the admission register; some grounds rest on the marks that stand."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: deletion.delete(asked, urn, str(pupil), facts),
            alone=True,
        )

    # -- the attendance register -----------------------------------------------------------------

    def take_register(
        self, urn: str, asked: attendance.TakeRegister | SentRegister, request: Request
    ) -> Future[Answer]:
        """Enter the marks of one session."""
        sent = asked if isinstance(asked, SentRegister) else SentRegister.of(asked)
        return self._queue(
            Job(
                request,
                frozenset({urn}),
                lambda facts: register.take(sent.command(), urn, facts),
                len(sent.pupils),
                pupils=frozenset(sent.pupils),
                make_ready=partial(make_ready, sent, urn),
            )
        )

    def amend_register(
        self, urn: str, asked: attendance.AmendRegister, request: Request
    ) -> Future[Answer]:
        """Amend entries."""
        return self._queue(
            Job(
                request,
                frozenset({urn}),
                lambda facts: register.amend(asked, urn, facts),
                len(asked.amendments),
            )
        )

    def import_history(
        self, lines: list[attendance.ImportedLine], request: Request
    ) -> Future[Answer]:
        """Enter marks kept in another system, with their amendments."""
        job = Job(
            request,
            frozenset(line.school for line in lines),
            lambda facts: register.import_lines(lines, facts),
            len(lines),
        )
        self._imports.submit(job)
        return job.future

    # -- leave of absence ------------------------------------------------------------------------

    def ask_leave(self, urn: str, asked: leave.AskLeave, request: Request) -> Future[Answer]:
        """Record a request for leave."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: leave_decisions.ask(asked, urn, str(uuid7()), facts),
        )

    def decide_leave(
        self, urn: str, leave_id: UUID, asked: leave.DecideLeave, request: Request
    ) -> Future[Answer]:
        """Record the decision on a request for leave."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: leave_decisions.decide(asked, urn, str(leave_id), facts),
            alone=True,
        )

    def set_leave_authority(
        self, urn: str, asked: leave_authority.SetLeaveAuthority, request: Request
    ) -> Future[Answer]:
        """Set who may give leave from a day on."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: leave_authority.set_authority(
                asked, urn, known_school(urn, facts).leave_authority
            ),
        )

    # -- returns to the local authority ----------------------------------------------------------

    def form_sickness_belief(
        self, urn: str, asked: sickness_beliefs.FormSicknessBelief, request: Request
    ) -> Future[Answer]:
        """Record for how long a pupil is believed to be ill."""

        def decide(facts: Facts) -> Outcome:
            book = known_school(urn, facts)
            return sickness_beliefs.form(asked, urn, book.roll, book.beliefs, _today(facts))

        return self._one(urn, asked.by, request, decide)

    def send_return(
        self,
        urn: str,
        asked: returns_sent.SendReturn,
        told: Sequence[returns_sent.Episode],
        request: Request,
    ) -> Future[Answer]:
        """Record that a return was sent that `told` of these episodes."""

        def decide(facts: Facts) -> list[Item]:
            standing = known_school(urn, facts).returns
            return returns_sent.send(asked, urn, told, standing, _today(facts))

        return self._queue(Job(request, frozenset({urn}), decide, max(1, len(told))))

    # -- legal intervention ----------------------------------------------------------------------

    def intervene(self, urn: str, asked: casework.Beginning, request: Request) -> Future[Answer]:
        """Record a penalty notice, notice to improve, attendance contract or decision to consider."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: casework.begin(asked, urn, str(uuid7()), facts),
            alone=True,
        )

    def record_outcome(
        self, urn: str, intervention: UUID, asked: casework.Ending, request: Request
    ) -> Future[Answer]:
        """Record what became of an intervention."""
        return self._one(
            urn,
            asked.by,
            request,
            lambda facts: casework.end(asked, urn, str(intervention), facts),
        )

    # --------------------------------------------------------------------------------------------

    def _one(
        self,
        urn: str,
        by: By,
        request: Request,
        decide: Callable[[Facts], Outcome],
        *,
        alone: bool = False,
    ) -> Future[Answer]:
        """Queue a request of one item about one school."""
        return self._queue(
            Job(request, frozenset({urn}), lambda facts: [Item(by, decide(facts))], 1, alone)
        )

    def _queue(self, job: Job) -> Future[Answer]:
        self._writer.submit(job)
        return job.future


def _today(facts: Facts) -> date:
    return facts.now.astimezone(LONDON).date()
