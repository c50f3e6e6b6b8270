"""The law as rows: what is answered, printed and published of a code and of any other value."""

from typing import Any, Final, get_args

from ledger.law.codes import Code
from ledger.law.provisions import SchoolType, SeverityRule
from ledger.law.statute import Entry

SCHOOL_TYPES: Final[tuple[SchoolType, ...]] = get_args(SchoolType)


def code_row(code: Code) -> dict[str, Any]:
    """One code as it stood from a day to a day."""
    return {
        "code": code.symbol,
        "title": code.title,
        "counts_as": code.statistical_class,
        "in_possible_sessions": code.in_possible,
        "sessions": [session for session, given in (("AM", code.am), ("PM", code.pm)) if given],
        "before_session": code.before_session,
        "detail": code.detail,
        "detail_is": code.detail_is or None,
        "pupil_group": code.pupil_group,
        "leave_decision": code.leave_decision,
        "must_be_replaced_within_school_days": code.must_be_replaced_within_school_days,
        "counts_to_penalty_threshold": code.counts_to_penalty_threshold,
        "counts_to_ten_day_return": code.counts_to_ten_day_return,
        "export_as": code.export_as,
        "discouraged_from": code.discouraged_from,
        "discouraged": code.discouraged or None,
        "table": code.table,
        "valid_from": code.valid_from,
        "valid_to": code.valid_to,
        "reference": code.reference,
        "confidence": code.confidence,
    }


def rule_row(entry: Entry) -> dict[str, Any]:
    """One value of any table; `severity` by type of school where it is a rule."""
    is_rule = entry.table == SeverityRule.table
    return {
        "table": entry.table,
        "name": entry.name,
        "title": entry.title,
        "value": {} if is_rule else entry.value,
        "severity": {kind: entry.value[kind] for kind in SCHOOL_TYPES} if is_rule else None,
        "valid_from": entry.valid_from,
        "valid_to": entry.valid_to,
        "reference": entry.reference,
        "confidence": entry.confidence,
    }
