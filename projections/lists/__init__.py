"""Lists that the law asks for, and that offices live by: what stands in the registers and somebody must look at.

Each list gathers what stands, as of a position, and asks the rules of `ledger` about it; none of them
decides anything, and none of them changes a mark.
"""
