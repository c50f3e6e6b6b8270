"""What each event holds, for those who read the log without us: a JSON Schema for each topic.

A topic stands for one version of its event for ever.  Members may be added to it, if they may be left out; where
more than that changes, the next version takes a topic of its own and the old one is read on.  Code that meets
a topic, or a member, that it does not know refuses it: what it left out might be what matters.
"""

import sys
from functools import cache
from inspect import getdoc
from typing import Any, Final

from pydantic import TypeAdapter

from ledger import events
from ledger.base import Event

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_PLACE: Final = ("originator_id", "originator_version")
_SEALED: Final = {
    "type": "object",
    "description": "A personal particular under the pupil's data key, in base64.",
    "properties": {"sealed": {"type": "string", "contentEncoding": "base64"}},
    "required": ["sealed"],
    "additionalProperties": False,
}


@cache
def schema(topic: str) -> dict[str, Any]:
    """The JSON Schema of the stored state of an event.  Raises KeyError for an unknown topic."""
    kind = events.BY_TOPIC[topic]
    made = TypeAdapter(kind).json_schema()
    members = {
        name: _SEALED if name in kind.sealed else _stored(member)
        for name, member in made["properties"].items()
        if name not in _PLACE
    }
    return {
        "$schema": DIALECT,
        "$id": f"/events/{topic}",
        "title": topic,
        "description": about(kind),
        "type": "object",
        "properties": members,
        "required": [name for name in made["required"] if name not in _PLACE],
        "additionalProperties": False,
    }


def about(kind: type[Event]) -> str:
    """What an event says happened, in one line."""
    return (getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")


def _stored(member: dict[str, Any]) -> dict[str, Any]:
    """A member as it is stored: one that is None is left out of the bytes, so null never stands there."""
    kept = {name: value for name, value in member.items() if name not in ("default", "title")}
    if "anyOf" in kept:
        kinds = [kind for kind in kept["anyOf"] if kind != {"type": "null"}]
        kept = (
            kinds[0] | {k: v for k, v in kept.items() if k != "anyOf"}
            if len(kinds) == 1
            else {
                **kept,
                "anyOf": kinds,
            }
        )
    return kept


def page() -> str:
    """`docs/reference/events.md`: every topic with its members."""
    return _HEAD + "\n".join(_section(kind) for kind in events.ALL)


_HEAD: Final = """# Events

What stands in the log: each event's topic, and the members of its state. The same as JSON Schema: `GET /events` and
`GET /events/{topic}`. In the log every event has besides its position, its stream and the version in it, the act under which it was
made (by whom, when, for which client), its salt and its leaf.

A topic is one version of its event, for ever. Members may be added to it if they may be left out, so that what was written before is read as it was; where
more changes, the next version takes a topic of its own. A reader that meets a topic or a member it does not know refuses it.
Members marked *sealed* are encrypted under the pupil's data key.

This page is written by `python -m ledger.event_schemas`; a test holds it against the program.

"""


def _section(kind: type[Event]) -> str:
    made = schema(kind.topic)
    rows = [
        f"| `{name}` | {_kind(member, name in kind.sealed)} | "
        f"{'always' if name in made['required'] else 'where there is one'} |"
        for name, member in made["properties"].items()
    ]
    table = ["| Member | Holds | Stands |", "|---|---|---|", *rows]
    return f"## {kind.topic}\n\n{about(kind)}\n\n" + "\n".join(table) + "\n"


def _kind(member: dict[str, Any], sealed: bool) -> str:
    if sealed:
        return "*sealed*"
    if "anyOf" in member:
        return " or ".join(_kind(one, False) for one in member["anyOf"])
    if "enum" in member:
        return ", ".join(f"`{value}`" for value in member["enum"])
    if "const" in member:
        return f"`{member['const']}`"
    if member.get("type") == "array":
        return f"list of {_kind(member.get('items', {}), False)}"
    return str(member.get("format") or member.get("type") or "any")


if __name__ == "__main__":
    sys.stdout.write(page())
