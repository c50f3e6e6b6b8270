"""The record: what may be entered in the registers, and how it is kept."""
