"""Properties of penalty notices as they are recorded: no order of recording gets round the limit."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from ledger.admissions.ages import anniversary
from ledger.base import By, Recorded, Refused
from ledger.intervention.interventions import Parent, Place
from ledger.intervention.issued_notices import (
    IssuedNotice,
    Outcome,
    PenaltyNoticeIssued,
    RecordPenaltyNotice,
)
from ledger.intervention.notice_rules import Child, issue
from ledger.intervention.penalty_notices import counts_until, permitted_notice

FRAMEWORK = date(2024, 8, 19)
TODAY = date(2035, 12, 31)
PARENTS = [f"0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f0{number}" for number in range(2)]
CHILD = "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01"

days = st.dates(date(2023, 6, 1), date(2033, 6, 1))
fates: st.SearchStrategy[tuple[Outcome | None, bool | None]] = st.sampled_from(
    [
        (None, None),
        ("paid", None),
        ("unpaid", None),
        ("withdrawn", None),
        ("prosecuted", None),
        ("prosecuted", True),
        ("prosecuted", False),
    ]
)


def counting(notice: IssuedNotice, parent: str) -> bool:
    """Said slowly: to this parent, under the framework, not withdrawn, not acquitted, not of a kind apart."""
    return (
        notice.parent == parent
        and notice.issued_on >= FRAMEWORK
        and notice.notice in ("first", "second")
        and notice.outcome != "withdrawn"
        and (notice.outcome, notice.guilty) != ("prosecuted", False)
    )


def crowded(issued: list[date]) -> bool:
    """Whether any three of these lie within three years, tried one by one."""
    return any(sum(day <= other < anniversary(day, 3) for other in issued) > 2 for day in issued)


@given(st.lists(st.tuples(days, st.sampled_from(PARENTS), st.booleans(), fates), max_size=12))
def test_no_three_notices_within_three_years_in_whatever_order(
    proposed: list[tuple[date, str, bool, tuple[Outcome | None, bool | None]]],
) -> None:
    """A notice is refused exactly where it would make three that count; a kind by a naive count."""
    known: list[IssuedNotice] = []
    for issued_on, parent, excluded, (outcome, guilty) in proposed:
        theirs = [n.issued_on for n in known if counting(n, parent)]
        recorded = issue(_asked(issued_on, parent, excluded), _PLACE, _child(known))
        applies = issued_on >= FRAMEWORK and not excluded
        if applies and crowded([*theirs, issued_on]):
            assert isinstance(recorded, Refused)
            continue
        assert isinstance(recorded, Recorded)
        event = recorded.event
        assert isinstance(event, PenaltyNoticeIssued)
        if applies:
            earlier = [d for d in theirs if d <= issued_on < anniversary(d, 3)]
            assert ("second" if earlier else "first") == event.notice
        else:
            assert event.notice == ("excluded_pupil" if excluded else "before_framework")
        known.append(IssuedNotice(CHILD, parent, event.notice, issued_on, None, 2, outcome, guilty))


@given(st.dates(FRAMEWORK, date(2040, 12, 31)))
def test_a_notice_counts_until_it_no_longer_makes_a_second(issued: date) -> None:
    """On its last day another notice is a second, on the next day a first."""
    last = counts_until(issued)
    assert last is not None
    assert "second" == permitted_notice([issued], last)
    assert "first" == permitted_notice([issued], last + timedelta(days=1))


_PLACE = Place("137172", CHILD, "maintained", TODAY)


def _child(known: list[IssuedNotice]) -> Child:
    return Child(True, None, tuple(known), {}, ())


def _asked(issued_on: date, parent: str, excluded: bool) -> RecordPenaltyNotice:
    return RecordPenaltyNotice(
        pupil=CHILD,
        parent=Parent(id=parent, name="Ngozi Okafor"),
        issued_on=issued_on,
        issued_by={"name": "E Officer", "position": "Education welfare officer"},
        excluded_pupil=excluded,
        by=By(name="D Officer", position="Attendance officer"),
    )
