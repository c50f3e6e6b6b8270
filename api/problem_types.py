"""The problems that the service answers with: one table, from which each is answered and documented.

A type's code is stable: it is the last part of its address (`/problems/entry-exists`) and the `code`
of an error.  Codes of the rules are those of `ledger`; a test holds this table against them.
"""

from typing import Final, NamedTuple

CONTRACT: Final = "contract"
REG_6: Final = "SI 2024/208 reg 6"
REG_8: Final = "SI 2024/208 reg 8"
REG_9: Final = "SI 2024/208 reg 9"
REG_10: Final = "SI 2024/208 reg 10"
REG_11: Final = "SI 2024/208 reg 11"
EA_579: Final = "Education Act 1996 s.579"
KEY_DRAFT: Final = "draft-ietf-httpapi-idempotency-key-header"


class ProblemType(NamedTuple):
    """One kind of problem: its usual status, its title, what it means and what to do."""

    code: str
    status: int
    title: str
    about: str
    reference: str = CONTRACT


_REQUEST: Final = (
    ("json-malformed", 400, "The body is not JSON", "The body is not one JSON text in UTF-8."),
    ("duplicate-member", 422, "A member is given twice", "An object of the body names one of its members more than once. Parsers differ in which they keep, so none is chosen."),
    ("idempotency-key-missing", 400, "Idempotency-Key is missing", "Every write needs a key of the client's own, so that it can be sent again without being recorded twice.", KEY_DRAFT),
    ("idempotency-key-malformed", 400, "Idempotency-Key is malformed", "A key is 1 to 255 visible ASCII characters, bare or as a quoted string.", KEY_DRAFT),
    ("idempotency-key-reused", 422, "Idempotency-Key was used for another request", "This key came with another request before. A new request needs a new key.", KEY_DRAFT),
    ("not-found", 404, "Nothing is here", "The service has no such address."),
    ("method-not-allowed", 405, "The method is not allowed here", "The header Allow names the methods of this address."),
    ("not-acceptable", 406, "No such format", "The address answers in none of the formats that the header Accept names."),
    ("body-too-large", 413, "The body is too large", "Send fewer items in a request; the limit is stated in the description of the operation."),
    ("media-type-unsupported", 415, "The media type is not supported", "A body is application/json in UTF-8 and not compressed; an import of history is application/x-ndjson."),
    ("validation-failed", 422, "The request is not in the form described", "Each error names the place and what is wrong there. The form is described in /openapi.json."),
    ("request-refused", 422, "Items of the request are refused", "Several items were refused for different reasons; each error names its item and its own problem."),
)  # fmt: skip
_CALLERS: Final = (
    ("credentials-missing", 401, "Credentials are missing", "Send `Authorization: Bearer` with a key or a token."),
    ("credentials-refused", 401, "The credentials are not valid", "The key or token is unknown, expired, revoked or not meant for this service."),
    ("scope-missing", 403, "The scope is missing", "The key or token does not have the scope that the operation needs."),
)  # fmt: skip
_SERVICE: Final = (
    ("unavailable", 503, "Not available just now", "Too much work is waiting, the service is ending, or its database is not reachable. Nothing was recorded. Send the same request again after Retry-After."),
    ("outcome-unknown", 503, "The outcome is not known", "The database went away while the request was being recorded: it may or may not be recorded. Send the same request with the same Idempotency-Key again; it is then recorded once, or its first answer is repeated."),
    ("too-many-streams", 503, "Too many live streams", "So many clients follow the log live that no more are taken. Try again after Retry-After, or read the log in pages."),
    ("internal-error", 500, "Something went wrong", "A fault of the service. Report the request id; a write may be sent again with the same Idempotency-Key."),
)  # fmt: skip
_SHAPE: Final = (
    ("missing", "A value is missing", "The member, parameter or header is required."),
    ("unknown-member", "An unknown member or parameter", "Nothing of that name is known at this place; it may be misspelt. It is refused so that nothing asked is lost without a sound."),
    ("repeated", "A parameter is given twice", "Each parameter is given once."),
    ("blank", "A value is blank", "The text must not be empty or blank."),
    ("too-long", "A text is too long", "The limit is stated in /openapi.json."),
    ("too-few", "Too few items", "The least number is stated in /openapi.json."),
    ("too-many", "Too many items", "Send them in several requests; the limit is stated in /openapi.json."),
    ("wrong-type", "A value is of the wrong type", "The type is stated in /openapi.json; numbers and true or false are not taken from text, nor text from numbers."),
    ("malformed", "A value is not in its form", "The form is stated in /openapi.json. Control characters are never taken."),
    ("not-one-of", "A value is not one of those known", "The message names the values that are."),
    ("not-a-date", "Not a date", "Dates are YYYY-MM-DD."),
    ("not-a-time", "Not a time of day", "Times are local times of day, HH:MM."),
    ("not-an-instant", "Not an instant", "Instants are RFC 3339 with an offset."),
    ("not-a-uuid", "Not a UUID", "Pupils and requests for leave are named by UUIDs."),
    ("out-of-range", "A number is out of range", "The range is stated in the message."),
    ("not-consistent", "Values do not fit together", "The message says which."),
    ("dates-reversed", "The last day is before the first", "`to` must not be before `from`."),
    ("span-too-long", "The span of days is too long", "Ask for fewer days; the limit is stated in the message."),
    ("as-of-in-the-future", "As of an instant or a position to come", "The ledger answers as it stood, or as it stands."),
    ("position-not-reached", "The log has not reached this position", "`after` waits for at most five seconds. Positions are those that receipts name."),
)  # fmt: skip
_SCHOOL: Final = (
    ("school-not-found", 404, "No such school", "No school of this URN has been described to the ledger, or it is not among the caller's schools."),
    ("school-year-not-found", 404, "No such school year", "The terms of this academic year have not been set for the school.", EA_579),
    ("school-year-not-set", 422, "The school year has not been set", "Set the terms of the academic year first.", EA_579),
    ("laestab-of-another-authority", 422, "LAESTAB of another authority", "The first three digits of the LAESTAB are the local authority's."),
    ("register-closes-before-it-opens", 422, "A register closes before it opens", "A register must close after it opens.", REG_10),
    ("register-open-over-30-minutes", 422, "A register stays open over 30 minutes", "A warning: guidance asks that a register stay open for at most 30 minutes.", REG_10),
    ("register-lengths-differ", 422, "Registers stay open for different lengths", "A warning: guidance asks that every register stay open for the same length of time.", REG_10),
    ("terms-out-of-order", 422, "Terms are out of order", "A term begins after every term listed before it has ended.", EA_579),
    ("term-name-repeated", 422, "Two terms have one name", "Terms of a year have names of their own.", EA_579),
    ("term-dates-reversed", 422, "A term ends before it begins", "The first day must not be after the last.", EA_579),
    ("term-outside-academic-year", 422, "A term lies outside the academic year", "The academic year runs from 1 August to 31 July.", EA_579),
    ("half-term-dates-reversed", 422, "A half term ends before it begins", "The first day must not be after the last.", EA_579),
    ("half-term-outside-term", 422, "A half term lies outside its term", "The half-term holiday divides its term.", EA_579),
    ("closure-dates-reversed", 422, "A closure ends before it begins", "The first day must not be after the last.", EA_579),
    ("closure-outside-academic-year", 422, "A closure lies outside the academic year", "The academic year runs from 1 August to 31 July.", EA_579),
    ("closure-of-no-session", 422, "A closure of no session", "Name the sessions that are not held.", EA_579),
)  # fmt: skip
_ROLL: Final = (
    ("pupil-not-found", 404, "No such pupil", "No school of the caller's has anything about this pupil.", REG_8),
    ("name-not-found", 404, "The name is not in the admission register", "The pupil's name is not in the school's admission register.", REG_8),
    ("already-on-roll", 409, "The name is in the register already", "The pupil's name is in this school's admission register already.", REG_8),
    ("already-deleted", 409, "The name has been deleted already", "The name has been deleted from this school's admission register.", REG_9),
    ("twice-in-request", 422, "The request names a pupil twice", "Enter each pupil once.", REG_8),
    ("born-after-starting-day", 422, "Born after the starting day", "The date of birth is after the starting day.", REG_8),
    ("nothing-to-amend", 422, "Nothing to amend", "Name at least one particular.", REG_8),
    ("particular-required", 422, "A particular cannot be taken away", "Names, date of birth, enrolment and whether the pupil boards may be amended, but the register is never without them.", REG_8),
    ("deletion-dated-back", 422, "A deletion is dated back", "A deletion is never dated before the day on which it is recorded.", REG_9),
    ("deletion-before-starting-day", 422, "A deletion before the starting day", "The day is before the starting day.", REG_9),
    ("condition-not-met", 422, "A condition of the ground is not met", "The evidence does not meet what the ground for deletion asks for.", REG_9),
)  # fmt: skip
_MARKS: Final = (
    ("entry-exists", 409, "Another code stands", "Another code stands for this pupil and session; changing it is an amendment. `standing` names it.", REG_6),
    ("entry-has-changed", 409, "The entry has changed", "Another code stands for this pupil and session than the one amended from. `standing` names it.", REG_6),
    ("entry-not-found", 409, "No entry stands", "No entry stands for this pupil and session; enter it in the register.", REG_6),
    ("amended-too-often", 422, "Amended too often", "An entry can be amended 63 times."),
    ("amendment-details-missing", 422, "Details of the amendment are missing", "An amended entry shows the original code, the new code and the reason.", REG_6),
    ("code-missing", 422, "Neither code nor time of arrival", "Give a code or the time of arrival.", REG_10),
    ("unknown-code", 422, "Not an attendance code", "GET /v1/codes lists the codes in force on a day.", REG_10),
    ("code-not-in-force", 422, "The code was not in force", "Codes are those in force on the day of the session.", REG_10),
    ("wrong-session-for-code", 422, "The code belongs to the other session", "`/` is for the morning and `\\` for the afternoon.", REG_10),
    ("detail-missing", 422, "The code needs its detail", "The message says what the detail is.", REG_10),
    ("session-not-begun", 422, "The session has not begun", "What happened in a session cannot be entered before its register opens.", REG_10),
    ("session-not-held", 422, "The school holds no such session", "The session lies outside the terms, in a half term, on a weekend or on a bank holiday.", EA_579),
    ("school-closed", 422, "The school is closed for this session", "Only the code of the closure can be entered.", EA_579),
    ("register-times-not-known", 422, "No register times are known", "Without register times for the day, give the code.", REG_10),
    ("pupil-not-on-roll", 422, "The pupil is not on the roll", "The pupil's name is not in the school's admission register on this day.", REG_10),
    ("boarder-carries-no-mark", 422, "A boarder carries no mark", "The attendance register is of pupils who are not boarders.", REG_10),
)  # fmt: skip
_LEAVE: Final = (
    ("leave-not-found", 404, "No such request for leave", "No request for leave with this id at this school.", REG_11),
    ("leave-already-decided", 409, "The request has been decided", "What was decided is kept. `standing` names it.", REG_11),
    ("given-for-more-than-asked", 422, "Leave for more than was asked", "Leave is given within the days that were asked for.", REG_11),
)  # fmt: skip

TYPES: Final = {
    row.code: row
    for row in (
        *(ProblemType(*row) for row in (*_REQUEST, *_CALLERS, *_SERVICE)),
        *(ProblemType(code, 422, title, about) for code, title, about in _SHAPE),
        *(ProblemType(*row) for row in (*_SCHOOL, *_ROLL, *_MARKS, *_LEAVE)),
    )
}
"""Every type by its code, in the order in which they are documented."""

INSIDE: Final = frozenset(code for code, *_ in _SHAPE)
"""Codes of errors inside a `validation-failed`; never the type of a whole problem."""
