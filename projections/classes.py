"""How a mark counts: by its code on the day of its session and, where that matters, by age.

Age matters for code X from June 2020 to July 2022 alone.  A pupil whose date of birth is not known is
taken to have been of compulsory school age, as most were.
"""

from datetime import date
from functools import lru_cache

from ledger.admissions.ages import of_compulsory_school_age
from ledger.law.codes import Code, StatisticalClass, last_counted


def depends_on_age(symbol: str, day: date) -> bool:
    """Whether the code counted differently for pupils not of compulsory school age."""
    of_age, not_of_age = _both(symbol, day)
    return of_age is not not_of_age


def class_of(symbol: str, day: date, born: date | None) -> StatisticalClass:
    """The statistical class of a mark; a retired code as it last counted."""
    of_age, not_of_age = _both(symbol, day)
    if of_age is not_of_age or born is None or of_compulsory_school_age(born, day):
        return of_age.statistical_class
    return not_of_age.statistical_class


@lru_cache(maxsize=8192)
def _both(symbol: str, day: date) -> tuple[Code, Code]:
    of_age = last_counted(symbol, day)
    not_of_age = last_counted(symbol, day, "not_compulsory_school_age")
    # The ledger takes no symbol that was never a code.
    assert of_age is not None and not_of_age is not None
    return of_age, not_of_age
