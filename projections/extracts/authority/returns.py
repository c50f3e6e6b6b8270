"""The extracts that are returns, and of whom each told: what is remembered when one was sent."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final, NamedTuple

from ledger.authority_returns.returns_sent import Episode, ReturnName
from projections.extracts.authority import (
    attendance,
    deletions,
    new_pupils,
    penalty_watch,
    sickness,
)
from projections.extracts.authority.common import NO_LONGER, Told
from projections.extracts.extract import Extract, Question, Source


class Return(NamedTuple):
    """A return, as the extract that it is and by the episodes that it tells of."""

    extract: Extract
    told: Callable[[Source, Question], Iterator[Told]]


RETURNS: Final[Mapping[ReturnName, Return]] = {
    "la-attendance-return": Return(attendance.LA_ATTENDANCE_RETURN, attendance.told),
    "la-sickness-return": Return(sickness.LA_SICKNESS_RETURN, sickness.told),
    "la-new-pupil-return": Return(new_pupils.LA_NEW_PUPIL_RETURN, new_pupils.told),
    "la-deletion-return": Return(deletions.LA_DELETION_RETURN, deletions.told),
    "penalty-watch": Return(penalty_watch.PENALTY_WATCH, penalty_watch.told),
}


def episodes(name: ReturnName, source: Source, question: Question) -> list[Episode]:
    """The episodes that a return tells of; those that no longer stand are none to be told."""
    found = RETURNS[name].told(source, question)
    return [one.episode for one in found if one.status != NO_LONGER]
