"""Answers about a school's days and its automatic rule, as the OpenAPI document describes them."""

from datetime import date
from typing import Literal

from pydantic import Field

from api.schemas import Answer, Person, Read, Urn
from ledger.schools.calendar import Held
from ledger.schools.school_days import DayKind


class ClosedRead(Answer):
    """For each session the reason of the closure that took it away."""

    AM: str | None
    PM: str | None


class DayRead(Answer):
    """What the ledger thinks of one day of a school."""

    date: date
    kind: DayKind = Field(
        description="What the day is: `closed` has lost all its sessions to closures, `not-known` lies "
        "in an academic year that has not been set."
    )
    AM: Held = Field(description="Whether the morning session is held.")
    PM: Held = Field(description="Whether the afternoon session is held.")
    term: str | None = Field(description="The term it lies in, half term included.")
    half_term: str | None = Field(description="The half term it lies in, such as `Autumn 1`.")
    bank_holiday: str | None = Field(description="Name of the bank holiday.")
    closures: ClosedRead


class DaysRead(Read):
    """Each day from one to another."""

    school: Urn
    from_: date = Field(alias="from")
    to: date
    days: list[DayRead]


class InstructionRead(Answer):
    """An instruction to replace code N by rule, or no longer to."""

    rule: str = Field(description="By what name entries refer to it.", examples=["code-n-rule/1"])
    enabled: bool
    replace_with: Literal["O"]
    person: Person | None = Field(description="In whose name the rule amends.")
    in_force_from: date


class CodeNRunRead(Answer):
    """A run of the rule."""

    through: date
    amended: int
    left_alone: dict[str, int]


class CodeNRuleRead(Read, InstructionRead):
    """The instruction for sessions of the day asked for, and all that were recorded."""

    school: Urn
    on: date
    instructions: list[InstructionRead] = Field(description="In the order of recording.")
    last_run: CodeNRunRead | None
