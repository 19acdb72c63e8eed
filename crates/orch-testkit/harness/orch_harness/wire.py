"""What a request asks for, and how each AWS protocol words an answer and an error."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

import botocore.session
import cbor2

# How AWS answers these codes; anything else is a plain 400.
STATUS = {
    "RequestLimitExceeded": 503,
    "ServiceUnavailable": 503,
    "Unavailable": 503,
    "SlowDown": 503,
    "InternalError": 500,
    "InternalFailure": 500,
    "UnauthorizedOperation": 403,
    "AccessDenied": 403,
    "AuthFailure": 401,
    "OptInRequired": 401,
    "InvalidClientTokenId": 403,
    "SignatureDoesNotMatch": 403,
    "RequestTimeTooSkewed": 403,
}

REASON = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
          429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway",
          503: "Service Unavailable", 504: "Gateway Timeout"}  # fmt: skip

IAM_PREFIX = {"monitoring": "cloudwatch"}
# Where policies have another name for an operation.
IAM_NAME = {
    ("s3", "ListBuckets"): "ListAllMyBuckets",
    ("s3", "GetBucketLifecycleConfiguration"): "GetLifecycleConfiguration",
    ("s3", "ListObjectsV2"): "ListBucket",
}
REST = {"eks", "s3"}
SCOPE = re.compile(r"Credential=([^/,\s]+)/\d+/([^/,\s]*)/([^/,\s]+)/aws4_request")
CBOR_PATH = re.compile(r"^/service/[^/]+/operation/([A-Za-z]+)$")
CBOR_HEADERS = {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}
EC2_NAMESPACE = "http://ec2.amazonaws.com/doc/2016-11-15"


@dataclass
class Call:
    """One request of a client."""

    service: str
    operation: str
    region: str
    key: str
    attempt: int
    protocol: str
    body: bytes
    form: list[tuple[str, str]] = field(default_factory=list)
    path: str = "/"
    query: str = ""

    @property
    def action(self) -> str:
        """The IAM action that AWS would ask for."""
        name = IAM_NAME.get((self.service, self.operation), self.operation)
        return f"{IAM_PREFIX.get(self.service, self.service)}:{name}"

    def param(self, name: str) -> str | None:
        """A parameter of a query request."""
        return next((value for key, value in self.form if key == name), None)

    def params(self, name: str) -> list[str]:
        """The values of a list parameter: `Name.1`, `Name.2`, …"""
        return [value for key, value in self.form if key.startswith(name + ".") and key[len(name) + 1 :].isdigit()]


@dataclass
class Answer:
    """One response."""

    status: int
    headers: dict[str, str]
    body: bytes


def parse(environ: dict[str, Any]) -> Call:
    """Reads a request: who asks, in which region, for what."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    body = environ["wsgi.input"].read(length) if length else b""
    path = environ.get("PATH_INFO", "/")
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    key, region, service = scope.groups() if scope else ("unsigned", "us-east-1", "unknown")
    attempt = re.search(r"attempt=(\d+)", environ.get("HTTP_AMZ_SDK_REQUEST", ""))
    call = Call(service, "Unknown", region, key, int(attempt[1]) if attempt else 1, "other", body, path=path,
                query=environ.get("QUERY_STRING", ""))  # fmt: skip
    cbor = CBOR_PATH.match(path)
    target = environ.get("HTTP_X_AMZ_TARGET")
    if cbor:
        call.protocol, call.operation = "cbor", cbor[1]
    elif target:
        call.protocol, call.operation = "json", target.rpartition(".")[2]
    elif service in REST:
        asked = frozenset(key for key, _ in parse_qsl(call.query, keep_blank_values=True))
        call.operation = rest(service, environ.get("REQUEST_METHOD", "GET"), path, asked)
    elif environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        call.protocol = "ec2" if service == "ec2" else "query"
        call.form = parse_qsl(body.decode(), keep_blank_values=True)
        call.operation = call.param("Action") or "Unknown"
    return call


def error(call: Call, code: str | None, message: str, status: int | None = None) -> Answer:
    """An error in the words of the request's protocol; without a code, a bare status as a proxy would send it."""
    request = str(uuid.uuid4())
    if code is None:
        return Answer(status or 500, {"Content-Type": "text/plain"}, b"")
    status = status or STATUS.get(code, 400)
    headers = {"x-amzn-RequestId": request}
    if call.protocol == "ec2":
        text = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>{escape(code)}</Code>'
                f"<Message>{escape(message)}</Message></Error></Errors><RequestID>{request}</RequestID></Response>")  # fmt: skip
        return Answer(status, headers | {"Content-Type": "text/xml;charset=UTF-8"}, text.encode())
    if call.protocol == "query":
        text = (f'<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
                f"<Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
                f"<RequestId>{request}</RequestId></ErrorResponse>")  # fmt: skip
        return Answer(status, headers | {"Content-Type": "text/xml"}, text.encode())
    if call.service == "s3":
        text = (f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{escape(code)}</Code>'
                f"<Message>{escape(message)}</Message><RequestId>{request}</RequestId></Error>")  # fmt: skip
        return Answer(status, headers | {"Content-Type": "application/xml"}, text.encode())
    if call.protocol == "cbor":
        fault = "Sender" if status < 500 else "Receiver"
        headers |= CBOR_HEADERS | {"x-amzn-query-error": f"{code};{fault}"}
        return Answer(status, headers, cbor2.dumps({"__type": f"com.amazonaws.cloudwatch#{code}", "message": message}))
    headers |= {"Content-Type": "application/x-amz-json-1.1", "x-amzn-ErrorType": code}
    return Answer(status, headers, json.dumps({"__type": code, "message": message}).encode())


@cache
def rest(service: str, method: str, path: str, asked: frozenset[str]) -> str:
    """The operation of a service that names it by method, path and query: the one that names most of the query."""
    best, most = "Unknown", -1
    path = path.rstrip("/") or "/"  # a bucket is the same with and without a slash behind it
    for name in model(service).operation_names:
        described = model(service).operation_model(name)
        uri, _, query = described.http["requestUri"].partition("?")
        named = {key for key, _ in parse_qsl(query, keep_blank_values=True)}
        pattern = re.sub(r"\\{[^/]+\+\\}", ".+", re.escape(uri).replace(r"\+", "+"))
        pattern = re.sub(r"\\{[^/]+\\}", "[^/]+", pattern)
        fits = described.http["method"] == method and named <= asked and re.fullmatch(pattern, path)
        if fits and not described.deprecated and len(named) > most:
            best, most = name, len(named)
    return best


@cache
def model(service: str) -> Any:
    """AWS's own description of a service, as boto3 ships it."""
    return botocore.session.get_session().get_service_model(service)
