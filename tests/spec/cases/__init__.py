"""The acceptance cases: a table of them, and for each row the function that plays it."""
