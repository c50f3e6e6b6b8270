"""The law as dated data, each value with its reference, and what reads it."""
