"""The admission register (regulations 8 and 9): names entered, particulars amended, names deleted."""
