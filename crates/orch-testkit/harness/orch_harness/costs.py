"""Cost Explorer's GetCostAndUsage over lines that the test puts in; moto only replays canned answers."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from .session import Session
from .wire import Answer, Call, error

NO_REGION = "NoRegion"
DAYS_ESTIMATED = 2


class Ledger:
    """The account's cost lines: date, service, region (empty: none), amount, record_type, currency."""

    def __init__(self) -> None:
        self.lines: list[dict[str, str]] = []

    def days(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        """One result per day asked for."""
        metrics = request.get("Metrics") or ["UnblendedCost"]
        keys = [group["Key"] for group in request.get("GroupBy") or []]
        day, end = (date.fromisoformat(request["TimePeriod"][edge]) for edge in ("Start", "End"))
        sums: dict[str, dict[tuple[str, ...], Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        units: dict[tuple[str, ...], str] = {}
        for line in self.lines:
            if matches(request.get("Filter"), line):
                group = tuple(dimension(line, key) for key in keys)
                sums[line["date"]][group] += Decimal(line["amount"])
                units.setdefault(group, line.get("currency", "USD"))
        today = datetime.now(UTC).date()
        results = []
        while day < end:
            following = day + timedelta(days=1)
            groups = sorted(sums[day.isoformat()].items())
            amounts = [
                (key, {m: {"Amount": str(total), "Unit": units[key]} for m in metrics}) for key, total in groups
            ]
            result: dict[str, Any] = {
                "TimePeriod": {"Start": day.isoformat(), "End": following.isoformat()},
                "Total": {} if keys else amounts[0][1] if amounts else {m: {"Amount": "0", "Unit": "USD"} for m in metrics},
                "Groups": [{"Keys": list(key), "Metrics": amount} for key, amount in amounts] if keys else [],
                "Estimated": day >= today - timedelta(days=DAYS_ESTIMATED),
            }
            results.append(result)
            day = following
        return results


def dimension(line: dict[str, str], key: str) -> str:
    """What a line has under one of Cost Explorer's dimensions."""
    if key == "REGION":
        return line.get("region") or NO_REGION
    return {"SERVICE": line.get("service", ""), "RECORD_TYPE": line.get("record_type", "Usage"),
            "LINKED_ACCOUNT": "123456789012"}[key]  # fmt: skip


def matches(wanted: dict[str, Any] | None, line: dict[str, str]) -> bool:
    """Whether a line passes a filter expression."""
    if not wanted:
        return True
    if "And" in wanted:
        return all(matches(part, line) for part in wanted["And"])
    if "Or" in wanted:
        return any(matches(part, line) for part in wanted["Or"])
    if "Not" in wanted:
        return not matches(wanted["Not"], line)
    return dimension(line, wanted["Dimensions"]["Key"]) in wanted["Dimensions"]["Values"]


def answer(call: Call, session: Session, again: str, ledger: Ledger) -> Answer:
    """Answers with whole days, as many as fit the session's page size in groups."""
    request = json.loads(call.body)
    period = request.get("TimePeriod") or {}
    if request.get("Granularity") != "DAILY":
        return error(call, "ValidationException", "The harness knows only daily costs.")
    if not period.get("Start", "") < period.get("End", ""):
        return error(call, "ValidationException", "Start date (and hour) should be before end date (and hour)")
    if len(request.get("GroupBy") or []) > 2:
        return error(call, "ValidationException", "You can group by at most two dimensions.")
    token = request.get("NextPageToken")
    rest = session.redeem(token, again) if token else ledger.days(request)
    if rest is None:
        return error(call, "InvalidNextTokenException", f"The token '{token}' is invalid.")
    page, groups = [], 0
    while rest and (session.page_size is None or not page or groups + len(rest[0]["Groups"]) <= session.page_size):
        page.append(rest[0])
        groups += len(rest[0]["Groups"])
        rest = rest[1:]
    body: dict[str, Any] = {"ResultsByTime": page, "GroupDefinitions": request.get("GroupBy") or [],
                            "DimensionValueAttributes": []}  # fmt: skip
    if token and again == "repeat":
        body["NextPageToken"] = token
    elif rest:
        body["NextPageToken"] = session.keep(rest)
    return Answer(200, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(body).encode())
