"""How fast the service takes registers, beside the `eventsourcing` library used as it comes.

Run all of it with `make bench` or `make bench-full` (`tests.bench.every`), this comparison alone with
`python -m tests.bench append`; docs/reference/benchmarks.md has every command. Both sides listen on HTTP,
store in the same PostgreSQL server and are driven by the same load generator, in turns, within one run.
What is fair, what is kind to the library and what is left out is said in the module that does it: `rival`,
`load`, `world`.
"""
