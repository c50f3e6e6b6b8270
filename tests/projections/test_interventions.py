"""Legal intervention as a view: what was recorded, what became of it, as it stood."""

from datetime import date
from json import loads
from typing import Any
from uuid import UUID

import pytest

from ledger.intervention.considerations import ConsiderPenalty
from ledger.intervention.improvement import (
    EndAttendanceContract,
    GiveNoticeToImprove,
    MakeAttendanceContract,
)
from ledger.intervention.issued_notices import RecordNoticeOutcome, RecordPenaltyNotice
from ledger.requests import Request
from projections.interventions import InterventionRow, InterventionsQuery, interventions
from projections.people import By
from tests.projections.world import HEAD, OFFICER, World

PARENT = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f01"


class Office:
    """Records interventions at a school, and looks at them."""

    def __init__(self, world: World) -> None:
        self.world = world.opened(pupils=2)
        self._requests = 0

    def record(self, command: Any, to: str | None = None) -> dict[str, Any]:
        """The receipt of an intervention, or of what became of the one with this id."""
        self._requests += 1
        key = f"office-{self.world.urn}-{self._requests}"
        asked = Request("Tests of interventions", key, key.encode())
        ledger, urn = self.world.ledger, self.world.urn
        future = (
            ledger.record_outcome(urn, UUID(to), command, asked)
            if to
            else ledger.intervene(urn, command, asked)
        )
        answer = future.result(timeout=30)
        assert 201 == answer.status, answer
        return dict(loads(answer.receipt))

    def rows(self, position: int | None = None, **query: Any) -> list[InterventionRow]:
        """The view."""
        with self.world.looking(position) as (connection, book, at):
            asked = InterventionsQuery(**query)
            return interventions(connection, self.world.vault, book, at, asked)

    def notice(self, issued_on: str = "2025-11-03", number: int = 0, **changes: Any) -> str:
        """Record a penalty notice."""
        command = RecordPenaltyNotice.model_validate(
            {
                "pupil": self.world.pupil(number),
                "parent": {"id": PARENT, "name": "Ngozi Okafor"},
                "issued_on": issued_on,
                "issued_by": {"name": "E Officer", "position": "Education welfare officer"},
                "offence": "s.444(1)",
                "by": OFFICER,
            }
            | changes
        )
        return str(self.record(command)["id"])

    def became(self, notice: str, outcome: str, on: str, **changes: Any) -> dict[str, Any]:
        """Record what became of it."""
        asked = {"outcome": outcome, "on": on, "by": HEAD} | changes
        return self.record(RecordNoticeOutcome.model_validate(asked), notice)

    def agreed(self, kind: Any, first: str, **changes: Any) -> str:
        """Record a notice to improve or an attendance contract."""
        asked = {
            "pupil": self.world.pupil(1),
            "parent": {"id": PARENT, "name": "Ngozi Okafor"},
            "from": first,
            "terms": "Support by the family worker",
            "by": HEAD,
        }
        return str(self.record(kind.model_validate(asked | changes))["id"])

    def considered(self, on: str) -> str:
        """Record a decision to consider."""
        asked = {
            "pupil": self.world.pupil(1),
            "considered_on": on,
            "decision": "support_first",
            "reason": "First absence of the year",
            "by": HEAD,
        }
        return str(self.record(ConsiderPenalty.model_validate(asked))["id"])


@pytest.fixture
def office(world: World) -> Office:
    """A school with two pupils."""
    return Office(world)


def test_a_notice_shows_what_was_recorded_and_what_follows(office: Office) -> None:
    """Particulars are opened; amounts, last days and until when it counts are those of the law."""
    notice = office.notice()
    office.became(notice, "received", "2025-11-04")
    receipt = office.became(notice, "paid", "2025-11-18", amount=80, reason="By card")
    (row,) = office.rows()
    assert (notice, "penalty_notice", office.world.pupil(0)) == (row.id, row.kind, row.pupil)
    assert ("first", "Ngozi Okafor", "s.444(1)") == (
        row.fields["notice"],
        row.fields["parent_name"],
        row.fields["offence"],
    )
    assert (date(2025, 11, 3), date(2028, 11, 2)) == (row.first, row.last)
    assert (date(2025, 11, 4), date(2028, 11, 2)) == (
        row.notice["received_on"],
        row.notice["counts_until"],
    )
    assert "2025-11-24" == row.notice["payment"]["early"]["last_day"]
    assert ("paid", 80, "By card") == (
        row.outcome,
        row.outcome_fields["amount"],
        row.outcome_fields["reason"],
    )
    assert (By("D Officer", "Attendance officer"), By("A Head", "Headteacher")) == (
        row.by,
        row.outcome_by,
    )
    assert (receipt["last"], ()) == (row.position, row.erased)


