"""Where imports are made ready: beside the writer, which takes registers meanwhile."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

import structlog

from ledger.store.batch import described
from ledger.store.database import Database
from ledger.store.drafts import Job
from ledger.store.ready_import import make_ready
from ledger.store.vault import Vault
from ledger.store.writer import ClosedError, TooBusyError, Writer

LINES_MIN: Final = 500
"""An import of fewer is appended sooner than it could be made ready."""

_log = structlog.get_logger(__name__)


class ImportDesk:
    """Decides large imports one after another, by a thread of its own, and hands them on to be appended."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Callable[[], datetime],
        hand_on: Callable[[Job], None],
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._hand_on = hand_on
        self._queue: Writer[Job] = Writer(self._prepare, "ledger-imports")

    def start(self) -> None:
        """Begin to take imports."""
        self._queue.start()

    def submit(self, job: Job) -> None:
        """Queue an import.  Raises TooBusyError or ClosedError and then has not taken it."""
        if job.weight < LINES_MIN:
            self._hand_on(job)
        else:
            self._queue.submit(job)

    def close(self) -> None:
        """Hand on what is waiting, then end."""
        self._queue.close()

    def _prepare(self, jobs: list[Job]) -> None:
        for job in jobs:
            if job.future.cancelled():
                continue
            try:
                asked = job.request, job.schools, job.decide
                job.ahead = make_ready(self._database, self._vault, self._clock(), asked)
            except Exception as error:
                # Then it is decided by the writer, which also says what is wrong.
                _log.info("import_not_made_ready", **described(error))
            try:
                self._hand_on(job)
            except (TooBusyError, ClosedError) as refused:
                if job.future.set_running_or_notify_cancel():
                    job.future.set_exception(refused)
