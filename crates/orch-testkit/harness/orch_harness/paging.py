"""Pages every EC2 list that AWS pages, with tokens that work once; moto returns most of them whole."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlencode

from .session import Session
from .wire import EC2_NAMESPACE, Answer, Call, error, model

ET.register_namespace("", EC2_NAMESPACE)

# Where AWS refuses a page size together with ids; the rest of its lists take both.
SIZE_EXCLUDES = {
    "DescribeInstances": "InstanceId",
    "DescribeInstanceTypes": "InstanceType",
    "DescribeNetworkInterfaces": "NetworkInterfaceId",
    "DescribeSnapshots": "SnapshotId",
    "DescribeVolumes": "VolumeId",
}


@dataclass
class Rest:
    """What is left of a list."""

    query: tuple[tuple[str, str], ...]
    region: str
    root: ET.Element
    items: list[ET.Element]


@cache
def shape(operation: str) -> tuple[str, int, int] | None:
    """The XML element that holds an operation's list and the bounds of its page size; None where AWS does not page."""
    service = model("ec2")
    if operation not in service.operation_names:
        return None
    described = service.operation_model(operation)
    members = described.output_shape.members if described.output_shape else {}
    size = described.input_shape.members.get("MaxResults")
    lists = [member for member in members.values() if member.type_name == "list"]
    if "NextToken" not in members or size is None or len(lists) != 1:
        return None
    return lists[0].serialization["name"], size.metadata.get("min", 1), size.metadata.get("max", 1000)


def answer(call: Call, session: Session, again: str, moto: Callable[[bytes], Answer], keep: Callable) -> Answer:
    """Answers a list call with one page. `again`: its token stays good, because the answer
    will not arrive whole, or (`repeat`) to be handed out a second time."""
    name, least, most = shape(call.operation)
    token, wanted = call.param("NextToken"), call.param("MaxResults")
    if wanted is not None:
        if not wanted.isdigit() or not least <= int(wanted) <= most:
            message = f"Value ( {wanted} ) for parameter maxResults is invalid. Expecting a value between {least} and {most}."
            return error(call, "InvalidParameterValue", message)
        ids = SIZE_EXCLUDES.get(call.operation)
        if ids and call.params(ids):
            message = f"The parameter {ids} cannot be used with the parameter maxResults"
            return error(call, "InvalidParameterCombination", message)
    query = tuple(sorted(pair for pair in call.form if pair[0] not in ("NextToken", "MaxResults")))
    if token:
        rest = session.redeem(token, again)
        if rest is None or rest.query != query or rest.region != call.region:
            return error(call, "InvalidNextToken", f"The token '{token}' is invalid.")
    else:
        form = [pair for pair in call.form if pair[0] not in ("NextToken", "MaxResults")]
        if call.operation == "DescribeInstances" and not call.params("InstanceId"):
            form.append(("MaxResults", "1000000"))  # moto pages this one by itself, with tokens that can be reused
        whole = moto(urlencode(form).encode())
        if whole.status != 200:
            return whole
        root = ET.fromstring(whole.body)
        for old in root.findall(f"{{{EC2_NAMESPACE}}}nextToken"):
            root.remove(old)
        holder = root.find(f"{{{EC2_NAMESPACE}}}{name}")
        items = [] if holder is None else [item for item in holder if keep(call, item)]
        rest = Rest(query, call.region, root, items)
    sizes = [int(size) for size in (wanted, session.page_size) if size]
    size = min(sizes) if sizes else len(rest.items)
    page, left = rest.items[:size], rest.items[size:]
    root = ET.Element(rest.root.tag)
    for child in rest.root:
        if child.tag == f"{{{EC2_NAMESPACE}}}{name}":
            ET.SubElement(root, child.tag).extend(page)
        else:
            root.append(child)
    if left:
        following = token if token and again == "repeat" else session.keep(Rest(query, call.region, rest.root, left))
        ET.SubElement(root, f"{{{EC2_NAMESPACE}}}nextToken").text = following
    elif token and again == "repeat":
        ET.SubElement(root, f"{{{EC2_NAMESPACE}}}nextToken").text = token
    body = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Answer(200, {"Content-Type": "text/xml;charset=UTF-8"}, body)
