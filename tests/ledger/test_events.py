"""Events keep their names and their bytes: what was written once is read for ever."""

import json
from typing import Any

import pytest
from eventsourcing.persistence import JSONTranscoder, StoredEvent
from eventsourcing.utils import resolve_topic
from jsonschema_rs import Draft202012Validator, meta

from ledger import event_schemas, events
from ledger.base import Event
from ledger.proof.leaf import NO_ACT, leaf_of
from ledger.store.mapper import LedgerMapper, read
from ledger.store.rows import mark_columns
from tests.house import checkout

# Bytes as version 1 of each event wrote them.  A line is never edited: a later version adds lines.
GOLDEN: dict[str, dict[str, Any]] = {
    "act-recorded": {
        "by": {"name": "C Tutor", "position": "Form tutor"},
        "recorded_at": "2026-10-01T07:47:00.000000Z",
        "rules": "england-2026.1",
    },
    "school-described": {
        "name": "Ashfield Lane School",
        "laestab": "8554999",
        "local_authority": "855",
        "type": "academy",
        "register_times": {
            "AM": {"opens": "08:35", "closes": "09:05"},
            "PM": {"opens": "12:25", "closes": "12:55"},
        },
        "in_force_from": "2026-09-01",
    },
    "school-year-set": {
        "year": 2026,
        "terms": [{"from": "2026-09-02", "to": "2026-12-18", "name": "Autumn", "half_term": None}],
        "closures": [],
    },
    "closure-made": {
        "first": "2026-11-25",
        "last": "2026-11-25",
        "sessions": ["AM", "PM"],
        "kind": "unplanned",
        "reason": "Snow",
    },
    "name-entered": {
        "starting_day": "2026-09-02",
        "enrolment": "single",
        "boarder": False,
        "surname": {"sealed": "AQ=="},
        "forenames": {"sealed": "AQ=="},
        "date_of_birth": {"sealed": "AQ=="},
        "year_group": "9",
    },
    "particulars-amended": {
        "reason": {"sealed": "AQ=="},
        "in_force_from": "2026-10-05",
        "changes": {"registration_group": "9C"},
        "personal": {"sealed": "AQ=="},
    },
    "name-deleted": {"ground": "A", "day": "2027-01-08", "evidence": {"sealed": "AQ=="}},
    "attendance-entered": {"code": "/"},
    "attendance-amended": {"replaces": "N", "code": "I", "reason": {"sealed": "AQ=="}},
    "leave-asked": {
        "ground": "study",
        "first": "2026-11-19",
        "last": "2026-11-20",
        "asked_on": "2026-11-02",
        "asked_by": {"sealed": "AQ=="},
        "circumstances": {"sealed": "AQ=="},
        "sessions": ["PM"],
    },
    "leave-given": {"first": "2026-11-19", "last": "2026-11-19", "reason": {"sealed": "AQ=="}},
    "leave-refused": {"reason": {"sealed": "AQ=="}},
    "leave-withdrawn": {"reason": {"sealed": "AQ=="}},
    "code-n-rule-set": {
        "enabled": True,
        "in_force_from": "2026-09-01",
        "replace_with": "O",
        "person": {"name": "D Officer", "position": "Attendance officer"},
    },
    "code-n-rule-run": {
        "through": "2026-11-19",
        "amended": 3,
        "left_alone": {"calendar-not-known": 1},
    },
    "leave-authority-set": {
        "persons": [{"name": "A Head", "position": "Headteacher"}, {"position": "Deputy head"}],
        "in_force_from": "2026-09-01",
    },
    "penalty-notice-issued": {
        "notice": "first",
        "parent": "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f01",
        "parent_name": {"sealed": "AQ=="},
        "issued_on": "2026-11-03",
        "issued_by": {"name": "E Officer", "position": "Education welfare officer"},
        "received_on": "2026-11-04",
        "threshold_met_on": "2026-10-16",
        "sessions": [{"date": "2026-10-12", "session": "AM"}],
        "offence": {"sealed": "AQ=="},
    },
    "penalty-notice-received": {"on": "2026-11-04", "reason": {"sealed": "AQ=="}},
    "penalty-notice-paid": {"on": "2026-11-18", "amount": 80, "reason": {"sealed": "AQ=="}},
    "penalty-notice-left-unpaid": {"on": "2026-12-02", "reason": {"sealed": "AQ=="}},
    "penalty-notice-prosecuted": {
        "on": "2027-01-20",
        "guilty": True,
        "reason": {"sealed": "AQ=="},
    },
    "penalty-notice-withdrawn": {"on": "2026-11-09", "reason": {"sealed": "AQ=="}},
    "notice-to-improve-given": {
        "parent": "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f01",
        "parent_name": {"sealed": "AQ=="},
        "first": "2026-10-05",
        "last": "2026-11-06",
        "terms": {"sealed": "AQ=="},
    },
    "notice-to-improve-ended": {
        "outcome": "insufficient",
        "on": "2026-11-06",
        "reason": {"sealed": "AQ=="},
    },
    "attendance-contract-made": {
        "parent": "0192d3f0-6c1e-7c55-9d10-2f1f0a3b8f01",
        "parent_name": {"sealed": "AQ=="},
        "first": "2026-09-21",
        "terms": {"sealed": "AQ=="},
        "last": "2026-12-18",
    },
    "attendance-contract-ended": {
        "outcome": "ended",
        "on": "2026-11-13",
        "reason": {"sealed": "AQ=="},
    },
    "penalty-considered": {
        "considered_on": "2026-10-19",
        "decision": "support_first",
        "reason": {"sealed": "AQ=="},
        "window": {"from": "2026-09-02", "to": "2026-10-18", "count": 10},
    },
    "return-sent": {
        "extract": "la-attendance-return",
        "why": "ten-days",
        "first": "2026-11-02",
        "last": "2026-11-16",
        "made_at": 5120,
        "sent_on": "2026-11-20",
        "sent_to": "Leicestershire: education welfare",
    },
    "sickness-belief-formed": {
        "formed_on": "2026-11-18",
        "expected_school_days": 10,
        "formed_by": {"name": "D Officer", "position": "Attendance officer"},
        "grounds": {"sealed": "AQ=="},
    },
}


