"""The WSGI application: admin calls, then faults and permissions, then the answer from us or from moto."""

from __future__ import annotations

import io
import json
import os
import re
import select
import socket
import struct
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from moto.backends import get_backend
from moto.core import DEFAULT_ACCOUNT_ID, responses
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend
from moto.server import DomainDispatcherApplication, create_backend_app

from . import block, buckets, cbor, costs, metrics, paging, past, reservations, snapshots
from .session import Fault, Session
from .wire import REASON, Answer, Call, error, parse

# moto lists the methods of a class anew for each request.
responses.method_names_from_class = cache(responses.method_names_from_class)

ADMIN = "/__orch__/"
FAULTS = {"error", "status", "hang", "reset", "truncate", "repeat-token", "delay"}
# A call that AWS never refuses.
ALWAYS_ALLOWED = {"sts:GetCallerIdentity"}
SERVICES = ("autoscaling", "ec2", "eks", "elb", "elbv2", "cloudwatch", "ce", "rds", "sts", "iam", "kms", "logs", "s3")
HANG_SECONDS = 600
REGIONS = {region.name: region.opt_in_status for region in RegionsAndZonesBackend.regions}


class Dispatcher(DomainDispatcherApplication):
    """moto's dispatcher, which would read a directory for each request."""

    get_backend_for_host = cache(DomainDispatcherApplication.get_backend_for_host)


