"""What is wrong with something submitted, as a value: it serves for refusals and for warnings."""

from typing import NamedTuple


class Problem(NamedTuple):
    """One thing wrong.

    `code` is stable, kebab-case and for machines; `path` says where in what was submitted
    (`terms[0].half_term`); `message` is for people and never repeats a submitted value; `reference`
    cites the regulation or guidance.
    """

    code: str
    path: str
    message: str
    reference: str
