"""Returns to the local authority: when one is due (SI 2024/208 reg 13).

New-pupil return: calendar days after the name is entered.  Attendance return: ten continuous school
days of unauthorised absence.  Sickness return: fifteen school days of illness, missed or believed to
be missed.  The last two are for pupils of compulsory school age; the caller asks `ledger.admissions.ages`.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Final, NamedTuple

from ledger.law.codes import code_in_force, last_counted
from ledger.law.statute import limit
from ledger.schools.calendar import Session

HeldSession = tuple[date, Session]
Belongs = Callable[[date, str], bool]
"""Whether a code, for a session of a day, belongs in a run of absence."""

_AT_SCHOOL: Final = frozenset({"attending", "approved_educational_activity"})


# --- New pupils -----------------------------------------------------------------------------------


def new_pupil_return_due(entered: date) -> date:
    """The last day for the new-pupil return of a name entered on `entered`.

    The end of the fifth day after it, counted in calendar days (reg 13(1)).
    """
    return entered + timedelta(days=limit("new-pupil-return-days", entered))


def new_pupil_return_needed(
    entered: date,
    *,
    in_most_junior_class: bool,
    starts_with_school_year: bool,
    asked_on: date | None = None,
) -> bool:
    """Whether a new-pupil return is due at all (reg 13(1) to (3)).

    Not for pupils placed in the most junior class who start on the first day of the school year,
    unless the authority asked for those: then for names entered after the day on which it asked.
    """
    exempt = in_most_junior_class and starts_with_school_year
    return not exempt or (asked_on is not None and entered > asked_on)


# --- Continuous absence ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Consecutive sessions that all belong, with no other code and no missing mark between.

    `school_days` are the days all of whose sessions lie in the run.  `has_late` says that U is among
    its codes: the pupil was in school for part of it, so a person should look (convention).  Runs of
    one `episode` have no return to school between them.
    """

    first: HeldSession
    last: HeldSession
    sessions: int
    school_days: tuple[date, ...]
    has_late: bool
    episode: int


def runs(
    held: Iterable[HeldSession], marks: Mapping[HeldSession, str], belongs: Belongs
) -> list[Run]:
    """Every run of a pupil's sessions whose codes belong, in order.

    `held` are the sessions that the school held, in order, within the pupil's time on the roll; a
    mark for any other session is passed over.  A session without a mark ends a run, since nobody
    knows what it was.
    """
    held = tuple(held)
    sessions_of = Counter(day for day, _ in held)
    found: list[Run] = []
    current: list[HeldSession] = []
    episode, at_school_since = 0, True
    for session in held:
        code = marks.get(session)
        if code is not None and belongs(session[0], code):
            if not current:
                episode += at_school_since
                at_school_since = False
            current.append(session)
            continue
        if current:
            found.append(_run(current, marks, sessions_of, episode))
            current = []
        at_school_since |= code is not None and _is_at_school(session[0], code)
    if current:
        found.append(_run(current, marks, sessions_of, episode))
    return found


def attendance_returns(held: Iterable[HeldSession], marks: Mapping[HeldSession, str]) -> list[Run]:
    """The runs that bring a pupil on the attendance return: one an episode, the first to reach it.

    Ten continuous school days coded G, N, O or U; `school_days[9]` is the day on which it is reached.
    A new episode needs a return to school first.
    """
    long_enough: dict[int, Run] = {}
    for run in runs(held, marks, _counts_to_attendance_return):
        if len(run.school_days) >= limit("attendance-return-school-days", run.last[0]):
            long_enough.setdefault(run.episode, run)
    return list(long_enough.values())


def _run(
    sessions: list[HeldSession],
    marks: Mapping[HeldSession, str],
    sessions_of: Mapping[date, int],
    episode: int,
) -> Run:
    missed = Counter(day for day, _ in sessions)
    return Run(
        first=sessions[0],
        last=sessions[-1],
        sessions=len(sessions),
        school_days=tuple(day for day, count in missed.items() if count == sessions_of[day]),
        has_late=any(marks[session] == "U" for session in sessions),
        episode=episode,
    )


def _counts_to_attendance_return(day: date, symbol: str) -> bool:
    code = code_in_force(symbol, day)
    return code is not None and code.counts_to_ten_day_return


def _is_at_school(day: date, symbol: str) -> bool:
    code = last_counted(symbol, day)
    return code is not None and code.statistical_class in _AT_SCHOOL


# --- Sickness -------------------------------------------------------------------------------------