class Harness:
    """One account in all regions, and the sessions that look at it."""

    def __init__(self, defaults: dict[str, Any]) -> None:
        self.moto = Dispatcher(create_backend_app)
        self.moto_lock = threading.Lock()
        self.defaults = defaults
        self.store = metrics.Store()
        self.ledger = costs.Ledger()
        self.blocks = block.Store()
        self.reservations = reservations.Store()
        self.sessions: dict[str, Session] = {}
        self.lock = threading.Lock()

    def session(self, key: str) -> Session:
        """The session of an access key."""
        with self.lock:
            return self.sessions.setdefault(key, Session(**self.defaults))

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        """Answers one request."""
        if environ.get("PATH_INFO", "").startswith(ADMIN):
            answer = self.admin(environ)
        else:
            call = parse(environ)
            answer = self.client(call, environ)
        start_response(f"{answer.status} {REASON.get(answer.status, 'Unknown')}",
                       [*answer.headers.items()] + ([] if "Content-Length" in answer.headers
                        else [("Content-Length", str(len(answer.body)))]))  # fmt: skip
        return [answer.body]

    def client(self, call: Call, environ: dict[str, Any]) -> Answer:
        """Answers an AWS client: first what goes wrong, then what is not allowed, then the truth."""
        session = self.session(call.key)
        entry = session.record(call)
        fault = session.fault(call)
        action = fault.action if fault else {}
        kind = action.get("kind")
        entry["fault"] = kind
        if kind == "delay":
            time.sleep(action["seconds"])
        if kind == "hang":
            wait_for_close(environ["werkzeug.socket"])
        if kind in ("hang", "reset") or call.region not in REGIONS:  # nobody is at home where there is no region
            reset(environ["werkzeug.socket"])
        if call.service == "ec2" and REGIONS[call.region] == "not-opted-in":  # who asks comes before what is allowed
            answer = error(call, "AuthFailure", "AWS was not able to validate the provided access credentials")
        elif kind in ("error", "status"):
            message = action.get("message", "The test asked for this.")
            answer = error(call, action.get("code"), message, action.get("status"))
            if "retry_after" in action:
                answer.headers |= {"Retry-After": str(action["retry_after"])}
        elif session.allow is not None and call.action not in session.allow | ALWAYS_ALLOWED:
            code = {"ec2": "UnauthorizedOperation", "json": "AccessDeniedException"}.get(call.protocol, "AccessDenied")
            message = f"You are not authorized to perform this operation: {call.action}"
            answer = error(call, code, message, 403 if call.protocol == "ec2" else None)
        else:
            again = {"truncate": "once more", "repeat-token": "repeat"}.get(kind or "", "")
            answer = self.answer(call, session, again, environ)
        answer.headers = dict(answer.headers)
        if kind == "truncate" and answer.status == 200:
            answer.headers["Content-Length"] = str(len(answer.body))
            answer.body = answer.body[: len(answer.body) // 2]
        skew = action.get("skew_seconds", session.skew_seconds)
        if skew:
            answer.headers["Date"] = format_datetime(datetime.now(UTC) + timedelta(seconds=skew), usegmt=True)
        entry["status"] = answer.status
        return answer

    def answer(self, call: Call, session: Session, again: str, environ: dict[str, Any]) -> Answer:
        """The true answer."""

        def moto(body: bytes, changed: dict[str, str] | None = None) -> Answer:
            if call.operation in (block.OPTIONS, block.EXCLUSIONS):
                return self.blocks.answer(call)
            if call.operation == reservations.OPERATION:
                return self.reservations.answer(call)
            return self.ask(environ | (changed or {}), body)

        if call.service == "ec2" and paging.shape(call.operation):
            return paging.answer(call, session, again, moto, snapshots.visible)
        if call.service == "s3" and call.operation == buckets.OPERATION:
            return buckets.answer(call, session, again, moto)
        if call.service == "ce" and call.operation == "GetCostAndUsage":
            return costs.answer(call, session, again, self.ledger)
        if call.operation == "GetMetricData" and call.protocol in metrics.WRITERS:
            request = cbor.read(call) if call.protocol == "cbor" else json.loads(call.body)
            if all("MetricStat" in query for query in request["MetricDataQueries"]):
                return metrics.answer(call, session, again, request, self.store)
        if call.protocol == "cbor":
            return cbor.bridge(call, moto)
        answer = moto(call.body)
        if call.operation == buckets.VERSIONING:
            answer = buckets.versioning(answer)
        if call.operation == "AssumeRole" and answer.status == 200:
            key = re.search(rb"<AccessKeyId>([^<]+)</AccessKeyId>", answer.body)
            if key:
                with self.lock:
                    self.sessions[key[1].decode()] = session
        return answer

    def ask(self, environ: dict[str, Any], body: bytes) -> Answer:
        """Passes a request to moto; one at a time, because its stores have no locks."""
        told: dict[str, Any] = {}

        def start(status: str, headers: list[tuple[str, str]], _info: Any = None) -> None:
            told["status"] = int(status.split()[0])
            told["headers"] = {key: value for key, value in headers if key.lower() != "content-length"}

        inner = environ | {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        with self.moto_lock:
            text = b"".join(self.moto(inner, start))
        return Answer(told["status"], told["headers"], text)

    def admin(self, environ: dict[str, Any]) -> Answer:
        """Answers a test's own calls."""
        what = environ["PATH_INFO"][len(ADMIN) :]
        key = parse_qs(environ.get("QUERY_STRING", "")).get("key", ["unsigned"])[0]
        length = int(environ.get("CONTENT_LENGTH") or 0)
        try:
            body = json.loads(environ["wsgi.input"].read(length) or b"{}") if length else {}
            result = self.manage(environ["REQUEST_METHOD"], what, self.session(key), body)
            status = 200
        except (KeyError, TypeError, ValueError) as mistake:
            status, result = 400, {"error": f"{type(mistake).__name__}: {mistake}"}
        return Answer(status, {"Content-Type": "application/json"}, json.dumps(result).encode())

    def manage(self, method: str, what: str, session: Session, body: Any) -> Any:
        """Does what a test asks for."""
        match method, what:
            case "POST", "session":
                for name, value in body.items():
                    if name not in ("page_size", "metric_points", "skew_seconds", "allow"):
                        raise KeyError(f"no setting {name}")
                    setattr(session, name, set(value) if name == "allow" and value is not None else value)
            case "POST", "fault":
                for fault in body if isinstance(body, list) else [body]:
                    if fault["action"]["kind"] not in FAULTS:
                        raise KeyError(f"no fault {fault['action']['kind']}")
                    session.faults.append(Fault(**fault))
            case "DELETE", "fault":
                session.faults.clear()
            case "GET", "requests":
                return session.log
            case "DELETE", "requests":
                session.log.clear()
            case "POST", "past":
                for item in body["items"]:
                    past.date(body["region"], item)
            case "POST", "edit":
                for item in body["items"]:
                    past.edit(body["region"], item)
            case "POST", "metrics":
                for series in body["series"]:
                    self.store.put(body["region"], series)
            case "POST", "costs":
                self.ledger.lines = body["lines"]
            case "POST", "block":
                self.blocks.put(body["region"], body)
            case "POST", "reservations":
                self.reservations.put(body["region"], body)
            case "POST", "reset":
                for service in SERVICES:
                    for region in get_backend(service)[DEFAULT_ACCOUNT_ID].values():
                        region.reset()
                self.store.clear()
                self.ledger.lines = []
                self.blocks.regions.clear()
                self.reservations.regions.clear()
                self.sessions.clear()
            case _:
                raise KeyError(f"no admin call {method} {what}")
        return {}


def wait_for_close(connection: socket.socket) -> None:
    """Says nothing until the client gives up."""
    deadline = time.monotonic() + HANG_SECONDS
    while time.monotonic() < deadline:
        readable, _, _ = select.select([connection], [], [], 1.0)
        if readable and not connection.recv(1, socket.MSG_PEEK):
            return


def reset(connection: socket.socket) -> None:
    """Drops a connection the hard way and ends the request."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    os.close(connection.detach())  # close() would wait for the files that the server made of the socket
    raise ConnectionResetError
