"""The demonstration: published figures, entered mark by mark and added up again by the service.

`published` reads the Department's rows, `marks` makes marks with the published counts, `people`
invents schools and children, `history` turns both into requests, `client` sends them, `run` does
all of it and `comparison` says whether the service's totals are the Department's. What is real in
it and what is invented: PROVENANCE.md.
"""
