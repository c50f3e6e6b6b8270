"""The extracts there are, in the order in which they are listed."""

from collections.abc import Mapping
from typing import Final

from projections.extracts.authority.returns import RETURNS
from projections.extracts.department.census_summary import CENSUS_SUMMARY
from projections.extracts.department.census_termly import CENSUS_TERMLY
from projections.extracts.department.census_validation import CENSUS_VALIDATION
from projections.extracts.department.ctf import CTF_ATTENDANCE
from projections.extracts.department.daily_share import DAILY_SHARE
from projections.extracts.extract import Extract
from projections.extracts.school.code_breakdown import CODE_BREAKDOWN
from projections.extracts.school.codes import CODES
from projections.extracts.school.missing_registers import MISSING_REGISTERS
from projections.extracts.school.pupil_summary import PUPIL_SUMMARY
from projections.extracts.school.register import REGISTER
from projections.extracts.school.register_history import REGISTER_HISTORY
from projections.extracts.statistics.termly import ABSENCE_TERMLY, ABSENCE_TERMLY_META
from projections.extracts.statistics.tidy import ATTENDANCE_TIDY, ATTENDANCE_TIDY_META
from projections.extracts.statistics.wide import ATTENDANCE_WIDE, ATTENDANCE_WIDE_META

_LISTED: Final[tuple[Extract, ...]] = (
    REGISTER,
    REGISTER_HISTORY,
    PUPIL_SUMMARY,
    CODE_BREAKDOWN,
    MISSING_REGISTERS,
    CODES,
    DAILY_SHARE,
    CENSUS_TERMLY,
    CENSUS_VALIDATION,
    CENSUS_SUMMARY,
    CTF_ATTENDANCE,
    ATTENDANCE_WIDE,
    ATTENDANCE_WIDE_META,
    ATTENDANCE_TIDY,
    ATTENDANCE_TIDY_META,
    ABSENCE_TERMLY,
    ABSENCE_TERMLY_META,
    *(one.extract for one in RETURNS.values()),
)

EXTRACTS: Final[Mapping[str, Extract]] = {one.name: one for one in _LISTED}
