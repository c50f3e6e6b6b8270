"""The attendance register: entries and amended entries (regulations 6 and 10).

Events: `attendance-entered` (revision 0 of an entry) and `attendance-amended` (each next revision).
Here a mark meets what stands, the rules of its session and the roll.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar, Final, NamedTuple

from pydantic import AwareDatetime, Field

from ledger.admissions.roll import MarkDue
from ledger.base import (
    By,
    CodeSymbol,
    Command,
    Day,
    Event,
    Outcome,
    Personal,
    PupilId,
    Recorded,
    Refused,
    Text,
    TimeOfDay,
    Unchanged,
    refuse,
)
from ledger.problems import Problem
from ledger.registers.place_rules import Place, Supervision
from ledger.registers.pupil_rules import PupilsKnown, problems_of, replaced_in_time
from ledger.registers.session_rules import REG_10, SessionFacts
from ledger.schools.calendar import Session

ENTRIES_MAX: Final = 5_000
LINES_MAX: Final = 100_000
REVISIONS_MAX: Final = 63
"""An entry's version has six bits for its revision."""

SessionDay = Annotated[Day, Field(ge=date(2005, 8, 1), le=date(2045, 7, 31))]
"""The day of a session: one of the academic years that the log is divided into."""

REG_6: Final = "SI 2024/208 reg 6"
REG_10_1: Final = "SI 2024/208 reg 10(1)"


def stream(urn: str, pupil: str, year: int) -> str:
    """The register of one pupil at one school in one academic year."""
    return f"attendance-register/{urn}/{pupil}/{year}"


# -- what is asked -------------------------------------------------------------------------------


PlaceField = Annotated[
    Place | None,
    Field(description="Where the pupil was. At home is absence, whatever is learnt there."),
]
SupervisionField = Annotated[
    Supervision | None,
    Field(description="Who supervised an approved educational activity or a trip."),
]


class Entry(Command):
    """One pupil's mark: a code, or the time of arrival from which the register times decide it."""

    pupil: PupilId
    code: CodeSymbol | None = None
    detail: Text | None = Field(
        default=None,
        description="The nature of the activity or cause, where the code asks for it.",
        examples=["Taster day at North Warwickshire College"],
    )
    arrived_at: TimeOfDay | None = Field(
        default=None, description="Local time of arrival.", examples=["09:20"]
    )
    place: PlaceField = None
    supervision: SupervisionField = None

    from_: ClassVar[None] = None
    reason: ClassVar[None] = None
    entered_at: ClassVar[None] = None
    is_history: ClassVar[bool] = False


class TakeRegister(Command):
    """The register of one session: a class, or the whole school."""

    date: SessionDay
    session: Session
    by: By
    entries: Annotated[list[Entry], Field(min_length=1, max_length=ENTRIES_MAX)]


class Amendment(Command):
    """The amended entry: from the code that stands to another, and why."""

    pupil: PupilId
    date: SessionDay
    session: Session
    from_: CodeSymbol = Field(alias="from", description="The code that stands now.")
    code: CodeSymbol
    detail: Text | None = None
    arrived_at: TimeOfDay | None = None
    place: PlaceField = None
    supervision: SupervisionField = None
    reason: Text = Field(
        description="Why the entry is amended; never optional.",
        examples=["Parent telephoned: unwell"],
    )

    entered_at: ClassVar[None] = None
    is_history: ClassVar[bool] = False


class AmendRegister(Command):
    """Amendments by one person."""

    by: By
    amendments: Annotated[list[Amendment], Field(min_length=1, max_length=ENTRIES_MAX)]


