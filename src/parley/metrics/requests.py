"""Every request counted and timed, by the pattern of its route."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS = [*map(str, SECONDS), "+Inf"]

GONE = 499
"""Counted for a client that left before its answer; nobody is sent this status."""

Answered = tuple[str, str, int]
"""Method, route, status."""


class _Times:
    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * len(_BOUNDS)
        self.seconds = 0.0


class Requests(Collector):
    """Counted by the event loop alone, so without the library's locks, which cost more than all of
    this: two or three microseconds a request."""

    def __init__(self) -> None:
        self.under_way = 0
        self._times: defaultdict[Answered, _Times] = defaultdict(_Times)

    def answered(self, what: Answered, seconds: float) -> None:
        times = self._times[what]
        times.buckets[bisect_left(SECONDS, seconds)] += 1
        times.seconds += seconds

    def collect(self) -> Iterator[Metric]:
        answered = CounterMetricFamily(
            "parley_http_requests",
            f"Requests answered; {GONE}: the client left before.",
            labels=["method", "route", "status"],
        )
        routes: defaultdict[tuple[str, str], _Times] = defaultdict(_Times)
        for (method, route, status), times in list(self._times.items()):
            answered.add_metric([method, route, str(status)], sum(times.buckets))
            whole = routes[method, route]
            whole.buckets = [a + b for a, b in zip(whole.buckets, times.buckets, strict=True)]
            whole.seconds += times.seconds
        yield answered
        took = HistogramMetricFamily(
            "parley_http_request_duration_seconds",
            "From the request's head to the end of its answer.",
            labels=["method", "route"],
        )
        for labels, times in routes.items():
            counts = zip(_BOUNDS, accumulate(times.buckets), strict=True)
            took.add_metric(labels, [*counts], times.seconds)
        yield took
        yield GaugeMetricFamily(
            "parley_http_requests_under_way", "Requests not yet answered.", self.under_way
        )