def _every_event_class(kind: type[Event] = Event) -> set[type[Event]]:
    return {kind, *(leaf for sub in kind.__subclasses__() for leaf in _every_event_class(sub))}


def test_the_list_of_events_is_complete() -> None:
    """Every event class is in the list, under a topic of its own, and has its golden bytes."""
    # A slotted dataclass leaves its unslotted first draft among the subclasses: compare by name.
    named = {kind.__name__ for kind in _every_event_class()} - {"Event"}
    assert named == {kind.__name__ for kind in events.ALL}
    assert len(events.ALL) == len(events.BY_TOPIC)
    assert GOLDEN.keys() == events.BY_TOPIC.keys()


@pytest.mark.parametrize("kind", events.ALL)
def test_topics_are_names_and_not_places(kind: type[Event]) -> None:
    """The library resolves each event by its short name, wherever its module lies."""
    assert kind is resolve_topic(kind.topic)
    assert kind.topic.replace("-", "").isalpha()


@pytest.mark.parametrize("topic", GOLDEN)
def test_golden_bytes_are_read_and_written_again(topic: str) -> None:
    """What version 1 wrote is read, and written again it says the same."""
    state = json.dumps(GOLDEN[topic], separators=(",", ":")).encode()
    event = read(StoredEvent("stream/137172", 7, topic, state))
    assert isinstance(event, events.BY_TOPIC[topic])
    if not event.sealed:
        mapper = LedgerMapper(JSONTranscoder())
        assert GOLDEN[topic] == json.loads(mapper.to_stored_event(event).state)


def test_an_unknown_topic_stops_the_reader() -> None:
    """Old code refuses what it does not know instead of guessing."""
    with pytest.raises(events.UnknownTopicError, match="newer version"):
        read(StoredEvent("stream/1", 1, "attendance-blessed", b"{}"))


def test_an_unknown_member_stops_the_reader() -> None:
    """A newer version's member is refused, not dropped: it might be what matters."""
    with pytest.raises(events.UnknownMemberError, match="newer version"):
        read(StoredEvent("stream/1", 1, "leave-refused", b'{"reason":"none","blessed":true}'))


@pytest.mark.parametrize("topic", GOLDEN)
def test_golden_bytes_are_what_the_published_schema_says(topic: str) -> None:
    """Those who read the log by the schema can read what was written."""
    made = event_schemas.schema(topic)
    assert meta.is_valid(made)
    Draft202012Validator(made).validate(GOLDEN[topic])
    assert not Draft202012Validator(made).is_valid({**GOLDEN[topic], "blessed": True})


def test_the_page_of_events_is_true() -> None:
    """docs/reference/events.md is what `python -m ledger.event_schemas` writes."""
    page = checkout.ROOT / "docs/reference/events.md"
    assert event_schemas.page() == page.read_text(encoding="utf-8")


def test_the_columns_of_a_mark_follow_from_its_bytes() -> None:
    """School, day, half, pupil, revision and codes come from stream, version and state."""
    stream = "attendance-register/137172/0192d3f0-6c1e-7c55-9d10-2f1f0a3b8e01/2026"
    state = b'{"replaces":"N","code":"I","reason":{"sealed":"AQ=="}}'
    columns = mark_columns(StoredEvent(stream, (61 * 2 + 1) * 64 + 2, "attendance-amended", state))
    assert (137172, 9770, 1, 2, "I", "N") == (
        columns.school,
        columns.day,  # 1 October 2026, in days since 1 January 2000
        columns.half,
        columns.revision,
        columns.code,
        columns.replaced,
    )
    assert "0192d3f06c1e7c559d102f1f0a3b8e01" == columns.pupil.hex()


def test_the_leaf_is_the_one_that_was_published() -> None:
    """Version 1 of the leaf, worked out apart from the code: a changed format would strand every proof."""
    leaf = leaf_of(NO_ACT, bytes(16), "school/137172", 1, "school-described", b"{}")
    assert leaf.hex() == "68ed14c9bd069ea841dad5cee9f768f420850edf8f33bf99e7298176b5cfa149"


@pytest.mark.parametrize(
    "changed",
    [
        {"act_leaf": bytes(31) + b"\x01"},
        {"salt": bytes(15) + b"\x01"},
        {"stream": "school/137173"},
        {"version": 2},
        {"topic": "closure-made"},
        {"state": b"{} "},
    ],
)
def test_the_leaf_commits_to_everything(changed: dict[str, Any]) -> None:
    """Act, salt, stream, version, topic and state: change one and the leaf is another."""
    asked: dict[str, Any] = {
        "act_leaf": NO_ACT,
        "salt": bytes(16),
        "stream": "school/137172",
        "version": 1,
        "topic": "school-described",
        "state": b"{}",
    }
    assert leaf_of(**asked) != leaf_of(**(asked | changed))
