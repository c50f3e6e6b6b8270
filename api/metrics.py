"""Measures for Prometheus: requests by route and status, how long they took, how far the log is.

Where several processes serve, each keeps its counts in files of one directory, and whichever is asked adds
them up.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector
from psycopg import Error

from ledger.store.database import Database
from projections import asof

MEDIA_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
"""Variable by which prometheus_client, when it is imported, is told of the directory of the counts."""
_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The measures of one service; `registry` can be served on a port of its own."""

    def __init__(self, database: Database) -> None:
        self.registry = CollectorRegistry()
        shared = os.environ.get(SHARED)
        # Counts that are shared are collected from their files; collected here too, they would be twice.
        counts = None if shared else self.registry
        self._requests = Counter(
            "ledger_http_requests",
            "Requests answered.",
            ("method", "route", "status"),
            registry=counts,
        )
        self._seconds = Histogram(
            "ledger_http_request_seconds",
            "Seconds from a request to the end of its answer.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=counts,
        )
        # Looking up a child by its labels costs more than counting: routes are few and kept.
        self._counters: dict[tuple[str, str, int], Counter] = {}
        self._timers: dict[tuple[str, str], Histogram] = {}
        if shared:
            MultiProcessCollector(self.registry, shared)  # type: ignore[no-untyped-call]
            self.registry.register(_Processes(Path(shared)))
        else:
            ProcessCollector(registry=self.registry)
        self.registry.register(_Head(database))

    def observe(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one request.  `route` is a template, never an address as sent."""
        counter = self._counters.get((method, route, status))
        if counter is None:
            counter = self._requests.labels(method, route, str(status))
            self._counters[method, route, status] = counter
        timer = self._timers.get((method, route))
        if timer is None:
            timer = self._timers[method, route] = self._seconds.labels(method, route)
        counter.inc()
        timer.observe(seconds)

    def text(self) -> bytes:
        """All measures in the text format."""
        return generate_latest(self.registry)


class _Processes(Collector):
    """Memory, time and files of each process that serves, by its process id."""

    def __init__(self, shared: Path) -> None:
        self._shared = shared

    def describe(self) -> list[Metric]:
        """Nothing is read to be registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The measures of every process that has counted something and still runs."""
        families: dict[str, Metric] = {}
        for process in sorted({path.stem.rpartition("_")[2] for path in self._shared.glob("*.db")}):
            for family in ProcessCollector(pid=lambda: process, registry=None).collect():  # noqa: B023
                kept = families.setdefault(
                    family.name, Metric(family.name, family.documentation, family.type)
                )
                for sample in family.samples:
                    kept.add_sample(sample.name, {"process": process}, sample.value)
        yield from families.values()


class _Head(Collector):
    """The head of the log, asked when it is measured; left out while the database is away."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def describe(self) -> list[Metric]:
        """Nothing is asked of the database to be registered."""
        return []

    def collect(self) -> Iterator[Metric]:
        """The position of the last event."""
        try:
            with self._database.reading() as connection:
                position = asof.head(connection).position
        except Error:
            return
        yield GaugeMetricFamily("ledger_log_position", "Position of the last event.", position)
