"""CloudWatch metrics that can be read back quickly.

moto scans every stored point for every period of every query, which takes minutes for one audit. Here
the points that moto stored are indexed, and long even series can be put in as one piece.
"""

from __future__ import annotations

import json
import re
import threading
from bisect import bisect_left
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import cbor2
from moto.cloudwatch.models import MetricAggregatedDatum, cloudwatch_backends
from moto.core import DEFAULT_ACCOUNT_ID

from .session import Session
from .wire import CBOR_HEADERS, Answer, Call, error

QUERY_ID = re.compile(r"^[a-z][a-zA-Z0-9_]*$")
QUERIES_AT_MOST = 500

Name = tuple[str, str, str, tuple[tuple[str, str], ...]]
Point = tuple[int, float, float, float, float]  # second, sum, minimum, maximum, count


class Store:
    """All points of the account."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Forgets everything."""
        self.even: dict[Name, list[tuple[int, int, list[float]]]] = {}
        self.single: dict[Name, list[Point]] = {}
        self.indexed: dict[str, int] = {}

    def put(self, region: str, series: dict[str, Any]) -> None:
        """Stores an even series: a start, a step in seconds, and either values or one value and a count."""
        values = series["values"] if "values" in series else [series["value"]] * series["count"]
        dimensions = tuple(sorted(series["dimensions"].items()))
        name = (region, series["namespace"], series["metric"], dimensions)
        with self.lock:
            self.even.setdefault(name, []).append((series["start"], series["step"], [float(v) for v in values]))

    def index(self, region: str) -> None:
        """Takes in what moto stored since the last time."""
        stored = cloudwatch_backends[DEFAULT_ACCOUNT_ID][region].metric_data
        with self.lock:
            for datum in stored[self.indexed.get(region, 0) :]:
                dimensions = tuple(sorted((d.name, d.value) for d in datum.dimensions))
                name = (region, datum.namespace, datum.name, dimensions)
                second = int(datum.timestamp.timestamp())
                if isinstance(datum, MetricAggregatedDatum):
                    point = (second, datum.sum, datum.min, datum.max, datum.sample_count)
                else:
                    point = (second, datum.value, datum.value, datum.value, 1.0)
                self.single.setdefault(name, []).append(point)
            self.indexed[region] = len(stored)

    def read(self, name: Name, stat: str, period: int, start: int, end: int) -> tuple[list[int], list[float]]:
        """The statistic per period, oldest first; periods start at multiples of their length."""
        first, last = start - start % period, end
        even, single = self.even.get(name, []), self.single.get(name, [])
        if len(even) == 1 and not single and even[0][1] == period and even[0][0] % period == 0:
            begin, _, values = even[0]
            low = max(0, -(-(first - begin) // period))
            high = min(len(values), max(0, -(-(last - begin) // period)))
            seconds = list(range(begin + low * period, begin + high * period, period))
            return seconds, [1.0] * len(seconds) if stat == "SampleCount" else values[low:high]
        points = list(single)
        for begin, step, values in even:
            points += [(begin + i * step, v, v, v, 1.0) for i, v in enumerate(values)]
        points.sort()
        buckets: dict[int, list[float]] = {}
        for second, total, least, most, count in points[bisect_left(points, (first,)) :]:
            if second >= last:
                break
            bucket = buckets.setdefault(second - second % period, [0.0, least, most, 0.0])
            bucket[:] = bucket[0] + total, min(bucket[1], least), max(bucket[2], most), bucket[3] + count
        of = {"Sum": lambda b: b[0], "Minimum": lambda b: b[1], "Maximum": lambda b: b[2],
              "SampleCount": lambda b: b[3], "Average": lambda b: b[0] / b[3]}[stat]  # fmt: skip
        return list(buckets), [of(bucket) for bucket in buckets.values()]


@lru_cache(maxsize=1_000_000)
def tagged(at: int) -> cbor2.CBORTag:
    """A time as CBOR writes it."""
    return cbor2.CBORTag(1, float(at))


def second(time: datetime | float) -> float:
    """A time as either protocol brings it."""
    return time.timestamp() if isinstance(time, datetime) else time


class Writer(NamedTuple):
    """How a protocol writes an answer."""

    headers: dict[str, str]
    time: Callable[[int], Any]
    encode: Callable[[Any], bytes]


# Rust's client speaks CBOR, Python's JSON.
WRITERS = {
    "cbor": Writer(CBOR_HEADERS, tagged, cbor2.dumps),
    "json": Writer({"Content-Type": "application/x-amz-json-1.0"}, float, lambda body: json.dumps(body).encode()),
}


def refusal(queries: list[dict[str, Any]], start: float, end: float) -> str | None:
    """Why AWS would not answer, which moto does not check."""
    if len(queries) > QUERIES_AT_MOST:
        return f"The collection MetricDataQueries must not have a size greater than {QUERIES_AT_MOST}."
    if start >= end:
        return "The parameter StartTime must be less than the parameter EndTime."
    ids = [query["Id"] for query in queries]
    if len(set(ids)) != len(ids):
        return "The values for parameter id in MetricDataQueries are not unique."
    for query in queries:
        period, stat = query["MetricStat"]["Period"], query["MetricStat"]["Stat"]
        if not QUERY_ID.match(query["Id"]):
            return f"The value {query['Id']} for parameter id is not matching the expected pattern."
        if period not in (1, 5, 10, 20, 30) and (period <= 0 or period % 60):
            return f"The parameter Period must be a multiple of 60: {period}."
        if stat not in ("Sum", "Minimum", "Maximum", "SampleCount", "Average"):
            return f"The harness knows no statistic {stat}."
    return None


def answer(call: Call, session: Session, again: str, request: dict[str, Any], store: Store) -> Answer:
    """Answers GetMetricData: at most `metric_points` points a page, a series may go on in the next."""
    writer = WRITERS[call.protocol]
    token = request.get("NextToken")
    if token:
        rest = session.redeem(token, again)
        if rest is None:
            return error(call, "InvalidNextToken", f"The token '{token}' is invalid.")
    else:
        queries = request["MetricDataQueries"]
        start, end = (int(second(request[name])) for name in ("StartTime", "EndTime"))
        reason = refusal(queries, start, end)
        if reason:
            return error(call, "ValidationError", reason)
        store.index(call.region)
        rest = []
        for query in queries:
            stat = query["MetricStat"]
            dimensions = tuple(sorted((d["Name"], d["Value"]) for d in stat["Metric"].get("Dimensions", [])))
            name = (call.region, stat["Metric"]["Namespace"], stat["Metric"]["MetricName"], dimensions)
            seconds, values = store.read(name, stat["Stat"], stat["Period"], start, end)
            if request.get("ScanBy", "TimestampDescending") == "TimestampDescending":
                seconds, values = seconds[::-1], values[::-1]
            rest.append((query["Id"], query.get("Label") or stat["Metric"]["MetricName"], seconds, values))
    room = min(session.metric_points, request.get("MaxDatapoints") or session.metric_points)
    results, left = [], []
    for name, label, seconds, values in rest:
        taken = min(room, len(seconds))
        if taken < len(seconds):
            left.append((name, label, seconds[taken:], values[taken:]))
        if taken or not seconds:
            status = "PartialData" if taken < len(seconds) else "Complete"
            times = [writer.time(at) for at in seconds[:taken]]
            results.append({"Id": name, "Label": label, "Timestamps": times, "Values": values[:taken], "StatusCode": status})
        room -= taken
    body: dict[str, Any] = {"MetricDataResults": results, "Messages": []}
    if token and again == "repeat":
        body["NextToken"] = token
    elif left:
        body["NextToken"] = session.keep(left)
    return Answer(200, writer.headers, writer.encode(body))
