"""Sheets: the view that is kept beside the log, one row a session and one byte a pupil.

`following` keeps it up to date, `rebuilding` makes it anew, `reading` brings it to any position and
`tally` counts totals from it.
"""