class ImportedLine(Command):
    """One line of an import: an entry, or with `from` and `reason` an amended entry."""

    school: Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$", examples=["137172"])]
    date: SessionDay
    session: Session
    pupil: PupilId
    by: By
    code: CodeSymbol | None = None
    detail: Text | None = None
    arrived_at: TimeOfDay | None = None
    place: PlaceField = None
    supervision: SupervisionField = None
    from_: CodeSymbol | None = Field(default=None, alias="from")
    reason: Text | None = None
    entered_at: AwareDatetime | None = Field(
        default=None,
        description="When the entry was made in the system it comes from; kept as claimed.",
    )

    is_history: ClassVar[bool] = True


MarkAsked = Entry | Amendment | ImportedLine
"""A mark as it is asked for, by whichever of the three roads; an amended one has `from_`."""


# -- what happened -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AttendanceEntered(Event):
    """The original entry."""

    topic: ClassVar[str] = "attendance-entered"
    sealed: ClassVar[frozenset[str]] = frozenset({"detail"})

    code: str
    detail: Personal | None = None
    arrived_at: str | None = None
    entered_at: str | None = None
    flags: list[str] | None = None
    """Warnings under which the mark was entered, by their codes."""
    place: str | None = None
    supervision: str | None = None

    @property
    def is_bare(self) -> bool:
        """Whether the entry is nothing but its code, as nearly all are."""
        return (
            self.detail is None
            and self.arrived_at is None
            and self.entered_at is None
            and self.flags is None
            and self.place is None
            and self.supervision is None
        )


@dataclass(frozen=True, slots=True)
class AttendanceAmended(Event):
    """An amended entry: the code it replaces, the code that stands now, and the reason."""

    topic: ClassVar[str] = "attendance-amended"
    sealed: ClassVar[frozenset[str]] = frozenset({"detail", "reason"})

    replaces: str
    code: str
    reason: Personal
    detail: Personal | None = None
    arrived_at: str | None = None
    entered_at: str | None = None
    flags: list[str] | None = None
    place: str | None = None
    supervision: str | None = None
    rule: str | None = None
    """The school's own rule by which it was amended, such as `code-n-rule/1`; None for a person's own."""


# -- what is known -------------------------------------------------------------------------------


class Standing(NamedTuple):
    """The entry that stands: its latest revision."""

    revision: int
    code: str


# -- what follows --------------------------------------------------------------------------------


def decide(
    asked: MarkAsked, facts: SessionFacts, pupils: PupilsKnown, standing: Standing | None
) -> Outcome:
    """One mark: entered, amended, unchanged or refused.

    What a rule finds refuses or warns by the type of the school.  An entry imported from another
    system is history: what a live entry is refused for as a matter of law is recorded there with a
    warning, since it stood in a register.
    """
    symbol: str | Refused = asked.code or _mark_for_arrival(asked, facts)
    if not isinstance(symbol, str):
        return symbol
    # An amendment or a second entry meets what stands before it meets any rule.
    replaces = asked.from_
    if (replaces is not None or standing is not None) and (
        met := _meets(symbol, replaces, standing)
    ) is not None:
        return met
    ruling = (facts.bare if asked.detail is None else facts.detailed)[symbol]
    if ruling.refused is not None:
        return ruling.refused
    refusing, warnings = ruling.refusing, ruling.warning
    status = pupils.status_on(asked.pupil, facts.day)
    found: tuple[Problem, ...] = ()
    # Of nearly all marks there is nothing more to ask, and of an amendment mostly when it was made.
    if (
        status != "due"
        or ruling.pupil_rules
        or asked.place is not None
        or asked.supervision is not None
        or (ruling.absent and pupils.has_leave(asked.pupil))
    ):
        found = _OFF_THE_ROLL.get(status) or problems_of(asked, ruling, pupils, status)
    elif replaces == "N":
        found = replaced_in_time(asked, ruling, pupils)
    if found:
        more = facts.weighed[found]
        refusing, warnings = refusing + more.refusing, warnings + more.warning
    if refusing:
        if not (asked.is_history and facts.begun):
            return Refused(refusing)
        warnings = (*refusing, *warnings)
    return Recorded(_event(asked, symbol, facts, standing, warnings), warnings)


