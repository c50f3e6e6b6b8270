"""A request and its answer: what surrounds every command.

The receipt is written here, once, as the bytes that are answered and stored with the request key, so
that a retry is answered byte for byte.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ledger.base import By, Outcome, Recorded, Refused
from ledger.problems import Problem

PROBLEMS = "/problems/"
"""Problem types are relative references: the service documents each at that address."""


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks what under which key.

    `digest` stands for the whole request (method, path, query and body); `each` records the good
    items and reports the refused ones, otherwise one refused item refuses all.
    """

    client: str
    key: str
    digest: bytes
    each: bool = False
    dry_run: bool = False


class Item(NamedTuple):
    """What became of one item, and whose entry it is."""

    by: By
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request is answered: a receipt (200, 201) or the refusals, by index of the item."""

    status: int
    receipt: bytes = b""
    refused: tuple[tuple[int, Refused], ...] = ()
    replayed: bool = False


KEY_REUSED = Answer(
    422,
    refused=(
        (
            0,
            Refused(
                (
                    Problem(
                        "idempotency-key-reused",
                        "Idempotency-Key",
                        "This key came with another request before.",
                        "draft-ietf-httpapi-idempotency-key-header",
                    ),
                )
            ),
        ),
    ),
)


_NOT_FOUND = frozenset({"name-not-found", "leave-not-found", "intervention-not-found"})


def status_of(items: Sequence[Item], each: bool) -> int:
    """201 when something is recorded, 200 when all of it stood already, else 404, 409 or 422.

    409 when nothing but collisions with what stands refuses the request; in mode `each` a request
    of which nothing was recorded is a 422, whatever refused it.
    """
    outcomes = [item.outcome for item in items]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    recorded = any(isinstance(outcome, Recorded) for outcome in outcomes)
    if not refused:
        return 201 if recorded else 200
    if len(items) == 1 and refused[0].problems[0].code in _NOT_FOUND:
        return 404
    if each:
        return 201 if recorded else 422
    return 409 if all(outcome.conflict for outcome in refused) else 422


def receipt_of(
    items: Sequence[Item], positions: Sequence[int | None], span: range, recorded_at: datetime
) -> bytes:
    """The receipt: positions taken, when, and one result per item in the order sent.

    A receipt about one thing that has an id, such as a request for leave, names it on top as well.
    """
    outcomes = [item.outcome for item in items]
    results = ",".join(map(_result, outcomes, positions))
    if not span:
        return (
            b'{"first":null,"last":null,"recorded_at":null,"results":[' + results.encode() + b"]}"
        )
    one = outcomes[0].shows.get("id") if len(outcomes) == 1 else None
    named = f'"id":"{one}",' if one else ""
    return _receipt(named, span, recorded_at, results)


def receipt_of_register(
    span: range, others: Mapping[int, Recorded], recorded_at: datetime
) -> bytes:
    """The receipt of a register whose act and entries take the positions of `span`.

    All its entries are recorded; `others` are those, by index, that may have more to say than that.
    """
    if any(other.warnings or other.shows for other in others.values()):
        results = ",".join(
            _result(others[index], position) if index in others else _recorded(position)
            for index, position in enumerate(span[1:])
        )
    else:
        numbers = '},{"status":"recorded","position":'.join(map(str, span[1:]))
        results = f'{{"status":"recorded","position":{numbers}}}'
    return _receipt("", span, recorded_at, results)


def _receipt(named: str, span: range, recorded_at: datetime, results: str) -> bytes:
    return (
        f'{{{named}"first":{span[0]},"last":{span[-1]},"recorded_at":"{instant(recorded_at)}",'
        f'"results":[{results}]}}'
    ).encode()


def problem_of(refused: Refused, path: str = "") -> dict[str, Any]:
    """A refusal as the members of a problem document; `path` leads to the item it is about."""
    return {
        "type": PROBLEMS + refused.problems[0].code,
        **refused.shows,
        "errors": [_error(problem, path) for problem in refused.problems],
    }


def instant(moment: datetime) -> str:
    """An instant as it is written everywhere: UTC, microseconds, `Z`."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _error(problem: Problem, path: str) -> dict[str, str]:
    where = f"{path}.{problem.path}" if path and problem.path else path or problem.path
    return {
        "code": problem.code,
        "path": where,
        "message": problem.message,
        "reference": problem.reference,
    }


def _result(outcome: Outcome, position: int | None) -> str:
    if isinstance(outcome, Recorded):
        if not outcome.warnings and not outcome.shows:
            return _recorded(position)
        shown = {"status": "recorded", "position": position, **outcome.shows}
        if outcome.warnings:
            shown["warnings"] = [
                {
                    "rule": w.code,
                    "path": w.path,
                    "message": w.message,
                    "reference": w.reference,
                }
                for w in outcome.warnings
            ]
    elif isinstance(outcome, Refused):
        shown = {"status": "refused", "problem": problem_of(outcome)}
    else:
        shown = {"status": "unchanged", **outcome.shows}
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def _recorded(position: int | None) -> str:
    return f'{{"status":"recorded","position":{position}}}'