def days_ill(held: Iterable[HeldSession], marks: Mapping[HeldSession, str]) -> int:
    """The school days all of whose sessions are coded I, in one school year's sessions.

    Half days are not counted (convention): a person who believes that they matter says so in the
    days that are still expected.
    """
    ill: dict[date, bool] = {}
    for session in held:
        ill[session[0]] = ill.get(session[0], True) and _is_illness(session[0], marks.get(session))
    return sum(ill.values())


def sickness_return_due(counted: int, expected: int, day: date) -> bool:
    """Whether the sickness return is due on `day`.

    `counted` school days were coded I this school year; `expected` more are believed, on reasonable
    grounds, to be missed.  The belief brings the return about, not the fifteenth day.
    """
    return counted + expected >= limit("sickness-return-school-days", day)


class Belief(NamedTuple):
    """What a school believed on a day: that so many more school days will be missed by illness."""

    formed_on: date
    expected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Illness:
    """One continuous illness in a school year: no return to school lies within it.

    `days` are the school days all of whose sessions are coded I, and `so_far` those of the school year
    up to its end.  `belief` is the latest about it.  `due_since` is the day on which the sickness return
    about it fell due, None where none is.  An illness that is expected has no session yet: `first` and
    `last` are then the day of the belief.
    """

    first: date
    last: date
    days: tuple[date, ...]
    so_far: int
    belief: Belief | None
    due_since: date | None
    episode: int


def illnesses(
    held: Iterable[HeldSession], marks: Mapping[HeldSession, str], beliefs: Sequence[Belief] = ()
) -> list[Illness]:
    """A pupil's illnesses of one school year, in order, and for which the sickness return is due.

    `held` are the sessions of that year.  The return is due once for each continuous illness (secondary)
    by which, with all illness of the school year before it, fifteen school days are missed or believed
    to be.  An illness of no whole day is none, unless something is believed of it.
    """
    held = tuple(held)
    found = runs(held, marks, _is_illness)
    episodes = [list(of) for _, of in groupby(found, key=attrgetter("episode"))]
    at_school = [s[0] for s in held if s in marks and _is_at_school(s[0], marks[s])]
    spans = [(of[0].first[0], of[-1].last[0]) for of in episodes]
    believed = _by_episode(beliefs, spans, at_school)
    expected = believed.pop(None, None)
    ill = [day for of in episodes for run in of for day in run.school_days]
    made = [
        _illness(span, ill, believed.get(number), number + 1)
        for number, span in enumerate(spans)
        if number in believed or any(run.school_days for run in episodes[number])
    ]
    if expected is not None and expected.expected:
        span = (expected.formed_on, expected.formed_on)
        made.append(_illness(span, ill, expected, len(episodes) + 1))
    return sorted(made, key=attrgetter("first"))


def _illness(
    span: tuple[date, date], ill: Sequence[date], belief: Belief | None, episode: int
) -> Illness:
    first, last = span
    own = tuple(day for day in ill if first <= day <= last)
    return Illness(
        first=first if belief is None else min(first, belief.formed_on),
        last=last,
        days=own,
        so_far=sum(day <= last for day in ill),
        belief=belief,
        due_since=min(_due_days(own, ill, belief), default=None),
        episode=episode,
    )


def _due_days(own: Sequence[date], ill: Sequence[date], belief: Belief | None) -> Iterator[date]:
    """The days on which the return about an illness is due, by what was missed or was believed."""
    for day in own:
        if sickness_return_due(sum(one <= day for one in ill), 0, day):
            yield day
    if belief is not None and belief.expected:
        counted = sum(day <= belief.formed_on for day in ill)
        if sickness_return_due(counted, belief.expected, belief.formed_on):
            yield belief.formed_on


def _by_episode(
    beliefs: Sequence[Belief], spans: Sequence[tuple[date, date]], at_school: Sequence[date]
) -> dict[int | None, Belief]:
    """The latest belief about each episode of illness; under None the one about an illness to come."""
    found: dict[int | None, Belief] = {}
    for belief in beliefs:
        number = _episode_of(belief.formed_on, spans, at_school)
        standing = found.get(number)
        if standing is None or standing.formed_on <= belief.formed_on:
            found[number] = belief
    return found


def _episode_of(
    day: date, spans: Sequence[tuple[date, date]], at_school: Sequence[date]
) -> int | None:
    """The illness that a belief of a day is about: the one that lasts, else the next one."""
    for number, (_, last) in enumerate(spans):
        if day <= last or not any(last < back <= day for back in at_school):
            return number
    return None


def _is_illness(day: date, symbol: str | None) -> bool:
    code = None if symbol is None else code_in_force(symbol, day)
    return code is not None and code.export_as == "I"
