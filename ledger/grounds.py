"""The grounds for deletion of a name from the admission register (SI 2024/208 reg 9(1)).

One class a ground: the evidence its conditions ask for, and whether the evidence meets them.  Titles
of grounds F to O are known from secondary sources; what is unconfirmed says so.
"""

from datetime import date
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field

from ledger.base import By, Command, Line, Text
from ledger.problems import Problem

REG_9: Final = "SI 2024/208 reg 9(1)"


class Evidence(Command):
    """What is shown for a ground.  `must` names the conditions and the answer each needs."""

    must: ClassVar[dict[str, bool]] = {}

    note: Text | None = Field(default=None, description="Anything else worth keeping.")

    def problems(self, day: date, boarder: bool) -> list[Problem]:
        """The conditions that are not met for a deletion on that day."""
        return [
            Problem(
                "condition-not-met",
                f"evidence.{name}",
                f"On this ground the answer must be {'yes' if answer else 'no'}.",
                REG_9,
            )
            for name, answer in self.must.items()
            if getattr(self, name) is not answer
        ]


class RegisteredElsewhere(Evidence):
    """A: registered at another school."""

    must: ClassVar[dict[str, bool]] = {
        "school_attendance_order": False,
        "mobile_child_at_main_school": False,
        "dual_registration_agreed": False,
    }
    school: Line = Field(description="The school at which the pupil is now registered.")
    school_attendance_order: bool = Field(
        default=False, description="Whether an order names this school."
    )
    mobile_child_at_main_school: bool = False
    dual_registration_agreed: bool = False


class NurseryCompleted(Evidence):
    """B: completed nursery and not continuing to reception."""

    must: ClassVar[dict[str, bool]] = {"no_grounds_to_believe_will_attend": True}
    no_grounds_to_believe_will_attend: bool


class DualRegistrationEnded(Evidence):
    """C: dual registered, and the other school or schools consent."""

    must: ClassVar[dict[str, bool]] = {
        "other_schools_consent": True,
        "no_grounds_to_believe_will_attend": True,
        "school_attendance_order": False,
        "mobile_child_at_main_school": False,
    }
    other_schools_consent: bool
    no_grounds_to_believe_will_attend: bool
    school_attendance_order: bool = False
    mobile_child_at_main_school: bool = False


class OrderNamesAnotherSchool(Evidence):
    """D: the school attendance order was amended to name another school."""

    school: Line
    order_amended_on: date


class OrderRevoked(Evidence):
    """E: the school attendance order was revoked, the child being educated suitably otherwise."""

    order_revoked_on: date


class EducatedOtherwise(Evidence):
    """F: a parent's written notice of education otherwise than at school after a day now past."""

    must: ClassVar[dict[str, bool]] = {
        "school_attendance_order": False,
        "local_authority_consent": True,
    }
    written_notice_on: date = Field(description="Date of the parent's written notice.")
    educated_otherwise_after: date
    school_attendance_order: bool
    local_authority_consent: bool = Field(
        default=True,
        description="Given, or not needed.  Needed where an authority placed the child in a special "
        "school (secondary); to be widened when the 2026 Act's section 37 is in force.",
    )

    def problems(self, day: date, boarder: bool) -> list[Problem]:
        """The day after which education is otherwise must have passed."""
        return [
            *super().problems(day, boarder),
            *self._not_passed(day),
        ]

    def _not_passed(self, day: date) -> list[Problem]:
        if day > self.educated_otherwise_after:
            return []
        return [
            Problem(
                "condition-not-met",
                "evidence.educated_otherwise_after",
                "The day after which the pupil is educated otherwise has not passed.",
                REG_9,
            )
        ]


class MovedAway(Evidence):
    """G: no longer normally lives a reasonable distance from the school.  Not for boarders."""

    new_address_known: bool = Field(description="Whether the new address was notified.")

    def problems(self, day: date, boarder: bool) -> list[Problem]:
        """A boarder cannot be deleted on this ground."""
        if boarder:
            return [
                Problem("condition-not-met", "ground", "This ground is not for boarders.", REG_9)
            ]
        return super().problems(day, boarder)


class DidNotReturnFromLeave(Evidence):
    """H: did not return within ten school days of the end of leave (period unconfirmed)."""

    must: ClassVar[dict[str, bool]] = {"joint_enquiries": True, "no_grounds_to_think_sick": True}
    leave_ended_on: date
    joint_enquiries: bool = Field(
        description="School and local authority made joint reasonable efforts (unconfirmed)."
    )
    no_grounds_to_think_sick: bool


class ContinuouslyAbsent(Evidence):
    """I: absent twenty school days without a break, coded G, N or O throughout."""

    must: ClassVar[dict[str, bool]] = {"joint_enquiries": True, "no_grounds_to_think_sick": True}
    joint_enquiries: bool
    no_grounds_to_think_sick: bool


class Detained(Evidence):
    """J: detained under a sentence of detention and not expected back."""

    must: ClassVar[dict[str, bool]] = {"sentence_of_detention": True, "not_expected_back": True}
    sentence_of_detention: bool = Field(description="Remand is not enough (unconfirmed).")
    not_expected_back: bool


class Died(Evidence):
    """K: the pupil died."""

    died_on: date | None = None


class LeavesOverCompulsorySchoolAge(Evidence):
    """L: over compulsory school age before the school next meets, and leaving."""

    must: ClassVar[dict[str, bool]] = {
        "over_compulsory_school_age": True,
        "leaving_or_not_admitted_to_sixth_form": True,
    }
    over_compulsory_school_age: bool
    leaving_or_not_admitted_to_sixth_form: bool


