"""Which edition of the rules this is.

Every act names the edition by which it was decided, and every answer that judges by rules the edition
by which it judges: so a figure of today can be told from one that a later reading of the law gives.
"""

from typing import Final

RULES: Final = "england-2026.1"
"""The law tables (`ledger/law`) and the rules that are arithmetic, together; a change of either that
changes a decision or a figure is a new edition."""
