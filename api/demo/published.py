"""Rows of the Department's published attendance figures, as they were published.

A row holds, for one local authority, phase and academic year, how many sessions were recorded with
each attendance code and the percentages the Department worked out from them. Columns and their
names are those of the file "Pupil attendance in schools", year to date.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable

CARRIED = "dfe_ytd_2025_26_small.csv"
DEFAULT_AREA = "Bracknell Forest"
DEFAULT_PHASE = "Special"

# The columns that count sessions, by the attendance code they count.
COLUMN_OF = {
    "/": "reason_present_am",
    "\\": "reason_present_pm",
    "L": "reason_l_present_late_before_registers_closed",
    "I": "reason_i_authorised_illness",
    "M": "reason_m_authorised_medical_dental",
    "R": "reason_r_authorised_religious_observance",
    "S": "reason_s_authorised_study_leave",
    "T": "reason_t_authorised_mobile_child",
    "H": "reason_h_authorised_holiday",
    "E": "reason_e_authorised_excluded",
    "C": "reason_c_authorised_other",
    "C1": "reason_c1_authorised_regulated_performance",
    "J1": "reason_j1_authorised_interview",
    "C2": "reason_c2_authorised_temp_reduced_timetable",
    "B": "reason_b_aea_education_off_site",
    "J": "reason_j_aea_interview",
    "P": "reason_p_aea_approved_sporting_activity",
    "V": "reason_v_aea_educational_visit_trip",
    "W": "reason_w_aea_work_experience",
    "K": "reason_k_aea_education_arranged_by_la",
    "G": "reason_g_unauthorised_holiday",
    "U": "reason_u_unauthorised_late_after_registers_closed",
    "O": "reason_o_other_unauthorised",
    "N": "reason_n_no_reason_yet",
}


class NoSuchRowError(LookupError):
    """No complete row has that area and phase."""


@dataclass(frozen=True, slots=True)
class PublishedRow:
    """One published row: the file's columns, unchanged, and the names this package needs."""

    columns: Mapping[str, str]

    @property
    def period(self) -> str:
        """The academic year as the Department writes it: 202526 is 2025/26."""
        return self.columns["time_period"]

    @property
    def year(self) -> int:
        """The calendar year in which the academic year starts."""
        return int(self.period[:4])

    @property
    def area(self) -> str:
        """The name of the local authority."""
        return self.columns["la_name"]

    @property
    def la_code(self) -> str:
        """The local authority's three digits."""
        return self.columns["old_la_code"]

    @property
    def phase(self) -> str:
        """Primary, Secondary, Special or Total."""
        return self.columns["education_phase"]

    @property
    def title(self) -> str:
        """What a person would call the row."""
        return f"{self.area}, {self.phase}, {self.year}/{self.period[4:]}"

    @property
    def complete(self) -> bool:
        """Whether the figures were published; a suppressed row holds "c" instead of them."""
        return self.columns["possible_sessions"].isdigit()

    def count(self, column: str) -> int:
        """The whole number published in a column; ValueError when it was suppressed."""
        return int(self.columns[column])

    def rate(self, column: str) -> float:
        """The percentage published in a column; ValueError when it was suppressed."""
        return float(self.columns[column])

    def counts(self) -> dict[str, int]:
        """How many sessions were recorded with each attendance code."""
        return {code: self.count(column) for code, column in COLUMN_OF.items()}


def read_rows(source: Traversable) -> list[PublishedRow]:
    """Every row of a file in the Department's layout (UTF-8, RFC 4180), in the file's order."""
    lines = source.read_text(encoding="utf-8").splitlines()
    return [PublishedRow(columns) for columns in csv.DictReader(lines)]


def carried_rows() -> list[PublishedRow]:
    """The rows this package carries: 2025/26, fewer than 130,000 possible sessions, small first."""
    return read_rows(resources.files(__package__) / CARRIED)


def find_row(area: str = DEFAULT_AREA, phase: str = DEFAULT_PHASE) -> PublishedRow:
    """The carried row of a local authority and phase, or NoSuchRowError naming those there are."""
    rows = carried_rows()
    for row in rows:
        if (row.area.casefold(), row.phase.casefold()) == (area.casefold(), phase.casefold()):
            return row
    known = "; ".join(f"{row.area} ({row.phase})" for row in rows)
    raise NoSuchRowError(f"No figures are carried for that area and phase. There are: {known}")
