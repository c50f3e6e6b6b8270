"""Answers about the law: codes and all other values, as the OpenAPI document describes them."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from api.schemas import Answer, Read
from ledger.law.codes import Detail, LeaveDecision, PupilGroup, StatisticalClass
from ledger.law.provisions import SchoolType, Severity
from ledger.schools.calendar import Session


class CodeItem(Answer):
    """One code as it stood from a day to a day."""

    code: str = Field(examples=["/"])
    title: str
    counts_as: StatisticalClass
    in_possible_sessions: bool
    sessions: list[Session]
    before_session: bool = Field(
        description="Whether it may be entered before the register of its session opens."
    )
    detail: Detail
    detail_is: str | None = Field(description="What the detail is, where there is one.")
    pupil_group: PupilGroup
    leave_decision: LeaveDecision = Field(description="Whether it rests on leave given.")
    must_be_replaced_within_school_days: int | None
    counts_to_penalty_threshold: bool
    counts_to_ten_day_return: bool
    export_as: str = Field(description="The code that leaves the school.")
    discouraged_from: date | None = Field(
        description="From when on guidance asks for another code, though this one holds."
    )
    discouraged: str | None = Field(description="What guidance asks for instead.")
    table: str = Field(description="Of the Regulations, or where else the code comes from.")
    valid_from: date
    valid_to: date | None
    reference: str
    confidence: str = Field(
        description="How far this rests on a primary text: confirmed, secondary, unconfirmed or "
        "convention, and of what."
    )


class CodesRead(Read):
    """The codes in force on a day, or all that ever were."""

    on: date | Literal["all"]
    rules: str = Field(description="Edition of the rules.")
    codes: list[CodeItem]


class RuleItem(Answer):
    """One value of the law; what it holds depends on its table."""

    table: str = Field(examples=["thresholds"])
    name: str = Field(
        description="Of a code its symbol, of a ground its letter or the name it has in requests, of a "
        "rule the code of its refusal or warning; a condition is named after its ground.",
        examples=["penalty-notice-sessions"],
    )
    title: str
    value: dict[str, Any]
    severity: dict[SchoolType, Severity] | None = Field(
        description="What a breach of the rule leads to, by type of school; null for what is no rule."
    )
    valid_from: date | None = Field(description="Null for what is enacted but not commenced.")
    valid_to: date | None
    reference: str
    confidence: str


class RulesRead(Read):
    """The law as the ledger has it."""

    on: date | None = Field(description="The day asked about; null for every value ever known.")
    rules: str = Field(description="Edition of the rules.", examples=["england-2026.1"])
    values: list[RuleItem]
