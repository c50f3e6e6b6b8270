"""The automatic rule for code N: a school's choice, recorded beforehand (regulation 10(7) to (9)).

Code N is replaced by a named person, or by a system on a named person's recorded instruction; it never
expires by itself.  Here the instruction is recorded; `ledger.registers.code_n_run` acts on it when it is told to.

Events: `code-n-rule-set` and `code-n-rule-run`, in one stream for each school.
"""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from ledger.base import By, Command, Day, Event, Outcome, Recorded, Unchanged


def stream(urn: str) -> str:
    """The stream of one school's rule and its runs."""
    return f"code-n-rule/{urn}"


# -- what is asked -------------------------------------------------------------------------------


class SetCodeNRule(Command):
    """Whether code N is replaced by rule for sessions from a day on, and in whose name.

    A later instruction with a later day leaves the sessions before that day under the earlier one.
    """

    enabled: bool
    replace_with: Literal["O"] = Field(
        default="O",
        description="The code where nothing was established. A rule knows of no other cause, so it can "
        "enter no other code.",
    )
    person: By | None = Field(
        default=None,
        description="In whose name, and as holder of which position, the rule amends; needed where "
        "it is enabled.",
    )
    in_force_from: Day = Field(
        description="Day of the first session under it.", examples=["2026-09-01"]
    )
    by: By

    @model_validator(mode="after")
    def _in_a_name(self) -> Self:
        if self.enabled and self.person is None:
            raise ValueError("an enabled rule acts in the name of a person")
        return self


class RunCodeNRule(Command):
    """Act on the rule: amend every code N that it covers and that is overdue."""

    through: Day | None = Field(
        default=None,
        description="Amend those whose last day for being replaced is this one or earlier; yesterday "
        "when left out.",
        examples=["2026-11-19"],
    )
    by: By


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CodeNRuleSet(Event):
    """An instruction to replace code N by rule, or no longer to, for sessions from a day on."""

    topic: ClassVar[str] = "code-n-rule-set"

    enabled: bool
    in_force_from: date
    replace_with: str
    person: dict[str, str] | None = None

    @property
    def name(self) -> str:
        """By what name an entry made under this instruction refers to it."""
        return f"code-n-rule/{self.originator_version}"


@dataclass(frozen=True, slots=True)
class CodeNRuleRun(Event):
    """The rule was acted on: through which due day, and how many entries were amended."""

    topic: ClassVar[str] = "code-n-rule-run"

    through: date
    amended: int
    left_alone: dict[str, int]
    """How many were overdue, or might be, and were not amended, by the reason."""


# -- what follows --------------------------------------------------------------------------------


@dataclass(slots=True)
class CodeNRules:
    """A school's instructions as its events leave them."""

    version: int = 0
    instructions: list[CodeNRuleSet] = field(default_factory=list)
    """In the order of recording."""
    last_run: CodeNRuleRun | None = None

    def on(self, day: date) -> CodeNRuleSet | None:
        """The instruction for sessions of that day; of two from one day the later recorded."""
        begun = [each for each in self.instructions if each.in_force_from <= day]
        return max(reversed(begun), key=lambda each: each.in_force_from, default=None)

    @property
    def first_day(self) -> date | None:
        """The first day that an enabled instruction speaks of; None where there is none."""
        days = (each.in_force_from for each in self.instructions if each.enabled)
        return min(days, default=None)


def apply(rules: CodeNRules, event: CodeNRuleSet | CodeNRuleRun) -> None:
    """Fold one event of the school's stream into its instructions."""
    rules.version = event.originator_version
    if isinstance(event, CodeNRuleSet):
        rules.instructions.append(event)
    else:
        rules.last_run = event


def set_rule(asked: SetCodeNRule, urn: str, rules: CodeNRules) -> Outcome:
    """Record the instruction.  It is dated by its first session and by when it was recorded."""
    event = CodeNRuleSet(
        stream(urn),
        rules.version + 1,
        asked.enabled,
        asked.in_force_from,
        asked.replace_with,
        asked.person.model_dump() if asked.person else None,
    )
    standing = rules.on(asked.in_force_from)
    if standing is not None and replace(standing, originator_version=rules.version + 1) == event:
        return Unchanged({"rule": standing.name})
    return Recorded(event, shows={"rule": event.name})