def amendment_details_missing(path: str) -> Refused:
    """The refusal of an amended entry without its reason or its new code (regulation 6)."""
    return refuse(
        "amendment-details-missing",
        path,
        "An amended entry shows the original code, the new code and the reason.",
        REG_6,
    )


def _mark_for_arrival(asked: MarkAsked, facts: SessionFacts) -> str | Refused:
    """The code by the register times of the day, of a mark that gives none."""
    if asked.arrived_at is None:
        return refuse("code-missing", "code", "Give a code or the time of arrival.", REG_10)
    if facts.arrival is None:
        return refuse(
            "register-times-not-known",
            "arrived_at",
            "No register times are known for this school on this day; give the code.",
            REG_10,
        )
    return facts.arrival(asked.arrived_at)


def _meets(symbol: str, replaces: str | None, standing: Standing | None) -> Outcome | None:
    """What becomes of a mark for what stands, before its code is looked at; None when nothing does."""
    if replaces is None:
        return None if standing is None else _second_entry(symbol, standing)
    if standing and standing.code == replaces and standing.revision < REVISIONS_MAX:
        return None
    return _amendment_not_met(standing, replaces)


def _second_entry(symbol: str, standing: Standing) -> Outcome:
    if standing.code == symbol:
        return Unchanged()
    return Refused(
        (
            Problem(
                "entry-exists",
                "code",
                "Another code stands for this pupil and session; changing it is an amendment.",
                REG_6,
            ),
        ),
        conflict=True,
        shows={"standing": standing.code},
    )


def _amendment_not_met(standing: Standing | None, replaces: str) -> Refused:
    if standing is None:
        return Refused(
            (
                Problem(
                    "entry-not-found",
                    "from",
                    "No entry stands for this pupil and session; enter it in the register.",
                    REG_6,
                ),
            ),
            conflict=True,
            shows={"standing": None},
        )
    if standing.code != replaces:
        return Refused(
            (
                Problem(
                    "entry-has-changed",
                    "from",
                    "Another code stands for this pupil and session than the one amended from.",
                    REG_6,
                ),
            ),
            conflict=True,
            shows={"standing": standing.code},
        )
    return refuse(
        "amended-too-often",
        "from",
        f"An entry can be amended {REVISIONS_MAX} times.",
        "limit of the ledger",
    )


def _event(
    asked: MarkAsked,
    symbol: str,
    facts: SessionFacts,
    standing: Standing | None,
    warnings: tuple[Problem, ...],
) -> AttendanceEntered | AttendanceAmended:
    place = stream(facts.urn, asked.pupil, facts.year)
    arrived_at = asked.arrived_at.isoformat("minutes") if asked.arrived_at else None
    entered_at = asked.entered_at.isoformat() if asked.entered_at else None
    flags = [warning.code for warning in warnings] if warnings else None
    where, who = asked.place, asked.supervision
    if asked.from_ is None:
        return AttendanceEntered(
            place, facts.original, symbol, asked.detail, arrived_at, entered_at, flags, where, who
        )
    assert standing is not None and asked.reason is not None
    return AttendanceAmended(
        place,
        facts.original + standing.revision + 1,
        asked.from_,
        symbol,
        asked.reason,
        asked.detail,
        arrived_at,
        entered_at,
        flags,
        where,
        who,
    )


_OFF_THE_ROLL: Final[Mapping[MarkDue | None, tuple[Problem, ...]]] = {
    None: (
        Problem(
            "pupil-not-on-roll",
            "pupil",
            "The pupil's name is not in the school's admission register on this day.",
            REG_10_1,
        ),
    ),
    "boarder": (
        Problem(
            "boarder-carries-no-mark",
            "pupil",
            "The attendance register is of pupils who are not boarders.",
            REG_10_1,
        ),
    ),
}
"""What is wrong with a mark of a pupil of whom none is due (regulation 10(1))."""
