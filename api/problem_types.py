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
REG_13: Final = "SI 2024/208 reg 13"
GUIDANCE_6: Final = "Working together to improve school attendance, chapter 6"
EA_579: Final = "Education Act 1996 s.579"
SI_1999: Final = "SI 1999/3181 reg 3"
CBDS: Final = "DfE Common Basic Data Set"
UPN: Final = f"{CBDS}: unique pupil number"
ULN: Final = "Learning Records Service: unique learner number"
LA_CODES: Final = "DfE: local authority codes"
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
    ("extract-not-found", 404, "No such extract", "GET /v1/extracts lists those that there are."),
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
    ("too-many-extracts", 503, "Too many extracts at once", "As many extracts are being made as the service makes at once. Try again after Retry-After."),
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
    ("local-authority-not-known", 422, "An unknown local authority", "A warning: the number is none of today's local authorities.", LA_CODES),
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
    ("closure-of-too-many-marks", 422, "A closure of too many marks", "With `enter_marks` a closure enters at most 40,000 marks in a request. Send it in several, split by days."),
    ("too-few-sessions", 422, "A school year of too few sessions", "A warning: the year has fewer sessions than are asked for. Sessions lost for unforeseen reasons count as held.", SI_1999),
)  # fmt: skip
_ROLL: Final = (
    ("pupil-not-found", 404, "No such pupil", "No school of the caller's has anything about this pupil.", REG_8),
    ("name-not-found", 404, "The name is not in the admission register", "The pupil's name is not in the school's admission register.", REG_8),
    ("already-on-roll", 409, "The name is in the register already", "The pupil's name is in this school's admission register already.", REG_8),
    ("already-deleted", 409, "The name has been deleted already", "The name has been deleted from this school's admission register.", REG_9),
    ("twice-in-request", 422, "The request names a pupil twice", "Enter each pupil once.", REG_8),
    ("born-after-starting-day", 422, "Born after the starting day", "The date of birth is after the starting day.", REG_8),
    ("entered-after-starting-day", 422, "The name is entered late", "A warning: the name is due before the first session of its starting day.", REG_8),
    ("particular-missing", 422, "The register lacks a particular", "A warning: regulation 8 asks for this of every pupil. The name is entered; amend it when the particular is known.", REG_8),
    ("one-emergency-contact", 422, "One emergency contact alone", "A warning: guidance asks for more than one emergency contact where that is reasonably possible.", REG_8),
    ("upn-check-letter-wrong", 422, "A UPN does not fit its check letter", "A character of the unique pupil number is mistyped: the letter it begins with does not fit the rest.", UPN),
    ("upn-authority-not-known", 422, "A UPN of an unknown authority", "A warning: the digits that name the authority are none of today's. Old numbers outlive their authorities.", UPN),
    ("uln-check-digit-wrong", 422, "A ULN does not fit its check digit", "A digit of the unique learner number is mistyped.", ULN),
    ("uln-temporary", 422, "A temporary ULN", "A warning: 9999999999 stands for a number that is not known yet (unconfirmed).", ULN),
    ("year-group-not-known", 422, "An unknown year group", "A warning: the national curriculum year groups are E1, E2, N1, N2, R, 1 to 14 and X (unconfirmed).", CBDS),
    ("marks-before-starting-day", 422, "Marks stand before the starting day", "A starting day cannot be amended to a day after which marks of the pupil already stand.", REG_8),
    ("nothing-to-amend", 422, "Nothing to amend", "Name at least one particular.", REG_8),
    ("particular-required", 422, "A particular cannot be taken away", "Names, date of birth, enrolment and whether the pupil boards may be amended, but the register is never without them.", REG_8),
    ("deletion-dated-back", 422, "A deletion is dated back", "A deletion is never dated before the day on which it is recorded.", REG_9),
    ("deletion-before-starting-day", 422, "A deletion before the starting day", "The day is before the starting day.", REG_9),
    ("condition-not-met", 422, "A condition of the ground is not met", "The evidence does not meet what the ground for deletion asks for.", REG_9),
    ("other-code-in-run", 422, "The run of absence is broken", "On ground I every session of the twenty school days before the deletion is coded G, N or O. The message says how many are not.", REG_9),
    ("deletion-ground-not-for-this-age", 422, "A ground for another age", "A warning: the ground is not among those for pupils of this age on the day of deletion. The list of regulation 9(3) is unconfirmed.", REG_9),
    ("deletion-ground-not-for-this-school", 422, "A ground for other schools", "A warning: the ground is for other types of school.", REG_9),
    ("leave-not-recorded", 422, "The leave is not recorded", "A warning: no leave given to the pupil that ended on this day is recorded.", REG_9),
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
    ("code-not-for-this-age", 422, "The code is not for this age", "X is for pupils not of compulsory school age on the day of the session; C2 and T are for those who are.", REG_10),
    ("code-discouraged", 422, "Guidance asked for another code", "A warning: the code held on that day, but the Department had asked for another one.", REG_10),
    ("not-dually-registered", 422, "Not registered at two schools", "Code D is for pupils who are enrolled `main` or `subsidiary` on the day of the session.", REG_10),
    ("other-school-not-named", 422, "The other school is not named", "A warning: with code D the detail names the other school of registration.", REG_10),
    ("two-possible-sessions", 422, "Possible at two schools", "A warning: another school has a mark that makes the same half-day possible there. Which is right is for the schools.", REG_10),
    ("not-physically-at-approved-place", 422, "Not at an approved place", "A pupil at home is absent, also one who learns online. Where a detail only seems to say so, send `place` as `approved_place`.", REG_10),
    ("activity-not-supervised", 422, "The activity is not supervised", "An approved educational activity is supervised by a person whom the school considers suitable.", REG_10),
    ("trip-not-supervised-by-school-staff", 422, "The trip is not supervised by school staff", "Code V is for trips that school staff supervise; others are B, P or W, or an absence.", REG_10),
    ("excluded-without-provision", 422, "Excluded without provision", "A warning: from the sixth consecutive school day of an exclusion provision is due, and its code replaces E.", REG_10),
    ("code-n-not-replaced-in-time", 422, "Code N is replaced late", "A warning: N is replaced by the end of the fifth school day after its session.", REG_10),
)  # fmt: skip
_CODE_N: Final = (
    ("no-code-n-rule", 409, "No rule for code N is recorded", "A rule acts on an instruction that was recorded beforehand, in the name of the person it names. Record an enabled one first.", REG_10),
    ("code-n-rule-not-found", 404, "No rule for code N", "The school has recorded no instruction about code N for sessions of this day.", REG_10),
    ("code-n-not-overdue", 422, "Code N is not overdue yet", "A run amends what was to be replaced by a day that has passed: `through` is before today.", REG_10),
    ("code-n-run-of-too-many-marks", 422, "A run over too many marks", "Name an earlier day in `through`, and run again for the rest."),
)  # fmt: skip
_LEAVE: Final = (
    ("leave-not-found", 404, "No such request for leave", "No request for leave with this id at this school.", REG_11),
    ("leave-already-decided", 409, "The request has been decided", "What was decided is kept. `standing` names it.", REG_11),
    ("code-without-leave", 422, "No leave behind the code", "A warning: the code rests on leave, and none on its ground is recorded for the session.", REG_11),
    ("leave-in-force", 422, "Leave is in force", "A warning: leave is in force for the session, and the absence was entered with another code than that of such leave.", REG_11),
    ("no-part-time-agreement", 422, "No part-time education is agreed", "Code C2 rests on times and dates agreed. A warning where regulation 11 does not bind.", REG_11),
    ("outside-part-time-agreement", 422, "Outside the times agreed", "Code C2 is for the times and dates agreed, up to their end. A warning where regulation 11 does not bind.", REG_11),
    ("given-for-more-than-asked", 422, "Leave for more than was asked", "Leave is given within the days and sessions that were asked for.", REG_11),
    ("leave-of-no-session", 422, "Leave of no session", "No session that was asked for lies within what is given.", REG_11),
    ("leave-already-taken", 422, "The leave has been taken", "All of the leave lies before the day from which it is withdrawn.", REG_11),
    ("leave-withdrawn-to-its-end", 422, "Leave is withdrawn to its end", "Leave is withdrawn as a whole or from a day on. For the days after, ask again.", REG_11),
    ("decided-in-the-future", 422, "Decided in the future", "A decision is recorded when it has been made.", REG_11),
    ("decided-before-asked", 422, "Decided before it was asked", "A decision is not made before it is asked for, nor before the one that it withdraws.", REG_11),
    ("asked-in-the-future", 422, "Asked in the future", "Leave is recorded when it has been asked for.", REG_11),
    ("leave-without-end", 422, "Leave without an end", "`to` may be left out of a part-time timetable alone.", REG_11),
    ("leave-too-long", 422, "Leave for too long", "A request is for at most 1,100 days; ask again for those after."),
    ("leave-session-outside-dates", 422, "A session of leave lies outside its days", "The sessions of a timetable lie between the first and the last day of the leave.", REG_11),
    ("review-outside-leave", 422, "A review outside the leave", "Leave is reviewed between its first and its last day.", REG_11),
    ("leave-not-asked-in-advance", 422, "Leave not asked for in advance", "Leave on this ground is asked for, or agreed, before it begins. A warning where regulation 11 does not bind, and on the request, which may always be recorded.", REG_11),
    ("leave-given-after-it-began", 422, "Leave given after it began", "There is no retrospective leave: `decided_on` is not after the first day given. A warning where regulation 11 does not bind.", REG_11),
    ("leave-ground-not-for-this-age", 422, "The ground is not for this age", "Part-time education is for pupils of compulsory school age throughout, not being required to attend for others. A warning where regulation 11 does not bind, and on the request.", REG_11),
    ("leave-times-not-agreed", 422, "Times of part-time education are not agreed", "Name the sessions of leave. A warning where regulation 11 does not bind, and on the request.", REG_11),
    ("leave-not-by-authorised-person", 422, "Leave given by somebody not authorised", "Only a person authorised by the proprietor gives leave; PUT …/leave-authority records who may. A warning where regulation 11 does not bind.", REG_11),
    ("asked-by-no-appropriate-person", 422, "Asked for by a pupil too young to ask", "A warning: a parent asks for leave or, over compulsory school age, the pupil.", REG_11),
    ("licence-not-recorded", 422, "No licence is recorded", "A warning: leave for a regulated performance or employment abroad rests on a licence or exemption.", REG_11),
    ("part-time-without-end", 422, "A part-time timetable without an end", "A warning: guidance asks for a proposed end.", REG_11),
    ("part-time-without-review", 422, "A part-time timetable without a review", "A warning: guidance asks for days of review.", REG_11),
)  # fmt: skip
_INTERVENTIONS: Final = (
    ("intervention-not-found", 404, "No such intervention", "No penalty notice, notice to improve or attendance contract of this kind with this id at this school.", GUIDANCE_6),
    ("intervention-already-ended", 409, "An outcome is recorded already", "What was recorded is kept, and this outcome cannot follow it. `standing` names it.", GUIDANCE_6),
    ("dated-ahead", 422, "The day has not come yet", "What has not happened yet is not recorded as a fact.", GUIDANCE_6),
    ("return-empty", 422, "The return tells of nobody", "Made at that position and asked so, the return has no rows. Name position, days and options as the return was asked for.", REG_13),
    ("pupil-not-in-return", 422, "The return does not tell of this pupil", "Made at that position and asked so, the return has no row about this pupil.", REG_13),
    ("outcome-before-beginning", 422, "An outcome before its beginning", "The day is before that on which the notice was issued or the period or contract began.", GUIDANCE_6),
    ("third-penalty-notice", 422, "A third penalty notice within three years", "Two notices to this parent for this child count within three years, at whichever schools: no third is permitted, other action is to be considered. Withdrawn notices do not count; those before 19 August 2024 do not either (unconfirmed).", "SI 2007/1867 as amended by SI 2024/210"),
    ("penalty-notice-not-for-this-age", 422, "Not of compulsory school age", "A penalty notice is for absence of a child who is of compulsory school age on the days of the sessions.", "Education Act 1996 s.444(1)"),
    ("penalty-notice-not-for-this-school", 422, "A penalty notice for an independent school", "A warning: penalty notices are believed not to be for pupils of independent schools (unconfirmed).", "Education Act 1996 s.444A"),
    ("threshold-not-met", 422, "The threshold is not met", "A warning: the register does not show ten sessions that count within ten school weeks. A notice is possible where an offence is shown all the same.", GUIDANCE_6),
    ("session-not-unauthorised", 422, "A session that does not count", "A warning: no code that counts toward the threshold stands for the session; it may have been amended since.", GUIDANCE_6),
    ("payment-not-in-time", 422, "A payment that comes late", "A warning: the last day of payment was before this day.", "SI 2007/1867 reg 4"),
    ("payment-not-enough", 422, "A payment of too little", "A warning: on this day another amount discharges the notice; the message says which.", "SI 2007/1867 reg 4"),
    ("improvement-period-too-short", 422, "An improvement period of under three weeks", "A warning: guidance asks for three to six weeks.", GUIDANCE_6),
    ("improvement-period-too-long", 422, "An improvement period of over six weeks", "A warning: guidance asks for three to six weeks.", GUIDANCE_6),
)  # fmt: skip

TYPES: Final = {
    row.code: row
    for row in (
        *(ProblemType(*row) for row in (*_REQUEST, *_CALLERS, *_SERVICE)),
        *(ProblemType(code, 422, title, about) for code, title, about in _SHAPE),
        *(
            ProblemType(*row)
            for row in (*_SCHOOL, *_ROLL, *_MARKS, *_CODE_N, *_LEAVE, *_INTERVENTIONS)
        ),
    )
}
"""Every type by its code, in the order in which they are documented."""

INSIDE: Final = frozenset(code for code, *_ in _SHAPE)
"""Codes of errors inside a `validation-failed`; never the type of a whole problem."""
