"""How fast the service takes registers, beside the `eventsourcing` library used as it comes.

Run it with `python -m tests.bench`. Both sides listen on HTTP, store in the same PostgreSQL server and
are driven by the same load generator, in turns, within one run. What is fair, what is kind to the
library and what is left out is said in the module that does it: `rival`, `load`, `world`.
"""
