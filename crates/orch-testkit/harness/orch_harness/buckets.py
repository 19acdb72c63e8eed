"""Where moto does not answer as S3 does: pages of the list of buckets, where each bucket is, the name of an answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode
from xml.sax.saxutils import escape

from .session import Session
from .wire import Answer, Call, error

OPERATION = "ListBuckets"
MOST = 10_000
VERSIONING = "GetBucketVersioning"
ENTRY = re.compile(r"<Bucket>.*?</Bucket>", re.DOTALL)


def versioning(told: Answer) -> Answer:
    """The answer under the name that S3 gives it."""
    told.body = told.body.replace(b"GetBucketVersioningResponse", b"VersioningConfiguration")
    return told


def answer(call: Call, session: Session, again: str, moto: Callable[[bytes, dict[str, str]], Answer]) -> Answer:
    """One page of the buckets of a region, which must be the one that is asked."""
    query = dict(parse_qsl(call.query, keep_blank_values=True))
    token, wanted = query.pop("continuation-token", None), query.pop("max-buckets", None)
    region = query.get("bucket-region")
    if region not in (None, call.region):
        return error(call, "InvalidArgument", "The bucket-region is not that of the endpoint.")
    if wanted is not None and not (wanted.isdigit() and 1 <= int(wanted) <= MOST):
        return error(call, "InvalidArgument", "Argument max-buckets must be an integer between 1 and 10000.")
    if token:
        left = session.redeem(token, again)
        if left is None:
            return error(call, "InvalidArgument", "The continuation token provided is incorrect.")
    else:
        whole = moto(call.body, {"QUERY_STRING": urlencode(query)})
        if whole.status != 200:
            return whole
        told = f"<BucketRegion>{escape(region)}</BucketRegion></Bucket>" if region else "</Bucket>"
        left = [entry.replace("</Bucket>", told) for entry in ENTRY.findall(whole.body.decode())]
    sizes = [int(size) for size in (wanted, session.page_size) if size]
    size = min(sizes) if sizes else len(left)
    page, left = left[:size], left[size:]
    following = ""
    if left or (token and again == "repeat"):
        following = token if token and again == "repeat" else session.keep(left)
        following = f"<ContinuationToken>{following}</ContinuationToken>"
    body = (f'<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult '
            f'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Buckets>{"".join(page)}</Buckets>{following}'
            "</ListAllMyBucketsResult>")  # fmt: skip
    return Answer(200, {"Content-Type": "application/xml"}, body.encode())
