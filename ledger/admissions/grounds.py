"""What a deletion on each ground of SI 2024/208 reg 9(1) is asked with.

One class a ground: the evidence that answers its conditions, each field named as the condition in
`law/deletion_grounds.toml`.  That table says which answers are needed, in words and for the ledger, and
what of it is unconfirmed; the fields take their descriptions from it.
"""

from functools import cache
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from ledger.base import By, Command, Day, Line, Text
from ledger.law.statute import entries


class Evidence(Command):
    """What the school states for a ground."""

    letter: ClassVar[str] = ""

    note: Text | None = Field(default=None, description="Anything else worth keeping.")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The schema with the words of the law's table for what each field answers."""
        schema = handler(core_schema)
        for name, shown in handler.resolve_ref_schema(schema).get("properties", {}).items():
            words = _titles().get(f"{cls.letter}.{name}")
            shown["description"] = " ".join(filter(None, (words, shown.get("description"))))
        return schema


@cache
def _titles() -> dict[str, str]:
    """The conditions in words, by ground and name."""
    return {entry.name: entry.title for entry in entries() if entry.table == "deletion_grounds"}


class RegisteredElsewhere(Evidence):
    """A: registered at another school."""

    letter: ClassVar[str] = "A"
    school: Line = Field(examples=["Sandfield Academy"])
    school_attendance_order: bool = False
    mobile_child_at_main_school: bool = False
    dual_registration_agreed: bool = False


class NurseryCompleted(Evidence):
    """B: completed nursery and not continuing to reception."""

    letter: ClassVar[str] = "B"
    no_grounds_to_believe_will_attend: bool


class DualRegistrationEnded(Evidence):
    """C: dual registered, and the other school or schools consent."""

    letter: ClassVar[str] = "C"
    other_schools_consent: bool
    no_grounds_to_believe_will_attend: bool
    school_attendance_order: bool = False
    mobile_child_at_main_school: bool = False


class OrderNamesAnotherSchool(Evidence):
    """D: the school attendance order was amended to name another school."""

    letter: ClassVar[str] = "D"
    school: Line
    order_amended_on: Day


class OrderRevoked(Evidence):
    """E: the school attendance order was revoked, the child being educated suitably otherwise."""

    letter: ClassVar[str] = "E"
    order_revoked_on: Day


class EducatedOtherwise(Evidence):
    """F: a parent's written notice of education otherwise than at school after a day now past."""

    letter: ClassVar[str] = "F"
    written_notice_on: Day
    educated_otherwise_after: Day
    school_attendance_order: bool
    local_authority_consent: bool | None = Field(
        default=None, description="Needed where an authority placed the pupil in a special school."
    )
    placed_by_local_authority_in_special_school: bool | None = None
    placed_by_local_authority_for_special_educational_needs: bool | None = None
    child_protection: bool | None = Field(
        default=None,
        description="To be stated, as are the placements, once the Act's section 37 is in force.",
    )
    consent_to_withdrawal: bool | None = None


class MovedAway(Evidence):
    """G: no longer normally lives a reasonable distance from the school.  Not for boarders."""

    letter: ClassVar[str] = "G"
    new_address_known: bool


class DidNotReturnFromLeave(Evidence):
    """H: did not return within ten school days of the end of leave (period unconfirmed)."""

    letter: ClassVar[str] = "H"
    leave_ended_on: Day
    joint_enquiries: bool
    no_grounds_to_think_sick: bool


class ContinuouslyAbsent(Evidence):
    """I: absent twenty school days without a break, coded G, N or O throughout."""

    letter: ClassVar[str] = "I"
    joint_enquiries: bool
    no_grounds_to_think_sick: bool


class Detained(Evidence):
    """J: detained under a sentence of detention and not expected back."""

    letter: ClassVar[str] = "J"
    sentence_of_detention: bool = Field(description="Remand is not enough.")
    not_expected_back: bool


class Died(Evidence):
    """K: the pupil died."""

    letter: ClassVar[str] = "K"
    died_on: Day | None = Field(default=None, description="The day of death, where it is known.")


class LeavesOverCompulsorySchoolAge(Evidence):
    """L: over compulsory school age before the school next meets, and leaving."""

    letter: ClassVar[str] = "L"
    over_compulsory_school_age: bool
    leaving_or_not_admitted_to_sixth_form: bool


class BoardingFeesUnpaid(Evidence):
    """M: a boarder at a maintained school or academy whose fees are unpaid at the end of term."""

    letter: ClassVar[str] = "M"
    fees_unpaid_at_end_of_term: Day


class CeasedToBeAPupil(Evidence):
    """N: ceased to be a pupil of an independent or non-maintained special school."""

    letter: ClassVar[str] = "N"
    ceased_on: Day


class PermanentlyExcluded(Evidence):
    """O: permanently excluded, governors' and review panel's process being exhausted."""

    letter: ClassVar[str] = "O"
    process_exhausted: bool


class _OnGround(Command):
    day: Day = Field(
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
