"""What the doors open on to: the parts of one running service."""

from dataclasses import dataclass, field
from threading import Event

from api.settings import Settings
from ledger.application import AttendanceLedger
from ledger.store.database import Database
from ledger.store.vault import Vault


@dataclass(frozen=True, slots=True)
class Service:
    """One running service: made when it is opened, shared by every request."""

    settings: Settings
    database: Database
    ledger: AttendanceLedger
    vault: Vault
    closing: Event = field(default_factory=Event)
    """Set when the service is asked to end: live streams then end by themselves."""
