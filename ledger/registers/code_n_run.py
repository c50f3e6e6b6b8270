"""Acting on the automatic rule for code N: what is overdue is amended in the name recorded beforehand.

A run is an act of the person who starts it and stands in the log whatever it finds; the entries it
amends are acts of the person whose instruction the rule is, and each names the rule.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Final

from ledger.base import By, Recorded, Refused, refuse
from ledger.facts import EntryKey, Facts, known_school
from ledger.law import statute
from ledger.leave_of_absence import leave
from ledger.problems import Problem
from ledger.registers import attendance, code_n_rule
from ledger.registers.attendance import AttendanceAmended, Standing
from ledger.registers.code_n_rule import CodeNRuleRun, CodeNRuleSet, RunCodeNRule
from ledger.requests import Item
from ledger.schools import calendar
from ledger.schools.school_time import CODE_N_LIMIT

MARKS_MAX: Final = 40_000
"""Entries that one run amends at most."""
WEIGHT: Final = 1_000
"""About as many events as a run appends: a few days' marks of a large school."""
_REG_10: Final = "SI 2024/208 reg 10(7) to (9)"


def run(asked: RunCodeNRule, urn: str, facts: Facts) -> list[Item]:
    """Amend every code N whose last day for being replaced is `through` or earlier.

    The run's own result comes first, with how many it left alone and why; then one for each entry.
    """
    book = known_school(urn, facts)
    first_day = book.code_n.first_day
    today = facts.now.astimezone(calendar.LONDON).date()
    through = asked.through or today - timedelta(days=1)
    if through >= today:
        return [Item(asked.by, _not_overdue())]
    if first_day is None:
        return [Item(asked.by, _no_rule())]
    found = facts.standing_with(urn, "N", first_day, through)
    if len(found) > MARKS_MAX:
        return [Item(asked.by, _too_many())]
    overdue = _Overdue(urn, facts, through)
    amended = [item for key, standing in found.items() for item in overdue.amend(key, standing)]
    left_alone = dict(sorted(overdue.left_alone.items()))
    event = CodeNRuleRun(
        code_n_rule.stream(urn), book.code_n.version + 1, through, len(amended), left_alone
    )
    shows = {"through": through.isoformat(), "amended": len(amended), "left_alone": left_alone}
    return [Item(asked.by, Recorded(event, shows=shows)), *amended]


class _Overdue:
    """What a run knows of a school, and what it decides of each code N that stands there."""

    def __init__(self, urn: str, facts: Facts, through: date) -> None:
        self._urn = urn
        self._book = facts.book(urn)
        self._through = through
        self._time = self._book.school_time
        self._due: dict[date, date | None] = {}
        self._people: dict[str, By] = {}
        self.left_alone: Counter[str] = Counter()

    def amend(self, key: EntryKey, standing: Standing) -> Iterator[Item]:
        """The amended entry, if the rule covers the session, it is overdue and nothing is against it."""
        rule = self._book.code_n.on(key.day)
        if rule is None or not rule.enabled or rule.person is None or not self._is_overdue(key.day):
            return
        against = self._against(key, standing)
        if against is not None:
            self.left_alone[against] += 1
            return
        yield Item(self._person(rule), self._amended(key, standing, rule))

    def _is_overdue(self, day: date) -> bool:
        """Whether the last day to replace code N of that day's session has passed, or may have."""
        limit = statute.threshold(CODE_N_LIMIT, day)
        if limit is None:
            return False
        after = self._through + timedelta(days=1)
        return self._time.within_school_days_after(day, after, limit.value) is not True

    def _against(self, key: EntryKey, standing: Standing) -> str | None:
        """Why an entry is left to people: what the rule would enter might be wrong."""
        if self._last_day(key.day) is None:
            return "calendar-not-known"
        if self._book.school.held(key.day, key.session) != "held":
            return "session-not-held"
        place = self._book.roll.get(key.pupil)
        if place is None or not place.on(key.day) or place.due_at(key.day, key.session) != "due":
            return "pupil-not-due"
        if leave.given_for(self._book.leave, key.pupil, key.day, key.session):
            return "leave-given"
        return "amended-too-often" if standing.revision >= attendance.REVISIONS_MAX else None

    def _last_day(self, day: date) -> date | None:
        """The last day to replace code N of that day's session, found once for each day."""
        if day not in self._due:
            self._due[day] = self._time.n_due(day)
        return self._due[day]

    def _amended(self, key: EntryKey, standing: Standing, rule: CodeNRuleSet) -> Recorded:
        due = self._last_day(key.day)
        event = AttendanceAmended(
            attendance.stream(self._urn, key.pupil, calendar.academic_year(key.day)),
            calendar.version(key.day, key.session, standing.revision + 1),
            standing.code,
            rule.replace_with,
            f"Automatic rule for code N ({rule.name}): no reason was established by {due}, the last "
            "school day for it",
            rule=rule.name,
        )
        shows = {
            "pupil": key.pupil,
            "date": key.day.isoformat(),
            "session": key.session,
            "before": standing.code,
            "code": rule.replace_with,
            "due": due.isoformat() if due else None,
            "rule": rule.name,
        }
        return Recorded(event, shows=shows)

    def _person(self, rule: CodeNRuleSet) -> By:
        """The person recorded beforehand: one object for each rule, so that one act is theirs."""
        assert rule.person is not None
        if rule.name not in self._people:
            self._people[rule.name] = By(**rule.person)
        return self._people[rule.name]


def _no_rule() -> Refused:
    message = "No enabled rule for code N has been recorded for the school; record it first."
    return Refused((Problem("no-code-n-rule", "", message, _REG_10),), conflict=True)


def _not_overdue() -> Refused:
    return refuse(
        "code-n-not-overdue",
        "through",
        "Code N of a last day that has not passed is not overdue: name a day before today.",
        _REG_10,
    )


def _too_many() -> Refused:
    return refuse(
        "code-n-run-of-too-many-marks",
        "through",
        f"One run looks at no more than {MARKS_MAX} entries; name an earlier day.",
        "limit of the ledger",
    )
