"""What one test has set up: a session is everything that comes with one access key.

Clients with different keys can use one account at the same time without feeling each other's faults,
page sizes, permissions and logs.
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

from .wire import Call


@dataclass
class Fault:
    """What goes wrong, for which calls."""

    action: dict[str, Any]
    operation: str | None = None
    service: str | None = None
    region: str | None = None
    after: int = 0
    times: int | None = None
    seen: int = 0

    def hits(self, call: Call) -> bool:
        """Whether this call goes wrong; counts it."""
        for wanted, found in ((self.operation, call.operation), (self.service, call.service), (self.region, call.region)):
            if wanted is not None and wanted != found:
                return False
        if self.action["kind"] == "repeat-token" and not call.param("NextToken"):
            return False  # there is no token yet that could repeat
        self.seen += 1
        return self.seen > self.after and (self.times is None or self.seen <= self.after + self.times)


@dataclass
class Session:
    """The set-up of one access key."""

    page_size: int | None = None
    metric_points: int = 100_800  # what AWS puts into one answer at most
    skew_seconds: int = 0
    allow: set[str] | None = None
    faults: list[Fault] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    tokens: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, call: Call) -> dict[str, Any]:
        """Writes a call into the log."""
        entry = {
            "service": call.service,
            "operation": call.operation,
            "action": call.action,
            "region": call.region,
            "attempt": call.attempt,
            "at": time.time(),
            "token": call.param("NextToken"),
            "status": None,
            "fault": None,
        }
        with self.lock:
            entry["number"] = len(self.log) + 1
            self.log.append(entry)
        return entry

    def fault(self, call: Call) -> Fault | None:
        """The first fault that this call meets."""
        with self.lock:
            return next((fault for fault in self.faults if fault.hits(call)), None)

    def keep(self, state: Any) -> str:
        """Hands out a token for the rest of a list."""
        token = f"orch-{uuid.uuid4().hex}"
        with self.lock:
            self.tokens[token] = state
        return token

    def redeem(self, token: str, again: str) -> Any | None:
        """What a token stands for; it is worthless afterwards unless the answer is known not to arrive."""
        with self.lock:
            return self.tokens.get(token) if again else self.tokens.pop(token, None)
