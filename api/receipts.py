"""Receipts and problems, as the OpenAPI document describes them."""

from typing import Any, Literal

from pydantic import Field

from api.schemas import Answer, Instant, Position, Pupil


class ErrorItem(Answer):
    """One thing wrong."""

    code: str = Field(description="Stable, kebab-case, for machines.")
    path: str = Field(description="Where: `entries[3].code`; empty for the request as a whole.")
    message: str = Field(description="For people; never repeats a submitted value.")
    reference: str = Field(description="The regulation or guidance, or `contract`.")
    standing: str | None = Field(default=None, description="The code that stands, in a conflict.")


class ProblemDocument(Answer):
    """A problem (RFC 9457)."""

    type: str = Field(
        description="Address of the problem's documentation, relative to the service.",
        examples=["/problems/entry-has-changed"],
    )
    title: str
    status: int
    detail: str
    errors: list[ErrorItem] = Field(description="At most 100.")
    errors_total: int | None = Field(default=None, description="Given where there are more.")
    standing: str | None = Field(
        default=None, description="The code or decision that stands, where one item was refused."
    )
    results: "list[Result] | None" = Field(default=None, description="In mode `each`.")
    request_id: str | None = Field(default=None, description="Of a fault of the service.")


class ItemProblem(Answer):
    """Why one item was refused."""

    type: str
    errors: list[ErrorItem]
    standing: str | None = None


class Warned(Answer):
    """What guidance discourages and the law does not forbid."""

    rule: str
    path: str
    message: str
    reference: str


class Result(Answer):
    """What became of one item."""

    status: Literal["recorded", "unchanged", "refused"]
    position: Position | None = None
    warnings: list[Warned] = Field(default=[])
    problem: ItemProblem | None = None
    pupil: Pupil | None = Field(default=None, description="Of a name that was entered.")
    warned: dict[str, list[str]] | None = Field(
        default=None,
        description="Of a name entered with more than 100 others: its warnings in short, the fields by "
        "rule.  What a rule says is at `/problems/<rule>`.",
    )
    id: str | None = Field(default=None, description="Of a request for leave.")
    disagreeing_marks: int | None = Field(
        default=None, description="Of a closure: marks already entered that disagree with it."
    )
    disagree: list[dict[str, Any]] | None = Field(default=None, description="Those marks.")
    kind: str | None = Field(default=None, description="Of a penalty notice: `first`, `second`.")
    payment: dict[str, Any] | None = Field(
        default=None, description="Of a penalty notice: what is to be paid, and until when."
    )
    date: str | None = Field(default=None, description="Of a mark: the day of its session.")
    session: str | None = Field(default=None, description="Of a mark: its session.")
    before: str | None = Field(default=None, description="Of a mark: the code that stood before.")
    code: str | None = Field(default=None, description="Of a mark: the code that stands now.")
    due: str | None = Field(default=None, description="Of code N: the last day to replace it.")
    rule: str | None = Field(default=None, description="Of the school's own rule: its name.")
    through: str | None = Field(
        default=None, description="Of a run: the last due day it looked at."
    )
    amended: int | None = Field(default=None, description="Of a run: how many entries it amended.")
    left_alone: dict[str, int] | None = Field(
        default=None, description="Of a run: how many it left to people, by the reason."
    )


class Receipt(Answer):
    """What was recorded: positions in the log without holes, and one result per item as sent."""

    first: Position | None = Field(description="null where nothing was appended.")
    last: Position | None
    recorded_at: Instant | None
    results: list[Result]
    id: str | None = Field(default=None, description="Of the request for leave, where it is one.")