def test_interventions_are_seen_as_they_stood(office: Office) -> None:
    """At each position the outcome is that of then, and a notice counts until it was withdrawn."""
    notice = office.notice()
    received = office.became(notice, "received", "2025-11-04")
    withdrawn = office.became(notice, "withdrawn", "2025-11-05")
    positions = [received["first"] - 1, received["last"], withdrawn["last"]]
    assert [None, "received", "withdrawn"] == [office.rows(p)[0].outcome for p in positions]
    counting = [office.rows(p)[0].notice["counts_until"] for p in positions]
    assert [date(2028, 11, 2), date(2028, 11, 2), None] == counting
    assert [] == office.rows(received["first"] - 3)


def test_what_was_erased_is_named(office: Office) -> None:
    """Without the pupil's key the notice is shown, still counts, and says what cannot be read."""
    office.notice()
    with office.world.looking() as (connection, book, at):
        (row,) = interventions(connection, _NoKeys(), book, at, InterventionsQuery())  # type: ignore[arg-type]
    assert ("offence", "parent_name") == row.erased
    assert row.fields["parent_name"] is None
    assert date(2028, 11, 2) == row.notice["counts_until"]


class _NoKeys:
    """A vault all of whose data keys have been destroyed."""

    def load_keys(self, _connection: Any, _scopes: Any) -> dict[str, Any]:
        return {}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (
            {},
            ["notice_to_improve", "attendance_contract", "penalty_consideration", "penalty_notice"],
        ),
        ({"kind": "attendance_contract"}, ["attendance_contract"]),
        ({"pupil": 0}, ["penalty_notice"]),
        ({"pupil": 1, "kind": "penalty_notice"}, []),
        ({"on": date(2025, 9, 14)}, []),
        ({"on": date(2025, 9, 15)}, ["attendance_contract"]),
        ({"on": date(2025, 10, 6)}, ["notice_to_improve", "attendance_contract"]),
        (
            {"on": date(2025, 10, 13)},
            ["notice_to_improve", "attendance_contract", "penalty_consideration"],
        ),
        ({"on": date(2025, 10, 14)}, ["notice_to_improve", "attendance_contract"]),
        ({"on": date(2025, 11, 2)}, ["notice_to_improve"]),
        ({"on": date(2025, 11, 7)}, ["notice_to_improve", "penalty_notice"]),
        ({"on": date(2025, 11, 8)}, ["penalty_notice"]),
        ({"on": date(2028, 11, 2)}, ["penalty_notice"]),
        ({"on": date(2028, 11, 3)}, []),
    ],
)
def test_interventions_are_chosen_by_pupil_kind_and_day(
    office: Office, query: dict[str, Any], expected: list[str]
) -> None:
    """A day is one in effect: agreed and not ended, counting, or the day of the decision itself."""
    office.agreed(GiveNoticeToImprove, "2025-10-06", to="2025-11-07")
    contract = office.agreed(MakeAttendanceContract, "2025-09-15")
    ended = {"outcome": "ended", "on": "2025-11-01", "by": HEAD}
    office.record(EndAttendanceContract.model_validate(ended), contract)
    office.considered("2025-10-13")
    office.notice()
    if "pupil" in query:
        query = query | {"pupil": office.world.pupil(query["pupil"])}
    assert expected == [row.kind for row in office.rows(**query)]


def test_a_notice_that_does_not_count_is_of_its_day(office: Office) -> None:
    """Withdrawn, it is found on the day of issue alone."""
    office.became(office.notice(), "withdrawn", "2025-11-05")
    assert 1 == len(office.rows(on=date(2025, 11, 3)))
    assert [] == office.rows(on=date(2025, 11, 4))


def test_a_childs_history_has_all_of_it_opened(office: Office) -> None:
    """Every event of an intervention stands in the history, its texts readable."""
    office.became(office.notice(number=1), "withdrawn", "2025-11-05", reason="In error")
    office.agreed(MakeAttendanceContract, "2025-09-15")
    office.considered("2025-10-13")
    found = {event.type: event.fields for event in office.world.history(1)}
    assert found.keys() >= {
        "penalty-notice-issued",
        "penalty-notice-withdrawn",
        "attendance-contract-made",
        "penalty-considered",
    }
    assert "Ngozi Okafor" == found["penalty-notice-issued"]["parent_name"]
    assert "In error" == found["penalty-notice-withdrawn"]["reason"]
    assert "First absence of the year" == found["penalty-considered"]["reason"]
