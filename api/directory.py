"""Which schools are whose: local authority and trust of each school, from its descriptions.

Kept in memory and brought up to date from where it stands, so that a client of an authority or a
trust is judged without loading a school's book.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from threading import Lock
from time import monotonic
from typing import Final, NamedTuple

from api.callers import ALL, Caller
from ledger.schools.calendar import LONDON
from ledger.store.database import Database
from projections.asof import AsOf

STALE_AFTER_SECONDS: Final = 5


class Standing(NamedTuple):
    """Under whom a school stands from a day on."""

    since: date
    local_authority: str
    trust: str | None
    position: int
    """Where in the log this was said."""


class Directory:
    """The schools that have been described."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._standings: dict[str, list[Standing]] = {}
        self._position = 0
        self._read_at = -float("inf")
        self._reading = Lock()

    def sees(self, caller: Caller, urn: str) -> bool:
        """Whether the school is the caller's, by URN or through its authority or trust."""
        return caller.names(urn) or self._covers(caller, self.standing(urn))

    def known(self, urn: str) -> bool:
        """Whether the school has been described."""
        return self.standing(urn) is not None

    def schools_of(self, caller: Caller) -> frozenset[str] | None:
        """The schools that are the caller's; None for all."""
        if ALL in caller.schools:
            return None
        named = frozenset(school for school in caller.schools if school.isdigit())
        if named == caller.schools:
            return named
        self._bring_up_to_date()
        return named | {u for u in self._standings if self._covers(caller, self._today(u))}

    def under(self, at: AsOf, local_authority: str | None, trust: str | None) -> list[str]:
        """The schools that stood under an authority, or a trust, as the log had it and on its day."""
        self._bring_up_to_date()
        today = at.instant.astimezone(LONDON).date()
        found = []
        for urn, standings in list(self._standings.items()):
            known = [standing for standing in standings if standing.position <= at.position]
            standing = _on(today, known)
            if standing and (
                standing.trust == trust if trust else standing.local_authority == local_authority
            ):
                found.append(urn)
        return found

    def standing(self, urn: str) -> Standing | None:
        """Under whom the school stands today; None for a school that was never described."""
        # A school may have been described a moment ago: one that is not known is looked for again.
        if urn not in self._standings or monotonic() - self._read_at > STALE_AFTER_SECONDS:
            self._bring_up_to_date()
        return self._today(urn)

    def _covers(self, caller: Caller, standing: Standing | None) -> bool:
        return standing is not None and caller.covers(standing.local_authority, standing.trust)

    def _today(self, urn: str) -> Standing | None:
        return _on(datetime.now(LONDON).date(), self._standings.get(urn, []))

    def _bring_up_to_date(self) -> None:
        with self._reading, self._database.reading() as connection:
            head = connection.execute("SELECT position FROM log_head").fetchone()
            found = connection.execute(
                "SELECT school, position, state FROM record "
                "WHERE topic = 'school-described' AND position > %s ORDER BY position",
                (self._position,),
            ).fetchall()
            for school, position, state in found:
                event = json.loads(state)
                since = date.fromisoformat(event["in_force_from"])
                standing = Standing(since, event["local_authority"], event.get("trust"), position)
                self._standings.setdefault(f"{school:06d}", []).append(standing)
            # One snapshot: nothing at or below its head can still appear.
            self._position = head[0] if head else 0
            self._read_at = monotonic()


def _on(day: date, standings: Sequence[Standing]) -> Standing | None:
    if not standings:
        return None
    begun = [s for s in standings if s.since <= day]
    # Of two from the same day the one recorded later stands; before the first, the first to come.
    if begun:
        return max(reversed(begun), key=lambda s: s.since)
    return min(reversed(standings), key=lambda s: s.since)
