"""Statistical extracts: the layouts in which the Department publishes attendance and absence.

`reading` says what one school holds, `sums` adds schools up by area and phase, `pooling` makes the
all-phases Total by the rule of its period; `wide`, `tidy` and `termly` are the three layouts, and
`metadata` is the file that goes with each of them.
"""