class BoardingFeesUnpaid(Evidence):
    """M: a boarder at a maintained school or academy whose fees are unpaid at the end of term."""

    fees_unpaid_at_end_of_term: date

    def problems(self, day: date, boarder: bool) -> list[Problem]:
        """Only a boarder can be deleted on this ground."""
        if not boarder:
            return [
                Problem("condition-not-met", "ground", "This ground is for boarders only.", REG_9)
            ]
        return super().problems(day, boarder)


class CeasedToBeAPupil(Evidence):
    """N: ceased to be a pupil of an independent or non-maintained special school."""

    ceased_on: date


class PermanentlyExcluded(Evidence):
    """O: permanently excluded, governors' and review panel's process being exhausted."""

    must: ClassVar[dict[str, bool]] = {"process_exhausted": True}
    process_exhausted: bool = Field(description="Condition unconfirmed in a primary text.")


class _OnGround(Command):
    day: date = Field(
        description="The day from which the name is deleted; never before the day it is recorded.",
        examples=["2027-01-08"],
    )
    by: By


class DeletionOnA(_OnGround):
    """Deletion because the pupil is registered at another school."""

    ground: Literal["A"]
    evidence: RegisteredElsewhere = Field(examples=[{"school": "Sandfield Academy"}])


class DeletionOnB(_OnGround):
    """Deletion because nursery was completed and reception does not follow."""

    ground: Literal["B"]
    evidence: NurseryCompleted = Field(examples=[{"no_grounds_to_believe_will_attend": True}])


class DeletionOnC(_OnGround):
    """Deletion of a dual registration with the other school's consent."""

    ground: Literal["C"]
    evidence: DualRegistrationEnded = Field(
        examples=[{"other_schools_consent": True, "no_grounds_to_believe_will_attend": True}]
    )


class DeletionOnD(_OnGround):
    """Deletion because the school attendance order names another school."""

    ground: Literal["D"]
    evidence: OrderNamesAnotherSchool = Field(
        examples=[{"school": "Sandfield Academy", "order_amended_on": "2027-01-04"}]
    )


class DeletionOnE(_OnGround):
    """Deletion because the school attendance order was revoked."""

    ground: Literal["E"]
    evidence: OrderRevoked = Field(examples=[{"order_revoked_on": "2027-01-04"}])


class DeletionOnF(_OnGround):
    """Deletion on a parent's written notice of education otherwise than at school."""

    ground: Literal["F"]
    evidence: EducatedOtherwise = Field(
        examples=[
            {
                "written_notice_on": "2027-01-04",
                "educated_otherwise_after": "2027-01-08",
                "school_attendance_order": False,
            }
        ]
    )


class DeletionOnG(_OnGround):
    """Deletion because the pupil moved away."""

    ground: Literal["G"]
    evidence: MovedAway = Field(examples=[{"new_address_known": True}])


class DeletionOnH(_OnGround):
    """Deletion because the pupil did not return from leave."""

    ground: Literal["H"]
    evidence: DidNotReturnFromLeave = Field(
        examples=[
            {
                "leave_ended_on": "2026-12-04",
                "joint_enquiries": True,
                "no_grounds_to_think_sick": True,
            }
        ]
    )


class DeletionOnI(_OnGround):
    """Deletion after twenty school days of continuous absence."""

    ground: Literal["I"]
    evidence: ContinuouslyAbsent = Field(
        examples=[{"joint_enquiries": True, "no_grounds_to_think_sick": True}]
    )


class DeletionOnJ(_OnGround):
    """Deletion because of a sentence of detention."""

    ground: Literal["J"]
    evidence: Detained = Field(
        examples=[{"sentence_of_detention": True, "not_expected_back": True}]
    )


class DeletionOnK(_OnGround):
    """Deletion because the pupil died."""

    ground: Literal["K"]
    evidence: Died = Field(default_factory=Died, examples=[{"died_on": "2027-01-04"}])


class DeletionOnL(_OnGround):
    """Deletion of a pupil over compulsory school age who leaves."""

    ground: Literal["L"]
    evidence: LeavesOverCompulsorySchoolAge = Field(
        examples=[
            {"over_compulsory_school_age": True, "leaving_or_not_admitted_to_sixth_form": True}
        ]
    )


class DeletionOnM(_OnGround):
    """Deletion of a boarder whose fees are unpaid."""

    ground: Literal["M"]
    evidence: BoardingFeesUnpaid = Field(examples=[{"fees_unpaid_at_end_of_term": "2026-12-18"}])


class DeletionOnN(_OnGround):
    """Deletion of one who ceased to be a pupil of an independent school."""

    ground: Literal["N"]
    evidence: CeasedToBeAPupil = Field(examples=[{"ceased_on": "2026-12-18"}])


class DeletionOnO(_OnGround):
    """Deletion of a pupil permanently excluded."""

    ground: Literal["O"]
    evidence: PermanentlyExcluded = Field(examples=[{"process_exhausted": True}])


Deletion = Annotated[
    DeletionOnA
    | DeletionOnB
    | DeletionOnC
    | DeletionOnD
    | DeletionOnE
    | DeletionOnF
    | DeletionOnG
    | DeletionOnH
    | DeletionOnI
    | DeletionOnJ
    | DeletionOnK
    | DeletionOnL
    | DeletionOnM
    | DeletionOnN
    | DeletionOnO,
    Field(discriminator="ground"),
]
