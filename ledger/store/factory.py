"""The `eventsourcing` library's infrastructure, made of ours."""

from typing import Any

from eventsourcing.persistence import (
    AggregateRecorder,
    ApplicationRecorder,
    InfrastructureFactory,
    ProcessRecorder,
    TrackingRecorder,
)
from eventsourcing.utils import Environment

from ledger.store.database import Database
from ledger.store.recorder import LedgerRecorder


class NotKeptError(Exception):
    """The ledger keeps neither snapshots nor tracking: its views are queries over the log."""


class LedgerFactory(InfrastructureFactory[TrackingRecorder]):
    """Hands the library the ledger's recorder."""

    def __init__(self, env: Environment, database: Database) -> None:
        super().__init__(env)
        self._database = database

    def application_recorder(self) -> ApplicationRecorder:
        """The recorder of the log."""
        return LedgerRecorder(self._database)

    def aggregate_recorder(self, purpose: str = "events") -> AggregateRecorder:
        """Snapshots are not kept.  Raises NotKeptError."""
        raise NotKeptError(purpose)

    def tracking_recorder(self, tracking_recorder_class: Any = None) -> TrackingRecorder:
        """Tracking is not kept.  Raises NotKeptError."""
        raise NotKeptError("tracking")

    def process_recorder(self) -> ProcessRecorder:
        """Tracking is not kept.  Raises NotKeptError."""
        raise NotKeptError("tracking")
