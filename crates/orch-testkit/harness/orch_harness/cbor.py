"""Smithy RPC v2 CBOR, which current AWS clients speak with CloudWatch and moto does not."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import cbor2

from .wire import CBOR_HEADERS, Answer, Call, error, model

TARGET = "GraniteServiceVersion20100801"


def read(call: Call) -> dict[str, Any]:
    """A request's members; times come as datetimes."""
    return cbor2.loads(call.body) if call.body else {}


def plain(value: Any) -> Any:
    """The same in JSON's types: times as seconds."""
    if isinstance(value, dict):
        return {key: plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [plain(member) for member in value]
    return value.timestamp() if isinstance(value, datetime) else value


def typed(value: Any, shape: Any) -> Any:
    """The same in CBOR's types: times with tag 1, told apart by AWS's own description of the answer."""
    if value is None or shape is None:
        return value
    if shape.type_name == "structure":
        return {name: typed(value[name], member) for name, member in shape.members.items() if value.get(name) is not None}
    if shape.type_name == "list":
        return [typed(member, shape.member) for member in value]
    if shape.type_name == "map":
        return {key: typed(member, shape.value) for key, member in value.items()}
    if shape.type_name == "timestamp":
        return cbor2.CBORTag(1, float(value))
    return float(value) if shape.type_name in ("double", "float") else value


def bridge(call: Call, moto: Callable[[bytes, dict[str, str]], Answer]) -> Answer:
    """Asks moto in its JSON dialect and answers in CBOR."""
    service = model("cloudwatch")
    if call.operation not in service.operation_names:
        return error(call, "UnknownOperationException", f"There is no operation {call.operation}.", 404)
    headers = {
        "PATH_INFO": "/",
        "CONTENT_TYPE": "application/x-amz-json-1.0",
        "HTTP_X_AMZ_TARGET": f"{TARGET}.{call.operation}",
    }
    told = moto(json.dumps(plain(read(call))).encode(), headers)
    body = json.loads(told.body or b"{}")
    if told.status != 200:
        code = body.get("__type", "InternalFailure").rpartition("#")[2]
        return error(call, code, body.get("message") or body.get("Message") or "", told.status)
    shape = service.operation_model(call.operation).output_shape
    answer = cbor2.dumps(typed(body, shape) if shape else {})
    return Answer(200, CBOR_HEADERS, answer)
